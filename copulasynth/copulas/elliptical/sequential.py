"""Weighted draws of normal and t vectors, each row inside a box of its own.

One variable after the other is drawn from its conditional law cut off at its bounds; the weight is
what was cut off (Geweke 1991; Hajivassiliou, McFadden and Ruud 1996, J. Econometrics 72, 85-134,
for t laws with the conditional t laws in place of the normal ones).
"""

import numpy as np
from numpy.random import Generator
from scipy.special import gammaln, ndtr, ndtri

from copulasynth._arrays import Bools, Floats, Ints, floats, open_unit
from copulasynth.copulas.elliptical.latent import redraw, truncated_normal
from copulasynth.copulas.elliptical.student_fit import t_cdf, t_quantile
from copulasynth.copulas.elliptical.truncated import log_mass

LOG_2PI = float(np.log(2.0 * np.pi))

#: Weighted draws of which the Gibbs sampler starts at one, and its sweeps.
STARTS, SWEEPS = 8, 20


def log_density(x: Floats, df: float | None) -> Floats:
    """Return the log density of a standard normal or t law."""
    if df is None:
        return -0.5 * (x * x + LOG_2PI)
    constant = gammaln(0.5 * (df + 1.0)) - gammaln(0.5 * df) - 0.5 * np.log(df * np.pi)
    return floats(constant - 0.5 * (df + 1.0) * np.log1p(x * x / df))


def points_first(lower: Floats, upper: Floats) -> Ints:
    """Return an order of variables: those that are points in most rows, then cells, then free."""
    fixed = (lower == upper).mean(axis=1)
    free = (np.isneginf(lower) & np.isposinf(upper)).mean(axis=1)
    return np.argsort(free - fixed, kind="stable")


def sequential(
    correlation: Floats, df: float | None, lower: Floats, upper: Floats, rng: Generator
) -> tuple[Floats, Floats]:
    """Draw one weighted vector inside each box.

    Parameters
    ----------
    correlation : (d, d) float64
    df : float or None
        Degrees of freedom; None: normal.
    lower, upper : (d, n) float64
        Bounds of the scores; equal ones are points, infinite ones leave a score free.

    Returns
    -------
    x : (d, n) float64
    log_weight : (n,) float64
        Their mean is the log of the density of the points times the probability of the cells.
    """
    order = points_first(lower, upper)
    factor = floats(np.linalg.cholesky(correlation[np.ix_(order, order)]))
    e, weight = np.zeros(lower.shape), np.zeros(lower.shape[1])
    total = np.zeros(lower.shape[1])
    for k, j in enumerate(order):
        mean, sd = factor[k, :k] @ e[:k], factor[k, k]
        freedom = None
        if df is not None:
            freedom, sd = df + k, sd * np.sqrt((df + total) / (df + k))
        z, more = _inside((lower[j] - mean) / sd, (upper[j] - mean) / sd, freedom, rng)
        point = lower[j] == upper[j]
        weight += more - np.where(point, np.log(sd), 0.0)
        e[k] = np.where(point, (lower[j] - mean) / factor[k, k], z * sd / factor[k, k])
        total += e[k] ** 2
    out = np.empty(lower.shape)
    out[order] = factor @ e
    exact = lower == upper
    out[exact] = lower[exact]
    return out, weight


def _inside(a: Floats, b: Floats, df: float | None, rng: Generator) -> tuple[Floats, Floats]:
    """Draw standard scores in (a, b), with log weights: densities at points, else probabilities."""
    point = a == b
    weight = np.zeros(len(a))
    weight[point] = log_density(a[point], df)
    cell = ~point & ~(np.isneginf(a) & np.isposinf(b))
    if df is None:
        weight[cell] = log_mass(a[cell], b[cell])
        return truncated_normal(a, b, rng), weight
    # on the side of zero where the distribution function keeps its precision
    flip = a > 0
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    p, q = t_cdf(df, low), t_cdf(df, high)
    weight[cell] = np.log(np.maximum(q - p, 1e-300)[cell])
    x = np.clip(t_quantile(df, p + (q - p) * rng.random(len(a))), low, high)
    return np.where(flip, -x, x), weight


def draw_boxes(
    correlation: Floats, df: float | None, lower: Floats, upper: Floats, rng: Generator
) -> Floats:
    """Draw one vector inside each box, (d, n); arguments as of :func:`sequential`.

    Exact where all bounds are points or infinite. Cells are met by a Gibbs sampler of the bounded
    scores, which starts at one of a few weighted draws; all others follow exactly.
    """
    bounded = np.flatnonzero((np.isfinite(lower) | np.isfinite(upper)).any(axis=1))
    free = np.setdiff1d(np.arange(len(lower)), bounded)
    out = np.empty(lower.shape)
    x, radius = _bounded(
        correlation[np.ix_(bounded, bounded)], df, lower[bounded], upper[bounded], rng
    )
    out[bounded] = x
    if free.size:
        inner = correlation[np.ix_(bounded, bounded)]
        slope = np.linalg.solve(inner, correlation[np.ix_(bounded, free)]).T
        left = correlation[np.ix_(free, free)] - slope @ correlation[np.ix_(bounded, free)]
        noise = np.linalg.cholesky(left) @ rng.standard_normal((free.size, lower.shape[1]))
        out[free] = slope @ x + noise / radius
    return out


