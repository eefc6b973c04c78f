"""Draw two variables in a quick trial, to see what a way of holding a rule does to their laws.

The trial is a Gaussian copula with the empirical laws, at evenly spread points: no chance is in
it, and a few thousand points tell a Kolmogorov-Smirnov distance to about a thousandth.
"""

from collections.abc import Callable

import numpy as np
import scipy
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, even_points, midranks

__all__ = [
    "EVENED",
    "POINTS",
    "departure",
    "even_among",
    "everywhere",
    "kept_pair",
    "known",
    "outer_bounds",
    "pair",
    "scores",
    "several",
    "thinned",
]

#: Points that are drawn, and most rows that they are compared with.
POINTS, ROWS = 4001, 20_000
#: Of several variables, two to this power.
SPREAD = 12
#: So often the laws of rows that obey are made even.
EVENED = 2
#: Share of the rows from which on a value is compared by its own share.
ATOM = 0.01
#: Part of the range by which a bound that no rows stand on lies further out, at least.
MARGIN = 1 / 16


def thinned(x: Floats, most: int = ROWS) -> Floats:
    """Return at most about `most` rows, evenly spaced."""
    return x[:: -(-len(x) // most)] if len(x) > most else x


def pair(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return points drawn from a Gaussian copula and the laws of a and b, neither with gaps."""
    first, second = _places(a, b)
    return _quantile(a, first), _quantile(b, second)


def kept_pair(
    a: Floats,
    b: Floats,
    obey: Callable[[Floats, Floats], Bools],
    free: tuple[bool, bool] = (True, True),
) -> tuple[Floats, Floats, float]:
    """Return points as of `pair` that obey, and the share of all that do.

    Those that do not are drawn again, and the laws of what is `free` made even among those that do.
    """
    places = np.stack(_places(a, b))
    at, rows = places, np.ones(POINTS, dtype=bool)
    for _ in range(1 + EVENED):
        x, y = _quantile(a, at[0]), _quantile(b, at[1])
        rows = obey(x, y)
        if rows.all() or not rows.any():
            break
        at = np.where(np.array(free)[:, None], even_among(places, rows), places)
    return x[rows], y[rows], float(rows.mean())


def even_among(u: Floats, rows: Bools) -> Floats:
    """Return probabilities (d, n) moved so that they are even among some of the rows."""
    middles = _middles(int(np.count_nonzero(rows)))
    return np.stack([np.interp(own, np.sort(own[rows]), middles) for own in u])


def _middles(n: int) -> Floats:
    return np.asarray((np.arange(n) + 0.5) / n)


def _places(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return the probabilities of points of a Gaussian copula of a and b."""
    first = _middles(POINTS)
    z, other = ndtri(first), ndtri(even_points(POINTS))
    r = float(np.nan_to_num(np.corrcoef(scores(a), scores(b))[0, 1]))
    return first, ndtr(r * z + np.sqrt(max(1.0 - r * r, 0.0)) * other)


def several(x: Floats) -> Floats:
    """Return points of a Gaussian copula with the laws of all columns of x, (d, 2**SPREAD)."""
    return laws(x, places_of(x))


def places_of(x: Floats) -> Floats:
    """Return the probabilities of such points."""
    own = np.column_stack([scores(col) for col in x.T])
    with np.errstate(all="ignore"):
        found = np.atleast_2d(np.corrcoef(own, rowvar=False))
    # what has one value goes with nothing
    found = np.where(np.isnan(found), np.eye(len(found)), found)
    values, axes = np.linalg.eigh(found)
    points = scipy.stats.qmc.Sobol(len(found), scramble=False).random_base2(SPREAD)
    z = ndtri(points + 0.5**SPREAD / 2)
    return np.asarray(ndtr(z * np.sqrt(np.maximum(values, 0.0)) @ axes.T).T)


def laws(x: Floats, u: Floats) -> Floats:
    """Return the quantiles of the columns of x at probabilities (d, n)."""
    return np.stack([_quantile(col, p) for col, p in zip(x.T, u, strict=True)])


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
    return np.asarray(ndtri((midranks(x) - 0.5) / x.size))


def _quantile(x: Floats, u: Floats) -> Floats:
    ordered = np.sort(x)
    return np.asarray(ordered[np.minimum((u * x.size).astype(np.int64), x.size - 1)])


def known(*columns: Floats) -> Bools:
    """Return which rows have no gap in any column."""
    return np.asarray(~np.isnan(columns).any(axis=0))


def everywhere(x: Floats) -> Floats:
    """Return values with those that are known in turn where there is none: no row looks at it."""
    there = ~np.isnan(x)
    return np.where(there, x, np.resize(x[there], x.size) if there.any() else 0.0)
