"""Many regression trees with segment leaves, as flat arrays that NumPy walks level by level.

Nodes test the uniform scale itself: a row goes right where low < u[feature] <= high. An ordered
split has high = 1; a split on one level of a nominal variable has the level's cell as its
interval, so that no indicator columns are ever built. Arrays are checked on the way in, because
they come from files: children come after their parents, which ends every walk.
"""

from dataclasses import dataclass, field, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Floats, Ints, floats, freeze, put
from copulasynth._untrusted import spend

Value = TypeVar("Value", bound=np.generic)
Pairs = NDArray[np.complex128]

# Weight of the uniform law in every leaf law: densities are positive, transforms one-to-one, and
# one draw in ten thousand comes from anywhere.
FLOOR = 1e-4

# No linear index reaches this: a test with such an upper end has none.
FAR = 1e300

# Levels that all rows descend before those in leaves are set aside. Setting aside costs about as
# much as a level.
STRIDE = 4


def fetch(table: NDArray[Value], index: Ints) -> NDArray[Value]:
    """Return table[index] for indices in range: NumPy has no faster way to say it."""
    return table.take(index, mode="clip")


def wide(whole: Floats) -> Ints:
    """Return small whole numbers as indices: short ones are made of floats much faster."""
    return whole.astype(np.int32).astype(np.intp)


