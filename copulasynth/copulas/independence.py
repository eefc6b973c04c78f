"""The independence copula: every variable on its own, one end of every comparison."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from copulasynth._arrays import Floats, Seed
from copulasynth._chunks import CHUNK, chunks
from copulasynth.copulas.api import UNIFORM, Cells, Scale, Summary
from copulasynth.copulas.elliptical.given import check_box

__all__ = ["Independence", "IndependenceCopula"]


@dataclass(frozen=True, slots=True, eq=False)
class IndependenceCopula:
    """Independence copula: the uniform law on (0, 1)^dim.

    Parameters
    ----------
    dim : int
        Number of variables.
    """

    dim: int

    def __post_init__(self) -> None:
        if isinstance(self.dim, bool) or not isinstance(self.dim, int) or self.dim < 0:
            raise ValueError(f"dim is an integer of at least 0, got {self.dim!r}")

    def logpdf(self, u: Floats, /) -> Floats:
        """Return zeros, shape (n,)."""
        return np.zeros(len(u))

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Return u itself, (n, d)."""
        return u

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Return w itself, (n, d)."""
        return w

    def scale(self, _j: int, /) -> Scale:
        """Return the uniform scale."""
        return UNIFORM

    def draw(self, n: int, /, rng: Generator) -> Floats:
        """Draw n rows of uniforms, (d, n); prefix-stable."""
        return self.draw_given(n, rng, np.zeros(self.dim), np.ones(self.dim))

    def draw_given(self, n: int, /, rng: Generator, lower: Floats, upper: Floats) -> Floats:
        """Draw n rows with lower <= u <= upper, (d, n); equal bounds fix a variable."""
        lower, upper = check_box(lower, upper, self.dim)
        out = np.empty((self.dim, n))
        u = np.empty((self.dim, CHUNK))
        for first, last, stream in chunks(n, rng):
            stream.random(out=u)
            out[:, first:last] = u[:, : last - first]
        if (lower > 0).any() or (upper < 1).any():
            out *= (upper - lower)[:, None]
            out += lower[:, None]
        return out

    def draw_rows(self, lower: Floats, upper: Floats, /, rng: Generator) -> Floats:
        """Draw one row u (d, n) inside each box."""
        return lower + (upper - lower) * rng.random(lower.shape)

    def summary(self) -> Summary:
        """Return the kind: there is nothing else to tell."""
        return Summary("independence")


@dataclass(frozen=True, slots=True)
class Independence:
    """The choice to model no dependence at all."""

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> IndependenceCopula:
        """Return the independence copula of as many variables as the cells have."""
        return IndependenceCopula(cells.dim)
