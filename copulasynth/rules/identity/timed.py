"""Sums and differences of times that a person declares: units are those of the table."""

from collections.abc import Mapping

import numpy as np

from copulasynth.errors import SchemaError
from copulasynth.rules.identity.elapsed import AFTER, MONTHS, Elapsed, Later
from copulasynth.rules.identity.kinds import Derivation, Linear
from copulasynth.rules.identity.numbers import linear
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.wording import Statement

__all__ = ["ahead", "declared_months", "of_no_unit", "timed"]

#: Decimals of days that tell a tenth of a millisecond.
DAY_DECIMALS = 9

#: Seconds in a day, and in what numbers beside times may count.
DAY = 86_400.0
UNITS = (DAY, 3600.0, 60.0, 1.0, 7 * DAY)

#: Mean months and years, of which ages and terms are counted.
MONTH, YEAR = 30.4375 * DAY, 365.25 * DAY

#: Relative error of units, that of rates that are fitted to rounded numbers, and of a whole unit.
TINY, ROUGH, WHOLE = 1e-6, 0.02, 1e-3


def timed(
    s: Searched, j: int, parents: list[int], stated: Statement, allow: float
) -> Supported | None:
    """Return a sum or difference with times, whose origins and units are those of the table.

    Where they make it hold in too few rows, the unit of plain numbers is the one that fewest break.

    Raises
    ------
    SchemaError
        If the formula does more than add and subtract columns.
    """
    rule = stated.rule
    if not isinstance(rule, Linear) or (np.abs(rule.weights) != 1).any():
        raise SchemaError(
            f"formula of {stated.target!r}: with times, columns are only added and subtracted, as "
            "in 'end = start + stay'; units are found in the table"
        )
    for rounding in Rounding:
        hit = linear(s, j, parents, s.room(j, rounding), 0.0, allow)
        found = None if hit is None else hit.derivation
        if found is None or not isinstance(found.rule, Linear):
            continue
        signs = dict(zip(found.parents, np.sign(found.rule.weights), strict=True))
        later = rule.constant in (0.0, ahead(found, s.clocks))
        if later and signs == dict(zip(parents, rule.weights, strict=True)):
            return hit
    hits = [_in_unit(s, j, parents, rule, unit) for unit in UNITS]
    return max((h for h in hits if h is not None), key=lambda h: h.obey, default=None)


def _in_unit(
    s: Searched, j: int, parents: list[int], rule: Linear, unit: float
) -> Supported | None:
    """Return a sum or difference with times where plain numbers count so many seconds."""
    members = (j, *parents)
    scales = [s.scales[i] if i < len(s.scales) else (0.0, 1.0) for i in members]
    told = [i in s.clocks or own != (0.0, 1.0) for i, own in zip(members, scales, strict=True)]
    sizes = [1.0 if known else unit for known in told]
    (begin, own), *others = [(o * k, u * k) for (o, u), k in zip(scales, sizes, strict=True)]
    day = DAY if told[0] else unit
    constant = day * rule.constant - begin
    constant += sum(w * o for w, (o, _) in zip(rule.weights.tolist(), others, strict=True))
    weights = rule.weights * np.array([u for _, u in others]) / own
    exact = Linear(constant / own, weights)
    return judged(s, j, parents, exact, s.room(j, Rounding.COARSE), least=1)


def declared_months(s: Searched, j: int, parents: list[int], stated: Statement) -> Supported | None:
    """Return what a formula declares, whatever share of the rows breaks it.

    Raises
    ------
    SchemaError
        If what it counts from or to is no time.
    """
    unit, kind = stated.part.split(" ")
    times = [j, parents[0]] if kind == AFTER else parents
    if not s.clocks.keys() >= {*times}:
        name = next(s.variables[i].name for i in times if i not in s.clocks)
        raise SchemaError(f"formula of {stated.target!r}: {name!r} holds no dates")
    clocks = [s.clocks[i][:2] for i in times]
    rule: Later | Elapsed
    if kind == AFTER:
        rule = Later(clocks[1], clocks[0], MONTHS[unit], MONTHS[unit] * int(stated.text or 0))
    else:
        until = float(np.datetime64(stated.text, "D").astype(np.int64)) if stated.text else 0.0
        rule = Elapsed(clocks[0], clocks[-1], MONTHS[unit], until)
    return judged(s, j, parents, rule, least=1)


def ahead(d: Derivation, clocks: Mapping[int, tuple[float, float, int]]) -> float:
    """Return what is added to times that a time, or the number of days between two, follows from.

    Of a time it is days, of a number as many whole units as it counts; 0 where that is not known.
    """
    if not isinstance(d.rule, Linear):
        return 0.0
    own, begin, _ = clocks.get(d.target, (0.0, 0.0, 0))
    pairs = zip(d.parents, d.rule.weights.tolist(), strict=True)
    timed = [(w, *clocks[i][:2]) for i, w in pairs if i in clocks]
    paces = np.array([w * per_day for w, per_day, _ in timed])
    added = float(d.rule.constant + sum(w * origin for w, _, origin in timed)) - begin
    if not timed or abs(paces.sum() - own) > TINY * np.abs(paces).max():
        return 0.0
    if own > 0:
        return round(added / own, DAY_DECIMALS) + 0.0
    counts = any(abs(np.abs(paces).max() * unit / DAY - 1) < TINY for unit in UNITS)
    return float(round(added)) if counts and abs(added - round(added)) < WHOLE else 0.0


def of_no_unit(s: Searched, d: Derivation) -> bool:
    """Whether a number comes of times by rounding alone, at the rate of no unit of time.

    A term of 6, 12 or 24 months is that of any two dates near its ends.
    """
    timed = [k for k, i in enumerate(d.parents) if i in s.clocks]
    if not isinstance(d.rule, Linear) or not timed or d.target in s.clocks:
        return False
    rows = s.known((d.target, *d.parents))
    apart = np.abs(d.rule(s.x[rows][:, list(d.parents)].T) - s.x[rows, d.target])
    if float(np.median(apart)) <= s.room(d.target, Rounding.NONE):
        return False
    own = s.scales[d.target][1] if d.target < len(s.scales) else 1.0
    paces = np.array([abs(d.rule.weights[k]) * s.clocks[d.parents[k]][0] for k in timed])
    units = np.array([*UNITS, MONTH, YEAR, own]) / DAY
    return bool((np.abs(paces[:, None] * units - 1).min(axis=1) > ROUGH).any())