def pairs(first: Floats, second: Floats) -> Pairs:
    """Return two numbers side by side, which one look-up finds for the price of one."""
    out = first.astype(np.complex128)
    out.imag = second
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees with uniform segments in their leaves.

    Attributes
    ----------
    roots : (p, bags) int64
        Root node of every tree.
    feature : (nodes,) int64
        Variable that the node tests; -1 in a leaf.
    low, high : (nodes,) float64
        The row goes to child + 1 where low < u <= high, else to child.
    child : (nodes,) int64
        First child of a node, or the leaf's number.
    offset : (leaves + 1,) int64
        Segments of leaf k are offset[k] to offset[k + 1].
    segment_low, segment_high : (segments,) float64
        Ends of the segments, rising within a leaf.
    count : (segments,) int64
        Weight of the segment within its leaf.
    slope, centre : (leaves,) float64
        The leaf law moves by slope (index - centre) normal scores along the linear index.
    line : (leaves,) complex128
        Both side by side: slope + i centre.
    """

    roots: Ints
    feature: Ints
    low: Floats
    high: Floats
    child: Ints
    offset: Ints
    segment_low: Floats
    segment_high: Floats
    count: Ints
    slope: Floats
    centre: Floats
    line: Pairs = field(init=False, repr=False)
    _total: Floats = field(init=False, repr=False)
    _rows: Pairs = field(init=False, repr=False)
    _pick: Ints = field(init=False, repr=False)
    _piece: Pairs = field(init=False, repr=False)
    _before: Floats = field(init=False, repr=False)
    _tested: Ints = field(init=False, repr=False)
    _bound: Floats = field(init=False, repr=False)
    _next: Ints = field(init=False, repr=False)
    _inner: Bools = field(init=False, repr=False)

    def __post_init__(self) -> None:
        freeze(self, *(f.name for f in fields(self) if f.init))
        self._check_nodes()
        self._check_leaves()
        self._prepare_leaves()
        self._prepare_walk()

    def _prepare_leaves(self) -> None:
        # weights are whole numbers below 2^53: floats hold them exactly, and need no casts later
        ends = np.r_[0.0, np.cumsum(self.count)]
        start, total = ends[self.offset[:-1]], np.diff(ends[self.offset])
        put(self, _total=total, _rows=pairs(total / (1.0 - FLOOR), start))
        # half as long as indices are: where rows are many, what counts is the cache
        put(self, _pick=np.repeat(np.arange(len(self.count), dtype=np.int32), self.count))
        put(self, _piece=pairs(self.segment_high - self.segment_low, self.segment_low))
        put(self, line=pairs(self.slope, self.centre))
        leaf = np.repeat(np.arange(len(self.offset) - 1), np.diff(self.offset))
        put(self, _before=ends[:-1] - start[leaf])

    def _prepare_walk(self) -> None:
        """Write the nodes as one-sided tests, which walk from `at` to next[at + (u > bound)].

        A test with both ends becomes two nodes: above low, the second one asks whether u is above
        high too, which leads back to the left child. Leaves lead to themselves. Node k is known
        as 2 k throughout, so that no level has to double it.
        """
        n = len(self.feature)
        inner = self.feature >= 0
        # u never exceeds 1; the index, which is no uniform, never comes to FAR
        top = np.where(self.feature < len(self.roots), 1.0, FAR)
        two = np.flatnonzero(inner & (self.high < top))
        left = np.where(inner, self.child, np.arange(n))
        right = left + inner
        above = right.copy()
        above[two] = n + np.arange(len(two))
        then = np.column_stack([np.r_[left, right[two]], np.r_[above, left[two]]])
        tested = np.r_[np.maximum(self.feature, 0), self.feature[two]]
        bound = np.r_[np.where(inner, self.low, np.inf), self.high[two]]
        put(self, _next=2 * then.ravel(), _tested=np.repeat(tested, 2), _bound=np.repeat(bound, 2))
        put(self, _inner=np.repeat(np.r_[inner, inner[two]], 2))

    def _check_nodes(self) -> None:
        n = len(self.feature)
        if self.roots.ndim != 2 or self.roots.size == 0 or n == 0:
            raise ValueError("a forest needs at least one tree")
        if any(a.shape != (n,) for a in (self.feature, self.low, self.high, self.child)):
            raise ValueError("node arrays differ in length")
        if self.roots.min() < 0 or self.roots.max() >= n or self.feature.min() < -1:
            raise ValueError("a root or a feature is out of range")
        inner = self.feature >= 0
        down = self.child[inner]
        if (down <= np.flatnonzero(inner)).any() or (down >= n - 1).any():
            raise ValueError("children must come after their parents")
        if any(a.shape != (len(self.offset) - 1,) for a in (self.slope, self.centre)):
            raise ValueError("every leaf needs a slope and a centre")
        if not (np.isfinite(self.slope).all() and np.isfinite(self.centre).all()):
            raise ValueError("slopes and centres must be finite")
        number = self.child[~inner]
        if number.min(initial=0) < 0 or number.max(initial=0) >= len(self.offset) - 1:
            raise ValueError("a leaf is out of range")

    def _check_leaves(self) -> None:
        s = len(self.count)
        if any(a.shape != (s,) for a in (self.segment_low, self.segment_high)):
            raise ValueError("segment arrays differ in length")
        if self.offset[0] != 0 or self.offset[-1] != s or (np.diff(self.offset) < 1).any():
            raise ValueError("every leaf needs segments")
        if self.count.min() < 1:
            raise ValueError("a segment's count is out of range")
        # each row of a leaf takes a number: many where a file may ask for them with few words
        spend(self.count.sum(dtype=np.float64))
        low, high = self.segment_low, self.segment_high
        if not ((low >= 0) & (low < high) & (high <= 1)).all():
            raise ValueError("a segment must lie in [0, 1] and have a width")
        inside = np.ones(s, dtype=np.bool_)
        inside[self.offset[:-1]] = False
        if (low[1:] < high[:-1] - 1e-12)[inside[1:]].any():
            raise ValueError("segments of a leaf overlap")

    def offsets(self, n: int) -> Ints:
        """Return where in a flattened (d, n) array the values that each node tests begin."""
        return self._tested * n

    def rows(self) -> Floats:
        """Return about how many rows of the table reached each node, (nodes,)."""
        inner = self.feature >= 0
        out = np.where(inner, 0.0, fetch(self._total, self.child))
        for k in inner.nonzero()[0][::-1]:
            out[k] = out[self.child[k]] + out[self.child[k] + 1]
        return out

    def descend(
        self, node: Ints, u: Floats, offsets: Ints | None = None, rows: Ints | None = None
    ) -> Ints:
        """Return the leaf number that each column of `u` (d, n) reaches from its start node.

        `offsets` are those of `offsets(n)`, for callers who descend through many such arrays;
        `rows` are the columns that descend, where not all do.
        """
        n = u.shape[1]
        flat = u.reshape(-1)
        offsets = self.offsets(n) if offsets is None else offsets
        # rows that are named stand near their leaves
        rows, stride = (np.arange(n), STRIDE) if rows is None else (rows, 2)
        end, here = 2 * node, np.arange(len(node))
        at = end.copy()
        while len(here):
            # indices are in range: "clip" only lets NumPy write straight into `out`
            place, value, bound = np.empty_like(at), np.empty(len(at)), np.empty(len(at))
            above = np.empty(len(at), dtype=np.bool_)
            for _ in range(stride):
                offsets.take(at, out=place, mode="clip")
                place += rows
                flat.take(place, out=value, mode="clip")
                self._bound.take(at, out=bound, mode="clip")
                np.greater(value, bound, out=above)
                np.add(at, above, out=place)
                self._next.take(place, out=at, mode="clip")
            end[here] = at
            more = fetch(self._inner, at).nonzero()[0]
            here, rows, at = fetch(here, more), fetch(rows, more), fetch(at, more)
        return fetch(self.child, end >> 1)

    def leaves(self, p: int, u: Floats, offsets: Ints | None = None) -> Ints:
        """Return the leaf of every tree of row p of the roots, (bags, n)."""
        n = u.shape[1]
        return np.stack([self.descend(np.full(n, r), u, offsets) for r in self.roots[p]])

    def pick(self, leaf: Ints, w: Floats) -> Floats:
        """Turn uniforms into draws of the leaf laws: which row, then where in its segment."""
        rows = fetch(self._rows, leaf)
        place = w - FLOOR
        place *= rows.real
        whole = np.floor(place)
        place -= whole
        whole += rows.imag
        piece = fetch(self._piece, fetch(self._pick, wide(whole)).astype(np.intp))
        draws = np.multiply(piece.real, place, out=place)
        draws += piece.imag
        anywhere = (w < FLOOR).nonzero()[0]
        draws[anywhere] = w[anywhere] / FLOOR
        return draws

    def _segment(self, leaf: Ints, u: Floats) -> Ints:
        """Return the last segment of each leaf that begins at or below u, or its first."""
        lo, hi = self.offset[leaf], self.offset[leaf + 1]
        for _ in range(int((hi - lo).max(initial=0)).bit_length()):
            mid = (lo + hi) // 2
            up = (self.segment_low[mid] <= u) & (hi - lo > 1)
            lo = np.where(up, mid, lo)
            hi = np.where(up, hi, np.maximum(mid, lo + 1))
        return lo

    def cdf(self, leaves: Ints, u: Floats) -> Floats:
        """Return the mean over the bag of the leaf laws' distribution functions at u, (bags, n)."""
        return floats(((1.0 - FLOOR) * self.shares(leaves, u) + FLOOR * u).mean(axis=0))

    def shares(self, leaves: Ints, u: Floats) -> Floats:
        """Return the distribution functions of the leaves' segments at u, (bags, n)."""
        s = self._segment(leaves, u)
        width = self.segment_high[s] - self.segment_low[s]
        part = np.clip((u - self.segment_low[s]) / width, 0.0, 1.0)
        return floats((self._before[s] + part * self.count[s]) / self._total[leaves])

    def density(self, leaves: Ints, u: Floats) -> Floats:
        """Return the leaf laws' densities at u, (bags, n)."""
        s = self._segment(leaves, u)
        width = self.segment_high[s] - self.segment_low[s]
        inside = (u >= self.segment_low[s]) & (u <= self.segment_high[s])
        mass = inside * self.count[s] / (width * self._total[leaves])
        return (1.0 - FLOOR) * mass + FLOOR
