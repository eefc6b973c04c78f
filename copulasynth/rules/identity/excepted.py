"""A derivation that a share of the rows breaks, kept with that share."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.kinds import Derivation, GroupedLinear, Linear
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
        Coordinates of the parts. `own` is unknown in rows that obey, but for ties. `flag` is 1 in
        an exception; of a tie by several constants it says by which, and is their number there.
    relative : bool
        Whether `own` is what an exception adds to the derived value (a discount, a fee), rather
        than the value itself (a zero, a number of another origin).
    tie : bool
        Whether exceptions are as usual as what they are exceptions of: the target then follows
        from one parent, by one of some constants, or goes its own way. `own` is -1 where it never
        does.
    atoms : tuple of float
        In their order, the target's values of many rows that a derived value is one of where it
        lies no further off than rounding explains.
    """

    derivation: Derivation
    flag: int
    own: int
    relative: bool = False
    tie: bool = False
    atoms: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        rule, parents = self.derivation.rule, self.derivation.parents
        if self.tie and isinstance(rule, GroupedLinear) and parents[0] == self.flag:
            parents = parents[1:]
        taken = (self.derivation.target, *parents)
        least = -1 if self.grouped else 0
        if self.flag < 0 or self.own < least or self.flag == self.own:
            raise ValueError("exceptions need two parts of their own")
        if self.flag in taken or self.own in taken:
            raise ValueError("the parts of exceptions are not variables of the rule")
        several = isinstance(rule, GroupedLinear) and len(parents) < len(self.derivation.parents)
        if self.tie and not (len(parents) == 1 and (several or isinstance(rule, Linear))):
            raise ValueError("a tie is of two variables")

    @property
    def makes(self) -> tuple[int, ...]:
        return self.derivation.makes

    @property
    def needs(self) -> tuple[int, ...]:
        own = () if self.own < 0 else (self.own,)
        return (*dict.fromkeys((self.flag, *own, *self.derivation.parents)),)

    @property
    def rejects(self) -> bool:
        return self.tie or self.derivation.rejects

    @property
    def grouped(self) -> bool:
        """Whether the flag says by which constant the target follows."""
        return self.tie and isinstance(self.derivation.rule, GroupedLinear)

    @property
    def ways(self) -> int:
        """By how many constants the target may follow."""
        rule = self.derivation.rule
        return len(rule.constants) if self.tie and isinstance(rule, GroupedLinear) else 1

    def apart(self, x: Floats) -> Bools:
        """Return which rows are exceptions by their flag, (n,)."""
        return np.asarray(x[self.flag] > self.ways - 0.5)

    def make(self, x: Floats, /) -> None:
        """Fill in the target: derived, or its own value where the row is an exception."""
        derived = self.to_atoms(self.derivation.of(x))
        if self.own < 0:
            x[self.derivation.target] = derived
            return
        own = derived + x[self.own] if self.relative else x[self.own]
        x[self.derivation.target] = np.where(self.apart(x), own, derived)

    def split(self, x: Floats, /) -> None:
        """Fill in which rows are exceptions, and what their values are."""
        y = x[self.derivation.target]
        x[self.flag] = way = self._way(x)
        derived = self.derivation.of(x)
        broken, known = way == self.ways, ~(np.isnan(y) | np.isnan(derived))
        if self.own < 0:
            x[self.flag] = np.where(known & ~broken, way, np.nan)
            return
        x[self.flag] = np.where(known, way, np.nan)
        # an equal value is one that might have come by itself: copulas see it in all rows
        own = broken | known if self.tie and not self.grouped else broken
        x[self.own] = np.where(own, y - derived if self.relative else y, np.nan)

    def tied(self, x: Floats, flag: Floats, back: bool = False) -> Floats:
        """Return what the target of a tie is at values of the parent, or `back` at the target's."""
        rule = self.derivation.rule
        assert isinstance(rule, Linear | GroupedLinear)
        constants = rule.constants if isinstance(rule, GroupedLinear) else [rule.constant]
        way = np.clip(np.nan_to_num(flag), 0, self.ways - 1).astype(np.int64)
        constant, weight = np.asarray(constants)[way], rule.weights.ravel()[way]
        return np.asarray((x - constant) / weight if back else constant + weight * x)

    def to_atoms(self, y: Floats) -> Floats:
        """Return derived values, moved to an atom that lies within the room of the rule."""
        if not self.atoms:
            return y
        atoms = np.array([-np.inf, *self.atoms, np.inf])
        at = np.clip(np.searchsorted(atoms, y), 1, atoms.size - 1)
        near = np.where(y - atoms[at - 1] < atoms[at] - y, atoms[at - 1], atoms[at])
        return np.where(np.abs(y - near) <= self.derivation.room, near, y)

    def _way(self, x: Floats) -> Floats:
        """Return by which constant the target follows, the first that fits; their number if none.

        What is not known is no exception.
        """
        if not self.grouped:
            return np.where(self.derivation.obeys(x), 0.0, 1.0)
        y, parent = x[self.derivation.target], x[self.derivation.parents[-1]]
        way = np.full(y.shape, float(self.ways))
        for k in reversed(range(self.ways)):
            miss = np.abs(y - self.tied(parent, np.full(y.shape, float(k))))
            way[~(miss > self.derivation.room)] = k
        return way

    def obeys(self, x: Floats) -> Bools:
        """Return where the target is derived, (n,): all but the exceptions."""
        return self._way(x) < self.ways

    def holds(self, x: Floats, /) -> Bools:
        """Return where a row obeys or is an exception, with the target in its range, (n,).

        An exception to a tie that is equal by chance would make ties more frequent.
        """
        obeys, apart = self.obeys(x), self.apart(x)
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
