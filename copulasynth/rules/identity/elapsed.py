"""Months from one time to another: an end after a term of months, an age in whole years."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.identity.dated import part_of
from copulasynth.rules.identity.searched import FEWEST, Searched, Supported, judged
from copulasynth.rules.identity.settle import ALLOWED, DIFFERENT_ROUNDED

__all__ = ["AFTER", "FROM", "MONTHS", "Elapsed", "Later", "elapsed", "elapsing"]

#: Units in which terms and ages count, in months, and what formulas call both.
MONTHS = {"months": 1, "years": 12}
AFTER, FROM = "after", "from"

#: Rows on which times and numbers are tried first, and the share of them that may break a rule.
TRIED, LOOSE = 200, 0.1

#: Part of a day that rounding errors stay below.
SLACK = 1e-6

Clock = tuple[float, float]


def _later(days: Floats, months: Floats) -> Floats:
    """Return days since 1970 so many months on, on the last day of a month that has no such day."""
    whole = np.floor(days + SLACK)
    month = part_of(whole, "year_month")
    to = month + np.round(months)
    begin, end = (_begins(month), _begins(to))
    last = _begins(to + 1) - end - 1
    return np.asarray(end + np.minimum(whole - begin, last) + (days - whole))


def _begins(months: Floats) -> Floats:
    """Return the days since 1970 on which months since January 1970 begin."""
    known = np.abs(months) < 1e6
    found = np.full(months.shape, np.nan)
    found[known] = months[known].astype(np.int64).astype("M8[M]").astype("M8[D]").astype(np.int64)
    return found


def _elapsed(begin: Floats, end: Floats) -> Floats:
    """Return how many whole months lie between two times, in days since 1970."""
    months = part_of(end, "year_month") - part_of(begin, "year_month")
    early = _later(np.floor(begin + SLACK), months) > np.floor(end + SLACK)
    return np.asarray(months - early)


def _days(clock: Clock, x: Floats) -> Floats:
    return np.asarray((x - clock[1]) / clock[0])


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """A time so many months after its first parent, as its second says, or always as many.

    Attributes
    ----------
    clock, own : (float, float)
        Units in a day, and the value when 1970 began, of the first parent and of the target.
    unit : int
        Months that the second parent counts.
    months : int
        Where there is no second parent.
    """

    clock: Clock
    own: Clock
    unit: int
    months: int = 0

    def __post_init__(self) -> None:
        _check(self.clock, self.own, unit=self.unit)

    def __call__(self, parents: Floats, /) -> Floats:
        begin, fixed = _days(self.clock, parents[0]), np.full(parents.shape[1], float(self.months))
        days = _later(begin, self.unit * parents[1] if len(parents) > 1 else fixed)
        return np.asarray(self.own[1] + self.own[0] * days)


@dataclass(frozen=True, slots=True, eq=False)
class Elapsed:
    """Whole months or years from its first parent to its second, or to a day.

    Attributes
    ----------
    clock, other : (float, float)
        Units in a day, and the value when 1970 began, of both parents.
    unit : int
        Months that the target counts.
    until : float
        Days since 1970 where there is no second parent.
    """

    clock: Clock
    other: Clock
    unit: int
    until: float = 0.0

    def __post_init__(self) -> None:
        _check(self.clock, self.other, unit=self.unit)
        if not np.isfinite(self.until):
            raise ValueError("until: expected a day")

    def __call__(self, parents: Floats, /) -> Floats:
        begin, end = _days(self.clock, parents[0]), np.full(parents.shape[1], self.until)
        end = _days(self.other, parents[1]) if len(parents) > 1 else end
        return np.asarray(np.floor(_elapsed(begin, end) / self.unit))


def _check(*clocks: Clock, unit: int) -> None:
    if any(not (0 < c[0] < np.inf and np.isfinite(c[1])) for c in clocks):
        raise ValueError("a clock has a positive number of units in a day, and an origin")
    if unit not in MONTHS.values():
        raise ValueError(f"unit: expected one of {list(MONTHS.values())} months")


def elapsing(s: Searched) -> list[int]:
    """Return the times and whole numbers that may lie months after others, or count them."""
    if not s.clocks:
        return []
    return [j for j in s.targets if s.ordered[j] and (j in s.clocks or s.steps[j] == 1)]


def elapsed(s: Searched, j: int) -> Supported | None:
    """Return j as months after a time, or as the months or years between two, if it is that."""
    ways = _terms(s, j) if j in s.clocks else _ages(s, j)
    return next((hit for hit in ways if hit.share <= ALLOWED and _tells(s, hit)), None)


def _tells(s: Searched, hit: Supported) -> bool:
    """Whether many different values of the target obey, and no number of days would do as well."""
    d = hit.derivation
    rows = s.known((d.target, *d.parents))
    y = s.x[rows, d.target]
    if np.unique(y).size < DIFFERENT_ROUNDED:
        return False
    if not isinstance(d.rule, Later) or len(d.parents) > 1:
        return True
    apart = _days(d.rule.own, y) - _days(d.rule.clock, s.x[rows, d.parents[0]])
    return bool(np.ptp(apart) > SLACK)


def _some(s: Searched, members: tuple[int, ...]) -> Floats:
    """Return a few rows (p, m) in which all members are known."""
    x = s.x[:: max(1, len(s.x) // TRIED), list(members)]
    return np.asarray(x[~np.isnan(x).any(axis=1)].T)


def _times(s: Searched, j: int) -> list[int]:
    found = [i for i in s.order if i in s.clocks and not s.depends(i, j) and s.distinct[i] > 1]
    # what follows from another says no more than that
    return sorted(found, key=lambda i: i in s.above)


def _terms(s: Searched, j: int) -> Iterator[Supported]:
    own = s.clocks[j][:2]
    for i in _times(s, j):
        clock = s.clocks[i][:2]
        y, x = _some(s, (j, i))
        if y.size < FEWEST:
            continue
        begin, end = _days(clock, x), _days(own, y)
        months = part_of(end, "year_month") - part_of(begin, "year_month")
        if np.mean(np.abs(_later(begin, months) - end) > SLACK) > LOOSE or not months.any():
            continue
        if np.ptp(months) == 0:
            yield from _held(s, j, (i,), Later(clock, own, 1, int(months[0])))
        for n in (n for n in s.order if s.steps[n] == 1 and n not in s.clocks):
            yield from (
                hit
                for unit in MONTHS.values()
                if not s.depends(n, j)
                for hit in _held(s, j, (i, n), Later(clock, own, unit))
            )


def _ages(s: Searched, j: int) -> Iterator[Supported]:
    times = _times(s, j)
    for unit in MONTHS.values():
        for i in times:
            clock = s.clocks[i][:2]
            for k in (k for k in times if k != i):
                yield from _held(s, j, (i, k), Elapsed(clock, s.clocks[k][:2], unit))
            until = _until(s, j, i, unit)
            if until is not None:
                yield from _held(s, j, (i,), Elapsed(clock, (1.0, 0.0), unit, until))


def _until(s: Searched, j: int, i: int, unit: int) -> float | None:
    """Return the day to which a number counts from a time in all rows, if there is one."""
    for x in (_some(s, (j, i)), s.x[s.known((j, i))][:, [j, i]].T):
        if x.shape[1] < FEWEST:
            return None
        begin = np.floor(_days(s.clocks[i][:2], x[1]) + SLACK)
        low = float(_later(begin, unit * x[0]).max())
        high = float(_later(begin, unit * (x[0] + 1)).min())
        if not low < high:
            return None
    # the first of a month if one will do
    first = float(_begins(part_of(np.array([low]), "year_month") + 1)[0])
    return first if first < high else low


def _held(
    s: Searched, j: int, parents: tuple[int, ...], rule: Later | Elapsed
) -> Iterator[Supported]:
    """Yield a rule if a few rows do not show that it is none."""
    x = _some(s, (j, *parents))
    if x.shape[1] >= FEWEST and np.mean(np.abs(rule(x[1:]) - x[0]) > s.room(j)) <= LOOSE:
        hit = judged(s, j, parents, rule)
        if hit is not None:
            yield hit
