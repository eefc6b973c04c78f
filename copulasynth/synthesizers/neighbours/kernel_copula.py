"""Kernel copula: a smoothed bootstrap of normal scores, between bootstrap and Gaussian copula."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
from scipy.special import logsumexp

from copulasynth import _knobs
from copulasynth._arrays import Floats, Ints, frozen, generator
from copulasynth.copulas import Gaussian, GaussianCopula, latent_scores, nearest_correlation
from copulasynth.model import JointLaw, Model, fit_joint
from copulasynth.model.encoded import cells_among
from copulasynth.model.provenance import seed_of
from copulasynth.rows.blocks import RowBlock
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng
from copulasynth.synthesizers.training_rows import even_rows

__all__ = ["KernelCopula", "KernelCopulaSampler", "bandwidth"]

#: Bandwidths that "auto" tries, and the number of rows that it scores.
GRID = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0)
SCORED = 1500


@dataclass(frozen=True, slots=True)
class KernelCopula:
    """Shake the normal scores of training rows, then map them through the marginals.

    With z_i the latent normal scores of row i, R their correlation and e ~ N(0, R), a row is

        z = (z_i + h e) / sqrt(1 + h^2),

    whose marginal variances and correlations are those of the scores for every h. h = 0 is a
    bootstrap of scores; h to infinity the Gaussian copula.

    Parameters
    ----------
    h : float or "auto"
        ``"auto"`` takes the h of a grid that gives held-out rows the highest likelihood (each row
        is scored by the kernels of all others).
    marginals : str or mapping
        As in :func:`copulasynth.fit`.

    References
    ----------
    Silverman (1986). Density estimation, section 6.4.1: smoothed bootstrap with the variance kept.
    """

    h: float | Literal["auto"] = "auto"
    marginals: str | Mapping[Any, str] = "auto"

    def __post_init__(self) -> None:
        if self.h != "auto":
            _knobs.real(self, "h", self.h, low=0.0, why=" or 'auto'")

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Fit marginals and latent scores, and choose the bandwidth; as :func:`copulasynth.fit`."""
        seed = seed_of(rng)
        rng = generator(rng)
        joint = fit_joint(df, copula=Gaussian(), marginals=self.marginals, schema=schema, rng=rng)
        x = joint.law.extended(joint.schema.encode(df))
        cells = cells_among(joint.coordinates, x, joint.free)
        r, z = latent_scores(cells, rng)
        r = frozen(nearest_correlation(r)[0])
        h = bandwidth(z, r, rng) if self.h == "auto" else float(self.h)
        law = replace(joint.law, copula=GaussianCopula(r))
        sampler = KernelCopulaSampler(law, frozen(z), h)
        choices = {"method": repr(self), "h": f"{h:g}"}
        return Model(joint.schema, sampler, replace(joint.provenance, seed=seed, choices=choices))


def bandwidth(z: Floats, r: Floats, rng: np.random.Generator) -> float:
    """Return the bandwidth of `GRID` with the highest leave-one-out likelihood.

    Row z is scored by the mean over other rows j of N(z; c z_j, (1 - c^2) R), c^2 = 1 / (1 + h^2).
    """
    z = z[rng.permutation(len(z))[:SCORED]]
    white = np.linalg.solve(np.linalg.cholesky(r), z.T).T
    norm = np.einsum("ij,ij->i", white, white)
    cross = white @ white.T
    scores = []
    for h in GRID:
        c2 = 1.0 / (1.0 + h * h)
        log = norm[:, None] - 2.0 * np.sqrt(c2) * cross + c2 * norm
        log *= -0.5 / (1.0 - c2)
        np.fill_diagonal(log, -np.inf)
        scores.append(logsumexp(log, axis=1).mean() - 0.5 * z.shape[1] * np.log1p(-c2))
    return GRID[int(np.argmax(scores))]


@dataclass(frozen=True, slots=True, eq=False)
class KernelCopulaSampler:
    """A joint law with a Gaussian copula, the latent scores of the training rows, and h.

    Attributes
    ----------
    law : JointLaw
        Marginals, derived variables, and the correlation that shapes the kernel.
    scores : (n, d) float64
        One row a training row; with the marginals they give its values back.
    h : float
    """

    law: JointLaw
    scores: Floats
    h: float
    _factor: Floats = field(init=False, repr=False)
    holds_training_rows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        copula = self.law.copula
        if not isinstance(copula, GaussianCopula):
            raise ValueError("the kernel is shaped by a Gaussian copula")
        d = copula.dim
        if self.scores.ndim != 2 or self.scores.shape[1] != d or len(self.scores) == 0:
            raise ValueError(f"scores need shape (n, {d}), got {self.scores.shape}")
        if not np.isfinite(self.scores).all():
            raise ValueError("scores must be finite")
        if not 0.0 <= self.h < np.inf:
            raise ValueError(f"h must be finite and not negative, got {self.h}")
        object.__setattr__(self, "_factor", np.linalg.cholesky(copula.correlation))

    @property
    def dim(self) -> int:
        return self.law.dim

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return self.draw_with_origin(n, rng)[0]

    def draw_with_origin(
        self, n: int, rng: np.random.Generator, block: RowBlock | None = None
    ) -> tuple[Floats, dict[str, Ints]]:
        """Draw n rows and the training row whose scores each was shaken from."""
        bases, kernel = rng.spawn(2)
        base = even_rows(n, len(self.scores), bases, block)
        # Whole laps, so that the matrix product of a longer draw is the same bit by bit.
        lap, out = 8192, np.empty((self.scores.shape[1], n))
        for start, child in zip(range(0, n, lap), kernel.spawn(-(-n // lap)), strict=True):
            m = min(lap, n - start)
            z = self._factor @ child.standard_normal((len(out), lap))
            z *= self.h
            z = z[:, :m] + self.scores[base[start : start + m]].T
            z /= np.sqrt(1.0 + self.h * self.h)
            out[:, start : start + m] = z
        return self.law.values(out)[: self.dim], {"base": base}
