"""Quantiles by table lookup, straight from the scale on which a copula draws.

A row of a Gaussian copula is a vector of normal scores. Its values are F_j^-1(Phi(z_j)); both
functions are costly, their composition is a monotone curve. The curve is tabulated on a regular
grid of the score and interpolated; cells of the grid where it is not straight (a jump at an atom,
a kink at a knot) are marked, and the few scores that fall there take the exact way.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from copulasynth._arrays import LARGEST, Floats, open_unit
from copulasynth.copulas import Scale
from copulasynth.marginals import Marginal, Rounded

__all__ = ["QuantileTable", "Quantiles", "plain_quantiles", "tabulate"]

GRID = 8192
CHUNK = 32_768

#: Largest departure from a straight line inside a grid cell, as a share of the cell's rise. A cell
#: holds at most 9e-4 of the rows, so a value moves by less than 2e-5 in probability.
STRAIGHT = 0.02


class Quantiles(Protocol):
    """A map from scores to values."""

    def __call__(self, s: Floats, out: Floats) -> Floats:
        """Write the values of the scores `s` to `out`; both (n,), and they may be the same."""


@dataclass(frozen=True, slots=True, eq=False)
class QuantileTable:
    """The tabulated map from a score to a value; build it with :func:`tabulate`."""

    marginal: Marginal
    scale: Scale
    level: Floats
    rise: Floats | None

    def __call__(self, s: Floats, out: Floats) -> Floats:
        """Write the values of the scores `s` to `out`; both (n,), and they may be the same."""
        for a in range(0, s.size, CHUNK):
            self._chunk(s[a : a + CHUNK], out[a : a + CHUNK])
        return out

    def _chunk(self, s: Floats, out: Floats) -> None:
        lo, hi = self.scale.lo, self.scale.hi
        t = s - lo
        t *= GRID / (hi - lo)
        # truncation and clipped look-ups keep a score beyond the grid in its first or last cell
        i = t.astype(np.intp)
        x = self.level.take(i, mode="clip")
        if self.rise is not None:
            t -= i
            t *= self.rise.take(i, mode="clip")
            x += t
        crooked = np.flatnonzero(np.isnan(x))
        if crooked.size:
            x[crooked] = self.marginal.quantile(open_unit(self.scale.to_unit(s[crooked])))
        out[:] = x


def tabulate(marginal: Marginal, scale: Scale) -> QuantileTable:
    """Tabulate the composition of a marginal's quantile function and a copula's scale.

    Values on a grid (integers, amounts in cents) are tabulated before rounding, which is left to
    the schema: a staircase of a thousand steps is a straight line that gets rounded.
    """
    smooth = marginal.base if isinstance(marginal, Rounded) else marginal
    s = np.linspace(scale.lo, scale.hi, 4 * GRID + 1)
    q = smooth.quantile(open_unit(scale.to_unit(s)))
    if not (np.isfinite(q).all() and np.abs(q).max() <= LARGEST):
        raise ValueError(f"{type(smooth).__name__}: a quantile is not finite")
    level, end = q[:-4:4], q[4::4]
    rise = end - level
    bend = np.abs(np.stack([q[k : k - 4 : 4] - level - k / 4 * rise for k in (1, 2, 3)])).max(0)
    straight = bend <= STRAIGHT * rise
    flat = bool((rise[straight] == 0.0).all())
    return QuantileTable(
        marginal=smooth,
        scale=scale,
        level=np.where(straight, level, np.nan),
        rise=None if flat else rise,
    )


def plain_quantiles(marginal: Marginal, scale: Scale) -> Quantiles:
    """Return the same map without a table, which takes longer to make than few rows to draw."""
    smooth = marginal.base if isinstance(marginal, Rounded) else marginal

    def values(s: Floats, out: Floats) -> Floats:
        out[:] = smooth.quantile(open_unit(scale.to_unit(s)))
        return out

    return values
