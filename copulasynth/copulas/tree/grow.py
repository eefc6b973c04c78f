"""Growing bags of trees with scikit-learn, and flattening them."""

from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from copulasynth._arrays import Floats, Ints, crowded, floats
from copulasynth.copulas.tree.forest import FAR, Forest
from copulasynth.copulas.tree.leaf_law import Segments, heap_ratio, leaf_segments
from copulasynth.copulas.tree.lines import follow
from copulasynth.copulas.tree.response import Response
from copulasynth.copulas.tree.risk import brier_score, ranked_score
from copulasynth.copulas.tree.sizes import BAG_ROWS

# Levels of a nominal variable that get an indicator of their own; rarer ones are reached through
# the order of the levels.
INDICATORS = 30

# Leaves tell neighbouring heaps apart where their counts vary so many times as much as by chance.
APART = 1.5

# Sizes of leaves are tried on so many rows of a bag, smaller ones as in a table of fewer rows.
TRIED = 3000

# Variance that a split must take off: that of rounding errors alone is none.
LEAST = 1e-9

# A nominal target of more levels is grown as a regression on the order of its levels.
MANY_LEVELS = 100


#: What scikit-learn grows trees on.
Floats32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Columns that trees split on, and what a split of each means on the uniform scale."""

    values: Floats32  # (n, f)
    source: int  # the variable
    low: Floats  # (f,) lower end of an indicator's cell, nan for ordered inputs
    high: Floats
    points: Floats32  # distinct midpoints of the cells
    tops: Floats  # upper ends of their cells


def inputs_of(lower: Floats, upper: Floats, nominal: bool, j: int) -> Inputs:
    middle = (0.5 * (lower + upper)).astype(np.float32)
    points, first, count = np.unique(middle, return_index=True, return_counts=True)
    columns, low, high = [middle], [np.nan], [np.nan]
    if nominal and len(points) > 2:
        for k in np.argsort(-count, kind="stable")[:INDICATORS]:
            columns.append((middle == points[k]).astype(np.float32))
            low.append(float(lower[first[k]]))
            high.append(float(upper[first[k]]))
    return Inputs(np.column_stack(columns), j, np.array(low), np.array(high), points, upper[first])


def line_input(line: Floats, number: int) -> Inputs:
    """Return the index as an input whose thresholds are its own values."""
    values = line.astype(np.float32)
    nan = np.array([np.nan])
    empty = np.empty(0)
    return Inputs(values[:, None], number, nan, nan, empty.astype(np.float32), empty)


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """A tree of one bag, the leaf that each row reaches, and the cells that its leaves are to tell.

    `number` (nodes,) numbers the leaves, -1 elsewhere; leaf laws move by `slope` along the index
    from `centre` on (leaves,), and the cells `lower` and `upper` (n,) are without that move.
    """

    tree: Any
    reached: Ints
    number: Ints
    slope: Floats
    centre: Floats
    lower: Floats
    upper: Floats

    @property
    def middle(self) -> Floats:
        return floats(0.5 * (self.lower + self.upper))


class Grove:
    """Collects flattened trees; lives only while a forest is being grown.

    `sizes` are the fewest rows of a leaf: those that suit the table, and others from which each
    variable may choose.
    """

    def __init__(
        self, sizes: tuple[int, ...], bags: int, gap: float, group: int, rng: np.random.Generator
    ) -> None:
        self.sizes, self.bags, self.gap, self.group, self.rng = sizes, bags, gap, group, rng
        self.roots: list[list[int]] = []
        self.nodes: list[tuple[Ints, Floats, Floats, Ints]] = []
        self.laws: list[Segments] = []
        self.slopes: list[Floats] = []
        self.centres: list[Floats] = []
        self.size, self.leaves = 0, 0

    def grow(self, here: list[Inputs], of: Response) -> Floats:
        """Grow the bag of one variable and return draws for the rows where it is missing."""
        raw = self.rng.random(int((~of.seen).sum()))
        if not here or not of.seen.any():
            everything = Segments(*(np.array([v]) for v in (0, 0.0, 1.0, 1)))
            self.slopes.append(np.zeros(1))
            self.centres.append(np.zeros(1))
            self._add(np.array([-1]), np.zeros(1), np.ones(1), np.array([0]), everything)
            self.roots.append([self.size - 1] * self.bags)
            return raw
        x = np.hstack([i.values for i in here])
        asked = self.rng.integers(self.bags, size=len(raw))
        roots, sizes = [], self.sizes
        for bag in range(self.bags):
            size, one = self._best(sizes, x[of.seen], of)
            sizes = (size,)
            found = leaf_segments(
                one.reached, one.lower, one.upper, of.wide, _parents(one.tree),
                gap=self.gap, group=self.group,
            )  # fmt: skip
            law = replace(found, leaf=one.number[found.leaf])
            mine = asked == bag
            raw[mine] = _draw(law, one.number[one.tree.apply(x[~of.seen][mine])], raw[mine])
            roots.append(self.size)
            self.slopes.append(one.slope)
            self.centres.append(one.centre)
            self._flatten(one.tree, one.number, here, law)
        self.roots.append(roots)
        return raw

    def tell_apart(self, here: list[Inputs], of: Response) -> bool:
        """Whether leaves tell a heap from the next one, as they do where values are codes."""
        if not here or of.heaps is None:
            return False
        x = np.hstack([i.values for i in here])[of.seen]
        leaf = self._tree(x, of, self.sizes[0], *self._bag(len(x))).apply(x)
        return heap_ratio(leaf[of.heaps], of.cells[0][of.heaps]) > APART

    def _best(self, sizes: tuple[int, ...], x: Floats32, of: Response) -> tuple[int, Grown]:
        """Return the size of leaves that tells other rows best, and the tree of one bag with it."""
        rows, seed = self._bag(len(x))
        if len(sizes) == 1:
            return sizes[0], self._one(x, of, sizes[0], rows, seed)
        # a bag comes in order of the rows: some of it are a sample like it
        some = rows[:: ceil(len(rows) / TRIED)]
        others = np.ones(len(x), dtype=np.bool_)
        others[some] = False
        tried = []
        for size in sizes:
            one = self._one(x, of, ceil(size * sqrt(len(some) / len(rows))), some, seed)
            risk = brier_score if of.wide.all() else ranked_score
            tried.append((risk(one.reached, one.middle, others), one))
        best = min(range(len(sizes)), key=lambda k: tried[k][0])
        whole = len(some) == len(rows)
        tree = tried[best][1] if whole else self._one(x, of, sizes[best], rows, seed)
        return sizes[best], tree

    def _one(self, x: Floats32, of: Response, size: int, rows: Ints, seed: int) -> Grown:
        """Grow a tree on the rows of a bag, and take the index out of what its leaves tell."""
        tree = self._tree(x, of, size, rows, seed)
        reached = tree.apply(x)
        leaves = np.unique(reached)
        number = np.full(tree.node_count, -1)
        number[leaves] = np.arange(len(leaves))
        slope = centre = np.zeros(len(leaves))
        low, high = of.cells
        if of.line is not None:
            line = of.line[of.seen]
            slope, centre, low, high = follow(number[reached], line, low, high, of.wide, of.region)
        return Grown(tree, reached, number, slope, centre, low, high)

    def _bag(self, n: int) -> tuple[Ints, int]:
        """Return the rows of a bag, each once, and the seed of its tree."""
        rows = np.unique(self.rng.integers(n, size=min(n, BAG_ROWS)))
        return rows, int(self.rng.integers(1 << 31))

    def _tree(self, x: Floats32, of: Response, size: int, rows: Ints, seed: int) -> Any:
        low, high = of.cells
        target = 0.5 * (low + high)
        if of.nominal:
            levels = np.unique(target, return_inverse=True)[1]
            if levels.max() < MANY_LEVELS and not crowded(levels[rows]):
                judge = DecisionTreeClassifier(min_samples_leaf=size, random_state=seed)
                return judge.fit(x[rows], levels[rows]).tree_
        judge = DecisionTreeRegressor(
            min_samples_leaf=size, min_impurity_decrease=LEAST, random_state=seed
        )
        return judge.fit(x[rows], target[rows]).tree_

    def _flatten(self, tree: Any, number: Ints, here: list[Inputs], law: Segments) -> None:
        """Renumber the nodes breadth first, siblings side by side, tests on the uniform scale."""
        left, right = tree.children_left, tree.children_right
        place = np.zeros(tree.node_count, dtype=np.int64)
        level, filled = np.array([0]), 1
        while len(level):
            inner = level[left[level] >= 0]
            level = np.column_stack([left[inner], right[inner]]).ravel()
            place[level] = filled + np.arange(len(level))
            filled += len(level)
        source = np.concatenate([np.full(i.values.shape[1], i.source) for i in here])
        start = np.cumsum([0] + [i.values.shape[1] for i in here])
        inner = left >= 0
        split = np.where(inner, tree.feature, 0)
        low = np.concatenate([i.low for i in here])[split]
        high = np.concatenate([i.high for i in here])[split]
        for i, s in zip(here, start[:-1], strict=True):
            ordered = inner & (split == s)
            if len(i.points) == 0:
                low[ordered], high[ordered] = tree.threshold[ordered], FAR
                continue
            at = np.searchsorted(i.points, tree.threshold[ordered], side="right") - 1
            low[ordered], high[ordered] = i.tops[np.maximum(at, 0)], 1.0
        feature = np.where(inner, source[split], -1)
        child = np.where(inner, place[left] + self.size, number)
        low, high = np.where(inner, low, 0.0), np.where(inner, high, 1.0)
        back = np.argsort(place)
        self._add(feature[back], low[back], high[back], child[back], law)

    def _add(self, feature: Ints, low: Floats, high: Floats, child: Ints, law: Segments) -> None:
        child = np.where(feature >= 0, child, child + self.leaves)
        self.nodes.append((feature, low, high, child))
        self.laws.append(law)
        self.size += len(feature)
        self.leaves += int(law.leaf[-1]) + 1

    def forest(self) -> Forest:
        """Return everything grown so far as one value."""
        feature, low, high, child = (np.concatenate(a) for a in zip(*self.nodes, strict=True))
        sizes = np.concatenate([np.bincount(law.leaf) for law in self.laws])
        return Forest(
            np.array(self.roots, dtype=np.int64),
            feature.astype(np.int64),
            low,
            high,
            child.astype(np.int64),
            np.r_[0, np.cumsum(sizes)],
            np.concatenate([law.low for law in self.laws]),
            np.concatenate([law.high for law in self.laws]),
            np.concatenate([law.count for law in self.laws]),
            np.concatenate(self.slopes),
            np.concatenate(self.centres),
        )


def _parents(tree: Any) -> Ints:
    """Return the parent of every node, that of the root being itself."""
    parent = np.zeros(tree.node_count, dtype=np.int64)
    inner = np.flatnonzero(tree.children_left >= 0)
    parent[tree.children_left[inner]] = parent[tree.children_right[inner]] = inner
    return parent


def _draw(law: Segments, leaf: Ints, w: Floats) -> Floats:
    """Draw from the law of each leaf by inversion of its segment weights."""
    ends = np.cumsum(law.count)
    total = np.bincount(law.leaf, law.count)
    start = np.r_[0, np.cumsum(total)[:-1]]
    place = start[leaf] + w * total[leaf]
    s = np.minimum(np.searchsorted(ends, place, side="right"), len(ends) - 1)
    part = (place - (ends[s] - law.count[s])) / law.count[s]
    return floats(law.low[s] + (law.high[s] - law.low[s]) * part)
