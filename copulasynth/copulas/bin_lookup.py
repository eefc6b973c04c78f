"""Bins of many values by lookup on a regular grid, which is quicker than a search for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Codes, Floats, Ints, frozen

__all__ = ["BinLookup", "bin_lookup"]

#: Cells of the grid on which bins are looked up, and of a finer one for more edges than `MANY`:
#: values in cells with an edge are searched, which takes longer.
GRID, FINE, MANY = 4096, 16384, 64


@dataclass(frozen=True, slots=True, eq=False)
class BinLookup:
    """The bin of a value, by its cell on a regular grid between two ends.

    Attributes
    ----------
    edges : float64
        Interior edges, rising; bin k is (edges[k - 1], edges[k]].
    lo, hi : float
    code : (cells,) intp or int16
        Bin of a cell of the grid; -1 where an edge lies in it, and the value is searched.
    """

    edges: Floats
    lo: float
    hi: float
    code: Ints | Codes

    def __call__(self, x: Floats, out: Ints | Codes) -> None:
        """Write the bins of the values x to `out`, both (n,)."""
        place = (x - self.lo if self.lo else x) * (len(self.code) / (self.hi - self.lo))
        cell = place.astype(np.intp)
        self.code.take(cell, out=out, mode="clip")
        near = (out < 0).nonzero()[0]
        out[near] = self.edges.searchsorted(x[near])


def bin_lookup(
    edges: Floats, lo: float, hi: float, kind: type[np.signedinteger[Any]] = np.intp
) -> BinLookup:
    """Return the lookup of bins, as integers of a kind, for values few of which lie beyond ends."""
    ends = np.linspace(lo, hi, (FINE if len(edges) > MANY else GRID) + 1)
    # a cell is searched unless it and its neighbours are of one bin: the product that finds the
    # cell may be off by a rounding error
    low = np.searchsorted(edges, ends[:-1] - 1e-9, side="left")
    high = np.searchsorted(edges, ends[1:] + 1e-9, side="right")
    # what lies beyond an end is searched where an edge does
    low[0], high[-1] = 0, len(edges)
    return BinLookup(edges, lo, hi, frozen(np.where(low == high, low, -1).astype(kind)))
