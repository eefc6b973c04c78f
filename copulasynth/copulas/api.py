"""What every fitted copula offers, what it is fitted to, and the scale on which it draws."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats

__all__ = ["NORMAL", "UNIFORM", "Cells", "Conditional", "Copula", "CopulaKnobs", "Scale"]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Probability intervals [F(x-), F(x)] of a table's observed values, from ranks alone.

    Attributes
    ----------
    lower, upper : (n, d) float64
        The interval of each value in [0, 1]. A missing value has the whole interval (0, 1):
        it says nothing, and a latent score is imputed for it. A value without ties has an
        interval of width 1 / n.
    nominal : (d,) bool
        Variables whose order carries no meaning of its own (levels of a nominal column).
    """

    lower: Floats
    upper: Floats
    nominal: Bools

    @property
    def n(self) -> int:
        return int(self.lower.shape[0])

    @property
    def dim(self) -> int:
        return int(self.lower.shape[1])

    @property
    def mid(self) -> Floats:
        """Midpoints of the cells, (n, d); .5 where a value is missing."""
        return 0.5 * (self.lower + self.upper)


@dataclass(frozen=True, slots=True)
class Scale:
    """A strictly increasing map of (0, 1) onto (lo, hi), on which a copula likes to draw.

    A Gaussian copula draws normal scores; going through u only to take a quantile again would
    cost two transcendental functions a number.
    """

    lo: float
    hi: float
    to_unit: Callable[[Floats], Floats]
    from_unit: Callable[[Floats], Floats]


def _identity(u: Floats) -> Floats:
    return u


UNIFORM = Scale(0.0, 1.0, _identity, _identity)
NORMAL = Scale(-8.5, 8.5, ndtr, ndtri)


@runtime_checkable
class Copula(Protocol):
    """A fitted copula on (0, 1)^dim: immutable; pseudo-observations u, uniforms w are (n, dim)."""

    @property
    def dim(self) -> int: ...

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density at each row, shape (n,)."""

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows of the copula to independent uniforms, (n, dim) -> (n, dim)."""

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows of the copula, (n, dim) -> (n, dim)."""

    def scale(self, j: int, /) -> Scale:
        """Return the scale on which `draw` returns variable j."""

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows, returned as (dim, n) with variable j on `scale(j)`.

        Prefix-stable: the first m rows of `draw(n, rng)` are `draw(m, rng)` of the same seed.
        """


@runtime_checkable
class Conditional(Protocol):
    """A copula that draws rows whose variables stay inside a box, exactly."""

    def draw_given(
        self, n: int, /, rng: np.random.Generator, lower: Floats, upper: Floats
    ) -> Floats:
        """Draw n rows within cells of u, (dim,) each; returned as by `draw`."""


class CopulaKnobs(Protocol):
    """A frozen set of choices; `fit` returns a new fitted copula and never changes the knobs."""

    def fit(self, cells: Cells, /, *, rng: np.random.Generator) -> Copula: ...
