"""What a fitted rule offers, and the coordinates that rules turn the variables of a table into.

A copula does not see the variables of a table but *coordinates*: variables that no rule makes, and
parts that rules add, such as the gap between a start and an end. A rule knows both ways: from
variables to its parts (`split`, for fitting and judging) and from parts to variables (`make`, for
drawing).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Protocol, runtime_checkable

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.errors import SchemaError, did_you_mean
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = [
    "Checking",
    "Coordinates",
    "FittedRule",
    "Found",
    "UnknownName",
    "in_parting",
    "sorted_rules",
]


class UnknownName(SchemaError):
    """A rule names a coordinate that there is none of."""


@runtime_checkable
class FittedRule(Protocol):
    """A relation that holds in every drawn row; immutable, rows (n,) along the second axis.

    Arrays have one row a coordinate: the variables of the schema first, then the parts that rules
    added. NaN stands for a value that is missing or not known.
    """

    @property
    def makes(self) -> tuple[int, ...]:
        """Coordinates that `make` fills in; empty for a rule that is only checked."""

    @property
    def needs(self) -> tuple[int, ...]:
        """Coordinates that `make` fills them in from."""

    @property
    def rejects(self) -> bool:
        """Whether rows can break the rule after `make`, and must be drawn again then."""

    def make(self, x: Floats, /) -> None:
        """Fill in what the rule makes, in place, (D, n)."""

    def split(self, x: Floats, /) -> None:
        """Fill in the parts that the rule added, in place, (D, n), from what it makes."""

    def holds(self, x: Floats, /) -> Bools:
        """Return whether each row obeys, (n,); a row that cannot tell does."""


class Checking:
    """What rules have in common that make nothing: rows that break them are drawn again."""

    __slots__ = ()

    @property
    def makes(self) -> tuple[int, ...]:
        return ()

    @property
    def rejects(self) -> bool:
        return True

    def make(self, x: Floats, /) -> None:
        """Make nothing."""

    def split(self, x: Floats, /) -> None:
        """Add no parts."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A fitted rule beside its record."""

    rule: FittedRule
    record: Rule


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """The variables of a table, the parts that rules added, and the rules found so far.

    Attributes
    ----------
    x : (n, D) float64
        One column a coordinate, NaN where missing.
    variables : D variables
        What each coordinate is; parts have the column of what they are a part of.
    found : tuple of Found
        In the order in which they were found.
    parts : int
        How many of the coordinates, the last ones, are parts that rules added.
    scales : tuple of (float, float)
        Offset and scale by which variables become numbers that can be compared; (0, 1) if empty.
    clocks : mapping
        For each coordinate that is a time: its units in a day, its value at a midnight, and the
        weekday that begins there, 0 for Monday.
    labels : mapping
        What the codes of levels and states are called, where they have names.
    turned : tuple of FittedRule
        What is no rule of the table, but makes a variable from a part that is drawn in its place.
    """

    x: Floats
    variables: tuple[Variable, ...]
    found: tuple[Found, ...] = field(default=())
    parts: int = 0
    scales: tuple[tuple[float, float], ...] = ()
    clocks: Mapping[int, tuple[float, float, int]] = field(default_factory=dict)
    labels: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    turned: tuple[FittedRule, ...] = ()

    @property
    def own(self) -> int:
        """Number of the table's own variables, which come before the parts."""
        return len(self.variables) - self.parts

    @property
    def made(self) -> frozenset[int]:
        """Coordinates that a rule makes from others."""
        return frozenset(j for rule in self.rules for j in rule.makes)

    @property
    def rules(self) -> tuple[FittedRule, ...]:
        """All that makes or checks coordinates."""
        return (*(f.rule for f in self.found), *self.turned)

    @property
    def free(self) -> tuple[int, ...]:
        """Coordinates that no rule makes: what marginals and copula are fitted to."""
        made = self.made
        return tuple(j for j in range(len(self.variables)) if j not in made)

    @property
    def places(self) -> dict[str, int]:
        """The coordinate of each name."""
        return {v.name: j for j, v in enumerate(self.variables)}

    def place(self, name: str) -> int:
        """Return the coordinate of that name.

        Raises
        ------
        SchemaError
            If there is none.
        """
        places = self.places
        if name not in places:
            own = [v.name for v in self.variables[: self.own] if v.kind != "state"]
            raise UnknownName(f"a rule names {name!r}: {did_you_mean(name, own)}")
        return places[name]

    def breaking(self, rule: FittedRule) -> float:
        """Return the share of the rows that break a rule."""
        return 1.0 - float(rule.holds(self.x.T).mean())

    def takes(self, rule: FittedRule) -> bool:
        """Whether a rule makes nothing that it needs, directly or through the rules found."""
        try:
            sorted_rules([*self.rules, rule])
        except ValueError:
            return False
        return True

    def adding(
        self, rule: FittedRule, record: Rule, parts: Iterable[Variable] = ()
    ) -> "Coordinates":
        """Return coordinates to which a rule and its parts are added, filled in by its `split`."""
        return replace(self._with(rule, tuple(parts)), found=(*self.found, Found(rule, record)))

    def turning(self, rule: FittedRule, part: Variable) -> "Coordinates":
        """Return coordinates in which a part is drawn in place of what the rule makes from it."""
        return replace(self._with(rule, (part,)), turned=(*self.turned, rule))

    def _with(self, rule: FittedRule, parts: tuple[Variable, ...]) -> "Coordinates":
        """Return coordinates with the parts of a rule, filled in by its `split`."""
        if not parts:
            return self
        n, d = self.x.shape
        x = np.full((n, d + len(parts)), np.nan, order="F")
        x[:, :d] = self.x
        rule.split(x.T)
        return replace(
            self, x=x, variables=(*self.variables, *parts), parts=self.parts + len(parts)
        )


def in_parting(rules: Iterable[FittedRule]) -> tuple[FittedRule, ...]:
    """Return rules in the order of `split`: a part stands behind all that it is filled in from."""
    return tuple(sorted(rules, key=lambda r: max((*r.makes, *r.needs), default=-1)))


def sorted_rules(rules: Iterable[FittedRule]) -> tuple[FittedRule, ...]:
    """Return the rules that make something in an order in which each finds what it needs.

    Raises
    ------
    ValueError
        If two make the same coordinate, or one depends on itself through others.
    """
    left = [r for r in rules if r.makes]
    made = [j for r in left for j in r.makes]
    if len(set(made)) < len(made):
        raise ValueError("two rules make the same variable")
    maker = {j: k for k, r in enumerate(left) for j in r.makes}
    sorter = TopologicalSorter(
        {k: {maker[j] for j in r.needs if j in maker} for k, r in enumerate(left)}
    )
    try:
        sorter.prepare()
    except CycleError as e:
        circle = sorted({j for k in e.args[1] for j in left[k].makes})
        raise ValueError(f"variables {circle} are derived from each other in a circle") from None
    done: list[FittedRule] = []
    while sorter.is_active():
        # in the order in which they were found, so that rows do not depend on the sorter's
        ready = sorted(sorter.get_ready())
        sorter.done(*ready)
        done += [left[k] for k in ready]
    return tuple(done)
