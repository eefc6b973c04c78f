"""A marginal whose values lie on a grid: integers, cents, minutes."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.marginals._api import Marginal

__all__ = ["Rounded", "to_grid"]

# A value this close above the edge between two grid points belongs to the lower one: the way
# from an edge to its probability and back costs a few of the last digits.
EDGE = 1e-6


def to_grid(x: Floats, step: float) -> Floats:
    """Return the multiples of `step` nearest to x, as a decimal number would be read.

    >>> import numpy as np
    >>> to_grid(np.array([0.3000001]), 0.1).tolist()
    [0.3]
    """
    k = np.ceil(x / step - 0.5 - EDGE)
    per_unit = round(1.0 / step)
    # 3 / 10 is the double that '0.3' is read as; 3 * 0.1 is its neighbour.
    exact = per_unit > 0 and abs(step * per_unit - 1.0) < 1e-9
    return (k / per_unit if exact else k * step) + 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """A marginal observed after rounding to multiples of `step`.

    The cell of a value x is (F(x - step/2), F(x + step/2)) of the base.

    Attributes
    ----------
    base : Marginal
        The distribution before rounding. Its atoms lie on the grid.
    step : float
        Distance of neighbouring values; 1 for integers, .01 for two decimals.
    """

    base: Marginal
    step: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.step) and self.step > 0):
            raise ValueError(f"step: expected a positive number, got {self.step}")

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x) of the rounded variable, each (n,)."""
        h = 0.5 * self.step
        return self.base.cell(x - h)[1], self.base.cell(x + h)[1]

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,), on the grid."""
        return to_grid(self.base.quantile(u), self.step)
