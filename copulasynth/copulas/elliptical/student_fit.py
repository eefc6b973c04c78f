"""The Student t copula: density, maximum pseudo-likelihood (R by EM, df by a profile), scores.

A t vector is a normal one divided by a common radius. Given the radius of each row the Gibbs
steps are those of :mod:`copulasynth.copulas.elliptical.latent`; given the scores of a row its
squared radius is a gamma variable (Liu and Rubin 1995, Statistica Sinica 5, 19-39).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.random import Generator
from scipy.special import gammaln, stdtr, stdtrit

from copulasynth._arrays import Floats, floats, open_unit
from copulasynth.copulas.api import Cells
from copulasynth.copulas.elliptical.correlation import nearest_correlation, whiten
from copulasynth.copulas.elliptical.latent import (
    RIDGE,
    correlation_of,
    distinct_variables,
    narrow_width,
    redraw,
)

# Below 2 a t score has no variance; above 100 the copula is Gaussian for every practical purpose.
DF_RANGE = (2.0, 100.0)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Maximum of the likelihood over df, with the correlation matrix maximised at each df."""

    correlation: Floats
    df: float
    se_df: float | None
    loglik: float
    distance: float


def fit_profile(u: Floats, start: Floats, *, df: float | None = None) -> Profile:
    """Maximise the pseudo-likelihood of the t copula at pseudo-observations u, (n, d).

    It starts from the correlation matrix `start`, and keeps the degrees of freedom that are given.
    """
    u = open_unit(u)
    best: dict[float, tuple[float, Floats, float]] = {}
    near = nearest_correlation(start)[0]

    def minus_loglik(theta: float) -> float:
        if theta not in best:
            warm = min(best, key=lambda t: abs(t - theta)) if best else None
            r = near if warm is None else best[warm][1]
            best[theta] = _at(u, r, math.exp(theta))
        return -best[theta][0]

    if df is not None:
        loglik, r, distance = _at(u, near, df)
        return Profile(r, df, None, loglik, distance)
    low, high = (math.log(v) for v in DF_RANGE)
    found = scipy.optimize.minimize_scalar(
        minus_loglik, bounds=(low, high), method="bounded", options={"xatol": 1e-5}
    )
    theta = float(found.x)
    at_end = min(theta - low, high - theta) < 1e-3
    se = None if at_end else _standard_error(minus_loglik, theta)
    loglik, r, distance = best[theta] if theta in best else _at(u, near, math.exp(theta))
    return Profile(r, math.exp(theta), se, loglik, distance)


def _standard_error(minus_loglik: Callable[[float], float], theta: float) -> float | None:
    """Return the standard error of df from the curvature of the profile in log df."""
    h = 0.05
    middle = minus_loglik(theta)
    curve = (minus_loglik(theta + h) - 2.0 * middle + minus_loglik(theta - h)) / h**2
    return math.exp(theta) / math.sqrt(curve) if curve > 0 else None


def _at(u: Floats, start: Floats, df: float) -> tuple[float, Floats, float]:
    """Return log-likelihood, correlation and projection distance at the best R for this df."""
    x = t_quantile(df, u)
    r, distance, previous = start, 0.0, -math.inf
    loglik = previous
    for _ in range(100):
        factor = floats(np.linalg.cholesky(r))
        loglik = float(student_logpdf(x, factor, df).sum())
        if loglik - previous < 1e-6 * len(u) ** 0.5:
            break
        previous = loglik
        e = whiten(x, factor).T
        weight = (df + x.shape[1]) / (df + np.sum(e * e, axis=0))
        r, distance = correlation_step((x.T * weight) @ x / len(x), r)
    return loglik, r, distance


def correlation_step(s: Floats, r: Floats) -> tuple[Floats, float]:
    """Return the next correlation matrix of a normal likelihood with moment matrix s.

    The constrained maximum satisfies s = R + R D R with a diagonal D, the multipliers of the
    unit diagonal: given R on the right, D solves (R o R) diag(D) = diag(s) - 1.
    """
    multiplier = np.linalg.lstsq(r * r, np.diag(s) - 1.0, rcond=None)[0]
    following = s - (r * multiplier) @ r
    scale = np.sqrt(np.maximum(np.diag(following), 1e-12))
    following = following / scale[:, None] / scale
    np.fill_diagonal(following, 1.0)
    return nearest_correlation(following)


def t_cdf(df: float | Floats, x: Floats) -> Floats:
    """Return the t distribution function with df degrees of freedom."""
    return floats(stdtr(df, x))


def t_quantile(df: float | Floats, u: Floats) -> Floats:
    """Return t quantiles of u, pulled into the open interval first: 0 and 1 give finite ones."""
    return floats(stdtrit(df, open_unit(u)))


def student_logpdf(x: Floats, factor: Floats, df: float) -> Floats:
    """Return the log density of the t copula at t scores x, (n, d) -> (n,).

    Demarta and McNeil (2005), equation 6.
    """
    d = x.shape[1]
    e = whiten(x, factor)
    constant = gammaln(0.5 * (df + d)) + (d - 1) * gammaln(0.5 * df) - d * gammaln(0.5 * (df + 1.0))
    half_logdet = float(np.sum(np.log(np.diag(factor))))
    joint = 0.5 * (df + d) * np.log1p(np.sum(e * e, axis=1) / df)
    margins = 0.5 * (df + 1.0) * np.sum(np.log1p(x * x / df), axis=1)
    return floats(constant - half_logdet - joint + margins)


def latent_t_scores(
    cells: Cells, df: float, start: Floats, rng: Generator, *, sweeps: int = 40, burn: int = 15
) -> tuple[Floats, Floats]:
    """Impute latent t scores of known df, as `latent_scores` does normal ones.

    `start` is the (d, d) correlation matrix to start from. Returned are the average correlation of
    the scores weighted by the squared radii of their rows, and the last imputation, (n, d).
    """
    first, where = distinct_variables(cells)
    lower, upper = cells.lower.T[first], cells.upper.T[first]
    d, n = lower.shape
    wide = [np.flatnonzero(upper[j] - lower[j] > narrow_width(n)) for j in range(d)]
    x = t_quantile(df, 0.5 * (lower + upper))
    bounds = [
        (t_quantile(df, lower[j, w]), t_quantile(df, upper[j, w])) for j, w in enumerate(wide)
    ]
    r, total = start[np.ix_(first, first)], np.zeros((d, d))
    for sweep in range(sweeps):
        r = nearest_correlation(r, floor=RIDGE)[0]
        precision = np.linalg.inv(r)
        e = whiten(x.T, floats(np.linalg.cholesky(r)))
        gamma = rng.standard_gamma(0.5 * (df + d), n)
        radius = np.sqrt(2.0 * gamma / (df + np.sum(e * e, axis=1)))
        for j, w in enumerate(wide):
            if len(w):
                redraw(x, j, w, bounds[j], precision[j], rng, radius)
        c = correlation_of(x * radius)
        if sweep >= burn:
            total += c
            c = total / (sweep - burn + 1)
        r = c
    return r[np.ix_(where, where)], x[where].T
