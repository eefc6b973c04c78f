"""Bins of many values by lookup on a regular grid, which is quicker than a search for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Codes, Floats, Ints, frozen

__all__ = ["GRID", "BinLookup", "BinLookups", "bin_lookup"]

#: Cells of the grid on which bins are looked up.
GRID = 4096

#: Most edges in a cell that are asked one after the other.
FEW = 4


@dataclass(frozen=True, slots=True, eq=False)
class BinLookup:
    """The bin of a value, by its cell on a regular grid between two ends.

    Attributes
    ----------
    edges : float64
        Interior edges, rising; bin k is (edges[k - 1], edges[k]].
    lo, hi : float
    code : (GRID,) intp or int16
        Bin of a cell of the grid; -1 where an edge lies in it, and the value is searched.
    first : (GRID,) intp
        The first bin that a value in a cell may fall in.
    most : int
        How many edges there are in a cell at most.
    """

    edges: Floats
    lo: float
    hi: float
    code: Ints | Codes
    first: Ints
    most: int

    def __call__(self, x: Floats, out: Ints | Codes) -> None:
        """Write the bins of the values x to `out`, both (n,)."""
        place = (x - self.lo if self.lo else x) * (GRID / (self.hi - self.lo))
        cell = place.astype(np.intp)
        self.code.take(cell, out=out, mode="clip")
        if self.most and (near := (out < 0).nonzero()[0]).size:
            out[near] = self.search(x.take(near), cell.take(near))

    def search(self, x: Floats, cell: Ints) -> Ints:
        """Return the bins of values in cells that edges lie in, (n,)."""
        if self.most > FEW:
            return self.edges.searchsorted(x)
        at = self.first.take(cell, mode="clip")
        ends = np.append(self.edges, np.inf)
        for _ in range(self.most):
            at += x > ends.take(at, mode="clip")
        return at


@dataclass(frozen=True, slots=True, eq=False)
class BinLookups:
    """Lookups of the bins of several variables, as short numbers."""

    all: tuple[BinLookup, ...]

    def codes(self, x: Floats) -> Codes:
        """Return the bins of (d, n) values."""
        out = np.empty(x.shape, dtype=np.int16)
        for row, lookup, code in zip(x, self.all, out, strict=True):
            lookup(row, code)
        return out


def bin_lookup(
    edges: Floats, lo: float, hi: float, kind: type[np.signedinteger[Any]] = np.intp
) -> BinLookup:
    """Return the lookup of bins, as integers of a kind, for values few of which lie beyond ends."""
    ends = np.linspace(lo, hi, GRID + 1)
    # a cell is searched unless it and its neighbours are of one bin: the product that finds the
    # cell may be off by a rounding error
    low = np.searchsorted(edges, ends[:-1] - 1e-9, side="left")
    high = np.searchsorted(edges, ends[1:] + 1e-9, side="right")
    # what lies beyond an end is searched where an edge does
    low[0], high[-1] = 0, len(edges)
    code = frozen(np.where(low == high, low, -1).astype(kind))
    return BinLookup(edges, lo, hi, code, frozen(low), int((high - low).max()))
