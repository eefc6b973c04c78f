"""Goodness of fit without refits: the two statistics of `gof` by the multiplier bootstrap.

The distance between an empirical distribution function and a fitted one is, to first order, a sum
over rows: of the step of each, less what the row moves the parameters by, times what these move the
law by. Sums of the same terms with random signs and sizes are distributed as the distance is when
the family is right. Derivatives are taken once; no bootstrap sample is drawn and none is fitted.

I. Kojadinovic and J. Yan (2012), Goodness-of-fit testing based on a weighted bootstrap: a fast
large-sample alternative to the parametric bootstrap, Canadian Journal of Statistics 40, 480-500.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from copulasynth._arrays import Floats, Seed, floats, generator
from copulasynth.marginals._api import Marginal
from copulasynth.marginals._likelihood import Params
from copulasynth.marginals.count import Count
from copulasynth.marginals.gof import (
    GofTest,
    anderson_darling,
    fully_specified,
    kolmogorov_smirnov,
    probabilities,
)
from copulasynth.marginals.mixture import NormalMixture
from copulasynth.marginals.parametric import Parametric
from copulasynth.marginals.rounded import Rounded

__all__ = ["log_likelihoods", "multiplier_test"]

#: Sorted values at which the process is followed, evenly spaced, at most.
POINTS = 400
#: Steps of derivatives, relative to a parameter.
STEP = 1e-4
#: Below this multiple of the largest, a direction of the information says nothing.
SINGULAR = 1e-9

Remake = Callable[[Params], Marginal]


def multiplier_test(x: Floats, law: Marginal, *, draws: int = 199, rng: Seed = None) -> GofTest:
    """Test the fit of a family whose parameters were estimated from the same values.

    Parameters
    ----------
    x : (n,) float64
    law : Marginal
        The fitted law, of a parametric family or rounded from one.
    draws : int
        Replicates, each of at most 400 of the sorted values, evenly spaced.

    Examples
    --------
    >>> from copulasynth.marginals.parametric import fit_parametric
    >>> x = np.random.default_rng(1).gamma(2.0, 1.0, 1000)
    >>> found = [multiplier_test(x, fit_parametric(x, f), rng=1) for f in ("gamma", "normal")]
    >>> found[0].p_ad > 0.05, found[1].p_ad < 0.05
    (True, True)
    """
    x = np.sort(x)
    u = probabilities(law, x)
    ks, ad = kolmogorov_smirnov(u), anderson_darling(u)
    bound = fully_specified(ks, x.size)
    if bound < 1e-3:
        return GofTest(ks, ad, bound, bound, 0)
    m = min(x.size, POINTS)
    y = x[((np.arange(m) + 0.5) * (x.size / m)).astype(np.int64)]
    process = _replicates(y, law, generator(rng).standard_normal((draws, m)))
    # where the law is right; probabilities of a wrong one would inflate replicates in its tails
    v = (np.arange(m) + 0.5) / m
    # D looks at both ends of every step, replicates at its middle
    above_ks = np.abs(process).max(axis=1) >= np.sqrt(x.size) * (ks - 0.5 / x.size)
    above_ad = (process**2 / (v * (1.0 - v))).mean(axis=1) >= ad
    p = [(float(above.sum()) + 1.0) / (draws + 1.0) for above in (above_ks, above_ad)]
    return GofTest(ks, ad, p[0], p[1], draws)


def _replicates(y: Floats, law: Marginal, xi: Floats) -> Floats:
    """Return the process of each row of multipliers at sorted values, (draws, m).

    Rows that share a value are spread evenly over its cell, as `probabilities` spreads them.
    """
    m = y.size
    xi = xi - xi.mean(axis=1, keepdims=True)
    start = np.flatnonzero(np.concatenate([[True], np.diff(y) > 0]))
    counts = np.diff(np.append(start, m))
    place = (np.arange(m) - np.repeat(start, counts) + 0.5) / np.repeat(counts, counts)
    sums = np.add.reduceat(xi, start, axis=1)
    ends = np.repeat(np.cumsum(sums, axis=1), counts, axis=1)
    process = ends - np.repeat(sums, counts, axis=1) * (1.0 - place)
    theta, remake = _parameters(law)
    if theta:
        score, slope = _derivatives(y, theta, remake)
        information = score.T @ score / m
        moved = xi @ score @ np.linalg.pinv(information, rcond=SINGULAR, hermitian=True) / m
        process = process - m * (moved @ slope.T)
    return floats(process / np.sqrt(m))


def _derivatives(y: Floats, theta: Params, remake: Remake) -> tuple[Floats, Floats]:
    """Return derivatives of log-likelihoods and of probabilities by the parameters, (m, k) each."""
    score, slope = np.empty((y.size, len(theta))), np.empty((y.size, len(theta)))
    for k, value in enumerate(theta):
        h = STEP * (abs(value) or 1.0)
        low, high = (remake((*theta[:k], value + s * h, *theta[k + 1 :])) for s in (-1.0, 1.0))
        score[:, k] = (log_likelihoods(high, y) - log_likelihoods(low, y)) / (2.0 * h)
        slope[:, k] = (probabilities(high, y) - probabilities(low, y)) / (2.0 * h)
    # parameters of very different sizes make one information
    scale = np.sqrt((score**2).mean(axis=0))
    scale[~(scale > 0)] = 1.0
    return np.nan_to_num(score / scale), np.nan_to_num(slope / scale)


def log_likelihoods(law: Marginal, x: Floats) -> Floats:
    """Return logarithms of densities, or of the probabilities of cells on a grid, (n,)."""
    if isinstance(law, Parametric | NormalMixture | Count):
        return law.logpdf(x)
    lower, upper = law.cell(x)
    return np.log(np.maximum(upper - lower, 1e-300))


def _parameters(law: Marginal) -> tuple[Params, Remake]:
    """Return the parameters whose estimates vary as roots of n, and the law from others."""
    if isinstance(law, Rounded):
        theta, remake = _parameters(law.base)
        return theta, lambda t: Rounded(remake(t), law.step)
    if isinstance(law, NormalMixture):
        return _of_mixture(law)
    if isinstance(law, Count) and law.family == "binomial":
        return law.params[1:], lambda t: replace(law, params=(law.params[0], *t))
    # the ends of a uniform law are known to within 1 / n
    if isinstance(law, Parametric | Count) and law.family != "uniform":
        return law.params, lambda t: replace(law, params=t)
    return (), lambda _: law


def _of_mixture(law: NormalMixture) -> tuple[Params, Remake]:
    """Return all weights but the last, and the parameters of the components."""
    parts = [c for c in law.components if isinstance(c, Parametric)]
    free = len(law.weights) - 1

    def remake(t: Params) -> Marginal:
        rest = iter(t[free:])
        made = tuple(replace(c, params=tuple(next(rest) for _ in c.params)) for c in parts)
        return NormalMixture((*t[:free], 1.0 - sum(t[:free])), made)

    return (*law.weights[:free], *(p for c in parts for p in c.params)), remake
