"""The parametric families by name: their parameters, laws and estimates."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy

from copulasynth._arrays import Floats
from copulasynth.marginals._beta import beta_errors, beta_estimate
from copulasynth.marginals._likelihood import (
    Params,
    climb,
    gamma_estimate,
    log_logistic_estimate,
    lognormal_estimate,
    normal_estimate,
    weibull_estimate,
)

__all__ = ["FAMILIES", "Family"]


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A continuous family: the names of its parameters, its law in SciPy, its estimate.

    Attributes
    ----------
    name : str
    parameters : tuple of str
    positive : tuple of bool
        Parameters that are positive.
    support : (float, float)
    known_as : str
        What SciPy calls the law.
    args : callable
        From the parameters to the arguments of the law: shapes, location, scale.
    estimate : callable
        From observed values to maximum-likelihood parameters; start values by moments.
    quick : bool
        Whether the estimate is closed or a few Newton steps, so that "auto" tries the family.
    within, errors : callable, optional
        Of a family on an interval: as `estimate`, and its standard errors, given natural bounds.
    rest : tuple of float
        What parameters at the end are where a file of an older version does not have them.
    own : scipy.stats.rv_continuous, optional
        A law that SciPy does not have, in place of one that it knows.
    """

    name: str
    parameters: tuple[str, ...]
    positive: tuple[bool, ...]
    support: tuple[float, float]
    known_as: str
    args: Callable[..., tuple[float, ...]]
    estimate: Callable[[Floats], Params]
    quick: bool = True
    within: Callable[[Floats, float, float], Params] | None = None
    errors: Callable[[Floats, Params, float, float], Params] | None = None
    rest: tuple[float, ...] = ()
    own: Any = None

    @property
    def law(self) -> Any:
        """The law in `scipy.stats`, which loads when it is first asked for, or the own one."""
        return getattr(scipy.stats, self.known_as) if self.own is None else self.own

    def logpdf(self, x: Floats, params: Params) -> Floats:
        """Return the log density, (n,)."""
        args = self.args(*params)
        standard = self._standard(x, args)
        if standard is None:
            return np.asarray(self.law.logpdf(x, *args), dtype=np.float64)
        y, shapes, scale = standard
        return np.asarray(self.law._logpdf(y, *shapes) - np.log(scale), dtype=np.float64)

    def cdf(self, x: Floats, params: Params) -> Floats:
        """Return the distribution function, (n,)."""
        args = self.args(*params)
        standard = self._standard(x, args)
        found = (
            self.law.cdf(x, *args) if standard is None else self.law._cdf(standard[0], *standard[1])
        )
        return np.asarray(found, dtype=np.float64)

    def sf(self, x: Floats, params: Params) -> Floats:
        """Return 1 - F without cancellation, (n,)."""
        args = self.args(*params)
        standard = self._standard(x, args)
        found = (
            self.law.sf(x, *args) if standard is None else self.law._sf(standard[0], *standard[1])
        )
        return np.asarray(found, dtype=np.float64)

    def ppf(self, u: Floats, params: Params) -> Floats:
        """Return the quantile function, (n,)."""
        return np.asarray(self.law.ppf(u, *self.args(*params)), dtype=np.float64)

    def _standard(
        self, x: Floats, args: tuple[float, ...]
    ) -> tuple[Floats, tuple[float, ...], float] | None:
        """Return values of the standard law, its shapes and the scale; None for the law to check.

        Fits ask for few values very often, and checks of values that lie inside the support
        anyway take SciPy ten times as long as the values themselves.
        """
        of_scipy = isinstance(self.law, scipy.stats.rv_continuous)
        if not of_scipy:
            return None
        k = self.law.numargs
        loc, scale = (0.0, 1.0) if len(args) == k else args[k:]
        with np.errstate(all="ignore"):
            y = (x - loc) / scale
        inside = bool(((y > self.law.a) & (y < self.law.b)).all())
        return (y, args[:k], scale) if inside and 0 < scale < np.inf else None


def _exponential(x: Floats) -> Params:
    return (float(x.mean()),)


def _uniform(x: Floats) -> Params:
    # The unbiased ends: the maximum-likelihood ones are two rows of the data.
    lo, hi = float(x.min()), float(x.max())
    beyond = (hi - lo) / max(x.size - 1, 1)
    return lo - beyond, hi - lo + 2.0 * beyond


