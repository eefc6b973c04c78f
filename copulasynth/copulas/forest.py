"""Many regression trees with segment leaves, as flat arrays that NumPy walks level by level.

Nodes test the uniform scale itself: a row goes right where low < u[feature] <= high. An ordered
split has high = 1; a split on one level of a nominal variable has the level's cell as its
interval, so that no indicator columns are ever built. Arrays are checked on the way in, because
they come from files: children come after their parents, which ends every walk.
"""

from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Floats, Ints, frozen

__all__ = ["Forest"]

# Weight of the uniform law in every leaf law: densities are positive, transforms one-to-one, and
# one draw in ten thousand comes from anywhere.
FLOOR = 1e-4


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
    _total: Floats = field(init=False, repr=False)
    _start: Ints = field(init=False, repr=False)
    _pick: Ints = field(init=False, repr=False)
    _before: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, f in self.__dataclass_fields__.items():
            if f.init:
                object.__setattr__(self, name, frozen(getattr(self, name)))
        self._check_nodes()
        self._check_leaves()
        put = object.__setattr__
        ends = np.r_[0, np.cumsum(self.count)]
        put(self, "_start", ends[self.offset[:-1]])
        put(self, "_total", np.diff(ends[self.offset]).astype(np.float64))
        put(self, "_pick", np.repeat(np.arange(len(self.count)), self.count))
        leaf = np.repeat(np.arange(len(self.offset) - 1), np.diff(self.offset))
        put(self, "_before", (ends[:-1] - self._start[leaf]).astype(np.float64))

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
        if self.count.min() < 1 or self.count.sum() > 1 << 31:
            raise ValueError("a segment's count is out of range")
        low, high = self.segment_low, self.segment_high
        if not ((low >= 0) & (low < high) & (high <= 1)).all():
            raise ValueError("a segment must lie in [0, 1] and have a width")
        inside = np.ones(s, dtype=np.bool_)
        inside[self.offset[:-1]] = False
        if (low[1:] < high[:-1] - 1e-12)[inside[1:]].any():
            raise ValueError("segments of a leaf overlap")

    def descend(self, node: Ints, u: Floats) -> Ints:
        """Return the leaf number that each column of `u` (d, n) reaches from its start node."""
        n = u.shape[1]
        flat = u.reshape(-1)
        node = node.copy()
        rows = np.flatnonzero(self.feature[node] >= 0)
        while len(rows):
            at = node[rows]
            value = flat[self.feature[at] * n + rows]
            at = self.child[at] + ((value > self.low[at]) & (value <= self.high[at]))
            node[rows] = at
            rows = rows[self.feature[at] >= 0]
        leaf: Ints = self.child[node]
        return leaf

    def leaves(self, p: int, u: Floats) -> Ints:
        """Return the leaf of every tree of row p, (bags, n)."""
        n = u.shape[1]
        return np.stack([self.descend(np.full(n, r), u) for r in self.roots[p]])

    def pick(self, leaf: Ints, w: Floats) -> Floats:
        """Turn uniforms into draws of the leaf laws: which row, then where in its segment."""
        place = (w - FLOOR) * (self._total[leaf] / (1.0 - FLOOR))
        whole = np.maximum(place.astype(np.int64), 0)
        s = self._pick[self._start[leaf] + whole]
        low = self.segment_low[s]
        draws: Floats = low + (self.segment_high[s] - low) * (place - whole)
        anywhere = np.flatnonzero(w < FLOOR)
        draws[anywhere] = w[anywhere] / FLOOR
        return draws

    def _segment(self, leaf: Ints, u: Floats) -> Ints:
        """Return the last segment of each leaf that begins at or below u, or its first."""
        lo, hi = self.offset[leaf], self.offset[leaf + 1]
        for _ in range(int(np.diff(self.offset).max()).bit_length()):
            mid = (lo + hi) // 2
            up = (self.segment_low[mid] <= u) & (hi - lo > 1)
            lo = np.where(up, mid, lo)
            hi = np.where(up, hi, np.maximum(mid, lo + 1))
        return lo

    def cdf(self, leaves: Ints, u: Floats) -> Floats:
        """Return the mean over the bag of the leaf laws' distribution functions at u, (bags, n)."""
        s = self._segment(leaves, u)
        width = self.segment_high[s] - self.segment_low[s]
        part = np.clip((u - self.segment_low[s]) / width, 0.0, 1.0)
        inside = (self._before[s] + part * self.count[s]) / self._total[leaves]
        mean: Floats = ((1.0 - FLOOR) * inside + FLOOR * u).mean(axis=0)
        return mean

    def density(self, leaves: Ints, u: Floats) -> Floats:
        """Return the leaf laws' densities at u, (bags, n)."""
        s = self._segment(leaves, u)
        width = self.segment_high[s] - self.segment_low[s]
        inside = (u >= self.segment_low[s]) & (u <= self.segment_high[s])
        mass = inside * self.count[s] / (width * self._total[leaves])
        out: Floats = (1.0 - FLOOR) * mass + FLOOR
        return out
