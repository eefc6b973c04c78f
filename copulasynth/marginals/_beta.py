"""Estimates of the beta law on an interval: shapes by maximum likelihood, ends given or estimated.

The likelihood of an unknown end has no maximum where the density grows towards it, and else one
at or near the outermost value, which is biased and a row of the data. Ends are those of greatest
product of spacings, which has neither fault: R. C. H. Cheng & N. A. K. Amin (1983), Estimating
parameters in continuous univariate distributions with a shifted origin, JRSS B 45, 394-403.
"""

import numpy as np
import scipy
from scipy.special import betainc, betaln, polygamma

from copulasynth._arrays import Floats
from copulasynth.marginals._likelihood import Params, climb, standard_errors

__all__ = ["beta_errors", "beta_estimate", "fixed_ends"]

#: Order statistics whose spacings are compared: so many at each end, and so many between.
OUTER, INNER = 60, 300
#: Estimated ends lie at most so many ranges beyond the values; there a beta law is a gamma law.
FARTHEST = 20.0
#: Where both shapes are above it, errors of all four parameters have their usual rate.
REGULAR = 2.0


def fixed_ends(x: Floats, lower: float, upper: float) -> tuple[float, float]:
    """Return the ends that are known, or infinite ones where they have to be estimated.

    Declared ones if both are, else 0 and 1 if all values lie between. A single bound, such as the
    0 of what is never negative, is one that values keep from, and need not be where they end.
    """
    if np.isfinite([lower, upper]).all():
        return lower, upper
    if x.min() > 0.0 and x.max() < 1.0 and lower <= 0.0 and upper >= 1.0:
        return 0.0, 1.0
    return -np.inf, np.inf


def beta_estimate(x: Floats, lower: float, upper: float) -> Params:
    """Return both shapes, start and length."""
    start, end = fixed_ends(x, lower, upper)
    if not np.isfinite(start):
        start, end = _likeliest(x, lower, upper)
    return *_shapes((x - start) / (end - start)), start, end - start


def _likeliest(x: Floats, lower: float, upper: float) -> tuple[float, float]:
    """Return estimated ends, or a bound for one of them where BIC has it so."""
    bounded = np.isfinite([lower, upper]).any()
    fits = [_ends(x, -np.inf, np.inf), *([_ends(x, lower, upper)] if bounded else [])]
    possible = [f for f in fits if f[1] >= lower and f[2] <= upper]
    return max(possible, key=lambda f: f[0])[1:]


def beta_errors(x: Floats, params: Params, lower: float, upper: float) -> Params:
    """Return standard errors: none for given ends, and infinite ones where theory has none."""
    start, end = params[2], params[2] + params[3]
    if np.isfinite(fixed_ends(x, lower, upper)).all():
        return *_shape_errors(params[0], params[1], x.size), 0.0, 0.0
    if min(params[:2]) <= REGULAR or start == lower or end == upper:
        return (float("inf"),) * 4
    return standard_errors(lambda p: _loglik(x, p), params)


def _shape_errors(a: float, b: float, n: int) -> tuple[float, float]:
    """Return standard errors of both shapes, whose information is the same in all samples.

    The curvatures of one shape and of the sum, which differ little if the other is far smaller,
    are told apart by a derivative.
    """
    beyond = polygamma(1, a + b)
    less = [
        -s * polygamma(2, t) if s < 1e-6 * t else polygamma(1, t) - beyond
        for s, t in ((b, a), (a, b))
    ]
    information = less[0] * less[1] - beyond**2
    errors = (np.sqrt(v / information / n) if information > 0 else np.inf for v in less[::-1])
    first, second = map(float, errors)
    return first, second


def _loglik(x: Floats, p: Params) -> float:
    return float(scipy.stats.beta.logpdf(x, *p).sum())


def _shapes(x: Floats) -> Params:
    """Return both shapes of values in (0, 1)."""
    m = float(x.mean())
    v = max(float(x.var()), 1e-12 * min(m, 1.0 - m) ** 2)  # equal values have none
    total = max(m * (1.0 - m) / v - 1.0, 0.1)
    logs = float(np.log(x).mean()), float(np.log1p(-x).mean())

    def mean(p: Params) -> float:
        return float((p[0] - 1.0) * logs[0] + (p[1] - 1.0) * logs[1] - betaln(p[0], p[1]))

    return climb(mean, (m * total, (1.0 - m) * total), (True, True))


def _ends(x: Floats, lower: float, upper: float) -> tuple[float, float, float]:
    """Return BIC (larger is better), start and end; an end is a finite bound or estimated."""
    places, weights = _spacings(np.sort(x))
    low, span = places[0], places[-1] - places[0]
    free = [not np.isfinite(lower), not np.isfinite(upper)]

    def interval(beyond: Params) -> tuple[float, float]:
        left = list(beyond)
        start = low - span * min(left.pop(0), FARTHEST) if free[0] else lower
        end = places[-1] + span * min(left.pop(0), FARTHEST) if free[1] else upper
        return float(start), float(end)

    def score(p: Params) -> float:
        start, end = interval(p[2:])
        mass = np.diff(betainc(p[0], p[1], (places - start) / (end - start)), prepend=0, append=1)
        return float(weights @ np.log(np.maximum(mass, 1e-300)) / weights.sum())

    first = (2.0 / np.sqrt(x.size),) * sum(free)
    start, end = interval(first)
    begin = (*_shapes((x - start) / (end - start)), *first)
    found = climb(score, begin, (True,) * len(begin))
    bic = x.size * score(found) - 0.5 * len(begin) * np.log(x.size)
    return float(bic), *interval(found[2:])


def _spacings(x: Floats) -> tuple[Floats, Floats]:
    """Return some distinct order statistics, the outermost among them, and the spacings between."""
    n = x.size
    inner = np.linspace(0, n - 1, INNER).round().astype(np.int64)
    outer = np.arange(min(OUTER, n))
    chosen = np.unique(np.concatenate([outer, inner, n - 1 - outer]))
    places = np.unique(x[chosen])
    last = np.searchsorted(x, places, side="right")
    return places, np.diff(last, prepend=0, append=n + 1).astype(np.float64)
