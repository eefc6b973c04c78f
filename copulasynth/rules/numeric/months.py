"""Find dates that keep to days of the month: its end, the first of a quarter, the 1st and 15th."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.monthly import LAST, SLACK, MonthRule, months_of
from copulasynth.rules.numeric.stamps import STANDING, Clock
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = ["DAYS_OF_MONTH", "Months", "keeping_months", "months_kept"]

#: What the formula of such a rule says.
DAYS_OF_MONTH = "days of the month"

#: Most days of the month that are kept to, and log of the chance of a false rule.
MOST, EVIDENCE = 3, -14.0

#: Days of a month, and stretches of months that dates may skip.
LENGTH, EVERY = 30.0, (12, 6, 4, 3, 2)

#: A part of so few values is discrete.
FEW = 50


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """The days of the month that dates keep to, in every so many months from a phase on."""

    days: tuple[int, ...]
    every: int
    phase: int


def months_kept(c: Coordinates, j: int, clock: Clock, declared: bool = False) -> Months | None:
    """Return what days of the month the dates of coordinate j keep to, None if chance may do so.

    Distinct dates count, not rows: each would be one of k days by chance with probability k / 30.
    """
    since = _days(c, j, clock)
    dates = np.unique(since[~np.isnan(since)])
    if not dates.size or (np.abs(dates - np.round(dates)) > SLACK * np.abs(dates)).any():
        return None
    month, day, left = months_of(dates)
    days = min(_different(day), _different(np.where(left == 0, LAST, day)), key=len)
    k = len(days)
    chance = dates.size * np.log(k / LENGTH) + k * np.log(LENGTH) + np.log(len(c.variables))
    if k > MOST or (chance > EVIDENCE and not declared):
        return None
    months = np.unique(month)
    for every in EVERY:
        phase = int(months[0] % every)
        if (months % every == phase).all() and -months.size * np.log(every) < EVIDENCE:
            return Months(days, every, phase)
    return Months(days, 1, 0)


def _days(c: Coordinates, j: int, clock: Clock) -> Floats:
    """Return the values of a time as days since 1970."""
    return np.asarray((c.x[:, j] - clock[1]) / clock[0])


def _different(days: Ints) -> tuple[int, ...]:
    """Return the different days, the last of a month behind the others."""
    return tuple(sorted(np.unique(days).tolist(), key=lambda day: (day == LAST, day)))


def keeping_months(
    c: Coordinates, j: int, clock: Clock, found: Months, record: Rule
) -> Coordinates:
    """Add the rule that dates keep to days of the month, with its parts and evidence."""
    at, several = len(c.variables), len(found.days) > 1
    days = np.array(found.days, dtype=np.int64)
    which = at + 1 if several else -1
    rule = MonthRule(j, at, which, clock[0], clock[1], found.every, found.phase, days)
    known = ~np.isnan(c.x[:, j])
    record = replace(
        record,
        formula=record.formula or f"{record.columns[0]} keeps its {DAYS_OF_MONTH}",
        obey=int(np.count_nonzero(rule.holds(c.x.T) & known)),
        told=int(np.count_nonzero(known)),
    )
    return c.adding(rule, record, _parts(c, j, rule))


def _parts(c: Coordinates, j: int, rule: MonthRule) -> list[Variable]:
    v = c.variables[j]
    x = np.full((len(c.variables) + 2, len(c.x)), np.nan)
    x[j] = c.x[:, j]
    rule.split(x)
    count = x[rule.count][~np.isnan(x[rule.count])]
    ends = []
    for end, free in ((float(count.min()), -np.inf), (float(count.max()), np.inf)):
        # the first and the last month are known where enough rows stand in them
        ends.append(end if np.count_nonzero(count == end) >= STANDING else free)
    kind: Literal["discrete", "continuous"]
    kind = "discrete" if np.unique(count).size <= FEW else "continuous"
    unit = {1: "month", 3: "quarter", 12: "year"}.get(rule.every, f"{rule.every} months")
    parts = [Variable(f"{v.name} [{unit}]", v.column, kind, 0, 1.0, ends[0], ends[1])]
    if rule.which >= 0:
        k = len(rule.days)
        parts.append(Variable(f"{v.name} [day]", v.column, "discrete", k, 1.0, 0.0, k - 1.0))
    return parts
