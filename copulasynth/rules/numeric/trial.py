"""Draw two variables in a quick trial, to see what a way of holding a rule does to their laws.

The trial is a Gaussian copula with the empirical laws, at evenly spread points: no chance is in
it, and a few thousand points tell a Kolmogorov-Smirnov distance to about a thousandth.
"""

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc, rankdata

from copulasynth._arrays import Bools, Floats, even_points

__all__ = ["POINTS", "departure", "known", "outer_bounds", "pair", "scores", "several", "thinned"]

#: Points that are drawn, and most rows that they are compared with.
POINTS, ROWS = 4001, 20_000
#: Of several variables, two to this power.
SPREAD = 12
#: Share of the rows from which on a value is compared by its own share.
ATOM = 0.01
#: Part of the range by which a bound that no rows stand on lies further out, at least.
MARGIN = 1 / 16


def thinned(x: Floats, most: int = ROWS) -> Floats:
    """Return at most about `most` rows, evenly spaced."""
    return x[:: -(-len(x) // most)] if len(x) > most else x


def pair(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return points drawn from a Gaussian copula and the laws of a and b, neither with gaps."""
    first = (np.arange(POINTS) + 0.5) / POINTS
    z, other = ndtri(first), ndtri(even_points(POINTS))
    r = float(np.nan_to_num(np.corrcoef(scores(a), scores(b))[0, 1]))
    second = ndtr(r * z + np.sqrt(max(1.0 - r * r, 0.0)) * other)
    return _quantile(a, first), _quantile(b, second)


def several(x: Floats) -> Floats:
    """Return points of a Gaussian copula with the laws of all columns of x, (d, 2**SPREAD)."""
    own = np.column_stack([scores(col) for col in x.T])
    found = np.atleast_2d(np.corrcoef(own, rowvar=False))
    found = np.where(np.isnan(found), np.eye(len(found)), found)
    values, axes = np.linalg.eigh(found)
    z = ndtri(qmc.Sobol(len(found), scramble=False).random_base2(SPREAD) + 0.5**SPREAD / 2)
    u = ndtr(z * np.sqrt(np.maximum(values, 0.0)) @ axes.T)
    return np.stack([_quantile(col, p) for col, p in zip(x.T, u.T, strict=True)])


def departure(drawn: Floats, real: Floats) -> float:
    """Return how far a law drawn is from the real one: the KS distance, or an atom's share."""
    if drawn.size == 0:
        return 1.0
    values, counts = np.unique(real, return_counts=True)
    drawn = np.sort(drawn)
    below = np.searchsorted(drawn, values, "left") / drawn.size
    upto = np.searchsorted(drawn, values, "right") / drawn.size
    f = np.cumsum(counts) / real.size
    ks = max(np.abs(upto - f).max(), np.abs(below - f + counts / real.size).max())
    atoms = counts >= ATOM * real.size
    shares = np.abs(upto - below - counts / real.size)[atoms]
    return float(max(ks, shares.max(initial=0.0)))


def outer_bounds(x: Floats, share: float = 0.005, least: int = 10) -> tuple[float, float]:
    """Return bounds that no row can be read from: a pile of rows is one, else they lie outside."""
    low, high = float(x.min()), float(x.max())
    width = float(2.0 ** np.floor(np.log2(MARGIN * (high - low)))) if high > low else 1.0
    piled = max(share * x.size, least)
    if np.count_nonzero(x == low) < piled:
        low = float(np.floor(low / width) - 1.0) * width
    if np.count_nonzero(x == high) < piled:
        high = float(np.ceil(high / width) + 1.0) * width
    return low, high


def scores(x: Floats) -> Floats:
    """Return normal scores of the middle ranks."""
    return np.asarray(ndtri((rankdata(x) - 0.5) / x.size))


def _quantile(x: Floats, u: Floats) -> Floats:
    ordered = np.sort(x)
    return np.asarray(ordered[np.minimum((u * x.size).astype(np.int64), x.size - 1)])


def known(*columns: Floats) -> Bools:
    """Return which rows have no gap in any column."""
    return np.asarray(~np.isnan(columns).any(axis=0))
