"""Polychoric and polyserial correlations by maximum likelihood: the pairwise reference.

The latent correlation matrix of :func:`latent_scores` estimates the same quantities for all pairs
at once; these likelihoods are exact for one pair and are what it is held to.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import ndtr, ndtri, owens_t

from copulasynth._arrays import Floats, Ints, floats

__all__ = ["LatentCorrelation", "bivariate_normal_cdf", "polychoric", "polyserial"]

# Stands for an infinite threshold: a normal score beyond it has probability 1e-23.
INFINITE = 10.0
LARGEST = 0.9999


@dataclass(frozen=True, slots=True, eq=False)
class LatentCorrelation:
    """A maximum-likelihood latent correlation.

    Attributes
    ----------
    rho, se : float
        Estimate and its standard error from the Fisher information of all parameters.
    thresholds : tuple of arrays
        Finite thresholds of each ordinal variable on the normal scale.
    loglik : float
        Log-likelihood; for :func:`polyserial` that of the ordinal variable given the other.
    """

    rho: float
    se: float
    thresholds: tuple[Floats, ...]
    loglik: float


def bivariate_normal_cdf(h: Floats, k: Floats, rho: float) -> Floats:
    """Return P(X <= h, Y <= k) of standard normals of correlation rho, |rho| < 1, elementwise.

    By Owen's T function (Owen 1956, Annals of Mathematical Statistics 27, equation 2.1).

    Examples
    --------
    >>> round(float(bivariate_normal_cdf(np.zeros(1), np.zeros(1), 0.5)[0]), 10)
    0.3333333333
    """
    h, k = (np.clip(floats(v), -INFINITE, INFINITE) for v in (h, k))
    # the formula divides by h and k; its limit at 0 is the value at a denormal distance
    h, k = (np.where(np.abs(v) < 1e-15, 1e-15, v) for v in (h, k))
    root = np.sqrt(1.0 - rho * rho)
    opposite = 0.5 * (h * k < 0)
    first, second = owens_t(h, (k / h - rho) / root), owens_t(k, (h / k - rho) / root)
    return floats(0.5 * (ndtr(h) + ndtr(k)) - first - second - opposite)


def polychoric(a: Floats, b: Floats, *, method: str = "ml") -> LatentCorrelation:
    """Estimate the correlation of the normals behind two ordinal variables.

    Parameters
    ----------
    a, b : (n,) float64
        Ordinal variables, any ordered values.
    method : "ml" or "two-step"
        Thresholds jointly with rho, or from the margins first.

    Raises
    ------
    ValueError
        If a variable is constant, the lengths differ or the method is unknown.

    References
    ----------
    Olsson (1979), Psychometrika 44, 443-460.

    Examples
    --------
    >>> a, b = np.repeat([0, 0, 1, 1], [40, 20, 20, 40]), np.repeat([0, 1, 0, 1], [40, 20, 20, 40])
    >>> round(polychoric(a, b).rho, 6)
    0.5
    """
    code_a, ta = _ordinal(a)
    code_b, tb = _ordinal(b)
    if len(code_a) != len(code_b):
        raise ValueError(f"the variables have {len(code_a)} and {len(code_b)} rows")
    table = np.zeros((len(ta) + 1, len(tb) + 1))
    np.add.at(table, (code_a, code_b), 1.0)

    def minus(theta: Floats) -> tuple[float, Floats]:
        p, slope = _cells(theta, len(ta))
        p = np.maximum(p, 1e-300)
        loglik = float(np.sum(table[table > 0] * np.log(p[table > 0])))
        return -loglik, -np.einsum("ij,ijk->k", table / p, slope)

    theta = _maximise(minus, np.concatenate([ta, tb]), method)
    p, slope = _cells(theta, len(ta))
    information = len(code_a) * np.einsum(
        "ijk,ijl->kl", slope / np.maximum(p, 1e-12)[..., None], slope
    )
    split = theta[1 : 1 + len(ta)], theta[1 + len(ta) :]
    se = float(np.sqrt(np.linalg.pinv(information)[0, 0]))
    return LatentCorrelation(float(theta[0]), se, split, -minus(theta)[0])


def polyserial(x: Floats, b: Floats, *, method: str = "ml") -> LatentCorrelation:
    """Estimate the correlation of a normal variable and the normal behind an ordinal one.

    Parameters
    ----------
    x : (n,) float64
        A standard normal variable, for example normal scores.
    b : (n,) float64
        An ordinal variable, any ordered values.
    method : "ml" or "two-step"
        Thresholds jointly with rho, or from the margins first.

    Raises
    ------
    ValueError
        If `b` is constant, the lengths differ or the method is unknown.

    References
    ----------
    Olsson, Drasgow and Dorans (1982), Psychometrika 47, 337-347.
    """
    x = floats(x, 1)
    code, tau = _ordinal(b)
    if len(code) != len(x):
        raise ValueError(f"the variables have {len(x)} and {len(code)} rows")

    def scores(theta: Floats) -> tuple[Floats, Floats]:
        """Return each row's log-likelihood and its gradient, (n,) and (n, parameters)."""
        rho, edges = float(theta[0]), _padded(theta[1:])
        root = np.sqrt(1.0 - rho * rho)
        top, low = ((edges[code + s] - rho * x) / root for s in (1, 0))
        p = np.maximum(np.abs(ndtr(-low) - ndtr(-top)), 1e-300)
        at_top, at_low = _phi(top) / p, _phi(low) / p
        slope = np.zeros((len(x), len(theta)))
        slope[:, 0] = (
            at_top * (rho * edges[code + 1] - x) - at_low * (rho * edges[code] - x)
        ) / root**3
        rows = np.arange(len(x))
        has_top, has_low = code < len(tau), code > 0
        slope[rows[has_top], 1 + code[has_top]] += at_top[has_top] / root
        slope[rows[has_low], code[has_low]] -= at_low[has_low] / root
        return np.log(p), slope

    def minus(theta: Floats) -> tuple[float, Floats]:
        loglik, slope = scores(theta)
        return -float(loglik.sum()), -slope.sum(axis=0)

    theta = _maximise(minus, tau, method)
    slope = scores(theta)[1]
    se = float(np.sqrt(np.linalg.pinv(slope.T @ slope)[0, 0]))
    return LatentCorrelation(float(theta[0]), se, (theta[1:],), -minus(theta)[0])


