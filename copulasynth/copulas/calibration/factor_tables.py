"""Log weights of many rows: pair factors joined into fewer, larger tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Codes, Ints, frozen

#: Largest joint table: it should stay in a cache near to the core.
LARGEST = 8192


@dataclass(frozen=True, slots=True, eq=False)
class FactorTables:
    """Sums of pair factors over groups of variables.

    Attributes
    ----------
    members : tuple of int64 arrays
        Variables of each group.
    strides : tuple of tuples of int
        Places by which a member's bin moves the cell; that of the last one is 1.
    tables : tuple of int16 or int64 arrays
        Log factors of each group's cells, in whole steps; short numbers if they hold every sum.
    """

    members: tuple[Ints, ...]
    strides: tuple[tuple[int, ...], ...]
    tables: tuple[Ints | Codes, ...]

    def scores(self, codes: Codes | Ints) -> Ints | Codes:
        """Return the sum of log factors of each column of (d, n) bins, (n,)."""
        n = codes.shape[1]
        score, part = np.zeros((2, n), dtype=self.tables[0].dtype if self.tables else np.int64)
        place = np.empty(n, dtype=np.intp)
        short = np.empty((2, n), dtype=np.int16)
        for members, strides, table in zip(self.members, self.strides, self.tables, strict=True):
            # short numbers: what counts is how much is read
            kind: type[Any] = np.int16 if table.size <= np.iinfo(np.int16).max else np.int64
            cell, step = short if kind is np.int16 else np.empty((2, n), dtype=kind)
            np.multiply(codes[members[0]], strides[0], out=cell, dtype=kind, casting="same_kind")
            for j, stride in zip(members[1:-1], strides[1:-1], strict=True):
                np.multiply(codes[j], stride, out=step, dtype=kind, casting="same_kind")
                cell += step
            np.add(cell, codes[members[-1]], out=cell, dtype=kind, casting="same_kind")
            # clipping never happens, but it lets NumPy write straight into `part`
            place[:] = cell
            table.take(place, out=part, mode="clip")
            score += part
        return score


def join_pairs(sizes: Ints, pairs: Ints, tables: list[Ints]) -> FactorTables:
    """Join log factors of pairs, the second variable fastest, into tables that stay small."""
    left = {
        (int(a), int(b)): t.reshape(sizes[a], sizes[b])
        for (a, b), t in zip(pairs, tables, strict=True)
    }
    members, strides, joint = [], [], []
    while left:
        group = _grow(list(next(iter(left))), left, sizes)
        shape = sizes[group]
        table = np.zeros(shape, dtype=np.int64)
        for p, a in enumerate(group):
            for q, b in enumerate(group):
                if (a, b) in left:
                    table += _placed(left.pop((a, b)), p, q, len(group))
        members.append(np.array(group))
        strides.append((*np.cumprod(shape[:0:-1])[::-1].tolist(), 1))
        joint.append(table.ravel())
    short = sum(int(np.abs(t).max()) for t in joint) <= np.iinfo(np.int16).max
    whole = (frozen(t.astype(np.int16)) if short else frozen(t) for t in joint)
    return FactorTables(tuple(members), tuple(strides), tuple(whole))


def _grow(group: list[int], left: dict[tuple[int, int], Ints], sizes: Ints) -> list[int]:
    """Add variables, those first that bring most pairs, for as long as the table stays small."""
    while True:
        room = LARGEST // int(np.prod(sizes[group]))
        gain = {
            c: sum((min(c, g), max(c, g)) in left for g in group)
            for c in {v for pair in left for v in pair}.difference(group)
            if sizes[c] <= room
        }
        best = max(gain, key=lambda c: (gain[c], -c), default=-1)
        if best < 0 or gain[best] < 1:
            return sorted(group)
        group = [*group, best]


def _placed(table: Ints, p: int, q: int, k: int) -> Ints:
    """Return a matrix as an array of k axes that varies along axes p < q."""
    shape = [1] * k
    shape[p], shape[q] = table.shape
    return table.reshape(shape)
