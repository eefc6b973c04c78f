"""The Gaussian copula, fitted to latent scores."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Floats, Seed, floats, frozen, generator, open_unit, put
from copulasynth._chunks import CHUNK, chunks
from copulasynth.copulas.api import NORMAL, Cells, Scale, Summary
from copulasynth.copulas.elliptical.correlation import (
    check_correlation,
    check_shrinkage,
    shrunk,
    whiten,
)
from copulasynth.copulas.elliptical.given import draw_box_given, score_bounds
from copulasynth.copulas.elliptical.latent import check_sweeps, latent_scores
from copulasynth.copulas.elliptical.sequential import exact_rows, weighted_rows

__all__ = ["Gaussian", "GaussianCopula", "fit_gaussian"]


@dataclass(frozen=True, slots=True, eq=False)
class GaussianCopula:
    """Gaussian copula: the normal scores of u are multivariate normal with a correlation matrix.

    Parameters
    ----------
    correlation : (d, d) float64
        Correlation of the normal scores; positive definite.
    shrinkage : float
        Weight of the identity in `correlation`, in [0, 1].
    distance : float
        Frobenius distance by which the estimate was moved to become positive definite.

    References
    ----------
    Joe (2014), Dependence Modeling with Copulas, section 4.3.

    Examples
    --------
    >>> copula = GaussianCopula(np.array([[1.0, 0.5], [0.5, 1.0]]))
    >>> round(float(copula.logpdf(np.array([[0.1, 0.2]]))[0]), 6)
    0.471112
    """

    correlation: Floats
    shrinkage: float = 0.0
    distance: float = 0.0
    _factor: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        r = floats(self.correlation, 2)
        factor = check_correlation(r)
        if not 0.0 <= self.shrinkage <= 1.0:
            raise ValueError(f"shrinkage lies in [0, 1], got {self.shrinkage}")
        if not 0.0 <= self.distance < math.inf:
            raise ValueError(f"distance is finite and not negative, got {self.distance}")
        put(self, correlation=frozen(r), _factor=frozen(factor))

    @property
    def dim(self) -> int:
        return len(self.correlation)

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density at (n, d) pseudo-observations, shape (n,)."""
        z = ndtri(open_unit(u))
        e = whiten(z, self._factor)
        half_logdet = float(np.sum(np.log(np.diag(self._factor))))
        return floats(-half_logdet - 0.5 * (np.sum(e * e, axis=1) - np.sum(z * z, axis=1)))

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows of the copula to independent uniforms, (n, d) -> (n, d)."""
        return ndtr(whiten(ndtri(open_unit(u)), self._factor))

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows of the copula, (n, d) -> (n, d)."""
        return ndtr(ndtri(open_unit(w)) @ self._factor.T)

    def scale(self, _j: int, /) -> Scale:
        """Return the normal scale."""
        return NORMAL

    def draw(self, n: int, /, rng: Generator) -> Floats:
        """Draw n rows of normal scores, (d, n); prefix-stable."""
        d = self.dim
        out = np.empty((d, n))
        e = np.empty((d, CHUNK))
        for first, last, stream in chunks(n, rng):
            stream.standard_normal(out=e)
            if last - first == CHUNK:
                np.matmul(self._factor, e, out=out[:, first:last])
            else:
                out[:, first:last] = (self._factor @ e)[:, : last - first]
        return out

    def draw_given(self, n: int, /, rng: Generator, lower: Floats, upper: Floats) -> Floats:
        """Draw n rows of normal scores with lower <= u <= upper, (d, n); prefix-stable."""
        a, b = score_bounds(lower, upper, self.dim, ndtri)
        return draw_box_given(self.correlation, None, a, b, n, rng)

    def draw_rows(self, lower: Floats, upper: Floats, /, rng: Generator) -> Floats:
        """Draw one row u (d, n) inside each box; exact given points and one cell."""
        return exact_rows(self.correlation, None, lower, upper, rng)

    def candidates(
        self, lower: Floats, upper: Floats, m: int, /, rng: Generator
    ) -> tuple[Floats, Floats]:
        """Draw m weighted rows inside each box."""
        return weighted_rows(self.correlation, None, lower, upper, m, rng)

    def summary(self) -> Summary:
        """Return shrinkage, distance to the estimate, and the matrix."""
        numbers = {"shrinkage": float(self.shrinkage), "distance": float(self.distance)}
        return Summary("gaussian", numbers, self.correlation)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Choices for a Gaussian copula.

    Parameters
    ----------
    shrinkage : "auto" or float in [0, 1]
        Weight of the identity; "auto" takes :func:`shrinkage_intensity`.
    sweeps, burn : int
        Gibbs sweeps of :func:`latent_scores`.
    """

    shrinkage: float | str = "auto"
    sweeps: int = 40
    burn: int = 15

    def __post_init__(self) -> None:
        check_shrinkage(self, self.shrinkage)
        check_sweeps(self, self.sweeps, self.burn)

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> GaussianCopula:
        """Fit the copula to the cells of a table."""
        rng = generator(rng)
        r, _ = latent_scores(cells, rng, sweeps=self.sweeps, burn=self.burn)
        return fit_gaussian(r, cells.n, shrinkage=self.shrinkage)


def fit_gaussian(r: Floats, n: int, *, shrinkage: float | str = "auto") -> GaussianCopula:
    """Return the Gaussian copula of a latent correlation matrix estimated from n rows."""
    return GaussianCopula(*shrunk(r, n, shrinkage))
