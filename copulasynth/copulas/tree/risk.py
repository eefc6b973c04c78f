"""How well leaves tell rows that a tree was not grown for: what sizes of leaves are judged by.

Both scores are proper: lower is better, and the law itself has the lowest. A row's own value is not
among those that foretell it, so that all rows of its leaf may count.
"""

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints

__all__ = ["brier_score", "ranked_score"]


def brier_score(leaf: Ints, level: Floats, asked: Bools) -> float:
    """Return the mean quadratic score of levels under the shares that they have in their leaves.

    Parameters
    ----------
    leaf : (n,) int64
        Leaf of each row.
    level : (n,) float64
        Its level, whatever numbers levels are known by.
    asked : (n,) bool
        Rows to score: those that the tree was not grown for.

    Notes
    -----
    The score of shares p where k is seen is 1 - 2 p_k + sum p^2 (Brier 1950, Mon. Weather Rev.
    78:1).

    Examples
    --------
    >>> leaf, level = np.array([0, 0, 0, 1, 1, 1]), np.array([0.2, 0.2, 0.2, 0.7, 0.7, 0.2])
    >>> brier_score(leaf, level, leaf == 0), brier_score(leaf, level, leaf == 1)
    (0.0, 1.0)
    """
    values, number = np.unique(level, return_inverse=True)
    cell, which, count = np.unique(
        leaf * len(values) + number, return_inverse=True, return_counts=True
    )
    rows = np.bincount(leaf)
    squares = np.bincount(cell // len(values), count.astype(np.float64) ** 2, len(rows))
    own, mine = count[which[asked]], leaf[asked]
    others = np.maximum(rows[mine] - 1, 1)
    spread = (squares[mine] - 2 * own + 1) / others**2
    return _mean(1.0 - 2.0 * (own - 1) / others + spread)


def ranked_score(leaf: Ints, place: Floats, asked: Bools) -> float:
    """Return the mean ranked score of places (n,) under those of the other rows of their leaves.

    Notes
    -----
    The continuous ranked probability score of places x where y is seen is E|x - y| - E|x - x'| / 2
    (Gneiting and Raftery 2007, J. Am. Stat. Assoc. 102:359): a quadratic score at every threshold.

    Examples
    --------
    >>> leaf, place = np.array([0, 0, 0, 0]), np.array([0.1, 0.2, 0.3, 0.6])
    >>> round(ranked_score(leaf, place, place > 0.5), 4)
    0.3556
    """
    order = np.lexsort((place, leaf))
    x, of = place[order], leaf[order]
    rows = np.bincount(leaf)
    n = rows[of]
    first = (np.cumsum(rows) - rows)[of]
    rank, ends = np.arange(len(x)) - first, np.r_[0.0, np.cumsum(x)]
    below, whole = ends[:-1] - ends[first], ends[first + n] - ends[first]
    # sums of distances to all others of the leaf, and over all of its pairs
    apart = x * (2.0 * rank - n + 1.0) + whole - 2.0 * below - x
    pairs = 0.5 * np.bincount(of, apart, len(rows))
    others = np.maximum(n - 1, 1)
    score = apart / others - (pairs[of] - apart) / others**2
    return _mean(score[asked[order]])


def _mean(score: Floats) -> float:
    return float(score.mean()) if len(score) else 0.0
