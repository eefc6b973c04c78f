"""Textbook kernel density estimate of a mixed table: a product of one kernel a variable."""

from dataclasses import dataclass

import numpy as np

from copulasynth import _knobs
from copulasynth._arrays import Floats, Ints, frozen
from copulasynth.model import Model
from copulasynth.rows.blocks import RowBlock
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng, fit_sampler
from copulasynth.synthesizers.training_rows import (
    Layout,
    RowSampler,
    TrainingRows,
    check_rows,
    even_rows,
    observed_moments,
    on_grid,
)

__all__ = ["Kde", "KdeSampler", "normal_reference"]


@dataclass(frozen=True, slots=True)
class Kde:
    """Draw from a product-kernel density: a training row with every variable shaken on its own.

    Continuous variables get a normal kernel, ordinal ones and small counts Wang and van Ryzin's,
    levels Aitchison and Aitken's [1]_. The bandwidth is statsmodels' ``normal_reference`` rule,
    1.06 sd n^(-1 / (4 + d)), times `scale`. In many dimensions it is so wide that the kernels
    drown the dependence, and variances grow by the factor 1 + h^2 / sd^2: that is textbook KDE,
    kept here because people ask for it; :class:`~copulasynth.synthesizers.KernelCopula` mends both.
    Whether a value is missing is taken from the training row.

    Parameters
    ----------
    scale : float
        Factor on the bandwidths; 0 is the bootstrap.

    References
    ----------
    .. [1] Li & Racine (2003). Nonparametric estimation of distributions with categorical and
       continuous data. Journal of Multivariate Analysis 86, 266-292.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> df = pd.DataFrame({"mb": np.random.default_rng(0).lognormal(size=300)})
    >>> Kde().fit(df).sample(1000, rng=1).shape
    (1000, 1)
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        _knobs.real(self, "scale", self.scale, low=0.0)

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Keep the rows and choose bandwidths; see :class:`Kde`."""
        return fit_sampler(df, self, self._learn, schema=schema, rng=rng)

    def _learn(self, x: Floats, layout: Layout, rng: np.random.Generator) -> "KdeSampler":
        return KdeSampler(TrainingRows.of(x), layout, frozen(self.scale * normal_reference(x)))


def normal_reference(x: Floats) -> Floats:
    """Return 1.06 sd_j n^(-1 / (4 + d)) for each variable, sd with denominator n.

    The ``normal_reference`` rule of ``statsmodels.nonparametric.KDEMultivariate``.

    >>> normal_reference(np.array([[0.0], [2.0]])).round(4).tolist()
    [0.9228]
    """
    n, d = x.shape
    bandwidths: Floats = 1.06 * observed_moments(x)[1] * float(n) ** (-1.0 / (4.0 + d))
    return bandwidths


@dataclass(frozen=True, slots=True, eq=False)
class KdeSampler(RowSampler):
    """Training rows and one bandwidth a variable.

    Attributes
    ----------
    bandwidths : (d,) float64
        Standard deviation of a normal kernel, or the probability of leaving a level.
    """

    bandwidths: Floats

    def __post_init__(self) -> None:
        check_rows(self.rows, self.layout)
        if self.bandwidths.shape != (self.layout.dim,):
            raise ValueError(f"expected {self.layout.dim} bandwidths")
        if not (np.isfinite(self.bandwidths).all() and (self.bandwidths >= 0.0).all()):
            raise ValueError("bandwidths must be finite and not negative")

    def draw_with_origin(
        self, n: int, rng: np.random.Generator, block: RowBlock | None = None
    ) -> tuple[Floats, dict[str, Ints]]:
        """Draw n rows and the training row that each was shaken from."""
        bases, *own = rng.spawn(1 + self.dim)
        base = even_rows(n, self.rows.n, bases, block)
        out = np.empty((self.dim, n))
        for j, child in enumerate(own):
            np.take(self.rows.values[:, j], base, out=out[j], mode="clip")
            if self.bandwidths[j] > 0.0 and not self.rows.missing[:, j].all():
                self._shake(j, out[j], child)
            out[j][self.rows.missing[:, j].take(base)] = np.nan
        return out, {"base": base}

    def _shake(self, j: int, x: Floats, rng: np.random.Generator) -> None:
        h, step = float(self.bandwidths[j]), float(self.layout.steps[j])
        kind = self.layout.kinds[j]
        if kind == "state":
            return
        if kind == "nominal":
            # Levels that no training row has stay unused.
            seen = np.unique(self.rows.values[~self.rows.missing[:, j], j])
            place = np.searchsorted(seen, x).astype(np.float64) % len(seen)
            _other_level(place, h, len(seen), rng)
            x[:] = seen[place.astype(np.int64)]
        elif kind == "discrete" and h < (step or 1.0):
            _other_step(x, h / (step or 1.0), step or 1.0, rng)
        else:
            # Two streams, so that the head of a longer draw is the shorter one.
            shake, rounding = rng.spawn(2)
            x += h * shake.standard_normal(x.size)
            if step > 0.0:
                on_grid(x, step, rounding)
        lower, upper = self.layout.lower[j], self.layout.upper[j]
        if kind == "discrete":
            # Geometric steps go far beyond the few values there are.
            seen = self.rows.values[~self.rows.missing[:, j], j]
            lower, upper = max(lower, seen.min()), min(upper, seen.max())
        if kind != "nominal":
            np.clip(x, lower, upper, out=x)


def _other_level(x: Floats, h: float, levels: int, rng: np.random.Generator) -> None:
    """Move to one of the other levels, all alike, with probability h (Aitchison & Aitken 1976)."""
    u, v = rng.random((x.size, 2)).T
    if levels > 1:
        # Above (c - 1) / c a row would rather be anything but its own level.
        leave = u < min(h, (levels - 1) / levels)
        x[leave] = (x[leave] + 1.0 + np.floor(v[leave] * (levels - 1))) % levels


def _other_step(x: Floats, h: float, step: float, rng: np.random.Generator) -> None:
    """Move m steps with probability (1 - h) h^|m| / 2, none with 1 - h (Wang & van Ryzin 1981)."""
    u, v, w = rng.random((x.size, 3)).T
    leave = u < h
    far = 1.0 + np.floor(np.log1p(-v[leave]) / np.log(h))
    x[leave] += step * np.where(w[leave] < 0.5, -far, far)
