"""Ordered (proportional-odds) regression in the usual parameters: slopes and plain thresholds.

statsmodels optimises the logarithms of the threshold increments by BFGS. Its answer is the start
of a few exact Newton steps on P(y <= j | x) = F(theta_j - x'beta), the form in which MASS::polr
and textbooks report the model, so that covariances need no numerical differentiation.
"""

from collections.abc import Callable

import numpy as np
from scipy import special, stats

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError

__all__ = ["plain_thresholds", "polish"]

Curve = Callable[[Floats], Floats]


def plain_thresholds(params: Floats, slopes: int) -> tuple[Floats, Floats]:
    """Return statsmodels' ordered parameters with plain thresholds, and the Jacobian of the map."""
    out, jacobian = params.copy(), np.eye(len(params))
    increments = np.exp(params[slopes + 1 :])
    out[slopes + 1 :] = params[slopes] + np.cumsum(increments)
    jacobian[slopes + 1 :, slopes] = 1.0
    count = len(increments)
    jacobian[slopes + 1 :, slopes + 1 :] = np.tril(np.ones((count, count))) * increments
    return out, jacobian


def polish(
    start: Floats, codes: Ints, exog: Floats, link: str, steps: int = 20
) -> tuple[Floats, Floats]:
    """Return maximum-likelihood (slopes, thresholds) and their covariance by Newton's method.

    Parameters
    ----------
    start : ndarray, shape (p + J - 1,)
        Slopes, then increasing thresholds.
    codes : ndarray of int, shape (n,)
        Responses 0..J-1.
    exog : ndarray, shape (n, p)
    link : {"logit", "probit"}

    Raises
    ------
    DataError
        If the steps do not converge.
    """
    theta = start.copy()
    for _ in range(steps):
        score, information = _derivatives(theta, codes, exog, link)
        step = np.linalg.solve(information, score)
        theta = theta + step
        if float(score @ step) < 1e-16 * len(codes):
            information = _derivatives(theta, codes, exog, link)[1]
            return theta, np.asarray(np.linalg.inv(information), dtype=np.float64)
    raise DataError(
        "the ordered model did not converge; a category may be perfectly separated, or nearly empty"
    )


def _derivatives(theta: Floats, codes: Ints, exog: Floats, link: str) -> tuple[Floats, Floats]:
    """Return the score and the observed information."""
    p = exog.shape[1]
    bounds = np.concatenate(([-np.inf], theta[p:], [np.inf]))
    eta = exog @ theta[:p]
    upper, lower = bounds[codes + 1] - eta, bounds[codes] - eta
    cdf, pdf, slope = _law(link)
    prob = np.maximum(cdf(upper) - cdf(lower), 1e-300)
    fu, fl = pdf(upper) / prob, pdf(lower) / prob
    au, al = _directions(codes + 1, exog, len(theta)), _directions(codes, exog, len(theta))
    gradient = au * fu[:, None] - al * fl[:, None]
    curvature = au.T @ (au * (slope(upper) / prob)[:, None])
    curvature -= al.T @ (al * (slope(lower) / prob)[:, None])
    return gradient.sum(axis=0), gradient.T @ gradient - curvature


def _directions(bound: Ints, exog: Floats, size: int) -> Floats:
    """Return the derivative of bound - x'beta in (slopes, thresholds), shape (n, size)."""
    n, p = exog.shape
    out = np.zeros((n, size))
    out[:, :p] = -exog
    inner = (bound > 0) & (bound <= size - p)
    out[np.flatnonzero(inner), p + bound[inner] - 1] = 1.0
    return out


def _law(link: str) -> tuple[Curve, Curve, Curve]:
    """Return distribution function, density and its derivative; the last two are 0 at infinity."""

    def density(x: Floats) -> Floats:
        return special.expit(x) * special.expit(-x)

    def slope(x: Floats) -> Floats:
        return density(x) * (special.expit(-x) - special.expit(x))

    def normal_slope(x: Floats) -> Floats:
        return -np.nan_to_num(x, posinf=0, neginf=0) * stats.norm.pdf(x)

    if link == "probit":
        return special.ndtr, stats.norm.pdf, normal_slope
    return special.expit, density, slope
