"""What every fitted marginal offers."""

from typing import Protocol, runtime_checkable

from copulasynth._arrays import Floats


@runtime_checkable
class Marginal(Protocol):
    """A fitted univariate distribution F: immutable, float64 in and out, shape (n,)."""

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), the probability interval; equal where F is continuous."""

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse inf{x : F(x) >= u} for u in (0, 1)."""
