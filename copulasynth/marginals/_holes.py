"""Find stretches that no value enters, although the values on both sides crowd up to them."""

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.marginals._knots import find_atoms, squeeze

__all__ = ["Hole", "find_holes"]

#: Least and greatest value that a hole lies between.
Hole = tuple[float, float]

#: Rows on either side of a hole, at least, and their share.
SIDE, SHARE = 20, 0.001
#: So many neighbouring rows on either side tell the density there, and as many rows would be
#: expected in a hole at the density of the thinner side. By the first, a gap that wide between
#: rows of an even density has a probability of 3e-10; by the second, no thinning tail has it.
NEAR = ((20, 40.0), (5, 20.0))
#: Holes of one variable, at most, widest first: with more it is a lattice or a calendar.
MOST = 16
#: Rows of one value of a grid that count: a heap of many would make its neighbourhood look crowded.
COPIES = 3
#: Rows that are searched at most; all others only confirm.
ROWS = 20_000
#: Parts of a hole, between atoms in it, that stay empty as well; or the part that is left of it
#: once rows that were not searched have their say.
PART, MAIN = 0.1, 0.5


def find_holes(x: Floats, share: float, gap: float) -> list[Hole]:
    """Return the holes of values, in increasing order.

    Values that many rows share do not count as neighbours, as they have a probability of their
    own; on a grid a few of their rows do. Where such a value stands in a hole there are two.

    Parameters
    ----------
    x : (n,) float64
    share : float
        Share of the rows that makes a value an atom.
    gap : float
        Step of the grid, or 0.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = np.concatenate([rng.normal(-50, 1, 800), rng.normal(50, 2, 800)])
    >>> [(round(a), round(b)) for a, b in find_holes(x, 0.005, 0.0)]
    [(-47, 44)]
    >>> find_holes(rng.standard_cauchy(800), 0.005, 0.0)
    []
    """
    some = x[:: -(-x.size // ROWS)] if x.size > ROWS else x
    found = find_atoms(some, share, gap)
    rows = _few_a_value(some) if gap else found.rest
    holes: list[Hole] = []
    for i in _wide(squeeze(rows, np.empty(0), gap), max(SIDE, round(SHARE * rows.size))):
        low, high = float(rows[i]), float(rows[i + 1])
        inside = x[(x > low) & (x < high)]
        part = PART if np.isin(inside, found.values).all() else MAIN
        stops = np.unique(np.concatenate([[low, high], inside]))
        wide = np.flatnonzero(np.diff(stops) > part * (high - low))
        holes += [(float(stops[k]), float(stops[k + 1])) for k in wide]
    return sorted(sorted(holes, key=lambda h: h[0] - h[1])[:MOST])


def _few_a_value(x: Floats) -> Floats:
    """Return the values in increasing order, each with at most `COPIES` of its rows."""
    values, counts = np.unique(x, return_counts=True)
    return np.repeat(values, np.minimum(counts, COPIES))


def _wide(v: Floats, side: int) -> list[int]:
    """Return after which of sorted values there is a hole."""
    at = np.arange(side, v.size - side - 1)
    for k, expected in NEAR:
        apart = np.maximum(v[at] - v[at - k], v[at + 1 + k] - v[at + 1])
        at = at[k * (v[at + 1] - v[at]) >= expected * np.maximum(apart, 1e-300)]
    return [int(i) for i in at]
