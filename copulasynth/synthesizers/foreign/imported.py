"""Read a fitted Gaussian model of the package `copulas` from its dictionary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import scipy
from scipy.special import ndtr

from copulasynth._arrays import Floats, floats, frozen
from copulasynth.copulas import GaussianCopula, nearest_correlation
from copulasynth.errors import DataError
from copulasynth.marginals import Marginal, fit_marginal
from copulasynth.model import JointLaw, Model, Provenance
from copulasynth.model.provenance import versions
from copulasynth.schema import Schema

__all__ = ["ScipyMarginal", "import_copulas_gaussian"]

#: Class of `copulas.univariate` -> law of scipy.stats and its shape parameters.
LAWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "GaussianUnivariate": ("norm", ()),
    "GammaUnivariate": ("gamma", ("a",)),
    "BetaUnivariate": ("beta", ("a", "b")),
    "StudentTUnivariate": ("t", ("df",)),
    "UniformUnivariate": ("uniform", ()),
    "TruncatedGaussian": ("truncnorm", ("a", "b")),
    "LogLaplace": ("loglaplace", ("c",)),
}
#: Quantiles that a kernel density is turned into.
GRID = 2000


@dataclass(frozen=True, slots=True, eq=False)
class ScipyMarginal:
    """A law of scipy.stats with location and scale.

    Attributes
    ----------
    law : str
        Name in :mod:`scipy.stats`, one of those in `LAWS`.
    shapes : tuple of float
    location, scale : float

    Examples
    --------
    >>> ScipyMarginal("norm", (), 10.0, 2.0).quantile(np.array([0.5])).tolist()
    [10.0]
    """

    law: str
    shapes: tuple[float, ...]
    location: float
    scale: float
    _frozen: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = {law: len(shapes) for law, shapes in LAWS.values()}
        if known.get(self.law) != len(self.shapes):
            raise ValueError(f"law {self.law!r} with {len(self.shapes)} shapes is not known")
        if not (np.isfinite([self.location, self.scale, *self.shapes]).all() and self.scale > 0):
            raise ValueError("parameters must be finite and the scale positive")
        law = getattr(scipy.stats, self.law)(*self.shapes, loc=self.location, scale=self.scale)
        if not np.isfinite(law.ppf(0.5)):
            raise ValueError(f"{self.shapes} are no shapes of {self.law!r}")
        object.__setattr__(self, "_frozen", law)

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), which are equal."""
        f = np.asarray(self._frozen.cdf(x), dtype=np.float64)
        return f, f

    def quantile(self, u: Floats, /) -> Floats:
        """Return F^-1(u) for u in (0, 1)."""
        return np.asarray(self._frozen.ppf(u), dtype=np.float64)


def import_copulas_gaussian(fitted: Mapping[str, Any]) -> Model:
    """Turn ``GaussianMultivariate(...).to_dict()`` of the package `copulas` into a joint model.

    The package itself is not needed. A kernel density keeps its whole training column in that
    dictionary; it becomes a spline through quantiles, which keeps none of it.

    Parameters
    ----------
    fitted : mapping
        With ``correlation``, ``univariates`` and ``columns``.

    Returns
    -------
    Model
        Of continuous columns; a univariate of scale 0 becomes a constant column.

    Raises
    ------
    DataError
        If the dictionary is of another model, or lists an unknown univariate.

    Examples
    --------
    >>> normal = {"type": "copulas.univariate.gaussian.GaussianUnivariate", "loc": 5, "scale": 2}
    >>> model = import_copulas_gaussian({
    ...     "type": "copulas.multivariate.gaussian.GaussianMultivariate",
    ...     "columns": ["a", "b"], "univariates": [normal, normal],
    ...     "correlation": [[1.0, 0.5], [0.5, 1.0]],
    ... })
    >>> model.sample(4, rng=0).shape
    (4, 2)
    """
    kind = str(fitted.get("type", "")).rpartition(".")[2]
    needs = {"correlation", "univariates", "columns"}
    if kind != "GaussianMultivariate" or not needs <= set(fitted):
        raise DataError(
            f"expected the dictionary of a fitted copulas GaussianMultivariate, got type {kind!r} "
            f"with {sorted(fitted)}"
        )
    columns = list(fitted["columns"])
    r = floats(fitted["correlation"], 2)
    if not len(columns) == len(fitted["univariates"]) == len(r) == r.shape[1]:
        raise DataError("columns, univariates and correlation differ in their number")
    laws = [_marginal(c, u) for c, u in zip(columns, fitted["univariates"], strict=True)]
    grid = (np.arange(19) + 0.5) / 19
    values = [np.full(19, m) if isinstance(m, float) else m.quantile(grid) for m in laws]
    schema = Schema.infer(pd.DataFrame(dict(zip(columns, values, strict=True))))
    live = [j for j, m in enumerate(laws) if not isinstance(m, float)]
    if [v.column for v in schema.variables] != live:
        raise DataError("a univariate has no spread but a positive scale; its fit failed")
    # Their estimate adds a small number to the diagonal.
    scale = np.sqrt(np.diag(r)[live])
    near, distance = nearest_correlation(r[np.ix_(live, live)] / np.outer(scale, scale))
    marginals = tuple(m for m in laws if not isinstance(m, float))
    copula = GaussianCopula(frozen(near), distance=distance)
    choices = {"imported": "copulas GaussianMultivariate"}
    provenance = Provenance(rows=0, versions=versions(), choices=choices)
    return Model(schema, JointLaw.of(schema, marginals, copula), provenance)


def _marginal(column: object, univariate: Mapping[str, Any]) -> Marginal | float:
    """Return the marginal of one univariate, or the value of a constant."""
    name = str(univariate.get("type", "")).rpartition(".")[2]
    if name == "GaussianKDE":
        return _kernel(floats(univariate["dataset"], 1))
    if name not in LAWS:
        raise DataError(
            f"column {column!r}: unknown univariate {name!r}; known are "
            f"{sorted([*LAWS, 'GaussianKDE'])}"
        )
    law, shapes = LAWS[name]
    location, scale = float(univariate["loc"]), float(univariate["scale"])
    if scale == 0.0:
        return location
    return ScipyMarginal(law, tuple(float(univariate[s]) for s in shapes), location, scale)


def _kernel(x: Floats) -> Marginal | float:
    """Return a spline through the quantiles of the normal kernel density of `x` (Scott's rule)."""
    if np.ptp(x) == 0.0:
        return float(x[0])
    h = float(x.std(ddof=1)) * x.size ** (-0.2)
    at = np.linspace(x.min() - 5.0 * h, x.max() + 5.0 * h, 4 * GRID)
    cdf = np.array([ndtr((t - x) / h).mean() for t in at])
    q = np.interp((np.arange(GRID) + 0.5) / GRID, cdf, at)
    return fit_marginal(q, "auto", kind="continuous", rng=np.random.default_rng(0)).marginal
