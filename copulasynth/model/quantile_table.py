"""Quantiles by table lookup, straight from the scale on which a copula draws.

A row of a Gaussian copula is a vector of normal scores. Its values are F_j^-1(Phi(z_j)); both
functions are costly, their composition is a monotone curve. The curve is tabulated on a regular
grid of the score and interpolated; cells of the grid where it is not straight (a jump at an atom,
a kink at a knot) are marked, and the few scores that fall there take the exact way.

A cell holds at most 9e-4 of the rows, so that a value moves by less than 2e-5 in probability.
"""

from typing import Protocol

import numpy as np

from copulasynth._arrays import LARGEST, Floats, open_unit
from copulasynth._tabulated import FunctionTable, tabulated
from copulasynth.copulas import Scale
from copulasynth.marginals import Marginal, Rounded

__all__ = ["Quantiles", "plain_quantiles", "tabulate"]


class Quantiles(Protocol):
    """A map from scores to values."""

    def __call__(self, s: Floats, out: Floats) -> Floats:
        """Write the values of the scores `s` to `out`; both (n,), and they may be the same."""


def tabulate(marginal: Marginal, scale: Scale) -> FunctionTable:
    """Tabulate the composition of a marginal's quantile function and a copula's scale.

    Values on a grid (integers, amounts in cents) are tabulated before rounding, which is left to
    the schema: a staircase of a thousand steps is a straight line that gets rounded.
    """
    smooth = marginal.base if isinstance(marginal, Rounded) else marginal

    def finite(s: Floats) -> Floats:
        q = smooth.quantile(open_unit(scale.to_unit(s)))
        if not (np.isfinite(q).all() and np.abs(q).max(initial=0.0) <= LARGEST):
            raise ValueError(f"{type(smooth).__name__}: a quantile is not finite")
        return q

    return tabulated(finite, scale.lo, scale.hi)


def plain_quantiles(marginal: Marginal, scale: Scale) -> Quantiles:
    """Return the same map without a table, which takes longer to make than few rows to draw."""
    smooth = marginal.base if isinstance(marginal, Rounded) else marginal

    def values(s: Floats, out: Floats) -> Floats:
        out[:] = smooth.quantile(open_unit(scale.to_unit(s)))
        return out

    return values
