"""A derivation that a share of the rows breaks, kept with that share."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.kinds import Derivation, Linear
from copulasynth.schema.column import Variable

__all__ = ["FEWEST", "Excepted", "excepted"]

#: Fewer rows than this are no law to draw from, and would come out as they are: a rule that fewer
#: rows break is held in all.
FEWEST = 10

#: Up to so many values of the exceptions are taken for a list of values.
LIST = 20


@dataclass(frozen=True, slots=True, eq=False)
class Excepted:
    """A derivation with two parts: whether a row is an exception, and the value it has then.

    Attributes
    ----------
    derivation : Derivation
    flag, own : int
        Coordinates of the parts. `own` is unknown in rows that obey, but for ties.
    relative : bool
        Whether `own` is what an exception adds to the derived value (a discount, a fee), rather
        than the value itself (a zero, a number of another origin).
    tie : bool
        Whether exceptions are as usual as what they are exceptions of: the target is then the one
        parent, or goes its own way.
    """

    derivation: Derivation
    flag: int
    own: int
    relative: bool = False
    tie: bool = False

    def __post_init__(self) -> None:
        taken = (self.derivation.target, *self.derivation.parents)
        if min(self.flag, self.own) < 0 or self.flag == self.own:
            raise ValueError("exceptions need two parts of their own")
        if self.flag in taken or self.own in taken:
            raise ValueError("the parts of exceptions are not variables of the rule")
        if self.tie and not (isinstance(self.derivation.rule, Linear) and len(taken) == 2):
            raise ValueError("a tie is of two variables")

    @property
    def makes(self) -> tuple[int, ...]:
        return self.derivation.makes

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.flag, self.own, *self.derivation.parents)

    @property
    def rejects(self) -> bool:
        return self.tie or self.derivation.rejects

    def make(self, x: Floats, /) -> None:
        """Fill in the target: derived, or its own value where the row is an exception."""
        derived = self.derivation.of(x)
        own = derived + x[self.own] if self.relative else x[self.own]
        x[self.derivation.target] = np.where(x[self.flag] > 0.5, own, derived)

    def split(self, x: Floats, /) -> None:
        """Fill in which rows are exceptions, and what their values are."""
        y = x[self.derivation.target]
        derived = self.derivation.of(x)
        broken, known = ~self.derivation.obeys(x), ~(np.isnan(y) | np.isnan(derived))
        x[self.flag] = np.where(known, broken, np.nan)
        # a tied value is one that might have come by itself: copulas see it in all rows
        own = broken | known if self.tie else broken
        x[self.own] = np.where(own, y - derived if self.relative else y, np.nan)

    def tied(self, target: Floats) -> Floats:
        """Return what the parent of a tie is where the target is tied to it."""
        rule = self.derivation.rule
        assert isinstance(rule, Linear)
        return np.asarray((target - rule.constant) / rule.weights[0])

    def obeys(self, x: Floats) -> Bools:
        """Return where the target is derived, (n,): all but the exceptions."""
        return self.derivation.obeys(x)

    def holds(self, x: Floats, /) -> Bools:
        """Return where a row obeys or is an exception, with the target in its range, (n,).

        An exception to a tie that is equal by chance would make ties more frequent.
        """
        obeys, apart = self.obeys(x), x[self.flag] > 0.5
        known = obeys | apart
        if self.tie:
            told = ~(np.isnan(x[self.derivation.target]) | np.isnan(self.derivation.of(x)))
            known &= ~(obeys & apart & told)
        return np.asarray(known & self.derivation.within(x))


def excepted(
    d: Derivation, x: Floats, variable: Variable, name_of: str
) -> tuple[Excepted, tuple[Variable, Variable]]:
    """Return the rule with parts that are to follow the D columns of x, and what the parts are.

    Parameters
    ----------
    d : Derivation
    x : (n, D) float64
    variable : Variable
        The target.
    name_of : str
        Its name.
    """
    broken = np.flatnonzero(~d.obeys(x.T))
    values = x[broken, d.target]
    added = values - d.of(x[broken].T)
    relative = variable.kind != "nominal" and _spread(added) < _spread(values)
    own = added if relative else values
    few = len(np.unique(own)) <= LIST
    free = -np.inf if relative else variable.lower, np.inf if relative else variable.upper
    kind = "discrete" if few and variable.kind == "continuous" else variable.kind
    if relative and not few:
        kind = "continuous"
    flag = Variable(f"{name_of} [exception]", variable.column, "discrete", 2, 1.0, 0.0, 1.0)
    levels = 0 if relative else variable.levels
    part = Variable(f"{name_of} [own]", variable.column, kind, levels, variable.step, *free)
    width = x.shape[1]
    return Excepted(d, width, width + 1, bool(relative)), (flag, part)


def _spread(values: Floats) -> tuple[int, float]:
    """Return how many values it takes, in lots of the list's length, and how far they spread."""
    return len(np.unique(values)) // LIST, float(values.std())
