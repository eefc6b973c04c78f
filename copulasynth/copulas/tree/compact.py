"""A forest in whole numbers: what a model file holds of the trees of a copula.

Ends of leaf laws and tests of trees are numbers of points of (0, 1): the ends of levels and atoms,
which are kept exactly, and for variables that have more than those a grid of equal steps. Trees
are written breadth first, so that no node needs to say where its children are, and laws as the
ends of adjoining pieces. A forest is rounded so when it is fitted; what is drawn is the same
before and after a file.
"""

from dataclasses import dataclass, fields

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, freeze, frozen, put
from copulasynth._untrusted import spend
from copulasynth.copulas.tree.forest import FAR, Forest

__all__ = ["MILLI", "MOST", "STEPS", "CompactForest", "Points", "loose_stretches"]

#: Equal steps of the grid: a tenth of a row among a thousand.
STEPS = 10_000

#: Thresholds of indices, slopes and centres are whole numbers of these.
MILLI = 1e-3

#: Largest whole number that a threshold, slope or centre may have.
MOST = 10**8

#: Most that the weights of a law may add up to: memory is taken in proportion.
HEAVY = 1 << 14


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The points of (0, 1) at which laws of each of d variables may begin and end.

    Attributes
    ----------
    marks : tuple of d float64 arrays
        Ends of levels and atoms, rising from 0 to 1.
    loose : tuple of d int64 arrays
        Which of the stretches between marks, from 0, are no level and no atom: values there stand
        on a grid.
    """

    marks: tuple[Floats, ...]
    loose: tuple[Ints, ...]

    def __post_init__(self) -> None:
        put(self, marks=tuple(frozen(m) for m in self.marks))
        put(self, loose=tuple(frozen(k) for k in self.loose))
        if len(self.loose) != len(self.marks):
            raise ValueError("points need one entry a variable")
        spend(len(self.marks) * STEPS)
        for m, k in zip(self.marks, self.loose, strict=True):
            if m.ndim != 1 or m.size < 2 or m[0] != 0.0 or m[-1] != 1.0 or (np.diff(m) <= 0).any():
                raise ValueError("marks must rise from 0 to 1")
            if k.ndim != 1 or k.min(initial=0) < 0 or k.max(initial=0) > len(m) - 2:
                raise ValueError("a stretch between marks is out of range")

    def of(self, j: int) -> Floats:
        """Return the points of variable j, rising."""
        grid = np.arange(STEPS + 1) / STEPS
        return np.unique(np.concatenate([self.marks[j], grid[self.is_loose(j, grid)]]))

    def is_loose(self, j: int, u: Floats) -> Bools:
        """Return whether each u lies at the beginning of a loose stretch, or in one."""
        stretch = np.searchsorted(self.marks[j], u, side="right") - 1
        return np.isin(stretch, self.loose[j])


@dataclass(frozen=True, slots=True, eq=False)
class CompactForest:
    """Trees of d variables in whole numbers.

    Attributes
    ----------
    bags : int
        Trees a variable; those of variable 0 come first.
    feature : (nodes,) int64
        Trees end to end, each breadth first: -1 in a leaf, j for a test of variable j, d for one of
        the linear index, d + 1 + j for a test on a level of variable j.
    cut : (inner,) int64
        Of each inner node: the point above which a row goes right, thousandths of the index above
        which it does, or the point at which the level begins.
    pieces : (leaves,) int64
        Pieces of the law of each leaf, in the order of the leaves.
    first : (leaves,) int64
        Point at which the first piece begins.
    width, count : (pieces,) int64
        How many points further a piece ends and the next begins, and its weight, 0 in a hole.
    moving : (m,) int64
        Variables whose laws move along the index.
    slope, centre : (leaves of those,) int64
        In thousandths.
    """

    bags: int
    feature: Ints
    cut: Ints
    pieces: Ints
    first: Ints
    width: Ints
    count: Ints
    moving: Ints
    slope: Ints
    centre: Ints

    def __post_init__(self) -> None:
        arrays = [f.name for f in fields(self) if f.name != "bags"]
        freeze(self, *arrays)
        if any(getattr(self, name).ndim != 1 for name in arrays) or self.bags < 1:
            raise ValueError("a forest needs trees, written end to end")
        for a in (self.cut, self.slope, self.centre, self.first, self.width):
            if a.size and (a.min() < -MOST or a.max() > MOST):
                raise ValueError("a threshold, a slope or a point is out of range")
        inner = self.feature >= 0
        leaves = len(self.pieces)
        if self.cut.shape != (inner.sum(),) or leaves != (~inner).sum():
            raise ValueError("every test needs a cut and every leaf a law")
        if leaves == 0 or self.first.shape != (leaves,):
            raise ValueError("every law begins somewhere")
        self._check_pieces()

    def _check_pieces(self) -> None:
        pieces = len(self.width)
        if self.pieces.min() < 1 or self.pieces.max() > pieces or self.pieces.sum() != pieces:
            raise ValueError("the pieces of the laws are not those that are there")
        if self.count.shape != (pieces,) or self.count.min() < 0 or self.width.min() < 1:
            raise ValueError("every piece needs a weight and a width")
        leaf = np.repeat(np.arange(len(self.pieces)), self.pieces)
        if np.bincount(leaf, np.minimum(self.count, HEAVY + 1)).max() > HEAVY:
            raise ValueError("the weights of a law are out of range")

    def forest(self, points: Points) -> Forest:
        """Return the trees as they are walked, the roots in the order of the variables.

        Raises
        ------
        ValueError
            If the numbers make no trees.
        """
        d = len(points.marks)
        inner = self.feature >= 0
        roots, tree, child = _shape(inner, d * self.bags)
        variable = tree // self.bags
        table = [points.of(j) for j in range(d)]
        feature, low, high = self._tests(table, inner)
        leaf, starts, ends = self._segments(table, variable[~inner])
        kept = self.count > 0
        sizes = np.bincount(leaf[kept], minlength=len(self.pieces))
        slope, centre = np.zeros(len(self.pieces)), np.zeros(len(self.pieces))
        moves = np.isin(variable[~inner], self.moving)
        if self.slope.shape != (moves.sum(),) or self.centre.shape != self.slope.shape:
            raise ValueError("every leaf that moves needs a slope and a centre")
        slope[moves], centre[moves] = self.slope * MILLI, self.centre * MILLI
        offset = np.r_[0, np.cumsum(sizes)]
        law = (offset, starts[kept], ends[kept], self.count[kept])
        return Forest(roots.reshape(d, self.bags), feature, low, high, child, *law, slope, centre)

    def _tests(self, table: list[Floats], inner: Bools) -> tuple[Ints, Floats, Floats]:
        """Return the tested variable and the ends between which a row goes right, of all nodes."""
        d = len(table)
        if self.feature.min() < -1 or self.feature.max() > 2 * d:
            raise ValueError("a test names a variable that is not there")
        feature = np.where(self.feature > d, self.feature - d - 1, self.feature)
        low, high = np.zeros(len(inner)), np.ones(len(inner))
        cut = np.zeros(len(inner), dtype=np.int64)
        cut[inner] = self.cut
        index = self.feature == d
        low[index], high[index] = cut[index] * MILLI, FAR
        for j, points in enumerate(table):
            above, level = self.feature == j, self.feature == d + 1 + j
            low[above | level] = _at(points, cut[above | level])
            high[level] = _at(points, cut[level] + 1)
        return feature, low, high

    def _segments(self, table: list[Floats], variable: Ints) -> tuple[Ints, Floats, Floats]:
        """Return the leaf of each piece and its ends."""
        leaf = np.repeat(np.arange(len(self.pieces)), self.pieces)
        begin = np.cumsum(self.width) - self.width
        opening = np.cumsum(self.pieces) - self.pieces
        begin += (self.first - begin[opening])[leaf]
        end = begin + self.width
        starts, ends = np.empty(len(leaf)), np.empty(len(leaf))
        for j, points in enumerate(table):
            mine = variable[leaf] == j
            starts[mine], ends[mine] = _at(points, begin[mine]), _at(points, end[mine])
        return leaf, starts, ends


def loose_stretches(marks: Floats, bottoms: Floats) -> Ints:
    """Return which stretches between marks begin at the lower end of no atom."""
    return np.flatnonzero(~np.isin(marks[:-1], bottoms))


def _at(points: Floats, number: Ints) -> Floats:
    """Return points by their numbers."""
    if number.size and (number.min() < 0 or number.max() >= len(points)):
        raise ValueError("a point is out of range")
    return points[number]


def _shape(inner: Bools, trees: int) -> tuple[Ints, Ints, Ints]:
    """Return the roots of trees written breadth first, the tree of each node, and its child.

    The child of a leaf is its number among all leaves.
    """
    # a tree ends where its leaves are one more than its inner nodes
    open_ends = np.cumsum(np.where(inner, 1, -1))
    last = np.flatnonzero(np.diff(np.minimum.accumulate(np.r_[0, open_ends])) < 0)
    if len(last) != trees or last[-1] != len(inner) - 1:
        raise ValueError(f"the nodes make {len(last)} trees, {trees} are needed")
    roots = np.r_[0, last[:-1] + 1]
    tree = np.repeat(np.arange(trees), np.diff(np.r_[roots, len(inner)]))
    before: Ints = np.cumsum(inner) - inner
    # the k-th inner node of a tree has the k-th pair of its other nodes
    pair = roots[tree] + 1 + 2 * (before - before[roots][tree])
    return roots, tree, np.where(inner, pair, np.arange(len(inner)) - before)