def _ordinal(a: Floats) -> tuple[Ints, Floats]:
    """Return codes 0, 1, .. and the thresholds that the margin alone gives."""
    _, code, count = np.unique(floats(a, 1), return_inverse=True, return_counts=True)
    if len(count) < 2:
        raise ValueError("a latent correlation needs at least two observed levels")
    return code.astype(np.int64), floats(ndtri(np.cumsum(count)[:-1] / len(code)))


def _maximise(
    minus: Callable[[Floats], tuple[float, Floats]], thresholds: Floats, method: str
) -> Floats:
    """Return (rho, thresholds) at the maximum; the two-step answer starts the joint one."""
    if method not in ("ml", "two-step"):
        raise ValueError(f"method is 'ml' or 'two-step', got {method!r}")
    first = minimize_scalar(
        lambda r: minus(np.concatenate([[r], thresholds]))[0],
        bounds=(-LARGEST, LARGEST),
        method="bounded",
        options={"xatol": 1e-9},
    )
    theta = np.concatenate([[float(first.x)], thresholds])
    if method == "two-step":
        return theta
    limits = [(-LARGEST, LARGEST), *[(-INFINITE, INFINITE)] * len(thresholds)]
    found = minimize(
        minus, theta, jac=True, bounds=limits, method="L-BFGS-B", options={"ftol": 1e-15}
    )
    return floats(found.x)


def _padded(t: Floats) -> Floats:
    return np.concatenate([[-INFINITE], t, [INFINITE]])


def _phi(t: Floats) -> Floats:
    return floats(np.exp(-0.5 * t * t) / np.sqrt(2.0 * np.pi))


def _cells(theta: Floats, m: int) -> tuple[Floats, Floats]:
    """Return cell probabilities (a, b) and their gradient (a, b, parameters)."""
    rho, ta, tb = float(theta[0]), _padded(theta[1 : 1 + m]), _padded(theta[1 + m :])
    root = np.sqrt(1.0 - rho * rho)
    h, k = np.meshgrid(ta, tb, indexing="ij")
    p = np.diff(np.diff(bivariate_normal_cdf(h, k, rho), axis=0), axis=1)
    slope = np.zeros((*p.shape, len(theta)))
    # d Phi2 / d rho is the bivariate density (Plackett 1954)
    density = np.exp(-0.5 * (h * h - 2 * rho * h * k + k * k) / root**2) / (2 * np.pi * root)
    slope[..., 0] = np.diff(np.diff(density, axis=0), axis=1)
    in_a = np.diff(_phi(h) * ndtr((k - rho * h) / root), axis=1)
    in_b = np.diff(_phi(k) * ndtr((h - rho * k) / root), axis=0)
    for i in range(1, len(ta) - 1):
        slope[i - 1, :, i] = in_a[i]
        slope[i, :, i] = -in_a[i]
    for j in range(1, len(tb) - 1):
        slope[:, j - 1, m + j] = in_b[:, j]
        slope[:, j, m + j] = -in_b[:, j]
    return p, slope
