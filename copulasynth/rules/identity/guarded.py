"""A derivation whose parents may be missing where its target is not: the target has its own value.

The decile of an income says "none" where there is no income. Nothing follows from an income that is
missing, so there the target is a part of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.excepted import FEWEST, Excepted
from copulasynth.rules.identity.kinds import Derivation
from copulasynth.schema.column import Variable

__all__ = ["Guarded", "guarded"]


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """A derivation that holds where its parents are there.

    Attributes
    ----------
    rule : Derivation or Excepted
    states : tuple of int
        Coordinates that say of the parents whether they are missing.
    own : int
        The part that has the target's value where one of them is.
    """

    rule: Derivation | Excepted
    states: tuple[int, ...]
    own: int

    def __post_init__(self) -> None:
        if not self.states or min(*self.states, self.own) < 0:
            raise ValueError("a guarded derivation has states of its parents, and a part")
        if self.own in (*self.rule.makes, *self.rule.needs, *self.states):
            raise ValueError("the part of a guarded derivation is no variable of the rule")
        if set(self.states) & set(self.rule.makes):
            raise ValueError("a guarded derivation does not make its guards")

    @property
    def target(self) -> int:
        return self.rule.makes[0]

    @property
    def makes(self) -> tuple[int, ...]:
        return self.rule.makes

    @property
    def needs(self) -> tuple[int, ...]:
        return (*self.rule.needs, *self.states, self.own)

    @property
    def rejects(self) -> bool:
        return self.rule.rejects

    def _absent(self, x: Floats) -> Bools:
        return np.asarray((x[list(self.states)] >= 0.5).any(axis=0))

    def make(self, x: Floats, /) -> None:
        """Fill in the target: derived, or its own value where a parent is missing."""
        self.rule.make(x)
        x[self.target] = np.where(self._absent(x), x[self.own], x[self.target])

    def split(self, x: Floats, /) -> None:
        """Fill in the part, and those of exceptions."""
        self.rule.split(x)
        x[self.own] = np.where(self._absent(x), x[self.target], np.nan)

    def obeys(self, x: Floats) -> Bools:
        """Return where the target is derived, or a parent is missing."""
        return np.asarray(self.rule.obeys(x) | self._absent(x))

    def holds(self, x: Floats, /) -> Bools:
        """Return where the rule holds, or a parent is missing, (n,)."""
        return np.asarray(self.rule.holds(x) | self._absent(x))


def guarded(
    rule: Derivation | Excepted,
    x: Floats,
    variables: Sequence[Variable],
    taken: int,
) -> tuple[Guarded, Variable] | None:
    """Return the rule with a guard, and its part, if the target is known without its parents.

    Parameters
    ----------
    rule : Derivation or Excepted
    x : (n, d) float64
        The coordinates that the rule is about.
    variables : d variables
    taken : int
        Number of coordinates before the part.
    """
    (target,) = rule.makes
    parents = rule.parents if isinstance(rule, Derivation) else rule.derivation.parents
    own = {v.column: j for j, v in enumerate(variables) if v.kind == "state"}
    columns = {variables[j].column for j in parents if variables[j].kind != "state"}
    states = tuple(sorted(own[c] for c in columns if c in own))
    if not states or target in states:
        return None
    absent = np.isnan(x[:, list(parents)]).any(axis=1) & ~np.isnan(x[:, target])
    if np.count_nonzero(absent) < FEWEST:
        return None
    v = variables[target]
    return Guarded(rule, states, taken), replace(v, name=f"{v.name} [else]")
