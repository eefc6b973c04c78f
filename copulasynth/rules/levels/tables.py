"""Tables of counts of two columns: what a smooth dependence between them leaves unexplained.

Cells that no row is in can be chance, the corners of a strong dependence, or impossible. The
Gaussian copula of the two columns says how many rows it would put there: few into the corners of
what it can follow, many into what is impossible (a city in another country).
"""

import math

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, Ints

__all__ = ["Crosstab", "codes_of", "crosstab", "emptiness", "impossible"]

#: Correlations that are tried.
TRIED = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97])

#: Points within a row of a table at which its normal law is looked at.
NODES = 6

#: A cell is thin that lacks this share of its rows.
THIN = 0.75

#: Log chance below which cells are not empty by chance.
EVIDENCE = -20.0

#: Tilts at which Chernoff's bound is tried.
TILTS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)

Crosstab = Floats


def codes_of(x: Floats, most: int) -> tuple[Floats, Ints] | None:
    """Return the distinct values of a column, and each row's place among them, -1 where missing.

    None if there are more than `most`.
    """
    known = x == x
    values, place = np.unique(x[known], return_inverse=True)
    if values.size > most:
        return None
    codes = np.full(x.size, -1, dtype=np.int64)
    codes[known] = place
    return values, codes


def crosstab(a: Ints, b: Ints, height: int, width: int) -> Crosstab:
    """Return how many rows have each pair of codes, (height, width), those with -1 left out."""
    known = (a >= 0) & (b >= 0)
    flat = np.bincount(a[known] * width + b[known], minlength=height * width)
    return flat.reshape(height, width).astype(np.float64)


def impossible(table: Crosstab, judged: Bools | None = None) -> float:
    """Return the first number of `emptiness`."""
    return emptiness(table, judged)[0]


def emptiness(table: Crosstab, judged: Bools | None = None) -> tuple[float, float]:
    """Return the share of rows that a Gaussian copula would put into cells that no row is in.

    Parameters
    ----------
    table : counts
    judged : bool, shape of `table`, optional
        Cells that matter; what lies in others is left out of the share.

    Returns
    -------
    empty, thin : float
        0 where so many empty cells could be chance; and what cells lack to what the copula says
        that have less than a quarter of it.
    """
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0] if judged is None else table
    n, empty = table.sum(), table == 0
    if n == 0 or not empty.any():
        return 0.0, 0.0
    p = _gaussian(table)
    if judged is not None:
        p = np.where(judged, p, 0.0)
        p /= max(p.sum(), 1e-9)
        empty &= judged
    mass = float(p[empty].sum())
    if _chance(n * p, n * mass) > EVIDENCE:
        return 0.0, 0.0
    lacking = p - table / n
    return mass, float(lacking[(lacking > THIN * p) & ~empty].sum())


def _chance(expected: Floats, held: float) -> float:
    """Return a bound on the log chance that cells which expect so many rows in all have none.

    Chernoff's, for independent Poisson counts: a cell that expects m rows is empty with chance
    exp(-m), and adds m to the sum then.
    """
    m = expected[expected > 0]
    sums = [np.log1p(np.exp((t - 1) * m) - np.exp(-m)).sum() - t * held for t in TILTS]
    return float(min(sums))


def _gaussian(table: Crosstab) -> Floats:
    """Return the probabilities of the cells under the Gaussian copula that fits them best."""
    if table.shape[0] > table.shape[1]:
        return _gaussian(table.T).T
    n = table.sum()
    r, q = table.sum(axis=1) / n, table.sum(axis=0) / n
    inside = (np.arange(NODES) + 0.5) / NODES
    u = (np.cumsum(r) - r)[:, None] + r[:, None] * inside
    z = ndtri(np.clip(u, 1e-12, 1 - 1e-12))
    edges = ndtri(np.clip(np.cumsum(q)[:-1], 1e-12, 1 - 1e-12))
    sign = _sign(table, z.mean(axis=1))
    best, most = np.outer(r, q), -np.inf
    for rho in sign * TRIED:
        up = ndtr((edges - rho * z[:, :, None]) / math.sqrt(1 - rho**2)).mean(axis=1)
        p = r[:, None] * np.diff(up, axis=1, prepend=0.0, append=1.0)
        fit = float((table * np.log(np.maximum(p, 1e-12))).sum())
        if fit > most:
            best, most = p, fit
    return best


def _sign(table: Crosstab, z: Floats) -> float:
    """Return the sign of the correlation of the places of rows and columns."""
    place = np.arange(table.shape[1], dtype=np.float64)
    place -= place @ table.sum(axis=0) / table.sum()
    return -1.0 if z @ table @ place < 0 else 1.0
