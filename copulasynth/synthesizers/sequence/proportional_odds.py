"""Proportional-odds regression by damped Newton steps."""

import numpy as np
from scipy import special

from copulasynth._arrays import Floats, Ints

__all__ = ["fit_proportional_odds"]

STEPS = 100


def fit_proportional_odds(x: Floats, code: Ints, *, penalty: float) -> tuple[Floats, Floats]:
    """Return slopes b and thresholds t of P(code <= j) = expit(t_j - x b).

    Maximises the log-likelihood less ``penalty / 2 * |b|^2``. It is concave in (b, t) (Pratt 1981,
    J. Amer. Statist. Assoc. 76), so Newton steps that are halved until they climb find the maximum.

    Of the responses 0 .. J-1 in `code` (n,) each occurs; `x` is (n, p).
    """
    p, levels = x.shape[1], int(code.max()) + 1
    share = np.cumsum(np.bincount(code, minlength=levels))[:-1] / len(code)
    theta = np.r_[np.zeros(p), special.logit(share)]
    value = _objective(theta, x, code, penalty)
    for _ in range(STEPS):
        score, information = _derivatives(theta, x, code, penalty)
        step = np.linalg.solve(information, score)
        if score @ step < 1e-9 * len(code):
            break
        scale = 1.0
        while scale > 1e-6:
            new = theta + scale * step
            climbed = _objective(new, x, code, penalty)
            if climbed >= value:
                theta, value = new, climbed
                break
            scale *= 0.5
        else:
            break
    return theta[:p], theta[p:]


def _bounds(theta: Floats, x: Floats, code: Ints) -> tuple[Floats, Floats]:
    p = x.shape[1]
    cuts = np.concatenate(([-np.inf], theta[p:], [np.inf]))
    eta = x @ theta[:p]
    return cuts[code] - eta, cuts[code + 1] - eta


def _objective(theta: Floats, x: Floats, code: Ints, penalty: float) -> float:
    p = x.shape[1]
    if (np.diff(theta[p:]) <= 0).any():
        return -np.inf
    low, high = _bounds(theta, x, code)
    prob = special.expit(high) - special.expit(low)
    with np.errstate(divide="ignore"):
        return float(np.log(prob).sum() - 0.5 * penalty * theta[:p] @ theta[:p])


def _derivatives(theta: Floats, x: Floats, code: Ints, penalty: float) -> tuple[Floats, Floats]:
    """Return the score and the observed information."""
    p, cuts = x.shape[1], len(theta) - x.shape[1]
    low, high = _bounds(theta, x, code)
    upper, lower = special.expit(high), special.expit(low)
    prob = np.maximum(upper - lower, 1e-300)
    density = upper * (1 - upper), lower * (1 - lower)
    slope = density[0] * (1 - 2 * upper), density[1] * (1 - 2 * lower)
    # of the prior on slopes
    weight = np.repeat([penalty, 0.0], [p, cuts])
    score, information = -weight * theta, np.diag(weight)
    # Directions in which the two ends of a row's interval move: -x, and one threshold each.
    ends = np.zeros((2, len(x), len(theta)))
    ends[:, :, :p] = -x
    for e, cut in enumerate((code, code - 1)):
        inside = np.flatnonzero((cut >= 0) & (cut < cuts))
        ends[e, inside, p + cut[inside]] = 1.0
    gradient = ends[0] * (density[0] / prob)[:, None] - ends[1] * (density[1] / prob)[:, None]
    score += gradient.sum(axis=0)
    information += gradient.T @ gradient
    information -= ends[0].T @ (ends[0] * (slope[0] / prob)[:, None])
    information += ends[1].T @ (ends[1] * (slope[1] / prob)[:, None])
    return score, information
