"""Find linear functions whose constant and weights differ between groups of rows.

The groups are the levels of one parent: a rate that depends on the plan, a score that weighs the
same counts differently by age group.
"""

from collections.abc import Sequence

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.rules.identity.kinds import GroupedLinear, known
from copulasynth.rules.identity.pursuit import (
    EVIDENCE,
    GROUP_PARENTS,
    ROOM,
    ROUNDING,
    SHARP,
    exact,
    growing,
)

__all__ = ["LEVELS", "candidates", "grouped_linear", "without_gaps"]

#: Most levels of the parent that makes the groups.
LEVELS = 12

#: Different rows that a group needs for each number fitted in it, its constant and its weights.
#: As many rows as numbers always fit; three times as many have to follow.
ROWS = 4

#: Rows of the largest group on which a rule is tried first: nearly every one fails there.
SCREEN = 300

#: Ridge of the regression on all other variables, and the share of the standard deviation by
#: which it may blur what is left: weights of up to 100 standard deviations pass.
RIDGE, BLUR = 1e-12, 1e-4

#: A constant and weights.
_Fit = tuple[float, Floats]


def candidates(
    x: Floats, ordered: Bools, steps: Sequence[float | None], groupings: Sequence[int]
) -> dict[int, Bools]:
    """Return for each grouping variable which variables may be linear in its groups.

    An exact rule leaves nothing but rounding in *any* group once all other variables are regressed
    out. One inverse of the correlations in the largest group says what is left of each variable,
    which is far cheaper than to search for parents of each. Where hardly any row is whole,
    variables with gaps are not judged.
    """
    x = without_gaps(x, np.flatnonzero(ordered))
    numbers = np.flatnonzero(ordered & ~np.isnan(x).any(axis=0))
    room = np.array([ROOM * (steps[j] or 0.0) for j in numbers.tolist()])
    hopeful = {}
    for i in groupings:
        values, sizes = np.unique(x[~np.isnan(x[:, i]), i], return_counts=True)
        # in whole rows a grouping may be missing throughout, such as the reason of what did not end
        rows = np.flatnonzero(x[:, i] == values[np.argmax(sizes)]) if sizes.size else sizes
        if rows.size <= len(numbers) + 1:
            # every variable is a function of so many others, so that nothing is told
            hopeful[i] = np.zeros_like(ordered)
            continue
        rows = _thin(rows, SCREEN + 2 * len(numbers))
        left, scale = _left(x[np.ix_(rows, numbers)])
        hopeful[i] = ordered.copy()
        hopeful[i][numbers] = left <= room + BLUR * scale
    return hopeful


def without_gaps(x: Floats, columns: Sequence[int] | Ints) -> Floats:
    """Return the rows in which all these columns are known, if they are enough, or all rows."""
    whole = ~np.isnan(x[:, columns]).any(axis=1)
    return x[whole] if SCREEN <= np.count_nonzero(whole) < len(x) else x


def _left(a: Floats) -> tuple[Floats, Floats]:
    """Return root mean squares of the residuals of each column on all others, and of itself."""
    # absurd numbers overflow; what is not a number then is no candidate
    with np.errstate(all="ignore"):
        a = a - a.mean(axis=0)
        scale = np.sqrt((a**2).mean(axis=0))
        a = a / np.where(scale > 0, scale, 1.0)
        correlations = a.T @ a / len(a) + RIDGE * np.eye(a.shape[1])
        return scale / np.sqrt(np.diag(np.linalg.inv(correlations))), scale


