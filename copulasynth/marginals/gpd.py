"""A generalised Pareto tail above a threshold, for those who study extremes."""

from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import TINY, Endless, Floats, put
from copulasynth.marginals._api import Marginal
from copulasynth.marginals._likelihood import climb, standard_errors

__all__ = ["GpdTail", "fit_gpd_tail"]

#: The shape is held in [0, .9]: a mean exists, and the tail has no end point near the maximum.
XI_MAX = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class GpdTail:
    """A body up to a threshold and a generalised Pareto law above it.

    1 - F(x) = (1 - F(t)) (1 + xi (x - t) / sigma)^(-1/xi) for x > t.

    Attributes
    ----------
    body : Marginal
        The law below the threshold.
    threshold, xi, sigma : float
        Threshold t, shape in [0, .9] and scale of the tail.
    se : (float, float)
        Standard errors of xi and sigma.
    cap : float
        Largest value; mass beyond stands on it.

    References
    ----------
    S. Coles (2001), An introduction to statistical modeling of extreme values, section 4.
    """

    body: Marginal
    threshold: float
    xi: float
    sigma: float
    se: tuple[Endless, Endless] = (np.inf, np.inf)
    cap: Endless = np.inf
    _below: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not (np.isfinite([self.threshold, self.sigma]).all() and self.sigma > 0):
            raise ValueError("threshold, sigma: expected finite numbers, sigma > 0")
        if not (0.0 <= self.xi <= XI_MAX and self.cap > self.threshold):
            raise ValueError(f"xi, cap: expected 0 <= xi <= {XI_MAX} and a cap above the threshold")
        below = float(self.body.cell(np.array([self.threshold]))[1][0])
        if not 0.0 <= below < 1.0:
            raise ValueError("threshold: the body has no mass above it")
        put(self, _below=below)

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,)."""
        lower, upper = self.body.cell(x)
        excess = np.maximum(x - self.threshold, 0.0) / self.sigma
        if self.xi < 1e-9:
            survival = np.exp(-excess)
        else:
            survival = np.exp(-np.log1p(self.xi * excess) / self.xi)
        f = 1.0 - (1.0 - self._below) * survival
        tail = x > self.threshold
        low = np.where(tail, np.where(x > self.cap, 1.0, f), lower)
        return low, np.where(tail, np.where(x >= self.cap, 1.0, f), upper)

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,)."""
        log_s = np.log(np.maximum(1.0 - u, TINY)) - np.log1p(-self._below)
        log_s = np.minimum(log_s, 0.0)
        excess = -log_s if self.xi < 1e-9 else np.expm1(-self.xi * log_s) / self.xi
        x = np.minimum(self.threshold + self.sigma * excess, self.cap)
        return np.where(u <= self._below, self.body.quantile(np.minimum(u, self._below)), x)


def fit_gpd_tail(x: Floats, body: Marginal, *, share: float = 0.05, cap: float = np.inf) -> GpdTail:
    """Fit a generalised Pareto tail to the largest rows by maximum likelihood.

    Parameters
    ----------
    x : (n,) float64
    body : Marginal
        A marginal already fitted to x.
    share : float
        Share of the rows in the tail; at least 30 rows are.
    cap : float
        Largest value, if there is one.

    Raises
    ------
    ValueError
        If there are fewer than 40 rows, or the tail is a single atom.
    """
    if x.size < 40:
        raise ValueError(f"a tail needs at least 40 rows, got {x.size}")
    k = max(30, round(share * x.size))
    largest = np.sort(x)[-(k + 10) :]
    # A mean of ten neighbours: the threshold is stored, and no stored number is a row.
    threshold = float(largest[:20].mean())
    excess = largest[largest > threshold] - threshold
    if excess.size < 10 or np.ptp(excess) == 0.0:
        raise ValueError("the largest rows are one value; there is no tail to fit")

    def mean(p: tuple[float, ...]) -> float:
        xi = XI_MAX * p[0] / (1.0 + p[0])
        t = np.log1p(xi * excess / p[1])
        slope = excess / p[1] if xi < 1e-8 else t / xi
        return float(-np.log(p[1]) - (t + slope).mean())

    odds, sigma = climb(mean, (0.25, float(excess.mean())), (True, True))
    xi = XI_MAX * odds / (1.0 + odds)

    def loglik(p: tuple[float, ...]) -> float:
        t = np.log1p(p[0] * excess / p[1])
        return float(-excess.size * np.log(p[1]) - (1.0 + 1.0 / p[0]) * t.sum())

    se = standard_errors(loglik, (xi, sigma)) if xi > 0.01 else (np.inf, np.inf)
    return GpdTail(body, threshold, xi if xi > 1e-6 else 0.0, sigma, (se[0], se[1]), cap)
