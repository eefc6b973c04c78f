"""Rows as levels of one nominal part: which of the known patterns of values a row has."""

from collections.abc import Collection

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, even_points, floats, frozen, put
from copulasynth.rules.api import Coordinates
from copulasynth.schema.column import Variable
from copulasynth.schema.level_order import order_levels

__all__ = [
    "Patterned",
    "check_levels",
    "check_places",
    "matched",
    "nominal_part",
    "put_patterns",
    "seen_order",
    "seen_patterns",
    "whole",
]

#: Rows that an order of levels is found from.
ROWS = 20_000


class Patterned:
    """What rules share whose part says which of the listed patterns of values a row has."""

    __slots__ = ()

    part: int
    makes: tuple[int, ...]
    levels: Floats
    weights: Floats

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.part,)

    @property
    def rejects(self) -> bool:
        return False

    def make(self, x: Floats, /) -> None:
        put_patterns(x, self.part, self.makes, self.levels)

    def split(self, x: Floats, /) -> None:
        weights = self.weights if self.weights.size else None
        x[self.part] = matched(x[list(self.makes)], self.levels, weights)


def matched(x: Floats, levels: Floats, weights: Floats | None = None) -> Floats:
    """Return which row of `levels` each row is, NaN for a pattern that is none of them.

    Parameters
    ----------
    x : (m, n) float64
        Values, NaN where unknown.
    levels : (K, m) float64
        Distinct patterns.
    weights : (K,) float64, optional
        How often each occurs. A row with some values unknown is then spread over the patterns
        that have the known ones, each in proportion, and always in the same way.

    Examples
    --------
    >>> matched(np.array([[0.0, 1.0, 1.0]]), np.array([[1.0], [2.0]]))
    array([nan,  0.,  0.])
    """
    code = _exactly(x, levels)
    if weights is None:
        return code
    gaps = np.isnan(x)
    some = np.flatnonzero(gaps.any(axis=0) & ~gaps.all(axis=0))
    for gap in np.unique(gaps[:, some], axis=1).T:
        rows = some[(gaps[:, some] == gap[:, None]).all(axis=0)]
        code[rows] = _spread(x[~gap][:, rows], levels[:, ~gap], weights)
    return code


def _exactly(x: Floats, levels: Floats) -> Floats:
    """Return the level of each row, column after column, so that no code grows past a table."""
    known = np.ones(x.shape[1], dtype=bool)
    row, level = np.zeros(x.shape[1], dtype=np.int64), np.zeros(len(levels), dtype=np.int64)
    for own, column in zip(x, levels.T, strict=True):
        values, place = np.unique(column, return_inverse=True)
        at = np.minimum(np.searchsorted(values, own), values.size - 1)
        known &= values[at] == own
        seen, level = np.unique(level * values.size + place, return_inverse=True)
        row = row * values.size + at
        at = np.minimum(np.searchsorted(seen, row), seen.size - 1)
        known &= seen[at] == row
        row = at
    which = np.empty(len(levels))
    which[level] = np.arange(len(levels))
    return np.where(known, which[row], np.nan)


def _spread(x: Floats, levels: Floats, weights: Floats) -> Floats:
    """Return levels of rows known in part, in proportion to the weights of those that agree."""
    keys, key = np.unique(levels, axis=0, return_inverse=True)
    order = np.argsort(key.ravel(), kind="stable")
    total = np.bincount(key.ravel(), weights=weights, minlength=len(keys))
    up = np.cumsum(weights[order])
    found = _exactly(x, keys)
    rows = np.flatnonzero(found == found)
    of = found[rows].astype(np.int64)
    u = even_points(rows.size)
    start = np.cumsum(total) - total
    place = np.searchsorted(up, start[of] + u * total[of], side="right")
    found[rows] = order[np.minimum(place, order.size - 1)]
    return found


def seen_patterns(x: Floats, most: int) -> tuple[Floats, Floats] | None:
    """Return the distinct whole rows of x, (m, n), as (K, m), and how often each occurs.

    None if there are more than `most`, or none.
    """
    whole = x[:, ~np.isnan(x).any(axis=0)]
    code = np.zeros(whole.shape[1], dtype=np.int64)
    for own in whole:
        values, place = np.unique(own, return_inverse=True)
        seen, code = np.unique(code * values.size + place, return_inverse=True)
        if seen.size > most:
            return None
    _, first, counts = np.unique(code, return_index=True, return_counts=True)
    return (whole[:, first].T, counts.astype(np.float64)) if first.size else None


def seen_order(c: Coordinates, code: Floats, levels: int, without: Collection[int]) -> Ints:
    """Return the order of the levels of a new part, by what they say of the other coordinates."""
    others = [j for j in c.free if j not in without]
    if levels < 3 or not others:
        return np.arange(levels, dtype=np.int64)
    rows = slice(None, None, max(1, len(c.x) // ROWS))
    kinds = [c.variables[j].kind for j in others]
    # only a "nominal" variable has its levels put in order; the others are but looked at
    flat = ["state" if k == "nominal" else k for k in kinds]
    x = np.column_stack([c.x[rows][:, others], code[rows]])
    counts = [*(c.variables[j].levels for j in others), levels]
    return order_levels(x, [*flat, "nominal"], counts)[len(others)]


def nominal_part(name: str, column: int, levels: int) -> Variable:
    """Return the variable of a part whose values are places in a table of patterns."""
    return Variable(name, column, "nominal", levels, 1.0, 0.0, levels - 1.0)


def put_patterns(x: Floats, part: int, makes: tuple[int, ...], levels: Floats) -> None:
    """Fill in the values of the patterns that rows of x, (D, n), were drawn to have."""
    code = np.clip(x[part], 0, len(levels) - 1).astype(np.int64)
    for j, column in zip(makes, levels.T, strict=True):
        x[j] = column[code]


def check_places(what: str, *places: int) -> None:
    """Refuse coordinates that do not exist, or that are named twice."""
    if min(places) < 0 or len(set(places)) < len(places):
        raise ValueError(f"a {what} names different coordinates, from 0 on")


def check_levels(what: str, value: object, levels: Floats, weights: Floats, width: int) -> None:
    """Freeze the table of a rule, and refuse one that is no table of distinct patterns."""
    levels, weights = floats(levels, 2), floats(weights, 1)
    if levels.shape[1] != width or not len(levels) or not np.isfinite(levels).all():
        raise ValueError(f"a {what} needs finite levels, one column a coordinate that it makes")
    if len(np.unique(levels, axis=0)) < len(levels):
        raise ValueError(f"the levels of a {what} differ")
    fits = weights.size in (0, len(levels)) and np.isfinite(weights).all()
    if not fits or (weights <= 0).any():
        raise ValueError(f"the weights of a {what} are positive, one a level, or none")
    put(value, levels=frozen(levels), weights=frozen(weights))


def whole(x: Floats, places: tuple[int, ...]) -> Bools:
    """Return the rows of x, (D, n), that have a value in each of these places."""
    return np.asarray(~np.isnan(x[list(places)]).any(axis=0))
