"""A continuous parametric family, truncated at natural bounds where it reaches beyond them."""

from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Endless, Floats, put
from copulasynth.marginals._beta import fixed_ends
from copulasynth.marginals._likelihood import (
    Params,
    climb,
    closed_errors,
    standard_errors,
    truncated_normal_estimate,
)
from copulasynth.marginals.catalogue import FAMILIES, Family

__all__ = ["Parametric", "fit_parametric"]

#: A family is fitted as a truncated one if this share of its plain fit lies outside the bounds.
OUTSIDE = 1e-6


#: A truncated family keeps more mass than this; with less, its quantiles have no digits left.
LEAST_MASS = 1e-6
BELOW_ONE = 1.0 - 2.0**-53


@dataclass(frozen=True, slots=True, eq=False)
class Parametric:
    """A member of one of the families of the catalogue.

    Attributes
    ----------
    family : str
        A name in :data:`~copulasynth.marginals.catalogue.FAMILIES`.
    params, se : tuple of float
        Parameters, in the order of the catalogue, and their standard errors (inf if unknown).
    lower, upper : float
        The law is conditioned on this interval.

    Examples
    --------
    >>> import numpy as np
    >>> Parametric("normal", (0.0, 1.0), (0.0, 0.0)).quantile(np.array([0.5])).tolist()
    [0.0]
    """

    family: str
    params: tuple[float, ...]
    se: tuple[Endless, ...] = field(repr=False)
    lower: Endless = -np.inf
    upper: Endless = np.inf
    _below: float = field(init=False, repr=False)
    _inside: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        law = FAMILIES.get(self.family)
        if law is None:
            raise ValueError(f"family: expected one of {sorted(FAMILIES)}, got {self.family!r}")
        if len(self.params) == len(self.se) == len(law.parameters) - len(law.rest):
            put(self, params=(*self.params, *law.rest), se=(*self.se, *(0.0 for _ in law.rest)))
        if not len(self.params) == len(self.se) == len(law.parameters):
            raise ValueError(f"params, se: expected {len(law.parameters)} numbers each")
        good = all(
            np.isfinite(p) and (p > 0 or not positive)
            for p, positive in zip(self.params, law.positive, strict=True)
        )
        if not good:
            raise ValueError(f"params: {self.params} are no parameters of {self.family!r}")
        below, inside = _mass(law, self.params, self.lower, self.upper)
        if not (self.lower < self.upper and inside > LEAST_MASS):
            raise ValueError("lower, upper: the family has next to no mass between them")
        put(self, _below=below, _inside=inside)

    def cdf(self, x: Floats) -> Floats:
        """Return F(x), (n,)."""
        f = (FAMILIES[self.family].cdf(x, self.params) - self._below) / self._inside
        return np.clip(np.where(x >= self.upper, 1.0, f), 0.0, 1.0)

    def logpdf(self, x: Floats) -> Floats:
        """Return the log density, (n,)."""
        outside = (x < self.lower) | (x > self.upper)
        value = FAMILIES[self.family].logpdf(x, self.params) - np.log(self._inside)
        return np.where(outside, -np.inf, value)

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x) twice, (n,): the law is continuous."""
        f = self.cdf(x)
        return f, f

    def quantile(self, u: Floats, /) -> Floats:
        """Return the quantiles, (n,)."""
        p = np.minimum(self._below + u * self._inside, BELOW_ONE)
        x = FAMILIES[self.family].ppf(p, self.params)
        return np.clip(x, self.lower, self.upper)


def fit_parametric(
    x: Floats, family: str, *, lower: float = -np.inf, upper: float = np.inf, errors: bool = True
) -> Parametric:
    """Fit a family by maximum likelihood.

    Parameters
    ----------
    x : (n,) float64
        Observed values inside the support of the family.
    family : str
        A name in the catalogue.
    lower, upper : float
        Natural bounds. If the family reaches beyond them, its truncated form is fitted; a family
        on an interval ends there.
    errors : bool
        Whether to compute standard errors (from the observed information).

    Raises
    ------
    ValueError
        If a value lies outside the support, or the likelihood has no finite maximum.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(1).gamma(2.0, 3.0, 20_000)
    >>> m = fit_parametric(x, "gamma")
    >>> bool(abs(m.params[0] - 2.0) < 4 * m.se[0])
    True
    """
    law = FAMILIES[family]
    lo, hi = law.support if law.within is None else fixed_ends(x, lower, upper)
    if not (x.min() > lo and x.max() < hi):
        # The reason is kept in the model file, so it names ends of the support and no value.
        outside = f"{lo:g} or less" if x.min() <= lo else f"{hi:g} or more"
        raise ValueError(f"{family!r} lives on ({lo:g}, {hi:g}) but there are values of {outside}")
    if x.min() == x.max():
        raise ValueError(f"{family!r} needs at least two different values")
    try:
        params = law.estimate(x) if law.within is None else law.within(x, lower, upper)
    except ArithmeticError as e:
        raise ValueError(f"{family!r} has no estimate within the range of numbers") from e
    if law.errors is not None:
        unknown = (float("inf"),) * len(params)
        return Parametric(
            family, params, law.errors(x, params, lower, upper) if errors else unknown
        )
    bounds = (-np.inf, np.inf)
    if family == "uniform":
        start = max(params[0], lower)
        params = (start, min(params[0] + params[1], upper) - start)
    elif _mass(law, params, lower, upper)[1] < 1.0 - OUTSIDE:
        bounds = (lower, upper)
        if family == "normal":
            params = truncated_normal_estimate(x, lower, upper)
        else:
            params = climb(lambda p: _loglik(law, x, p, *bounds) / x.size, params, law.positive)
    se: Params = (float("inf"),) * len(params)
    if family == "uniform":
        se = (params[1] / x.size,) * 2
    elif errors:
        closed = closed_errors(family, params, x.size) if bounds == (-np.inf, np.inf) else None
        se = closed or standard_errors(lambda p: _loglik(law, x, p, *bounds), params)
    return Parametric(family, params, se, *bounds)


def _mass(law: Family, params: Params, lower: float, upper: float) -> tuple[float, float]:
    """Return the mass below `lower` and the mass between the bounds."""
    below = float(law.cdf(np.array([lower]), params)[0]) if lower > -np.inf else 0.0
    above = float(law.sf(np.array([upper]), params)[0]) if upper < np.inf else 0.0
    return below, 1.0 - below - above


def _loglik(law: Family, x: Floats, params: Params, lower: float, upper: float) -> float:
    inside = _mass(law, params, lower, upper)[1]
    if inside <= 1e-12:
        return -np.inf
    return float(law.logpdf(x, params).sum() - x.size * np.log(inside))
