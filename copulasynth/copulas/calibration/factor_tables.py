"""Log weights of many rows: bins by lookup, and pair factors joined into fewer, larger tables."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats, Ints, frozen
from copulasynth.copulas.api import Scale

#: Cells of the grid on which bins are looked up.
GRID = 4096

#: Largest joint table: it should stay in the cache nearest to the core.
LARGEST = 4096


@dataclass(frozen=True, slots=True, eq=False)
class BinLookup:
    """The bin of a value between two ends, by its cell on a regular grid.

    Attributes
    ----------
    edges : float64
        Interior edges, rising; bin k is (edges[k - 1], edges[k]].
    lo, hi : float
    code : (GRID,) intp
        Bin of a cell of the grid; -1 where an edge lies in it, and the value is searched.
    """

    edges: Floats
    lo: float
    hi: float
    code: Ints

    def __call__(self, x: Floats, out: Ints) -> None:
        """Write the bins of the values x to `out`, both (n,)."""
        cell = ((x - self.lo) * (GRID / (self.hi - self.lo))).astype(np.intp)
        self.code.take(cell, out=out, mode="clip")
        near = np.flatnonzero(out < 0)
        out[near] = np.searchsorted(self.edges, x[near])


def bin_lookup(edges: Floats, scale: Scale) -> BinLookup:
    """Return the lookup of bins whose edges are given on (0, 1), for values on a copula's scale."""
    own = scale.from_unit(edges)
    ends = np.linspace(scale.lo, scale.hi, GRID + 1)
    # a cell is searched unless it and its neighbours are of one bin: the product that finds the
    # cell may be off by a rounding error
    low = np.searchsorted(own, ends[:-1] - 1e-9, side="left")
    high = np.searchsorted(own, ends[1:] + 1e-9, side="right")
    return BinLookup(own, scale.lo, scale.hi, frozen(np.where(low == high, low, -1)))


@dataclass(frozen=True, slots=True, eq=False)
class FactorTables:
    """Sums of pair factors over groups of variables.

    Attributes
    ----------
    members : tuple of int64 arrays
        Variables of each group.
    strides : tuple of int64 arrays
        Places by which a member's bin moves the cell.
    tables : tuple of float64 arrays
        Log factors of each group's cells.
    """

    members: tuple[Ints, ...]
    strides: tuple[Ints, ...]
    tables: tuple[Floats, ...]

    def scores(self, codes: Ints) -> Floats:
        """Return the sum of log factors of each column of (d, n) bins, (n,)."""
        n = codes.shape[1]
        score, part = np.zeros(n), np.empty(n)
        cell, step = np.empty(n, dtype=np.intp), np.empty(n, dtype=np.intp)
        for members, strides, table in zip(self.members, self.strides, self.tables, strict=True):
            np.multiply(codes[members[0]], strides[0], out=cell)
            for j, stride in zip(members[1:-1], strides[1:-1], strict=True):
                np.multiply(codes[j], stride, out=step)
                cell += step
            cell += codes[members[-1]]
            # clipping never happens, but it lets NumPy write straight into `part`
            table.take(cell, out=part, mode="clip")
            score += part
        return score


def join_pairs(sizes: Ints, pairs: Ints, tables: list[Floats]) -> FactorTables:
    """Join log factors of pairs, a matrix each, into tables of as many variables as stay small."""
    left = {(int(a), int(b)): t for (a, b), t in zip(pairs, tables, strict=True)}
    members, strides, joint = [], [], []
    while left:
        group = _grow(list(next(iter(left))), left, sizes)
        shape = sizes[group]
        table = np.zeros(shape)
        for p, a in enumerate(group):
            for q, b in enumerate(group):
                if (a, b) in left:
                    table += _placed(left.pop((a, b)), p, q, len(group))
        members.append(np.array(group))
        strides.append(np.concatenate([np.cumprod(shape[:0:-1])[::-1], [1]]))
        joint.append(frozen(table.ravel()))
    return FactorTables(tuple(members), tuple(strides), tuple(joint))


def _grow(group: list[int], left: dict[tuple[int, int], Floats], sizes: Ints) -> list[int]:
    """Add variables for as long as each brings more than one pair and the table stays small."""
    while True:
        room = LARGEST // int(np.prod(sizes[group]))
        gain = {
            c: sum((min(c, g), max(c, g)) in left for g in group)
            for c in {v for pair in left for v in pair}.difference(group)
            if sizes[c] <= room
        }
        best = max(gain, key=lambda c: (gain[c], -c), default=-1)
        if best < 0 or gain[best] < 2:
            return sorted(group)
        group = [*group, best]


def _placed(table: Floats, p: int, q: int, k: int) -> Floats:
    """Return a matrix as an array of k axes that varies along axes p < q."""
    shape = [1] * k
    shape[p], shape[q] = table.shape
    return table.reshape(shape)
