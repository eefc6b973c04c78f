"""Parametric laws of counts: Poisson, negative binomial, geometric, binomial, zero-inflated."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy
from scipy.special import gammaln

from copulasynth._arrays import TINY, Endless, Floats, frozen, put
from copulasynth._untrusted import affordable
from copulasynth.marginals._likelihood import Params, climb, standard_errors

__all__ = ["COUNTS", "Count", "fit_count"]

#: Largest table of cumulative probabilities; wider laws are inverted by bisection.
TABLE = 100_000
#: Counts at which a wide law is known before it is inverted.
RUNGS = 512
#: No law has counts beyond this, where floats are no whole numbers any more.
TOP = 1 << 53
#: Parameters by name. "size" is the dispersion of the negative binomial: variance
#: mean + mean^2 / size; "inflation" the probability of a zero that is not the count's own.
COUNTS: dict[str, tuple[str, ...]] = {
    "poisson": ("rate",),
    "geometric": ("p",),
    "binomial": ("trials", "p"),
    "negative_binomial": ("mean", "size"),
    "zero_inflated_poisson": ("inflation", "rate"),
    "zero_inflated_negative_binomial": ("inflation", "mean", "size"),
}
_UNIT = ("p", "inflation")


def _law(family: str, params: Params) -> tuple[float, Any, tuple[float, ...]]:
    """Return the inflation, the law in SciPy and its arguments."""
    inflation = 0.0
    if family.startswith("zero_inflated_"):
        inflation, *tail = params
        family, params = family.removeprefix("zero_inflated_"), tuple(tail)
    if family == "poisson":
        return inflation, scipy.stats.poisson, params
    if family == "geometric":
        return inflation, scipy.stats.nbinom, (1.0, params[0])
    if family == "binomial":
        return inflation, scipy.stats.binom, params
    mean, size = params
    return inflation, scipy.stats.nbinom, (size, size / (size + mean))


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """A law of counts 0, 1, 2, ...

    Attributes
    ----------
    family : str
        A name in :data:`COUNTS`.
    params, se : tuple of float
        Parameters in the order of :data:`COUNTS`, and their standard errors (inf if unknown).

    Examples
    --------
    >>> import numpy as np
    >>> Count("poisson", (2.0,), (0.1,)).quantile(np.array([0.5])).tolist()
    [2.0]
    """

    family: str
    params: tuple[float, ...]
    se: tuple[Endless, ...]
    _cumulative: Floats = field(init=False, repr=False)
    _top: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = COUNTS.get(self.family)
        if names is None:
            raise ValueError(f"family: expected one of {sorted(COUNTS)}, got {self.family!r}")
        if not len(self.params) == len(self.se) == len(names):
            raise ValueError(f"params, se: expected {len(names)} numbers each")
        for name, p in zip(names, self.params, strict=True):
            if not (np.isfinite(p) and p >= 0 and (name not in _UNIT or p <= 1)):
                raise ValueError(f"params: {p} is no {name}")
        top = float(self._inverse(np.array([1.0 - TINY]), TOP)[0])
        if top >= TOP:
            raise ValueError(f"params: {self.params} have counts beyond {TOP:,}")
        table = np.empty(0)
        if top < TABLE and affordable(top):
            table = self._cdf(np.arange(top + 1.0))
            table[-1] = 1.0
        put(self, _cumulative=frozen(table), _top=int(top))

    def _cdf(self, k: Floats) -> Floats:
        inflation, law, args = _law(self.family, self.params)
        f = np.asarray(law.cdf(k, *args), dtype=np.float64)
        return np.where(k >= 0, inflation + (1.0 - inflation) * f, 0.0)

    def logpdf(self, x: Floats) -> Floats:
        """Return the log probabilities, (n,)."""
        return _logpmf(self.family, x, self.params)

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,)."""
        return self._cdf(np.ceil(x) - 1.0), self._cdf(np.floor(x))

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,)."""
        if self._cumulative.size:
            last = self._cumulative.size - 1
            found = np.searchsorted(self._cumulative, u, side="left")
            return np.minimum(found, last).astype(np.float64)
        return self._inverse(u, self._top)

    def _inverse(self, u: Floats, top: int) -> Floats:
        """Return the least counts of which F is at least u, between -1 and `top`.

        SciPy's own search takes for ever where the negative binomial is wide.
        """
        ladder = self._ladder(top)
        f = np.r_[0.0, self._cdf(ladder[1:-1]), 1.0]
        above = np.clip(np.searchsorted(f, u), 1, len(f) - 1)
        low, high = ladder[above - 1], ladder[above]
        f_low, f_high = f[above - 1], f[above]
        for step in range(3 * top.bit_length() + 3):
            open_ = np.flatnonzero(high - low > 1)
            if open_.size == 0:
                break
            a, b, v = low[open_], high[open_], u[open_]
            middle = _between(a, b, f_low[open_], f_high[open_], v, step)
            f = self._cdf(middle)
            up, down = open_[f < v], open_[f >= v]
            low[up], f_low[up] = middle[f < v], f[f < v]
            high[down], f_high[down] = middle[f >= v], f[f >= v]
        return high

    def _ladder(self, top: int) -> Floats:
        """Return whole numbers from -1 to `top`, close together where most counts lie."""
        _, law, args = _law(self.family, self.params)
        centre, spread = np.nan_to_num([law.mean(*args), law.std(*args)], posinf=top)
        steps = np.floor(centre + spread * np.sinh(np.linspace(-7.0, 7.0, RUNGS)))
        return np.unique(np.r_[-1.0, np.clip(steps, 0.0, top - 1.0), float(top)])


def _between(a: Floats, b: Floats, fa: Floats, fb: Floats, u: Floats, step: int) -> Floats:
    """Return a whole number between a and b, which lie more than one apart.

    Halves and chords take turns, the chords one time a little low and one time a little high: so
    both ends close in, and no shape of the law needs more than three times the steps of bisection.
    """
    if step % 3 == 0:
        return np.floor(0.5 * (a + b))
    share = (u - fa) / np.maximum(fb - fa, TINY)
    aside = np.where(share < 0.5, share, 1.0 - share) * (1 if step % 3 == 1 else -1)
    share += aside * 0.05 / (1.0 + step) ** 2
    return np.clip(np.floor(a + (b - a) * share), a + 1.0, b - 1.0)


def _logpmf(family: str, x: Floats, params: Params) -> Floats:
    inflation, law, args = _law(family, params)
    logs: Floats = np.asarray(law.logpmf(x, *args), dtype=np.float64)
    if inflation == 0.0:
        return logs
    logs = logs + np.log1p(-inflation)
    return np.where(x == 0, np.logaddexp(logs, np.log(inflation)), logs)


def fit_count(x: Floats, family: str, *, errors: bool = True) -> Count:
    """Fit a law of counts by maximum likelihood.

    Parameters
    ----------
    x : (n,) float64
        Integers of at least 0.
    family : str
        A name in :data:`COUNTS`. The number of trials of the binomial is the moment estimate,
        rounded, and at least the largest count.
    errors : bool
        Whether to compute standard errors, from the observed information.

    Raises
    ------
    ValueError
        If a value is negative or no integer, or the likelihood has no finite maximum.

    Examples
    --------
    >>> import numpy as np
    >>> fit_count(np.array([0.0, 1.0, 2.0, 5.0]), "poisson").params
    (2.0,)
    """
    if (x < 0).any() or (x != np.floor(x)).any():
        raise ValueError(f"{family!r} lives on 0, 1, 2, ...; got negative or broken numbers")
    if x.max() == 0:
        raise ValueError(f"{family!r} needs a count above 0")
    k, counts = np.unique(x, return_counts=True)

    def loglik(p: Params) -> float:
        return float(counts @ _logpmf(family, k, p))

    params = _estimate(family, x, lambda p: loglik(p) / x.size)
    se = standard_errors(loglik, params) if errors else (float("inf"),) * len(params)
    if family == "binomial":
        trials = params[0]
        fixed = standard_errors(lambda p: loglik((trials, *p)), params[1:])
        se = (float("inf"), *fixed)
    return Count(family, params, se)


def _dispersion(x: Floats, mean: float) -> float:
    """Return the size of the negative binomial; its mean is the sample mean whatever the size."""
    k, counts = np.unique(x, return_counts=True)
    p = counts / x.size

    def loss(log_size: float) -> float:
        r = float(np.exp(log_size))
        terms = gammaln(k + r) - gammaln(r) + k * np.log(mean / (mean + r))
        return -float(p @ terms + r * np.log(r / (mean + r)))

    found = scipy.optimize.minimize_scalar(loss, bounds=(-7.0, 12.0), method="bounded")
    return float(np.exp(found.x))


def _estimate(family: str, x: Floats, mean_loglik: Any) -> Params:
    """Return closed forms where there are any, else climb from moments."""
    mean, var = float(x.mean()), float(x.var())
    if family == "poisson":
        return (mean,)
    if family == "geometric":
        return (1.0 / (1.0 + mean),)
    if family == "binomial":
        share = 1.0 - var / mean
        trials = max(float(x.max()), float(round(mean / share)) if share > 0.01 else 0.0)
        return trials, mean / trials
    size = min(max(mean**2 / max(var - mean, 1e-3 * mean), 0.05), 1e4)
    if family == "negative_binomial":
        return mean, _dispersion(x, mean)
    zeros = float((x == 0).mean())
    positive = float(x[x > 0].mean())
    start = min(max(zeros - np.exp(-positive), 0.05), 0.95)
    rest = (positive,) if family == "zero_inflated_poisson" else (positive, max(size, 1.0))
    odds = climb(
        lambda p: mean_loglik((p[0] / (1.0 + p[0]), *p[1:])),
        (start / (1.0 - start), *rest),
        (True,) * (1 + len(rest)),
    )
    return (odds[0] / (1.0 + odds[0]), *odds[1:])
