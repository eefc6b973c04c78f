"""Find time stamps whose hours of the day or days of the week have laws of their own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.calendar import DAYS, HOURS, CalendarRule
from copulasynth.rules.numeric.months import DAYS_OF_MONTH, keeping_months, months_kept
from copulasynth.rules.numeric.stamps import MANY_WEEKS, Clock, Stamps
from copulasynth.rules.numeric.trial import thinned
from copulasynth.schema.column import Variable
from copulasynth.schema.level_order import order_levels
from copulasynth.schema.records import Rule

__all__ = ["Clock", "find_calendars", "fit_calendar"]

#: Rows expected in an hour that is closed, at least.
EXPECTED = 10.0
#: Share of the rows that weekday and hour on their own would put where nobody is, and distance of
#: their joint law from independence beyond noise: from here on weeks are not split into days.
CLOSED, APART = 0.01, 0.15
#: A part of so few values is discrete.
FEW = 50
ROWS = 5000


def find_calendars(
    c: Coordinates,
    refused: frozenset[tuple[str, frozenset[str]]] = frozenset(),
    clocks: Mapping[int, Clock] | None = None,
) -> Coordinates:
    """Add calendars of the time stamps that keep hours or weekdays, as tests tell.

    Hours are tested by the mean directions of the rows of a day on the circle of 24 hours: if
    they point anywhere, days cancel out, however many rows come together on one. The share that
    does not cancel has a beta law then. Weekdays are tested by an analysis of variance of the
    roots of the daily counts, so days count, not rows.

    Parameters
    ----------
    c : Coordinates
    refused : keys of rules
    clocks : mapping, optional
        For each coordinate that is a time: its :data:`Clock`.
    """
    for j, clock in (clocks or {}).items():
        name = str(c.variables[j].name)
        if j in c.free and ("calendar", frozenset((name,))) not in refused:
            months = months_kept(c, j, clock) if c.variables[j].kind == "continuous" else None
            if months is not None:
                c = keeping_months(c, j, clock, months, Rule("calendar", (name,)))
                continue
            time = Stamps.of(c, j, clock)
            hours, weekdays = time.keeps_hours(), time.keeps_weekdays()
            if hours or weekdays:
                c = _adding(c, time, hours, weekdays, Rule("calendar", (name,)))
    return c


def fit_calendar(c: Coordinates, record: Rule, clocks: Mapping[int, Clock]) -> Coordinates | None:
    """Add the declared calendar; its formula may name hours, weekdays or days of the month."""
    j = c.place(record.columns[0])
    if j not in clocks:
        return None
    # what is said of a column, which may be called "hours" itself
    said = record.formula.removeprefix(record.columns[0])
    of_month = DAYS_OF_MONTH in said
    if of_month or not record.formula:
        months = months_kept(c, j, clocks[j], declared=of_month)
        if months is not None:
            return keeping_months(c, j, clocks[j], months, record)
        if of_month:
            return None
    time = Stamps.of(c, j, clocks[j])
    if time.day.size == 0:
        return None
    both = "hours" not in said and "weekdays" not in said
    hours, weekdays = "hours" in said or both, "weekdays" in said or both
    return _adding(c, time, hours and not time.whole, weekdays, record)


def _cut(time: Stamps, weekdays: bool) -> float:
    """Return the part of the day at which days part: midnight, or a much quieter hour."""
    hours = time.table().sum(axis=0)
    beside = hours + np.roll(hours, 1)
    quiet = int(np.argmin(beside + 0.5 * (np.roll(beside, 1) + np.roll(beside, -1))))
    if beside[0] <= 1.5 * beside[quiet] + 0.005 * hours.sum():
        return 0.0
    cut = quiet / HOURS
    if weekdays and _apart(time.cut_at(cut).table()) >= _apart(time.table()):
        return 0.0
    return cut


def _expected(table: Ints) -> Floats:
    return np.asarray(np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum())


def _apart(table: Ints) -> float:
    """Return the distance of weekday and hour from independence, less what is noise."""
    n, expected = table.sum(), _expected(table)
    noise = np.sqrt(2.0 / np.pi * expected).sum()
    return float((np.abs(table - expected).sum() - noise) / (2.0 * n))


def _open(table: Ints, weekdays: bool) -> Bools:
    """Return the hours of the week that are not plainly closed, (7, 24)."""
    expected = np.maximum(_expected(table), table.sum(axis=0) / DAYS * (not weekdays))
    closed = (table == 0) & (expected >= EXPECTED)
    closed |= (table.sum(axis=0) == 0) & (table.sum() >= HOURS * EXPECTED)
    if weekdays:
        shut = (table.sum(axis=1) == 0) & (table.sum() >= DAYS * EXPECTED)
        closed |= shut[:, None]
    return np.asarray(~closed)


def _adding(c: Coordinates, time: Stamps, hours: bool, weekdays: bool, record: Rule) -> Coordinates:
    """Add a calendar with its parts and evidence."""
    weekly = weekdays and time.range >= MANY_WEEKS
    cut = _cut(time, weekdays) if hours else 0.0
    time = time.cut_at(cut)
    table = time.table()
    joined = weekly and hours and _joined(table)
    lower, upper = time.ends()
    at = len(c.variables)
    split = weekly and not joined
    rule = CalendarRule(
        time=time.j,
        count=at,
        weekday=at + 1 if split else -1,
        rest=-1 if time.whole and not joined else at + 1 + split,
        per_day=time.per_day,
        origin=time.origin,
        cut=cut * time.per_day,
        step=time.step,
        weekly=weekly,
        order=_order(c, time, split),
        open=_open(table, weekdays) if hours else _days_open(table, weekdays),
        lower=lower,
        upper=upper,
    )
    kept = " and ".join(["hours"] * hours + ["weekdays"] * weekdays)
    known = ~np.isnan(c.x[:, time.j])
    record = replace(
        record,
        formula=record.formula or f"{record.columns[0]} keeps its {kept}",
        obey=int(np.count_nonzero(rule.holds(c.x.T) & known)),
        told=int(np.count_nonzero(known)),
    )
    return c.adding(rule, record, _parts(c.variables[time.j], rule, time))


def _joined(table: Ints) -> bool:
    """Whether the hours of the days of the week differ so much that none has a law for all."""
    expected = _expected(table)
    shut = float(expected[(table == 0) & (expected >= EXPECTED)].sum()) / table.sum()
    return shut > CLOSED or _apart(table) > APART


def _days_open(table: Ints, weekdays: bool) -> Bools:
    shut = (table.sum(axis=1) == 0) & (weekdays and table.sum() >= DAYS * EXPECTED)
    return np.repeat(~shut[:, None], HOURS, axis=1)


def _order(c: Coordinates, time: Stamps, split: bool) -> Ints:
    """Return the days of the week in the order in which other variables see them."""
    days = np.arange(DAYS)
    known = ~np.isnan(c.x[:, time.j])
    if not split or len(c.free) < 2 or np.unique(time.day % DAYS).size < 3:
        return days
    others = [j for j in c.free if j != time.j]
    rows = np.flatnonzero(known)
    rows = rows[:: -(-rows.size // ROWS)]
    weekday = np.full(len(c.x), np.nan)
    weekday[known] = time.day % DAYS
    x = np.column_stack([weekday[rows], c.x[rows[:, None], others]])
    kinds = ["nominal", *(_kind(c.variables[j].kind) for j in others)]
    return order_levels(x, kinds, [DAYS, *(c.variables[j].levels for j in others)])[0]


def _kind(kind: str) -> str:
    """Return the kind of a variable beside which one other is ordered."""
    return "state" if kind == "nominal" else kind


def _fits(step: float | None, rule: CalendarRule) -> bool:
    """Whether days start on the grid of the times."""
    if not step:
        return False
    starts = np.array([rule.origin, rule.per_day, rule.cut]) / step
    return bool((np.abs(starts - np.round(starts)) < 1e-6).all())


def _parts(v: Variable, rule: CalendarRule, time: Stamps) -> list[Variable]:
    name, count = v.name, time.day // DAYS if rule.weekly else time.day
    few = np.unique(count).size <= (FEW if rule.weekly else MANY_WEEKS)
    ends = [np.floor(e / DAYS) if rule.weekly else e for e in (rule.lower, rule.upper)]
    unit = "week" if rule.weekly else "day"
    kind: Literal["discrete", "continuous"] = "discrete" if few else "continuous"
    parts = [Variable(f"{name} [{unit}]", v.column, kind, 0, 1.0, float(ends[0]), float(ends[1]))]
    if rule.weekday >= 0:
        top = float(DAYS - 1)
        parts.append(Variable(f"{name} [weekday]", v.column, "nominal", DAYS, 1.0, 0.0, top))
    if rule.rest >= 0:
        length = time.per_day * (DAYS if rule.weekly and rule.weekday < 0 else 1)
        step = v.step if _fits(v.step, rule) else None
        upper = rule.cut + length - (step or 1e-9 * length)
        few = np.unique(thinned(time.part)).size <= FEW and step is not None
        unit = "time of day" if rule.weekday >= 0 or not rule.weekly else "time of week"
        kind = "discrete" if few else "continuous"
        parts.append(Variable(f"{name} [{unit}]", v.column, kind, 0, step, rule.cut, upper))
    return parts
