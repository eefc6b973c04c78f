"""Whether a forced event is a rule that begins somewhere, or what another kind of rule is about."""

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.levels.tables import codes_of, crosstab, impossible

__all__ = [
    "SOME",
    "STRONG",
    "begins",
    "beyond",
    "function_of",
    "left_to_levels",
    "lumped",
    "stands_out",
]

#: Rows beside an event that are looked at, at least, as a share of its rows, and so many that the
#: rows that lack what is forced would be so many.
BESIDE, SHARE, LACKING = 25, 0.1, 12.0

#: What is forced must be lacking beside it so often, of what it is elsewhere.
JUMP = 0.6

#: Correlation up to which the scores behind two events could make one always go with the other:
#: where nothing but the two events is seen, and where a column of levels shows a jump.
STRONG, SOME = 0.8, 0.5

#: Such a correlation would show so few rows that break a rule less often than e to this.
EVIDENCE = -10.0

#: Share of the rows on a side of a threshold that may have one value.
LUMP = 0.5

#: Points at which a normal law beyond an event is looked at.
NODES = 24

#: Most values of a column that may be a function of another, and most steps of the function,
#: unless it has so many rows a value besides its most frequent one.
VALUES, STEPS, REPEATED = 60, 2, 3

#: Part of the steps of a column in any order that a function in steps has at most.
ORDERED = 0.25

#: A pair of columns of levels leaves no more than this to a combination.
LEFT = 0.02


def begins(x: Floats, left: Bools, right: Bools) -> bool:
    """Whether rows whose x lies beside an event at an end of it often lack what it forces.

    A threshold or an end of a number that forces something makes a jump there. Under a smooth
    dependence what is always so at an end is nearly always so beside it.
    """
    low, high = x[left].min(), x[left].max()
    lacking = float((~right)[~left].mean())
    room = max(BESIDE, int(SHARE * left.sum()), int(LACKING / max(lacking, 1e-9)))
    beside = []
    for there, far in ((x > high, x - high), (x < low, low - x)):
        if there.any():
            distance = far[there]
            last = min(room, distance.size) - 1
            near = distance <= np.partition(distance, last)[last]
            beside.append(float((~right)[there][near].mean()))
    return bool(beside) and min(beside) >= JUMP * lacking


def stands_out(x: Floats, left: Bools, right: Bools) -> bool:
    """Whether the other levels of x that lack at all what one forces do so alike."""
    _, place = np.unique(x, return_inverse=True)
    rows = np.bincount(place)
    lacking = np.bincount(place, weights=~right)
    others = (lacking > 0) & (rows >= BESIDE) & (np.bincount(place, weights=left) == 0)
    if not others.any():
        return False
    share = lacking[others] / rows[others]
    return bool(share.min() >= JUMP * lacking[others].sum() / rows[others].sum())


def lumped(x: Floats, left: Bools) -> bool:
    """Whether most rows on a side of a threshold have one value, so that it divides little else."""
    return any(
        np.unique(side, return_counts=True)[1].max() > LUMP * side.size
        for side in (x[left], x[~left])
    )


def beyond(rows: int, broken: int, right: float, n: int, rho: float) -> bool:
    """Whether two normal scores of correlation `rho` would show more rows that break the rule.

    Parameters
    ----------
    rows, broken : int
        Rows that show the first event, and those of them that lack the second.
    right : float
        Share of the rows that show the second.
    n : int
        Rows.
    """
    p = rows / n
    z = ndtri(np.clip(1 - p * (np.arange(NODES) + 0.5) / NODES, 1e-12, 1 - 1e-12))
    edge = ndtri(np.clip(1 - right, 1e-12, 1 - 1e-12))
    expected = rows * float(ndtr((edge - rho * z) / np.sqrt(1 - rho**2)).mean())
    if broken >= expected:
        return False
    chance = -expected + broken * (1 + np.log(expected / max(broken, 1)))
    return bool(chance < EVIDENCE)


def function_of(y: Floats, x: Floats) -> bool:
    """Whether y, of few values, is a function of x: in steps, if x has many values."""
    codes = codes_of(y, VALUES)
    if codes is None:
        return False
    values, own = codes
    order = np.lexsort((own, x))
    x, own = x[order], own[order]
    turns = np.flatnonzero(np.diff(own))
    if (x[turns] == x[turns + 1]).any():
        return False
    share = np.bincount(own) / own.size
    # among few rows with anything but one value no order makes many turns
    by_chance = (own.size - 1) * (1 - float((share**2).sum()))
    if turns.size <= STEPS * (values.size - 1) and turns.size <= ORDERED * by_chance:
        return True
    rows = np.diff(np.concatenate([[0], np.flatnonzero(np.diff(x)) + 1, [x.size]]))
    return bool(rows.size <= VALUES and x.size - rows.max() >= REPEATED * (rows.size - 1))


def left_to_levels(x: Floats, y: Floats, i: float, j: float) -> bool:
    """Whether nothing is impossible in a table of levels but for levels i of x and j of y."""
    u, a = np.unique(x, return_inverse=True)
    v, b = np.unique(y, return_inverse=True)
    table = crosstab(a, b, u.size, v.size)
    row, column = int(np.searchsorted(u, i)), int(np.searchsorted(v, j))
    rows, columns = np.arange(u.size) != row, np.ones(v.size, dtype=bool)
    if not table[rows, column].any():
        columns[column] = False
    rest = table[rows][:, columns]
    return min(rest.shape) < 2 or impossible(rest) < LEFT
