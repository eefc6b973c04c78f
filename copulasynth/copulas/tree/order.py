"""The order in which a tree copula draws its variables, and which of them gate others."""

import numpy as np

from copulasynth._arrays import Floats, Ints, floats, midranks
from copulasynth.copulas.api import Cells

# A variable of more levels than this is not looked at as a gate.
GATE_LEVELS = 30


def find_gates(cells: Cells) -> tuple[Ints, Floats, Floats]:
    """Find for each gappy variable another one whose levels say exactly where it is missing.

    The other one may be gappy itself, where the variable is missing as well: then whether a value
    is there is said by a chain of gates.

    Returns
    -------
    gate : (d,) int64
        The other variable, or -1.
    low, high : (d,) float64
        Values are present where low < u_gate <= high and the gate has a value; (0, 1) without one.
    """
    d = cells.dim
    missing = (cells.lower <= 0) & (cells.upper >= 1)
    gaps = missing.sum(axis=0)
    gate, low, high = np.full(d, -1, dtype=np.int64), np.zeros(d), np.ones(d)
    few = [k for k in range(d) if len(np.unique(cells.lower[:, k])) <= GATE_LEVELS + 1]
    # a gate has fewer gaps than what it gates, which keeps chains from closing
    few.sort(key=lambda k: gaps[k])
    for j in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)):
        shut = missing[:, j]
        for k in few:
            if gaps[k] >= gaps[j] or (missing[:, k] & ~shut).any():
                continue
            bottom, top = cells.lower[~shut, k].min(), cells.upper[~shut, k].max()
            inside = (cells.lower[:, k] >= bottom) & (cells.upper[:, k] <= top)
            if np.array_equal(inside & ~missing[:, k], ~shut):
                gate[j], low[j], high[j] = k, bottom, top
                break
    return gate, low, high


def rank_correlation(cells: Cells) -> Floats:
    """Return absolute Spearman correlations of the cells' midpoints, 0 where undefined."""
    ranks = midranks(cells.mid)
    ranks = ranks - ranks.mean(axis=0)
    scale = np.sqrt((ranks**2).sum(axis=0))
    scale[scale == 0] = np.inf
    return floats(np.abs(ranks.T @ ranks) / scale[:, None] / scale)


def greedy_order(strength: Floats, gate: Ints) -> Ints:
    """Start at the variable most correlated with all; add whichever is closest to one chosen."""
    d = len(strength)
    free = set(range(d))
    order: list[int] = []
    close = strength.sum(axis=0)
    while free:
        ready = [j for j in free if gate[j] < 0 or gate[j] not in free]
        best = max(ready, key=lambda j: (close[j], -j))
        order.append(best)
        free.remove(best)
        close = strength[:, order].max(axis=1)
    return np.array(order, dtype=np.int64)
