"""Mixtures of marginals, and two normal or lognormal components by the EM algorithm."""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from copulasynth._arrays import TINY, Floats, open_unit, put
from copulasynth.marginals._api import Marginal
from copulasynth.marginals._curve import Curve, Tabulated, curve
from copulasynth.marginals._likelihood import Params, standard_errors
from copulasynth.marginals.parametric import Parametric

__all__ = ["MIXTURES", "NormalMixture", "fit_mixture"]

GRID_U = ndtr(np.linspace(-8.2, 8.2, 821))
#: Families of the components by the name of the mixture.
MIXTURES = {"normal_mixture": "normal", "lognormal_mixture": "lognormal"}


@dataclass(frozen=True, slots=True, eq=False)
class NormalMixture(Tabulated):
    """A finite mixture of continuous parametric marginals, of normal or lognormal ones as fitted.

    F is tabulated at the quantiles of every component (821 each) and joined by straight lines,
    so that its inverse is exact.

    Attributes
    ----------
    weights : tuple of float
        Positive, with sum 1.
    components : tuple of Marginal
        Members of parametric families.
    """

    weights: tuple[float, ...]
    components: tuple[Marginal, ...]
    _parts: tuple[Parametric, ...] = field(init=False, repr=False)
    _curve: Curve = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.weights) == len(self.components) <= 20:
            raise ValueError("weights, components: expected as many of one as of the other")
        if min(self.weights) <= 0 or not abs(sum(self.weights) - 1.0) < 1e-6:
            raise ValueError("weights: expected positive numbers with sum 1")
        parts = tuple(c for c in self.components if isinstance(c, Parametric))
        if len(parts) < len(self.components):
            raise TypeError("components: expected members of parametric families")
        put(self, _parts=parts)
        x = np.concatenate([c.quantile(open_unit(GRID_U)) for c in parts])
        x = np.unique(x[np.isfinite(x)])
        put(self, _curve=curve(self._cdf(x), x))

    def _cdf(self, x: Floats) -> Floats:
        total = np.zeros_like(x)
        for w, c in zip(self.weights, self._parts, strict=True):
            total += w * c.cdf(x)
        return total

    def logpdf(self, x: Floats) -> Floats:
        """Return the log density, (n,)."""
        parts = [np.log(w) + c.logpdf(x) for w, c in zip(self.weights, self._parts, strict=True)]
        return np.asarray(np.logaddexp.reduce(np.array(parts), axis=0), dtype=np.float64)


def fit_mixture(x: Floats, family: str, *, errors: bool = True) -> NormalMixture:
    """Fit two normal or lognormal components.

    Parameters
    ----------
    x : (n,) float64
    family : {"normal_mixture", "lognormal_mixture"}
    errors : bool
        Whether to compute standard errors, from the observed information.

    Raises
    ------
    ValueError
        If a lognormal mixture meets values that are not positive.

    References
    ----------
    G. J. McLachlan and D. Peel (2000), Finite mixture models, section 3.2.
    """
    base = MIXTURES[family]
    if base == "lognormal" and x.min() <= 0:
        raise ValueError(f"{family!r} lives on (0, inf) but there are values of 0 or less")
    w, m, s = _expectation_maximisation(np.log(x) if base == "lognormal" else x)
    theta: Params = (float(w[0]), float(m[0]), float(s[0]), float(m[1]), float(s[1]))
    se: Params = (float("inf"),) * 5
    if errors:
        se = standard_errors(lambda t: float(_make(base, t, se).logpdf(x).sum()), theta)
    return _make(base, theta, se)


def _make(base: str, t: tuple[float, ...], se: tuple[float, ...]) -> NormalMixture:
    parts = Parametric(base, (t[1], t[2]), se[1:3]), Parametric(base, (t[3], t[4]), se[3:5])
    return NormalMixture((t[0], 1.0 - t[0]), parts)


def _expectation_maximisation(y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return weights, means and standard deviations of two normal components, means ascending."""
    split = y > np.median(y)
    r = np.where(split, 0.9, 0.1)
    r = np.array([1.0 - r, r])
    floor = 1e-3 * max(float(y.std()), TINY)
    before = -np.inf
    for _ in range(500):
        total = r.sum(axis=1)
        w = total / y.size
        m = r @ y / total
        s = np.maximum(np.sqrt(np.maximum(r @ (y * y) / total - m**2, 0.0)), floor)
        logs = np.log(w / s)[:, None] - 0.5 * ((y - m[:, None]) / s[:, None]) ** 2
        both = np.logaddexp(logs[0], logs[1])
        r = np.exp(logs - both)
        value = float(both.mean())
        if value - before < 1e-9:
            break
        before = value
    order = np.argsort(m)
    w = np.clip(w, 1e-6, 1 - 1e-6)
    return w[order] / w.sum(), m[order], s[order]
