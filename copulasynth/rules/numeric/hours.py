"""Numbers that are hours and minutes, as 905 is 9:05: no minute is 75."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.words.reading import name_in
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = ["HOURS_AND_MINUTES", "HoursRule", "find_hours", "fit_hours", "no_hours"]

#: What formulas say of such numbers.
HOURS_AND_MINUTES = "hours and minutes"

#: Minutes in an hour, what an hour counts in such a number, and the end of a day.
MINUTES, HUNDRED, LAST = 60, 100, 2400

#: Log of the chance that other numbers have no minute beyond an hour, less one of the columns.
EVIDENCE = -15.0

#: Hours and minutes that such numbers have, at least, and one of the latest minutes.
HOURS, DIFFERENT, LATE = 5, 10, 45

#: A part of so few values is discrete.
FEW = 50


@dataclass(frozen=True, slots=True, eq=False)
class HoursRule:
    """Coordinate `number` is made from minutes since midnight, coordinate `minutes`.

    Those beyond the `last` of a day are drawn again.
    """

    number: int
    minutes: int
    last: float = MINUTES * 24 - 1.0

    def __post_init__(self) -> None:
        if not 0 < self.last < np.inf:
            raise ValueError("last: expected a positive number of minutes")
        if min(self.number, self.minutes) < 0 or self.number == self.minutes:
            raise ValueError("hours and minutes name different coordinates")

    @property
    def makes(self) -> tuple[int, ...]:
        return (self.number,)

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.minutes,)

    @property
    def rejects(self) -> bool:
        return True

    def make(self, x: Floats, /) -> None:
        """Fill in the number, (D, n)."""
        hours, minutes = np.divmod(np.round(x[self.minutes]), MINUTES)
        x[self.number] = HUNDRED * hours + minutes

    def split(self, x: Floats, /) -> None:
        """Fill in the minutes, (D, n)."""
        x[self.minutes] = _minutes(x[self.number])

    def holds(self, x: Floats, /) -> Bools:
        number = x[self.number]
        beyond = (number < 0) | (_minutes(number) > self.last)
        return np.asarray(~(beyond | (np.mod(number, HUNDRED) >= MINUTES)))


def _minutes(number: Floats) -> Floats:
    hours, minutes = np.divmod(number, HUNDRED)
    return np.asarray(MINUTES * hours + minutes)


def find_hours(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Add the numbers that are hours and minutes, as none of their last two digits is above 59.

    Every distinct value counts once.

    Examples
    --------
    >>> minutes = np.random.default_rng(1).integers(300, 1300, 500).astype(float)
    >>> x = (100 * (minutes // 60) + minutes % 60)[:, None]
    >>> found = find_hours(Coordinates(x, (Variable("dep", 0, "continuous", step=1.0),))).found
    >>> found[0].record.formula
    'dep is hours and minutes'
    """
    limit = EVIDENCE - float(np.log(max(len(c.variables), 1)))
    for j in c.free:
        name = str(c.variables[j].name)
        if ("calendar", frozenset((name,))) not in refused and _possible(c, j):
            values = np.unique(c.x[~np.isnan(c.x[:, j]), j])
            grid = np.arange(0, HUNDRED, max(int(c.variables[j].step or 1), 1) % HUNDRED or HUNDRED)
            chance = values.size * np.log(np.mean(grid < MINUTES))
            last = np.unique(values % HUNDRED)
            told = np.unique(values // HUNDRED).size >= HOURS and last.size >= DIFFERENT
            if told and last[-1] >= LATE and chance < limit:
                c = _added(c, j, Rule("calendar", (name,)))
    return c


def fit_hours(c: Coordinates, record: Rule) -> Coordinates | None:
    """Add the declared hours and minutes of a number, or return None if it has others."""
    j = c.place(record.columns[0])
    return _added(c, j, record) if j in c.free and _possible(c, j) else None


def no_hours(c: Coordinates, j: int) -> Bools:
    """Return which rows of a number have no hour and minute of a day."""
    x = c.x[:, j]
    return np.asarray((np.mod(x, HUNDRED) >= MINUTES) | (x < 0) | (x > LAST))


def _possible(c: Coordinates, j: int) -> bool:
    v = c.variables[j]
    whole = v.kind in ("continuous", "discrete") and (v.step or 0.0) >= 1 and not v.levels
    if not whole or j in c.clocks or float(np.nanmax(c.x[:, j], initial=0.0)) < HUNDRED:
        return False
    return not no_hours(c, j).any()


def _added(c: Coordinates, j: int, record: Rule) -> Coordinates:
    v, at = c.variables[j], len(c.variables)
    minutes = _minutes(c.x[:, j])
    known = minutes[~np.isnan(minutes)]
    record = replace(
        record,
        formula=record.formula or f"{name_in(str(v.name))} is {HOURS_AND_MINUTES}",
        obey=known.size,
        told=known.size,
    )
    step = float(np.gcd.reduce(np.append(known, MINUTES).astype(np.int64)))
    few = np.unique(known).size <= FEW
    kind: Literal["discrete", "continuous"] = "discrete" if few else "continuous"
    last = max(float(MINUTES * 24 - 1), float(known.max()))
    part = Variable(f"{v.name} [minutes]", v.column, kind, 0, step, 0.0, last)
    return c.adding(HoursRule(j, at, last), record, (part,))
