"""Named parts of a time, and functions of them: the month of a date, the name of its weekday."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Floats, Ints, floats, frozen
from copulasynth.rules.identity.kinds import Function, GroupedLinear, Linear, Lookup

__all__ = ["COUNTED", "PARTS", "TIMES", "Dated", "named_periods", "part_of", "stepped"]

#: Part of a second that rounding errors stay below, and seconds in a day.
SLACK, DAY = 1e-4, 86_400.0

_Part = Callable[[Ints, Floats], Ints | Floats]


def _months(day: Ints) -> Ints:
    """Return months since January 1970."""
    return day.astype("M8[D]").astype("M8[M]").astype(np.int64)


def _begins(months: Ints, unit: str = "M") -> Ints:
    """Return the days since 1970 on which months, or years, begin."""
    return months.astype(f"M8[{unit}]").astype("M8[D]").astype(np.int64)


def _day_of_year(day: Ints) -> Ints:
    return day - _begins(_months(day) // 12, "Y") + 1


def _day(day: Ints) -> Ints:
    return day - _begins(_months(day)) + 1


def _month(day: Ints) -> Ints:
    return _months(day) % 12 + 1


def _year(day: Ints) -> Ints:
    return _months(day) // 12 + 1970


def _weekday(day: Ints) -> Ints:
    # 1970-01-01 was a Thursday
    return (day + 3) % 7


def _week(day: Ints) -> Ints:
    # a week belongs to the year of its Thursday
    return (_day_of_year(day - _weekday(day) + 3) - 1) // 7 + 1


def _us_week(day: Ints) -> Ints:
    # weeks begin on Sundays, the first on the first of January
    return (_day_of_year(day) + (_weekday(day - _day_of_year(day) + 1) + 1) % 7 - 1) // 7 + 1


#: Parts that count: each is a number, and no time. Weekdays count from 0, a Monday.
COUNTED: Mapping[str, _Part] = {
    "year": lambda day, s: _year(day),
    "quarter": lambda day, s: _months(day) % 12 // 3 + 1,
    "weekday": lambda day, s: _weekday(day),
    "month": lambda day, s: _month(day),
    "hour": lambda day, s: s // 3600,
    "day": lambda day, s: _day(day),
    "minute": lambda day, s: s // 60 % 60,
    "second": lambda day, s: s // 1 % 60,
    "week": lambda day, s: _week(day),
    "us_week": lambda day, s: _us_week(day),
    "sunday_week": lambda day, s: (_day_of_year(day) + 6 - (_weekday(day) + 1) % 7) // 7,
    "monday_week": lambda day, s: (_day_of_year(day) + 6 - _weekday(day)) // 7,
    "day_of_year": lambda day, s: _day_of_year(day),
    "month_day": lambda day, s: 100 * _month(day) + _day(day),
    "hour_of_week": lambda day, s: 24 * _weekday(day) + s // 3600,
    "year_quarter": lambda day, s: _months(day) // 3,
    "year_month": lambda day, s: _months(day),
    "year_week": lambda day, s: (day + 3) // 7,
}

#: Parts that never come again. So few names may be those of before and after.
PERIODS, FEW_NAMES = ("year", "year_quarter", "year_month", "year_week"), 2

#: What has no name lies so far beyond those that there are.
BEYOND = 1e12

#: Numbers of dates, which others are, and no others follow from.
NUMBERS: Mapping[str, _Part] = {
    "yyyymm": lambda day, s: 100 * _year(day) + _month(day),
    "yyyymmdd": lambda day, s: 10_000 * _year(day) + 100 * _month(day) + _day(day),
}

#: Parts that are times themselves, in days since 1970 or since midnight.
TIMES: Mapping[str, _Part] = {
    "date": lambda day, s: day,
    "time": lambda day, s: (s - SLACK) / DAY,
    "hour_start": lambda day, s: day + s // 3600 / 24,
    "week_start": lambda day, s: day - _weekday(day),
    "month_start": lambda day, s: _begins(_months(day)),
    "month_end": lambda day, s: _begins(_months(day) + 1) - 1,
    "next_month_end": lambda day, s: _begins(_months(day) + 2) - 1,
    "quarter_start": lambda day, s: _begins(_months(day) // 3 * 3),
    "quarter_end": lambda day, s: _begins(_months(day) // 3 * 3 + 3) - 1,
    "year_start": lambda day, s: _begins(_months(day) // 12, "Y"),
    "year_end": lambda day, s: _begins(_months(day) // 12 + 1, "Y") - 1,
}

PARTS: Mapping[str, _Part] = {**COUNTED, **NUMBERS, **TIMES}


def part_of(days: Floats, part: str) -> Floats:
    """Return a part of times that are days since 1970; NaN where they are not known.

    >>> days = np.array([0.0, 59.75])
    >>> part_of(days, "month").tolist(), part_of(days, "hour").tolist()
    ([1.0, 3.0], [0.0, 18.0])
    """
    found = np.full(days.shape, np.nan)
    known = np.abs(days) < 1e8  # what lies beyond has no calendar
    whole = np.floor(days[known] + SLACK / DAY)
    seconds = np.maximum((days[known] - whole) * DAY, 0.0) + SLACK
    found[known] = PARTS[part](whole.astype(np.int64), seconds)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Dated:
    """A function of a part of a time: its month, the name of its weekday, its date.

    It holds for times that were never seen, which a list of times and values does not.

    Attributes
    ----------
    part : str
        One of :data:`PARTS`.
    per_day, origin : float
        Units of the time in a day, and its value when 1970 began.
    rule : Linear or Lookup
        What is made of the part.
    named : (m,) float64
        Periods that have a name, where names are those of periods that never come again: of
        others the function lies beyond all names. Empty where each has one.
    """

    part: str
    per_day: float
    origin: float
    rule: Linear | Lookup
    named: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        named = floats(self.named, 1)
        if not np.isfinite(named).all() or (np.diff(named) <= 0).any():
            raise ValueError("named periods increase")
        object.__setattr__(self, "named", frozen(named))
        if self.part not in PARTS:
            raise ValueError(f"part: expected one of {list(PARTS)}, got {self.part!r}")
        if not (0 < self.per_day < np.inf and np.isfinite(self.origin)):
            raise ValueError("per_day, origin: expected a positive number and a finite one")
        self.rule(np.ones((1, 1)))

    def of(self, time: Floats) -> Floats:
        """Return the part of each time."""
        return part_of((time - self.origin) / self.per_day, self.part)

    def __call__(self, parents: Floats, /) -> Floats:
        part = self.of(parents[0])
        made = np.where(np.isnan(part), np.nan, self.rule(part[None]))
        if self.named.size and isinstance(self.rule, Lookup):
            nameless = ~np.isnan(part) & ~np.isin(part, self.named)
            made[nameless] = self.rule.values.max() + BEYOND
        return made


def named_periods(part: str, parts: Floats, rule: Linear | Lookup) -> Floats:
    """Return the periods that the table has a name for, if names are those of periods.

    A name of several, such as a year of twelve months, is also that of as many as others have.

    >>> months = np.array([5.0, 6.0, 8.0])
    >>> named_periods("year_month", months, Lookup(np.array([5.5, 7.0]), np.arange(3.0))).tolist()
    [5.0, 6.0, 8.0]
    """
    known = np.unique(parts)
    if part not in PERIODS or not isinstance(rule, Lookup) or rule.values.size <= FEW_NAMES:
        return np.empty(0)
    lengths = np.bincount(np.searchsorted(rule.edges, known), minlength=rule.values.size)
    if (most := int(lengths.max())) == 1:
        return known
    return np.arange(known[0] - most + lengths[0], known[-1] + most - lengths[-1] + 1)


def stepped(rule: Function) -> tuple[Floats, Callable[[Floats], Floats]] | None:
    """Return the edges between the steps of a function, and what of its first parent has them."""
    if isinstance(rule, Dated):
        return (rule.rule.edges, rule.of) if isinstance(rule.rule, Lookup) else None
    return (rule.edges, np.asarray) if isinstance(rule, Lookup | GroupedLinear) else None