def grouped_linear(
    a: Floats, y: Floats, step: float, by: int, numbers: Sequence[int]
) -> tuple[tuple[int, ...], GroupedLinear] | None:
    """Return y as a linear function of few columns in each group of column `by`.

    A group is judged by itself if its rows could not fit by chance: it has `ROWS` different rows
    or more a fitted number, and the rows beyond those that fix the numbers would have their values
    by chance less often than `EVIDENCE`. The rows of any other group must be explained by the
    weights of one that was judged, or y must be one number there, also not by chance.

    Parameters
    ----------
    a : (n, d) float64
    y : (n,) float64
    step : float
        Grid of y, or 0.
    by : int
        Column that makes the groups.
    numbers : sequence of int
        Columns that may be parents.

    Returns
    -------
    parents and rule, or None
        The parents without `by`.
    """
    tiny = 1e-9 * float(np.abs(y).max())
    values, member = np.unique(a[:, by], return_inverse=True)
    groups = [np.flatnonzero(member == g) for g in range(len(values))]
    sharp = [g for g, rows in enumerate(groups) if step < SHARP * y[rows].std()]
    sharp.sort(key=lambda g: -groups[g].size)
    used = _parents(a, y, step, tiny, [groups[g] for g in sharp], numbers)
    if not used:
        return None
    b, fits = a[:, used], dict[int, _Fit]()
    for g in sharp:
        rows = groups[g]
        if _judged(b[rows], y[rows], len(numbers)):
            fit = exact(b[rows], y[rows], _room(rows, step, tiny))
            if fit is None:
                return None
            fits[g] = fit
    judged = dict(fits)
    for g in set(range(len(groups))) - set(judged):
        near = sorted(judged, key=lambda h: abs(values[h] - values[g]))
        other = _borrowed(b, y, groups[g], [judged[h] for h in near], ROUNDING * step + tiny)
        if other is None:
            return None
        fits[g] = other
    rule = known(
        GroupedLinear,
        (values[:-1] + values[1:]) / 2,
        np.array([fits[g][0] for g in range(len(groups))]),
        np.array([fits[g][1] for g in range(len(groups))]),
    )
    return None if rule is None else (tuple(used), rule)


def _parents(
    a: Floats,
    y: Floats,
    step: float,
    tiny: float,
    groups: Sequence[Ints],
    numbers: Sequence[int],
) -> list[int]:
    """Return the columns that make y exact in each of the groups, largest first; none if none do.

    Each group is first tried with what the groups before it needed.
    """
    used: list[int] = []
    for rows in [_thin(groups[0], SCREEN), *groups] if groups else []:
        if used:
            b = a[rows[:, None], used]
            if not _judged(b, y[rows], len(numbers)) or exact(b, y[rows], _room(rows, step, tiny)):
                continue
        needed = _needed(a[rows[:, None], numbers], y[rows], step, tiny)
        if not needed:
            return []
        used += sorted({numbers[k] for k in needed}.difference(used))
    return used if len(used) < GROUP_PARENTS else []


def _needed(b: Floats, y: Floats, step: float, tiny: float) -> list[int]:
    """Return the columns of which y is an exact linear function in one group; none if of none."""
    for used, left in growing(b, y, np.full(y.size, step)):
        if (np.abs(left) <= ROOM * step + tiny).all():
            fit = exact(b[:, used], y, _room(y, step, tiny))
            if fit is not None:
                return [k for k, weight in zip(used, fit[1], strict=True) if weight != 0]
    return []


def _judged(b: Floats, y: Floats, choices: int) -> bool:
    """Whether a group has so many different rows that no chance fits them all.

    The rows with the rarest values are what the weights can have been fitted to. Each other has
    its value by chance with the share of that value; a row that repeats another says nothing.
    """
    rows = np.unique(np.column_stack([b, y]), axis=0)
    fitted = b.shape[1] + 1
    if len(rows) < ROWS * fitted:
        return False
    _, place, counts = np.unique(rows[:, -1], return_inverse=True, return_counts=True)
    chance = np.sort(np.log(counts[place] / len(rows)))[fitted:].sum()
    return bool(chance + b.shape[1] * np.log(choices) < EVIDENCE)


def _room(rows: Floats | Ints, step: float, tiny: float) -> Floats:
    """Return how far each row may miss."""
    return np.full(rows.size, ROUNDING * step + tiny)


def _borrowed(b: Floats, y: Floats, rows: Ints, fits: Sequence[_Fit], room: float) -> _Fit | None:
    """Return what explains the rows of a group that cannot be judged by itself."""
    for constant, weights in fits:
        if (np.abs(y[rows] - constant - b[rows] @ weights) <= room).all():
            return constant, weights
    value = y[rows[0]]
    chance = rows.size * np.log(np.mean(y == value))
    if fits and chance < EVIDENCE and (y[rows] == value).all():
        return float(value), np.zeros(b.shape[1])
    return None


def _thin(rows: Ints, most: int) -> Ints:
    """Return about `most` of the rows, evenly spread."""
    return rows[:: max(1, rows.size // most)]
