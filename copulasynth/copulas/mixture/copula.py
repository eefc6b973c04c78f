"""Gaussian-mixture copula: the dependence of a finite mixture of normals, margins taken out.

Tewari, Giering and Raghunathan (2011, ICDM Workshops, 286); discrete variables through latent
scores as in the extended rank likelihood (Hoff 2007, Ann. Appl. Statist. 1:265).
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import logsumexp, ndtr, ndtri

from copulasynth._arrays import (
    Bools,
    Floats,
    Seed,
    floats,
    freeze,
    frozen,
    generator,
    open_unit,
    put,
)
from copulasynth._knobs import whole
from copulasynth.copulas.api import Cells, Scale, Summary
from copulasynth.copulas.elliptical.sequential import sequential
from copulasynth.copulas.mixture.fit import fit_mixture

__all__ = ["Mixture", "MixtureCopula"]

CHUNK = 8192
GRID = 8193
REACH = 9.0
LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Mixture:
    """Choices for a Gaussian-mixture copula.

    Parameters
    ----------
    k : int
        Components; fewer where the table has not 5 d rows for each.
    sweeps : int
        Sweeps of stochastic EM; the last one is the fit.

    Examples
    --------
    >>> from copulasynth.copulas.cells import cells_of
    >>> x = np.random.default_rng(1).multivariate_normal([0, 0], [[1, .8], [.8, 1]], 500)
    >>> mixture = Mixture(k=2).fit(cells_of(x, np.array([False, False])), rng=2)
    >>> bool(mixture.logpdf(np.array([[.5, .5], [.1, .9]])).argmax() == 0)
    True
    """

    k: int = 8
    sweeps: int = 30

    def __post_init__(self) -> None:
        whole(self, "k", self.k, 1)
        whole(self, "sweeps", self.sweeps, 1)

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> "MixtureCopula":
        """Fit by stochastic EM on latent scores.

        Raises
        ------
        DataError
            If there are no variables or fewer than ten rows.
        """
        rng = generator(rng)
        return MixtureCopula(*fit_mixture(cells, self.k, self.sweeps, rng))


@dataclass(frozen=True, slots=True, eq=False)
class MixtureCopula:
    """The copula of sum_k weights_k N(means_k, covariances_k).

    Attributes
    ----------
    weights : (k,) float64
        Positive, summing to one.
    means : (k, d) float64
    covariances : (k, d, d) float64
    """

    weights: Floats
    means: Floats
    covariances: Floats
    _factors: Floats = field(init=False, repr=False)
    _grid: Floats = field(init=False, repr=False)
    _cdf: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        freeze(self, "weights", "means", "covariances")
        if self.weights.ndim != 1 or self.means.ndim != 2 or self.means.shape[1] < 1:
            raise ValueError("a mixture needs (k,) weights and (k, d) means")
        k, d = self.means.shape
        if self.weights.shape != (k,) or self.covariances.shape != (k, d, d):
            raise ValueError("weights, means and covariances differ in shape")
        if not (self.weights > 0).all() or abs(self.weights.sum() - 1) > 1e-9:
            raise ValueError("weights must be positive and sum to one")
        if not (np.isfinite(self.means).all() and np.isfinite(self.covariances).all()):
            raise ValueError("means and covariances must be finite")
        try:
            put(self, _factors=frozen(np.linalg.cholesky(self.covariances)))
        except np.linalg.LinAlgError as e:
            raise ValueError("covariances must be positive definite") from e
        sd = np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        low, high = (self.means - REACH * sd).min(axis=0), (self.means + REACH * sd).max(axis=0)
        grid = np.linspace(low, high, GRID, axis=1)
        cdf = np.einsum(
            "k,kjg->jg", self.weights, ndtr((grid - self.means[..., None]) / sd[..., None])
        )
        # the far upper tail is flat in float64; a trace of the identity keeps it rising
        put(self, _grid=frozen(grid))
        put(self, _cdf=frozen((1 - 1e-12) * cdf + 1e-12 * np.linspace(0, 1, GRID)))

    @property
    def dim(self) -> int:
        return int(self.means.shape[1])

    def scale(self, j: int, /) -> Scale:
        """Return the scale of the mixture's own variable j."""
        grid, cdf = self._grid[j], self._cdf[j]
        return Scale(
            float(grid[0]),
            float(grid[-1]),
            lambda x: floats(np.interp(x, grid, cdf)),
            lambda u: floats(np.interp(u, cdf, grid)),
        )

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n) on the scale of the mixture, prefix-stable."""
        chunks = -(-n // CHUNK)
        out = np.empty((self.dim, chunks * CHUNK))
        ends = np.cumsum(self.weights)[:-1]
        for c, child in enumerate(rng.spawn(chunks)):
            label = np.searchsorted(ends, child.random(CHUNK))
            e = child.standard_normal((self.dim, CHUNK))
            block = out[:, c * CHUNK : (c + 1) * CHUNK]
            for k in range(len(self.weights)):
                rows = np.flatnonzero(label == k)
                block[:, rows] = self.means[k][:, None] + self._factors[k] @ e[:, rows]
        return out[:, :n]

    def candidates(
        self, lower: Floats, upper: Floats, m: int, /, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw m weighted rows inside each box, as many from each component.

        Given points the weights of a component's rows are equal: its share given the points.
        """
        d, n = lower.shape
        k = len(self.weights)
        each = -(-m // k)
        a, b = self._bounds(lower, upper)
        own = self._points(a, a == b)
        u, weight = np.empty((d, n, k * each)), np.empty((n, k * each))
        for c, stream in enumerate(rng.spawn(k)):
            mean, sd = self.means[c][:, None], np.sqrt(np.diag(self.covariances[c]))[:, None]
            low, high = (np.repeat((x - mean) / sd, each, axis=1) for x in (a, b))
            z, w = sequential(self.covariances[c] / (sd * sd.T), None, low, high, stream)
            here = slice(c * each, (c + 1) * each)
            x = (mean + sd * z).reshape(d, n, each)
            u[:, :, here] = [self.scale(j).to_unit(row) for j, row in enumerate(x)]
            scale = ((a == b) * np.log(sd)).sum(axis=0) + own - np.log(k * self.weights[c])
            weight[:, here] = w.reshape(n, each) - scale[:, None]
        return u, weight

    def _bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Return bounds of u as bounds of the mixture's own variables, infinite at 0 and 1."""
        a, b = (
            np.stack([self.scale(j).from_unit(row) for j, row in enumerate(open_unit(u))])
            for u in (lower, upper)
        )
        cell = lower < upper
        a[cell & (lower <= 0.0)] = -np.inf
        b[cell & (upper >= 1.0)] = np.inf
        return a, b

    def _points(self, x: Floats, point: Bools) -> Floats:
        """Return the sum of the log marginal densities of the points of rows x, (d, n) -> (n,)."""
        total = np.zeros(x.shape[1])
        for j, at in enumerate(point):
            sd = np.sqrt(self.covariances[:, j, j])
            z = (x[j, at][:, None] - self.means[:, j]) / sd
            logs = np.log(self.weights / sd) - 0.5 * (z * z + LOG_2PI)
            total[at] += logsumexp(logs, axis=1)
        return total

    def logpdf(self, u: Floats, /) -> Floats:
        """Return log of the mixture density over the product of its marginal densities."""
        x = self._unfold(u)
        joint = self._component_logpdf(x)
        sd = np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        z = (x[:, None, :] - self.means) / sd
        apart = -0.5 * (z * z + LOG_2PI) - np.log(sd)
        log_weights = np.log(self.weights)
        alone = logsumexp(apart + log_weights[:, None], axis=1).sum(axis=1)
        return floats(logsumexp(joint + log_weights, axis=1) - alone)

    def summary(self) -> Summary:
        """Return the number of components."""
        return Summary("mixture", {"components": len(self.weights)})

    def _component_logpdf(self, x: Floats) -> Floats:
        """Return log N(x; means_k, covariances_k), (n, k)."""
        e = self._whiten(x)
        logdet = np.log(np.diagonal(self._factors, axis1=1, axis2=2)).sum(axis=1)
        return floats(-0.5 * ((e * e).sum(axis=2) + self.dim * LOG_2PI) - logdet)

    def _whiten(self, x: Floats) -> Floats:
        """Return each component's independent normal residuals of (n, d) x, (n, k, d)."""
        e = [
            np.linalg.solve(f, (x - m).T).T for f, m in zip(self._factors, self.means, strict=True)
        ]
        return np.stack(e, axis=1)

    def _unfold(self, u: Floats) -> Floats:
        u = open_unit(u)
        return np.column_stack([self.scale(j).from_unit(u[:, j]) for j in range(self.dim)])

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows to independent uniforms: mixtures of the components' conditional normals."""
        e = self._whiten(self._unfold(u))
        log_p = np.tile(np.log(self.weights), (len(e), 1))
        w = np.empty((len(e), self.dim))
        for j in range(self.dim):
            w[:, j] = (_normalised(log_p) * ndtr(e[:, :, j])).sum(axis=1)
            log_p = log_p - 0.5 * e[:, :, j] ** 2 - np.log(self._factors[:, j, j])
        return w

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows; conditional mixtures are inverted by bisection."""
        w = open_unit(w)
        e = np.zeros((len(w), len(self.weights), self.dim))
        log_p = np.tile(np.log(self.weights), (len(w), 1))
        u = np.empty_like(w)
        for j in range(self.dim):
            f = self._factors[:, j, j]
            mean = self.means[:, j] + np.einsum("nki,ki->nk", e[:, :, :j], self._factors[:, j, :j])
            x = _mixture_quantile(w[:, j], _normalised(log_p), mean, f)
            e[:, :, j] = (x[:, None] - mean) / f
            log_p = log_p - 0.5 * e[:, :, j] ** 2 - np.log(f)
            u[:, j] = self.scale(j).to_unit(x)
        return u


def _normalised(log_p: Floats) -> Floats:
    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    return floats(p / p.sum(axis=1, keepdims=True))


def _mixture_quantile(w: Floats, p: Floats, mean: Floats, sd: Floats) -> Floats:
    """Solve sum_k p_k Phi((x - mean_k) / sd_k) = w; x lies between the components' quantiles."""
    ends = mean + sd * ndtri(w)[:, None]
    low, high = ends.min(axis=1), ends.max(axis=1)
    for _ in range(60):
        x = 0.5 * (low + high)
        below = (p * ndtr((x[:, None] - mean) / sd)).sum(axis=1) < w
        low, high = np.where(below, x, low), np.where(below, high, x)
    return floats(0.5 * (low + high))
