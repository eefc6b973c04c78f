"""Order of nominal levels by correspondence analysis: it decides what a copula can see.

A copula knows a nominal variable only through the order of its levels. The first axis of a
correspondence analysis of (level x all other binned variables) is the order in which the level
profiles change most (Greenacre 2017, Correspondence Analysis in Practice, ch. 4 and 17).
"""

from collections.abc import Sequence

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth._clock import step

__all__ = ["order_levels"]

BINS = 8

# A level with this many rows has its profile pulled half-way to the average one: a handful of
# rows would otherwise give the most extreme score and take an end of the order.
PRIOR_ROWS = 20.0


def order_levels(x: Floats, kinds: Sequence[str], levels: Sequence[int]) -> dict[int, Ints]:
    """Return for every nominal variable of three or more levels the order of its codes.

    Parameters
    ----------
    x : (n, d) float64
        Variables; nominal and state ones as codes 0, 1, ..; NaN is missing.
    kinds : d strings
        "continuous", "discrete", "nominal" or "state".
    levels : d integers
        Number of levels of nominal and state variables, ignored for others.

    Returns
    -------
    dict
        Variable index -> permutation of its codes, (levels,) int64: `order[k]` is the code that
        takes rank k. Its direction is the one in which the most associated ordered variable
        rises; without one, the most frequent level comes in the lower half.

    Raises
    ------
    ValueError
        If the lengths of `kinds` and `levels` are not the number of columns of `x`.

    Examples
    --------
    >>> import numpy as np
    >>> plan = np.repeat([0.0, 1.0, 2.0], 40)
    >>> usage = np.select([plan == 0, plan == 1], [5.0, 9.0], 7.0) + np.tile([0, 0.5], 60)
    >>> x = np.column_stack([plan, usage])
    >>> order_levels(x, ("nominal", "continuous"), (3, 0))[0].tolist()
    [0, 2, 1]
    """
    x = floats(x, 2)
    d = x.shape[1]
    if len(kinds) != d or len(levels) != d:
        raise ValueError(f"x has {d} columns but kinds {len(kinds)} and levels {len(levels)}")
    targets = [j for j in range(d) if kinds[j] == "nominal" and levels[j] >= 3]
    if not targets:
        return {}
    coded = [_bins(x[:, j], kinds[j], levels[j]) for j in range(d)]
    ordered = np.array([k in ("continuous", "discrete") for k in kinds])
    found = {}
    for k, j in enumerate(targets):
        step(f"orders of levels: {k + 1:,} of {len(targets):,}")
        found[j] = _order(coded, j, ordered)
    return found


def _bins(x: Floats, kind: str, levels: int) -> tuple[Ints, int]:
    """Return bin numbers and how many bins there are; the last bin holds the missing values."""
    missing = np.isnan(x)
    if kind in ("nominal", "state"):
        count = int(levels)
        code = np.where(missing, count, x).astype(np.int64)
        return code, count + 1
    seen = x[~missing]
    edges = np.unique(np.quantile(seen, np.arange(1, BINS) / BINS)) if seen.size else np.empty(0)
    # side "left" puts an edge value below the edge, so that an atom is not split from the rest
    # of its bin and a column of two values falls into two bins.
    code = np.searchsorted(edges, x, side="left").astype(np.int64)
    count = len(edges) + 1
    code[missing] = count
    return code, count + 1


def _order(coded: list[tuple[Ints, int]], j: int, ordered: Bools) -> Ints:
    """Return the order of the levels of variable j."""
    code, width = coded[j]
    levels = width - 1
    rows = code < levels
    own = code[rows]
    tables = {
        k: _crosstab(own, levels, c[rows], w, ordered[k])
        for k, (c, w) in enumerate(coded)
        if k != j
    }
    count = np.bincount(own, minlength=levels).astype(np.float64)
    if not tables or own.size == 0:
        return np.arange(levels, dtype=np.int64)
    score = _first_axis(np.hstack(list(tables.values())), count)
    score *= _direction(score, count, {k: t for k, t in tables.items() if ordered[k]})
    # rounding makes equal profiles tie exactly, whatever the linear algebra library
    return np.argsort(np.round(score, 9), kind="stable").astype(np.int64)


def _crosstab(a: Ints, height: int, b: Ints, width: int, ordered: bool) -> Floats:
    """Return counts of (a, b); bins of an ordered b share a quarter with each neighbour.

    Such fuzzy coding lets neighbouring bins resemble each other. With crisp bins a variable that
    separates the levels perfectly would leave their order to chance: every axis fits it equally.
    """
    flat = np.bincount(a * width + b, minlength=height * width)
    table = flat.reshape(height, width).astype(np.float64)
    if ordered and width > 2:
        bins = table[:, :-1]
        padded = np.pad(bins, ((0, 0), (1, 1)), mode="edge")
        table[:, :-1] = 0.25 * padded[:, :-2] + 0.5 * bins + 0.25 * padded[:, 2:]
    return table


def _first_axis(table: Floats, count: Floats) -> Floats:
    """Return row scores on the first principal axis of the table, rare rows shrunk to zero.

    With P the table divided by its sum, r and q its row and column masses, the scores are
    D_r^(-1/2) times the first left singular vector of D_r^(-1/2) (P - r q') D_q^(-1/2).
    """
    column = table.sum(axis=0)
    table = table[:, column > 0]
    q = column[column > 0] / column.sum()
    row = table.sum(axis=1)
    live = row > 0
    score = np.zeros(len(row))
    if np.count_nonzero(live) < 2:
        return score
    shrink = (count / (count + PRIOR_ROWS))[live, None]
    profile = shrink * (table[live] / row[live, None] - q)
    mass = np.sqrt(row[live] / row.sum())
    s = mass[:, None] * profile / np.sqrt(q)
    _, vectors = np.linalg.eigh(s @ s.T)
    score[live] = vectors[:, -1] / mass
    return score


def _direction(score: Floats, count: Floats, tables: dict[int, Floats]) -> float:
    """Return the sign that makes the score rise with the most associated ordered variable."""
    best = 0.0
    for table in tables.values():
        seen = table[:, :-1]
        total = seen.sum()
        if total == 0:
            continue
        a = score - (seen.sum(axis=1) @ score) / total
        position = np.arange(seen.shape[1], dtype=np.float64)
        b = position - (seen.sum(axis=0) @ position) / total
        scale = np.sqrt((seen.sum(axis=1) @ a**2) * (seen.sum(axis=0) @ b**2))
        r = float(a @ seen @ b / scale) if scale > 0 else 0.0
        if abs(r) > abs(best) + 1e-9:
            best = r
    if abs(best) > 1e-9:
        return float(np.sign(best))
    centred = score - np.median(score)
    return -1.0 if centred[int(np.argmax(count))] > 0 else 1.0
