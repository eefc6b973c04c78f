"""Costly functions of many numbers by lookup on a grid, exactly where they are not straight."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Floats, put

__all__ = ["FunctionTable", "tabulated"]

GRID = 8192
CHUNK = 16_384

#: Largest departure from a straight line inside a grid cell, as a share of the cell's rise.
STRAIGHT = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class FunctionTable:
    """A rising function as straight lines between grid points; build it with :func:`tabulated`.

    Attributes
    ----------
    exact : callable
        The function, for numbers in cells of the grid where it is not straight.
    lo, hi : float
        Ends of the grid: what lies beyond is taken to lie in the first or last cell.
    level : (GRID,) float64
        Value at the beginning of each cell, NaN where the function is not straight.
    rise : (GRID,) float64 or None
        How much each cell rises; None where none of the straight ones does.
    lines : (GRID,) complex128
        Both side by side, so that one look-up finds them: level + i rise.
    crooked : bool
        Whether there are cells in which the function is not straight.
    """

    exact: Callable[[Floats], Floats]
    lo: float
    hi: float
    level: Floats
    rise: Floats | None
    lines: NDArray[np.complex128] = field(init=False, repr=False)
    crooked: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lines = self.level.astype(np.complex128)
        lines.imag = 0.0 if self.rise is None else self.rise
        put(self, lines=lines, crooked=bool(np.isnan(self.level).any()))

    def __call__(self, s: Floats, out: Floats) -> Floats:
        """Write the values at `s` to `out`; both (n,), and they may be the same."""
        for a in range(0, s.size, CHUNK):
            self._chunk(s[a : a + CHUNK], out[a : a + CHUNK])
        return out

    def _chunk(self, s: Floats, out: Floats) -> None:
        t = (s - self.lo if self.lo else s) * (GRID / (self.hi - self.lo))
        # truncation and clipped look-ups keep a number beyond the grid in its first or last cell
        whole = np.trunc(t)
        i = whole.astype(np.intp)
        if self.rise is None:
            x = self.level.take(i, mode="clip")
        else:
            line = self.lines.take(i, mode="clip")
            x = np.subtract(t, whole, out=whole)
            x *= line.imag
            x += line.real
        if self.crooked and (rest := np.isnan(x).nonzero()[0]).size:
            x[rest] = self.exact(s[rest])
        out[:] = x


def tabulated(exact: Callable[[Floats], Floats], lo: float, hi: float) -> FunctionTable:
    """Tabulate a rising function between two numbers.

    Examples
    --------
    >>> root = tabulated(np.sqrt, 0.0, 1.0)
    >>> bool(abs(root(np.array([0.2]), np.empty(1))[0] - 0.2**0.5) < 1e-8)
    True
    """
    q = exact(np.linspace(lo, hi, 4 * GRID + 1))
    level, end = q[:-4:4], q[4::4]
    rise = end - level
    bend = np.abs(np.stack([q[k : k - 4 : 4] - level - k / 4 * rise for k in (1, 2, 3)])).max(0)
    straight = bend <= STRAIGHT * rise
    flat = bool((rise[straight] == 0.0).all())
    return FunctionTable(exact, lo, hi, np.where(straight, level, np.nan), None if flat else rise)
