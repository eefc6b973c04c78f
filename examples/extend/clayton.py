"""The exchangeable Clayton copula: one number for all variables, which go together when small."""

import warnings
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from copulasynth.copulas.api import UNIFORM, Cells, Scale, Summary
from copulasynth.errors import FitWarning

__all__ = ["Clayton", "ClaytonCopula"]

Floats = NDArray[np.float64]

#: Beyond this a power of a small u overflows; Kendall's tau is then .88.
LARGEST = 15.0
SMALLEST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class ClaytonCopula:
    r"""The copula :math:`(\sum_j u_j^{-\theta} - d + 1)^{-1/\theta}` of d variables.

    References
    ----------
    Hofert, Mächler and McNeil (2012), Likelihood inference for Archimedean copulas in high
    dimensions under known margins: density and conditional laws.

    Examples
    --------
    >>> u = ClaytonCopula(2, 4.0).draw(1000, np.random.default_rng(1))
    >>> bool(np.corrcoef(u)[0, 1] > 0.7)
    True
    """

    dim: int
    theta: float

    def __post_init__(self) -> None:
        if self.dim < 0 or not SMALLEST <= self.theta <= LARGEST:
            raise ValueError(
                f"Clayton: expected dim >= 0 and theta in [{SMALLEST}, {LARGEST}], "
                f"got {self.dim} and {self.theta}"
            )

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density of each row, (n, d) -> (n,)."""
        k, log = np.arange(self.dim), np.log(u)
        total = np.expm1(-self.theta * log).sum(axis=1)
        constant = np.log1p(self.theta * k).sum()
        density: Floats = (
            constant
            - (1.0 + self.theta) * log.sum(axis=1)
            - (self.dim + 1.0 / self.theta) * np.log1p(total)
        )
        return density

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows of the copula to independent uniforms, (n, d) -> (n, d)."""
        w = np.empty_like(u)
        total = np.zeros(len(u))
        for j in range(self.dim):
            step = np.expm1(-self.theta * np.log(u[:, j]))
            w[:, j] = np.exp(-(1.0 / self.theta + j) * np.log1p(step / (1.0 + total)))
            total += step
        return w

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows of the copula, (n, d) -> (n, d)."""
        u = np.empty_like(w)
        total = np.zeros(len(w))
        for j in range(self.dim):
            step = np.expm1(-np.log(w[:, j]) / (1.0 / self.theta + j)) * (1.0 + total)
            u[:, j] = np.exp(-np.log1p(step) / self.theta)
            total += step
        return u

    def scale(self, _j: int, /) -> Scale:
        """Return the uniform scale."""
        return UNIFORM

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows, (d, n); prefix-stable, since row k takes the k-th d numbers."""
        return np.ascontiguousarray(self.inverse_rosenblatt(1.0 - rng.random((n, self.dim))).T)

    def summary(self) -> Summary:
        """Return what describes the copula: its parameter and Kendall's tau of every pair."""
        return Summary("clayton", {"theta": self.theta, "tau": self.theta / (self.theta + 2.0)})


@dataclass(frozen=True, slots=True)
class Clayton:
    """Choices for a Clayton copula: there are none, theta follows from the mean Kendall's tau."""

    def fit(self, cells: Cells, /, *, rng: object = None) -> ClaytonCopula:
        """Fit the copula to the cells of a table.

        Warns
        -----
        FitWarning
            If the variables do not go together on average, which no Clayton copula can show.
        """
        # a missing value has the whole interval as its cell and says nothing
        mid = np.where(cells.upper - cells.lower < 1.0, cells.mid, np.nan)
        pairs = [_tau(mid[:, i], mid[:, j]) for i, j in combinations(range(cells.dim), 2)]
        tau = float(np.mean(pairs)) if pairs else 0.0
        if pairs and tau <= 0.0:
            warnings.warn(
                f"Clayton: the mean Kendall's tau of the variables is {tau:.2f}, expected a "
                "positive one; variables are drawn independently. Choose another copula.",
                FitWarning,
                stacklevel=2,
            )
        theta = float(np.clip(2.0 * tau / max(1.0 - tau, 1e-9), SMALLEST, LARGEST))
        return ClaytonCopula(cells.dim, theta)


def _tau(x: Floats, y: Floats) -> float:
    """Return Kendall's tau of the rows in which both are known; 0 if one does not vary."""
    both = ~(np.isnan(x) | np.isnan(y))
    tau = float(kendalltau(x[both], y[both]).statistic) if both.any() else 0.0
    return tau if np.isfinite(tau) else 0.0
