"""The law of a classification or regression tree whose leaves hold training values."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints

__all__ = ["CartLaw"]

#: Steps between two removals of the rows that have reached their leaf.
STRIDE = 4

#: No double is above it, so a test against it sends every row to the left.
NEVER = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class CartLaw:
    """A tree in flat arrays; a draw is a training value of the leaf that a row falls into.

    Node i sends a row to `child[i]` if its input is at most `threshold[i]`, else to the node after
    it; a leaf points to itself.

    Attributes
    ----------
    feature : (nodes,) int64
        A variable, or d + t for the t-th ranked input; -1 at a leaf.
    threshold : (nodes,) float64
    child : (nodes,) int64
    leaf : (nodes,) int64
        Number of a leaf, -1 at inner nodes.
    ranked : (t,) int64
        The nominal variables that are split by the ranks of their levels.
    rank_start : (t + 1,) int64
        Where the ranks of each begin in `ranks`.
    ranks : float64
        For each, the rank of a missing level, then those of its codes.
    offset : (leaves + 1,) int64
        Where the values of each leaf begin in `donors`.
    donors : (n,) float64
        Training values, leaf by leaf.
    """

    dim: int
    feature: Ints
    threshold: Floats
    child: Ints
    leaf: Ints
    ranked: Ints
    rank_start: Ints
    ranks: Floats
    offset: Ints
    donors: Floats
    _source: Ints = field(init=False, repr=False)
    _limit: Floats = field(init=False, repr=False)
    _inner: Bools = field(init=False, repr=False)
    _count: Ints = field(init=False, repr=False)
    holds_training_values: ClassVar[bool] = True

    def __post_init__(self) -> None:
        nodes = len(self.feature)
        inner = self.feature >= 0
        if nodes == 0 or any(len(a) != nodes for a in (self.threshold, self.child, self.leaf)):
            raise ValueError("a tree needs a node, and its arrays one length")
        here = np.arange(nodes)
        # Children come after their parents, so that every descent ends.
        if (self.child[inner] <= here[inner]).any() or (self.child[inner] + 1 >= nodes).any():
            raise ValueError("a child lies outside the tree or before its parent")
        leaves = len(self.offset) - 1
        if not np.array_equal(np.sort(self.leaf[~inner]), np.arange(leaves)):
            raise ValueError("leaves must be numbered from 0")
        count = np.diff(self.offset)
        if self.offset[0] != 0 or self.offset[-1] != len(self.donors) or (count < 1).any():
            raise ValueError("every leaf needs a donor")
        if (self.feature >= self.dim + len(self.ranked)).any():
            raise ValueError("a node tests an input that does not exist")
        if len(self.ranked) and not 0 <= self.ranked.min() <= self.ranked.max() < self.dim:
            raise ValueError("ranks belong to a variable that does not exist")
        sizes = np.diff(self.rank_start, prepend=0)
        if len(sizes) != len(self.ranked) + 1 or sizes[0] != 0 or (sizes[1:] < 1).any():
            raise ValueError("every ranked input needs its ranks")
        if self.rank_start[-1] != len(self.ranks):
            raise ValueError("every ranked input needs its ranks")
        object.__setattr__(self, "_source", np.where(inner, self.feature, 0))
        object.__setattr__(self, "_limit", np.where(inner, self.threshold, NEVER))
        object.__setattr__(self, "_inner", inner)
        object.__setattr__(self, "_count", count)
        object.__setattr__(self, "child", np.where(inner, self.child, here))

    @property
    def scratch(self) -> int:
        return len(self.ranked)

    def draw(self, seen: Floats, /, rng: np.random.Generator) -> Floats:
        """Draw a donor of each row's leaf, all with the same probability."""
        leaf = self.leaves(seen)
        place = (rng.random(seen.shape[1]) * self._count.take(leaf)).astype(np.int64)
        values: Floats = self.donors.take(self.offset.take(leaf) + place)
        return values

    def leaves(self, seen: Floats) -> Ints:
        """Return the leaf of each column of `seen`."""
        m = seen.shape[1]
        self._rank(seen)
        flat, source = seen.reshape(-1), self._source * m
        node = np.zeros(m, dtype=np.int64)
        rows, at = np.arange(m), node.copy()
        while len(rows):
            for _ in range(STRIDE):
                right = flat.take(source.take(at) + rows) > self._limit.take(at)
                at = self.child.take(at) + right
            node[rows] = at
            going = np.flatnonzero(self._inner.take(at))
            rows, at = rows.take(going), at.take(going)
        return self.leaf.take(node)

    def ranks_of(self, t: int) -> Floats:
        """Return the ranks of the t-th ranked input."""
        return self.ranks[self.rank_start[t] : self.rank_start[t + 1]]

    def _rank(self, seen: Floats) -> None:
        """Write the ranks of nominal inputs below the variables."""
        for t, j in enumerate(self.ranked):
            codes = seen[j].astype(np.int64) + 1
            np.take(self.ranks_of(t), codes, out=seen[self.dim + t], mode="clip")