def _student(x: Floats) -> Params:
    spread = float(np.subtract(*np.quantile(x, [0.75, 0.25]))) / 1.35 or float(x.std())
    start = (4.0, float(np.median(x)), spread)

    def mean(p: Params) -> float:
        t = (x - p[1]) / p[2]
        constant = scipy.stats.t.logpdf(0.0, p[0]) - np.log(p[2])
        return float(constant - 0.5 * (p[0] + 1.0) * np.log1p(t * t / p[0]).mean())

    return climb(mean, start, (True, False, True))


def _burr(x: Floats) -> Params:
    c, scale = log_logistic_estimate(x)
    y = np.log(x)

    def mean(p: Params) -> float:
        t = p[0] * (y - np.log(p[2]))
        constant = np.log(p[0]) + np.log(p[1])
        return float(constant + (t - y - (p[1] + 1.0) * np.logaddexp(0.0, t)).mean())

    return climb(mean, (c, 1.0, scale), (True, True, True))


def _pareto(x: Floats) -> Params:
    scale = float(np.median(x))

    def mean(p: Params) -> float:
        return float(np.log(p[0] / p[1]) - (p[0] + 1.0) * np.log1p(x / p[1]).mean())

    return climb(mean, (1.5, scale), (True, True))


def _johnson(x: Floats) -> Params:
    spread = float(np.subtract(*np.quantile(x, [0.75, 0.25]))) / 1.35 or float(x.std())
    start = (0.0, 1.5, float(np.median(x)), 1.5 * spread)

    def mean(p: Params) -> float:
        t = (x - p[2]) / p[3]
        z = p[0] + p[1] * np.arcsinh(t)
        return float(np.log(p[1] / p[3]) - (0.5 * np.log1p(t * t) + 0.5 * z * z).mean() - 0.919)

    return climb(mean, start, (False, True, False, True))


_REAL, _POSITIVE = (-np.inf, np.inf), (0.0, np.inf)
_ALL = [
    Family("normal", ("mean", "sd"), (False, True), _REAL, "norm",
           lambda m, s: (m, s), normal_estimate),
    Family("lognormal", ("meanlog", "sdlog"), (False, True), _POSITIVE, "lognorm",
           lambda m, s: (s, 0.0, np.exp(m)), lognormal_estimate),
    Family("exponential", ("scale",), (True,), _POSITIVE, "expon",
           lambda s: (0.0, s), _exponential),
    Family("gamma", ("shape", "scale"), (True, True), _POSITIVE, "gamma",
           lambda k, s: (k, 0.0, s), gamma_estimate),
    Family("weibull", ("shape", "scale"), (True, True), _POSITIVE, "weibull_min",
           lambda k, s: (k, 0.0, s), weibull_estimate),
    Family("loglogistic", ("shape", "scale"), (True, True), _POSITIVE, "fisk",
           lambda k, s: (k, 0.0, s), log_logistic_estimate),
    Family("uniform", ("start", "length"), (False, True), _REAL, "uniform",
           lambda a, s: (a, s), _uniform),
    Family("student", ("df", "location", "scale"), (True, False, True), _REAL, "t",
           lambda v, m, s: (v, m, s), _student, quick=False),
    Family("beta", ("a", "b", "start", "length"), (True, True, False, True), _REAL, "beta",
           lambda a, b, m, s: (a, b, m, s), partial(beta_estimate, lower=-np.inf, upper=np.inf),
           quick=False, within=beta_estimate, errors=beta_errors, rest=(0.0, 1.0)),
    Family("burr", ("c", "d", "scale"), (True, True, True), _POSITIVE, "burr12",
           lambda c, d, s: (c, d, 0.0, s), _burr, quick=False),
    Family("pareto", ("shape", "scale"), (True, True), _POSITIVE, "lomax",
           lambda a, s: (a, 0.0, s), _pareto, quick=False),
    Family("johnson_su", ("gamma", "delta", "location", "scale"), (False, True, False, True),
           _REAL, "johnsonsu", lambda g, d, m, s: (g, d, m, s), _johnson, quick=False),
]  # fmt: skip

#: The continuous families by name. "pareto" is the Pareto law of type II (Lomax), which starts
#: at 0; "beta" lives on the natural bounds of the variable, where both are finite, else on (0, 1)
#: if all values do, else on an interval that is estimated.
FAMILIES: dict[str, Family] = {f.name: f for f in _ALL}
