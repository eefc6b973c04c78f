"""Diagnostics of a dependence model as data; the drawing is done elsewhere.

Rosenblatt transforms that should be independent uniforms, tail-dependence curves, and the points
of a Kendall plot.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy
from scipy.special import chdtr, ndtri

from copulasynth._arrays import Floats, Seed, floats, frozen, generator, midranks, open_unit
from copulasynth.copulas.api import Transform
from copulasynth.copulas.checks.gof import rosenblatt_cramer_von_mises

__all__ = [
    "KendallPlot",
    "RosenblattDiagnostics",
    "TailCurve",
    "anderson_darling",
    "kendall_plot",
    "rosenblatt_diagnostics",
    "tail_curve",
]


@dataclass(frozen=True, slots=True, eq=False)
class RosenblattDiagnostics:
    """How far Rosenblatt transforms are from independent uniforms.

    P-values take the copula as known: after fitting to the same rows they are too large, and
    :func:`copulasynth.copulas.checks.gof.goodness_of_fit` gives right ones.

    Attributes
    ----------
    w : (n, d) float64
        The transforms.
    ks, ks_p : (d,) float64
        Kolmogorov-Smirnov distance of each margin from the uniform law, and its p-value.
    anderson_darling, anderson_darling_p : float
        Of the chi-square transform sum_k Phi^-1(w_k)^2 against chi-square with d degrees of
        freedom (Breymann, Dias & Embrechts 2003).
    radius : (n,) float64
        The chi-square probabilities of that sum, in the order of the rows.
    snb : float
        S_n^(B) of Genest, Remillard & Beaudoin (2009).
    """

    w: Floats
    ks: Floats
    ks_p: Floats
    anderson_darling: float
    anderson_darling_p: float
    radius: Floats
    snb: float


def rosenblatt_diagnostics(copula: Transform, u: Floats) -> RosenblattDiagnostics:
    """Return the Rosenblatt transforms of (n, d) pseudo-observations and tests on them."""
    w = open_unit(copula.rosenblatt(floats(u, 2)))
    n, d = w.shape
    ordered = np.sort(w, axis=0)
    steps = np.arange(1, n + 1)[:, None] / n
    ks = np.maximum(steps - ordered, ordered - steps + 1.0 / n).max(axis=0)
    radius = chdtr(d, np.sum(ndtri(w) ** 2, axis=1))
    ad, p = anderson_darling(radius)
    return RosenblattDiagnostics(
        w=frozen(w),
        ks=frozen(ks),
        ks_p=frozen(scipy.stats.kstwo.sf(ks, n)),
        anderson_darling=ad,
        anderson_darling_p=p,
        radius=frozen(radius),
        snb=rosenblatt_cramer_von_mises(w),
    )


def anderson_darling(w: Floats) -> tuple[float, float]:
    """Return A^2 of a sample against the uniform law on (0, 1), and its asymptotic p-value.

    The limit law by the approximation of Marsaglia & Marsaglia (2004), Journal of Statistical
    Software 9(2), whose error is below 2e-6; it is used from n = 8 on without visible error.

    Examples
    --------
    >>> a, p = anderson_darling(np.arange(1, 100) / 100)
    >>> round(a, 3), round(p, 2)
    (0.029, 1.0)
    """
    w = np.sort(open_unit(floats(w, 1)))
    n = len(w)
    k = 2.0 * np.arange(1, n + 1) - 1.0
    a = -n - float(np.mean(k * (np.log(w) + np.log1p(-w[::-1]))))
    return a, min(1.0, max(0.0, 1.0 - _anderson_darling_limit(a)))


def _anderson_darling_limit(a: float) -> float:
    if a <= 0.0:
        return 0.0
    if a < 2.0:
        c = (2.00012, 0.247105, -0.0649821, 0.0347962, -0.011672, 0.00168691)
        return math.exp(-1.2337141 / a) / math.sqrt(a) * sum(v * a**k for k, v in enumerate(c))
    c = (1.0776, -2.30695, 0.43424, -0.082433, 0.008056, -0.0003146)
    return math.exp(-math.exp(sum(v * a**k for k, v in enumerate(c))))


@dataclass(frozen=True, slots=True, eq=False)
class TailCurve:
    """Tail dependence of a pair as a function of the threshold, with pointwise intervals.

    Attributes
    ----------
    q : (k,) float64
        Thresholds on the scale of u, counted from the tail's far end: .95 is the last 5 %.
    chi, chi_low, chi_high : (k,) float64
        chi(q); its limit at 1 is the coefficient of tail dependence.
    chibar, chibar_low, chibar_high : (k,) float64
        chi-bar(q) in (-1, 1]; its limit is 1 under tail dependence and below 1 without.
    """

    q: Floats
    chi: Floats
    chi_low: Floats
    chi_high: Floats
    chibar: Floats
    chibar_low: Floats
    chibar_high: Floats


def tail_curve(
    u: Floats, v: Floats, *, q: Floats | None = None, tail: str = "upper", level: float = 0.95
) -> TailCurve:
    """Return chi(q) and chi-bar(q) of Coles, Heffernan & Tawn (1999), Extremes 2.

    chi(q) = 2 - log P(U <= q, V <= q) / log q and chi-bar(q) = 2 log(1 - q) / log P(U > q, V > q)
    - 1. Intervals by the delta method from the variance of the empirical copula of ranks, whose
    margins are known (Fermanian, Radulovic & Wegkamp 2004), cut to the range of the coefficients.

    Parameters
    ----------
    u, v : (n,) float64
        Observations or pseudo-observations of two variables: only ranks matter.
    q : (k,) float64, optional
        Thresholds in (0, 1); 50 from .5 to .99 by default.
    tail : "upper" or "lower"
    level : float
        Confidence level of the intervals.
    """
    if tail not in ("upper", "lower"):
        raise ValueError(f"tail is 'upper' or 'lower', got {tail!r}")
    u, v = (midranks(floats(x, 1)) / (np.size(x) + 1.0) for x in (u, v))
    if tail == "lower":
        u, v = 1.0 - u, 1.0 - v
    q = np.linspace(0.5, 0.99, 50) if q is None else floats(q, 1)
    if not ((q > 0.0) & (q < 1.0)).all():
        raise ValueError("thresholds lie in (0, 1)")
    n = len(u)
    half = 0.5 / n  # a share of no rows is as good as half a row
    below = np.clip([np.mean((u <= t) & (v <= t)) for t in q], half, 1.0 - half)
    above = np.clip([np.mean((u > t) & (v > t)) for t in q], half, 1.0 - half)
    error = _diagonal_error(u, v, q)
    z = float(ndtri(0.5 + 0.5 * level))
    chi = 2.0 - np.log(below) / np.log(q)
    chi_se = error / (below * np.abs(np.log(q)))
    least = 2.0 - np.log(np.maximum(2.0 * q - 1.0, np.finfo(float).tiny)) / np.log(q)
    chibar = 2.0 * np.log1p(-q) / np.log(above) - 1.0
    chibar_se = error * 2.0 * -np.log1p(-q) / (above * np.log(above) ** 2)

    def band(middle: Floats, se: Floats, least: Floats | float) -> Iterator[Floats]:
        return (frozen(np.clip(middle + k * se, least, 1.0)) for k in (0.0, -z, z))

    return TailCurve(frozen(q), *band(chi, chi_se, least), *band(chibar, chibar_se, -1.0))


def _diagonal_error(u: Floats, v: Floats, q: Floats) -> Floats:
    """Return the standard error of the empirical copula of ranks at (q, q).

    It is that of the mean of 1(U <= q, V <= q) - C_1 1(U <= q) - C_2 1(V <= q), with C_1 and C_2
    the partial derivatives, by central differences of width n^(-1/2) (Remillard & Scaillet 2009).
    """
    n = len(u)
    h = 1.0 / math.sqrt(n)
    out = np.empty(len(q))
    for k, t in enumerate(q):
        a, b = u <= t, v <= t
        lo, hi = max(0.0, t - h), min(1.0, t + h)
        c1 = min(1.0, float(np.mean((u > lo) & (u <= hi) & b)) / (hi - lo))
        c2 = min(1.0, float(np.mean((v > lo) & (v <= hi) & a)) / (hi - lo))
        out[k] = np.std((a & b) - c1 * a - c2 * b) / math.sqrt(n)
    # at least the error of one row, where no row is left to vary
    return np.maximum(out, 0.5 / n)


@dataclass(frozen=True, slots=True, eq=False)
class KendallPlot:
    """Points of a Kendall plot: on the diagonal under independence, above it when positive.

    Attributes
    ----------
    expected : (n,) float64
        Expected order statistics W_(i:n) of H under independence.
    observed : (n,) float64
        Ordered H_i, the share of other rows that row i dominates.
    """

    expected: Floats
    observed: Floats


# Nodes of the quadrature over each order statistic's law.
NODES = 24
# Dominance counts and beta quantiles of more rows than this cost more than they show.
MAX_POINTS = 2000


def kendall_plot(u: Floats, v: Floats, *, rng: Seed = None) -> KendallPlot:
    """Return the points of a Kendall plot (Genest & Boies 2003, American Statistician 57).

    Under independence H has the distribution function K0(w) = w - w log w, and W_(i:n) is the
    mean of its i-th order statistic, K0^-1 of a beta(i, n + 1 - i) variable. A random sample of
    2,000 rows stands for longer tables.

    Parameters
    ----------
    u, v : (n,) float64
        Observations, or pseudo-observations: only ranks matter.
    rng : int or Generator, optional
    """
    u, v = floats(u, 1), floats(v, 1)
    if len(u) > MAX_POINTS:
        keep = generator(rng).choice(len(u), MAX_POINTS, replace=False)
        u, v = u[keep], v[keep]
    n = len(u)
    if n < 2:
        raise ValueError(f"a Kendall plot needs two rows at least, got {n}")
    dominated = ((u <= u[:, None]) & (v <= v[:, None])).sum(axis=1) - 1
    return KendallPlot(frozen(_expected(n)), frozen(np.sort(dominated / (n - 1.0))))


def _expected(n: int) -> Floats:
    x, weight = np.polynomial.legendre.leggauss(NODES)
    i = np.arange(1, n + 1)[:, None]
    w = _inverse_k0(np.asarray(scipy.stats.beta.ppf(0.5 + 0.5 * x, i, n + 1 - i)))
    return w @ (0.5 * weight)


def _inverse_k0(p: Floats) -> Floats:
    """Return the w with w - w log w = p, by interpolation in a table dense near 0."""
    w = np.linspace(0.0, 1.0, 20_001) ** 3
    with np.errstate(divide="ignore", invalid="ignore"):
        k0 = np.where(w > 0.0, w - w * np.log(w), 0.0)
    return np.interp(p, k0, w)
