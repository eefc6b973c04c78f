"""Years, months and days of the month in columns of their own are one date: no 30th of February."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.monthly import SLACK, months_of
from copulasynth.rules.words.reading import name_in
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule
from copulasynth.schema.times import THURSDAY

__all__ = ["DateRule", "find_dates", "fit_date", "no_dates"]

#: Years that dates have, and months and days of the longest year.
YEARS, MONTHS, DAYS = (1800, 2200), 12.0, 31.0

#: Log of the chance that independent columns show no impossible date, by their rows and by their
#: different dates, of which many rows may share one.
BY_ROWS, BY_DATES = -10.0, -5.0

#: Share of the rows in which a column of dates says the same.
SAME = 0.95

#: A part of so few values is discrete.
FEW = 50


def _day(year: Floats, month: Floats, day: Floats) -> Floats:
    """Return days since 1970, NaN where there is no such day."""
    found = np.full(np.shape(year), np.nan)
    known = ~np.isnan(year + month + day)
    known &= (month >= 1) & (month <= MONTHS) & (np.abs(year) < 1e5) & (day >= 1) & (day <= DAYS)
    months = (12 * (year[known] - 1970) + month[known] - 1).astype(np.int64)
    first, following = (
        (months + k).astype("M8[M]").astype("M8[D]").astype(np.int64) for k in (0, 1)
    )
    made = first + day[known].astype(np.int64) - 1
    found[known] = np.where(made < following, made, np.nan)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class DateRule:
    """Coordinates `year`, `month` and `day` are made from a date, in days since 1970."""

    year: int
    month: int
    day: int
    date: int

    def __post_init__(self) -> None:
        used = (self.year, self.month, self.day, self.date)
        if min(used) < 0 or len(set(used)) < len(used):
            raise ValueError("a date names different coordinates")

    @property
    def makes(self) -> tuple[int, ...]:
        return (self.year, self.month, self.day)

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.date,)

    @property
    def rejects(self) -> bool:
        return False

    def make(self, x: Floats, /) -> None:
        known = ~np.isnan(x[self.date])
        month, day, _ = months_of(np.round(x[self.date][known]))
        for j, values in ((self.year, month // 12 + 1970), (self.month, month % 12 + 1)):
            x[j] = np.nan
            x[j][known] = values
        x[self.day] = np.nan
        x[self.day][known] = day

    def split(self, x: Floats, /) -> None:
        x[self.date] = _day(x[self.year], x[self.month], x[self.day])

    def holds(self, x: Floats, /) -> Bools:
        own = x[[self.year, self.month, self.day]]
        return np.asarray(np.isnan(own).any(axis=0) | ~np.isnan(_day(*own)))


def find_dates(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Add the dates whose year, month and day are columns, if chance would have shown others.

    Examples
    --------
    >>> day = np.random.default_rng(1).integers(0, 1500, 2000)
    >>> month, days, _ = months_of(day.astype(float))
    >>> x = np.column_stack([month // 12 + 1970, month % 12 + 1, days]).astype(float)
    >>> names = ("year", "month", "day")
    >>> variables = tuple(Variable(n, k, "discrete", step=1.0) for k, n in enumerate(names))
    >>> find_dates(Coordinates(x, variables)).found[0].record.formula
    'year, month, day are a date'
    """
    numbers = [j for j in c.free if _whole(c, j)]
    ends = {j: (float(np.nanmin(c.x[:, j])), float(np.nanmax(c.x[:, j]))) for j in numbers}
    years = [j for j in numbers if YEARS[0] <= ends[j][0] and ends[j][1] <= YEARS[1]]
    months = [j for j in numbers if ends[j] == (1.0, MONTHS)]
    for year in years:
        for month in months:
            for day in (j for j in numbers if ends[j] == (1.0, DAYS)):
                key = ("calendar", frozenset(c.variables[j].name for j in (year, month, day)))
                free = {year, month, day} <= set(c.free)
                if free and key not in refused and _no_chance(c, year, month, day):
                    names = tuple(c.variables[j].name for j in (year, month, day))
                    c = _added(c, (year, month, day), Rule("calendar", names))
    return c


def fit_date(c: Coordinates, record: Rule) -> Coordinates | None:
    """Add the declared date of three columns, or return None if some rows have none."""
    year, month, day = (c.place(name) for name in record.columns)
    if not {year, month, day} <= set(c.free) or not _possible(c, year, month, day):
        return None
    return _added(c, (year, month, day), record)


def _whole(c: Coordinates, j: int) -> bool:
    v = c.variables[j]
    return v.step == 1 and not v.levels and j not in c.clocks and bool((~np.isnan(c.x[:, j])).any())


def _possible(c: Coordinates, *members: int) -> bool:
    """Whether every row has a date, or none of its members."""
    return not no_dates(c, *members).any()


def no_dates(c: Coordinates, *members: int) -> Bools:
    """Return which rows have a year, a month and a day that are no date, or a part of one."""
    own = c.x[:, members]
    return np.asarray(np.isnan(_day(*own.T)) & ~np.isnan(own).all(axis=1))


def _told(c: Coordinates, *members: int) -> bool:
    """Whether a column of dates says the same: the members are its parts then."""
    own = _day(*c.x[:, members].T)
    for j, (per_day, origin, _) in c.clocks.items():
        days = np.floor((c.x[:, j] - origin) / per_day + SLACK)
        same, both = np.count_nonzero(days == own), np.count_nonzero(~np.isnan(days + own))
        if both and same >= SAME * both:
            return True
    return False


def _no_chance(c: Coordinates, *members: int) -> bool:
    if not _possible(c, *members) or _told(c, *members):
        return False
    own = c.x[:, members]
    own = own[~np.isnan(own).any(axis=1)]
    # months and days that are matched at random, in a leap year
    months, days = (np.unique(own[:, k], return_counts=True) for k in (1, 2))
    each, every = np.meshgrid(months[0], days[0], indexing="ij")
    never = np.isnan(_day(np.full(each.shape, 2000.0), each, every))
    chance = np.log1p(-float((never * np.outer(months[1], days[1])).sum()) / len(own) ** 2)
    dates = len(np.unique(own, axis=0))
    return bool(len(own) * chance < BY_ROWS and dates * chance < BY_DATES)


def _added(c: Coordinates, members: tuple[int, int, int], record: Rule) -> Coordinates:
    names, at = [c.variables[j].name for j in members], len(c.variables)
    rule = DateRule(*members, at)
    known = ~np.isnan(c.x[:, list(members)]).any(axis=1)
    record = replace(
        record,
        formula=record.formula or f"{', '.join(map(name_in, names))} are a date",
        obey=int(np.count_nonzero(known & rule.holds(c.x.T))),
        told=int(np.count_nonzero(known)),
    )
    dates = _day(*c.x[:, list(members)].T)
    dates = dates[~np.isnan(dates)]
    kind: Literal["discrete", "continuous"]
    kind = "discrete" if np.unique(dates).size <= FEW else "continuous"
    part = Variable(f"{', '.join(names)} [date]", c.variables[members[2]].column, kind, 0, 1.0)
    c = c.adding(rule, record, (part,))
    return replace(c, clocks={**c.clocks, at: (1.0, 0.0, THURSDAY)})