def _bounded(
    r: Floats, df: float | None, lower: Floats, upper: Floats, rng: Generator
) -> tuple[Floats, Floats]:
    """Draw the bounded scores of each row, and the radius by which rows of a t law are divided."""
    loose = lower < upper
    celled = np.flatnonzero(loose.any(axis=0))
    x = lower.copy()
    n = lower.shape[1]
    if celled.size:
        low, high = np.repeat(lower[:, celled], STARTS, 1), np.repeat(upper[:, celled], STARTS, 1)
        starts, weight = sequential(r, df, low, high, rng)
        x[:, celled] = choose(starts.reshape(len(r), -1, STARTS), weight.reshape(-1, STARTS), rng)
    precision = floats(np.linalg.inv(r))
    if celled.size:
        part, bounds = x[:, celled], (lower[:, celled], upper[:, celled])
        x[:, celled] = _gibbs(part, precision, df, bounds, loose[:, celled], rng)
    return x, _radius(x, precision, df, rng) if df is not None else np.ones(n)


def _gibbs(
    x: Floats,
    precision: Floats,
    df: float | None,
    bounds: tuple[Floats, Floats],
    loose: Bools,
    rng: Generator,
) -> Floats:
    """Redraw the loose scores of rows in turn, each within its bounds given all others."""
    rows = [np.flatnonzero(row) for row in loose]
    x = np.ascontiguousarray(x)
    for _ in range(SWEEPS if loose.sum(axis=0).max() > 1 else 1):
        radius = None if df is None else _radius(x, precision, df, rng)
        for j, at in enumerate(rows):
            if at.size:
                redraw(x, j, at, (bounds[0][j, at], bounds[1][j, at]), precision[j], rng, radius)
    return x


def _radius(x: Floats, precision: Floats, df: float, rng: Generator) -> Floats:
    """Draw what a normal vector was divided by to become each t vector x, (n,)."""
    distance = np.einsum("jn,jn->n", x, precision @ x) if len(x) else np.zeros(x.shape[1])
    return np.sqrt(2.0 * rng.standard_gamma(0.5 * (df + len(x)), x.shape[1]) / (df + distance))


def choose(x: Floats, log_weight: Floats, rng: Generator) -> Floats:
    """Choose one of m candidates (d, n, m) in each row, in proportion to weights, (n, m)."""
    chance = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    ends = np.cumsum(chance, axis=1)
    at = (rng.random((len(ends), 1)) * ends[:, -1:] > ends).sum(axis=1)
    return floats(x[:, np.arange(len(ends)), np.minimum(at, ends.shape[1] - 1)])


def box_scores(lower: Floats, upper: Floats, df: float | None) -> tuple[Floats, Floats]:
    """Return bounds of u as bounds of scores: points stay finite, 0 and 1 do not."""
    cell = lower < upper
    a, b = (ndtri(open_unit(u)) if df is None else t_quantile(df, u) for u in (lower, upper))
    a[cell & (lower <= 0.0)] = -np.inf
    b[cell & (upper >= 1.0)] = np.inf
    return a, b


def to_unit(x: Floats, df: float | None) -> Floats:
    """Return normal or t scores as uniforms."""
    return floats(ndtr(x)) if df is None else t_cdf(df, x)


def exact_rows(r: Floats, df: float | None, lower: Floats, upper: Floats, rng: Generator) -> Floats:
    """Draw one row u (d, n) of a Gaussian or t copula inside each box of u."""
    u = to_unit(draw_boxes(r, df, *box_scores(lower, upper, df), rng), df)
    return np.clip(u, lower, upper)


def weighted_rows(
    r: Floats, df: float | None, lower: Floats, upper: Floats, m: int, rng: Generator
) -> tuple[Floats, Floats]:
    """Draw m weighted rows u (d, n, m) of a Gaussian or t copula inside each box of u.

    Log weights (n, m) are those of densities of the copula, not of scores.
    """
    d, n = lower.shape
    a, b = box_scores(lower, upper, df)
    x, weight = sequential(r, df, np.repeat(a, m, axis=1), np.repeat(b, m, axis=1), rng)
    own = np.where(a == b, log_density(np.where(a == b, a, 0.0), df), 0.0).sum(axis=0)
    u = np.clip(to_unit(x, df).reshape(d, n, m), lower[:, :, None], upper[:, :, None])
    return u, weight.reshape(n, m) - own[:, None]
