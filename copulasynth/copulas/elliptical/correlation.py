"""Correlation matrices: shrinkage towards independence, and the nearest one that is one."""

import numpy as np
from scipy.linalg import solve_triangular

from copulasynth._arrays import Floats, floats
from copulasynth._knobs import check, is_real

__all__ = ["nearest_correlation", "shrinkage_intensity"]

# Smallest eigenvalue of a projected matrix: keeps the Cholesky factor and the density finite.
FLOOR = 1e-6
# Projections stop at this relative change, or after so many rounds.
SMALLEST_MOVE, MOST_ROUNDS = 1e-9, 500


def shrinkage_intensity(r: Floats, n: int) -> float:
    """Return how far to shrink a correlation matrix of n rows towards the identity, in [0, 1].

    The mean-squared-error optimum sum Var(r_ij) / sum r_ij^2 over pairs (Ledoit and Wolf 2004;
    Schaefer and Strimmer 2005), with Var(r) = (1 - r^2)^2 / n for normal scores, but at most
    d / (n + d), the weight of an independence prior worth one row a variable: where most pairs
    are nearly independent the optimum alone would shrink the few strong ones visibly.

    Examples
    --------
    >>> round(shrinkage_intensity(np.array([[1.0, 0.5], [0.5, 1.0]]), 1000), 5)
    0.002
    """
    r = floats(r, 2)
    d = len(r)
    off = r[np.triu_indices(d, 1)]
    if off.size == 0 or n <= 0:
        return 0.0
    cap = d / (n + d)
    noise = float(np.sum((1.0 - off**2) ** 2)) / n
    signal = float(np.sum(off**2))
    return float(min(cap, noise / signal)) if signal > 0 else cap


def check_shrinkage(owner: object, value: object) -> None:
    """Check a knob that is "auto" or a weight of the identity."""
    fine = value == "auto" if isinstance(value, str) else is_real(value) and 0.0 <= value <= 1.0
    check(fine, owner, "shrinkage", value, "'auto' or a number from 0 to 1")


def shrunk(r: Floats, n: int, shrinkage: float | str) -> tuple[Floats, float, float]:
    """Return (1 - w) r + w I made positive definite, the weight w, and how far that moved it."""
    weight = shrinkage_intensity(r, n) if isinstance(shrinkage, str) else float(shrinkage)
    out: Floats = (1.0 - weight) * floats(r, 2)
    np.fill_diagonal(out, 1.0)
    near, distance = nearest_correlation(out)
    return near, weight, distance


def nearest_correlation(r: Floats, *, floor: float = FLOOR) -> tuple[Floats, float]:
    """Return the nearest correlation matrix in the Frobenius norm, and its distance from `r`.

    Alternating projections with Dykstra's correction (Higham 2002, IMA Journal of Numerical
    Analysis 22, 329-343) onto the matrices with eigenvalues of at least `floor` and those with
    unit diagonal.

    Examples
    --------
    >>> r = np.array([[1, -0.9, -0.9], [-0.9, 1, -0.9], [-0.9, -0.9, 1]])
    >>> near, distance = nearest_correlation(r, floor=0.0)
    >>> near.round(4).tolist()[0], round(distance, 4)
    ([1.0, -0.5, -0.5], 0.9798)
    """
    r = floats(r, 2)
    r = 0.5 * (r + r.T)
    if np.linalg.eigvalsh(r)[0] >= floor:
        return r, 0.0
    y, correction = r, np.zeros_like(r)
    for _ in range(MOST_ROUNDS):
        x = _floor_eigenvalues(y - correction, floor)
        correction = x - (y - correction)
        previous, y = y, x.copy()
        np.fill_diagonal(y, 1.0)
        if np.linalg.norm(y - previous) <= SMALLEST_MOVE * np.linalg.norm(y):
            break
    # the last projection left the diagonal exact; rescaling makes the eigenvalues exact too
    x = _floor_eigenvalues(y, floor)
    scale = np.sqrt(np.diag(x))
    out: Floats = x / scale[:, None] / scale
    np.fill_diagonal(out, 1.0)
    out = 0.5 * (out + out.T)
    return out, float(np.linalg.norm(out - r))


def whiten(x: Floats, factor: Floats) -> Floats:
    """Return L^-1 x of each row, (n, d)."""
    return solve_triangular(factor, x.T, lower=True, check_finite=False).T


def _floor_eigenvalues(a: Floats, floor: float) -> Floats:
    values, vectors = np.linalg.eigh(a)
    out: Floats = (vectors * np.maximum(values, floor)) @ vectors.T
    return 0.5 * (out + out.T)


def check_correlation(r: Floats) -> Floats:
    """Return the lower Cholesky factor of `r`, or say why it is no correlation matrix.

    Raises
    ------
    ValueError
        If `r` is not square, finite, symmetric, of unit diagonal and positive definite.
    """
    if r.ndim != 2 or r.shape[0] != r.shape[1] or r.shape[0] == 0:
        raise ValueError(f"a correlation matrix is square and not empty, got shape {r.shape}")
    if not np.isfinite(r).all():
        raise ValueError("the correlation matrix holds a value that is not finite")
    if np.abs(r - r.T).max() > 1e-12 or np.abs(np.diag(r) - 1.0).max() > 1e-12:
        raise ValueError("a correlation matrix is symmetric and has ones on its diagonal")
    try:
        factor = floats(np.linalg.cholesky(r))
    except np.linalg.LinAlgError:
        raise ValueError("the correlation matrix is not positive definite") from None
    return factor
