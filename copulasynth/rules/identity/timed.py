"""Sums and differences of times that a person declares: units are those of the table."""

from collections.abc import Mapping

import numpy as np

from copulasynth.errors import SchemaError
from copulasynth.rules.identity.kinds import Derivation, Linear
from copulasynth.rules.identity.numbers import linear
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.wording import Statement

__all__ = ["ahead", "timed"]

#: Decimals of days that tell a tenth of a millisecond.
DAY_DECIMALS = 9

#: Seconds in a day, and in what numbers beside times may count.
DAY = 86_400.0
UNITS = (DAY, 3600.0, 60.0, 1.0, 7 * DAY)


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
    fixed = isinstance(rule, Linear) and {j, *parents} <= s.clocks.keys() and len(parents) == 1
    plain = isinstance(rule, Linear) and (np.abs(rule.weights) == 1).all()
    if not isinstance(rule, Linear) or not plain or (rule.constant != 0 and not fixed):
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
    constant = DAY * rule.constant - begin
    constant += sum(w * o for w, (o, _) in zip(rule.weights.tolist(), others, strict=True))
    weights = rule.weights * np.array([u for _, u in others]) / own
    exact = Linear(constant / own, weights)
    return judged(s, j, parents, exact, s.room(j, Rounding.COARSE), least=1)


def ahead(d: Derivation, clocks: Mapping[int, tuple[float, float, int]]) -> float:
    """Return the days by which a time is ahead of the only one it follows from, 0 of others."""
    if not isinstance(d.rule, Linear) or len(d.parents) > 1:
        return 0.0
    if not {d.target, *d.parents} <= clocks.keys() or d.rule.weights[0] < 0:
        return 0.0
    (own, begin, _), (_, origin, _) = clocks[d.target], clocks[d.parents[0]]
    days = (d.rule.constant + float(d.rule.weights[0]) * origin - begin) / own
    return round(days, DAY_DECIMALS) + 0.0
