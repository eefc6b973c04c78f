"""Smoothing of a law that draws training values: a smooth quantile function within each rank."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from copulasynth._arrays import Floats, frozen
from copulasynth.marginals import Marginal
from copulasynth.synthesizers.sequence.cart_law import CartLaw
from copulasynth.synthesizers.sequence.fit import Conditioned
from copulasynth.synthesizers.sequence.sampler import Law

__all__ = ["SmoothLaw", "smoothed"]

#: Fewer distinct values than these have no smooth distribution to speak of.
FEWEST = 20


@dataclass(frozen=True, slots=True, eq=False)
class SmoothLaw:
    """A tree that draws the number of a distinct value, and a marginal that draws near it.

    The i-th distinct value has the probability interval (low_i, high_i] of the empirical
    distribution; a uniform point of it goes through the marginal's quantile function. Atoms stay
    what they are, and the other values are new.
    """

    inner: Law
    edges: Floats
    marginal: Marginal
    holds_training_values: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.edges.ndim != 1 or len(self.edges) < 2 or (np.diff(self.edges) <= 0).any():
            raise ValueError("edges must increase")
        if not isinstance(self.inner, CartLaw):
            raise TypeError("only the donors of a tree can be smoothed")
        donors = self.inner.donors
        if donors.min() < 0 or donors.max() > len(self.edges) - 2:
            raise ValueError("a donor has no interval")

    @property
    def dim(self) -> int:
        return self.inner.dim

    @property
    def scratch(self) -> int:
        return self.inner.scratch

    def draw(self, seen: Floats, /, rng: np.random.Generator) -> Floats:
        """Draw a donor of each row's leaf, then a point near it."""
        i = self.inner.draw(seen, rng).astype(np.int64)
        low, high = self.edges.take(i), self.edges.take(i + 1)
        return self.marginal.quantile(low + (high - low) * rng.random(len(i)))


def smoothed(law: CartLaw, problem: Conditioned, rng: np.random.Generator) -> CartLaw | SmoothLaw:
    """Smooth a law of a continuous variable; return others as they are."""
    values, count = np.unique(problem.y, return_counts=True)
    if problem.kind != "continuous" or len(values) < FEWEST:
        return law
    marginal = problem.marginal(rng)
    inner = replace(law, donors=frozen(np.searchsorted(values, law.donors).astype(np.float64)))
    edges = np.r_[0.0, np.cumsum(count)] / len(problem.y)
    return SmoothLaw(inner, frozen(edges), marginal)
