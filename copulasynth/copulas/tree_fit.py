"""Growing the trees of a Rosenblatt-tree copula with scikit-learn, and flattening them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.copulas._api import Cells
from copulasynth.copulas.forest import Forest
from copulasynth.copulas.leaf_law import Segments, leaf_segments

__all__ = ["TreeParts", "find_gates", "fit_tree_parts", "greedy_order"]

# Levels of a nominal variable that get an indicator of their own; rarer ones are reached through
# the order of the levels.
INDICATORS = 30

# Rows of one bag; more would only deepen the trees and slow the draw.
BAG_ROWS = 20_000

# A nominal target of more levels is grown as a regression on the order of its levels.
MANY_LEVELS = 100


@dataclass(frozen=True, slots=True, eq=False)
class TreeParts:
    """What the trees say, before the margins are made uniform (see `TreeCopula`)."""

    order: Ints
    forest: Forest
    gate: Ints
    gate_low: Floats
    gate_high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """Columns that trees split on, and what a split of each means on the uniform scale."""

    values: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"  # (n, f)
    source: int  # the variable
    low: Floats  # (f,) lower end of an indicator's cell, nan for ordered inputs
    high: Floats
    points: "np.ndarray[tuple[int], np.dtype[np.float32]]"  # distinct midpoints of the cells
    tops: Floats  # upper ends of their cells


def fit_tree_parts(
    cells: Cells,
    *,
    leaf: int,
    bags: int,
    gap: float,
    group: int,
    parents: int,
    rng: np.random.Generator,
) -> TreeParts:
    """Fit the conditional laws of all variables in a greedy order."""
    n, d = cells.lower.shape
    if d < 1 or n < 2 * leaf:
        raise ValueError(f"{n} rows of {d} variables are too few for leaves of {leaf} rows")
    gate, gate_low, gate_high = find_gates(cells)
    missing = (cells.lower <= 0) & (cells.upper >= 1)
    strength = rank_correlation(cells)
    order = greedy_order(strength, gate)
    lower, upper = cells.lower.copy(), cells.upper.copy()
    grove = _Grove(leaf, bags, gap, group, rng)
    inputs: dict[int, _Inputs] = {}
    for p, j in enumerate(order):
        before = order[:p]
        if len(before) > parents:
            before = before[np.sort(np.argsort(-strength[j, before], kind="stable")[:parents])]
        nominal, seen = bool(cells.nominal[j]), ~missing[:, j]
        raw = grove.grow([inputs[int(k)] for k in before], lower[:, j], upper[:, j], seen, nominal)
        if not seen.all():
            raw = rng.random(len(raw)) if gate[j] >= 0 else raw
            _place(lower[:, j], upper[:, j], seen, raw)
        inputs[int(j)] = _inputs(lower[:, j], upper[:, j], nominal, int(j))
    return TreeParts(order, grove.forest(), gate, gate_low, gate_high)


def find_gates(cells: Cells) -> tuple[Ints, Floats, Floats]:
    """Find for each gappy variable another one whose levels say exactly where it is missing.

    Returns
    -------
    gate : (d,) int64
        The other variable, or -1.
    low, high : (d,) float64
        Values are present where low < u_gate <= high; (0, 1) without a gate.
    """
    d = cells.dim
    missing = (cells.lower <= 0) & (cells.upper >= 1)
    gate, low, high = np.full(d, -1, dtype=np.int64), np.zeros(d), np.ones(d)
    complete = [k for k in range(d) if not missing[:, k].any()]
    few = [k for k in complete if len(np.unique(cells.lower[:500, k])) <= INDICATORS]
    for j in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)):
        for k in few:
            shut = missing[:, j]
            bottom, top = cells.lower[~shut, k].min(), cells.upper[~shut, k].max()
            inside = (cells.lower[:, k] >= bottom) & (cells.upper[:, k] <= top)
            if np.array_equal(inside, ~shut):
                gate[j], low[j], high[j] = k, bottom, top
                break
    return gate, low, high


def rank_correlation(cells: Cells) -> Floats:
    """Return absolute Spearman correlations of the cells' midpoints, 0 where undefined."""
    ranks = np.apply_along_axis(rankdata, 0, cells.mid)
    ranks = ranks - ranks.mean(axis=0)
    scale = np.sqrt((ranks**2).sum(axis=0))
    scale[scale == 0] = np.inf
    r: Floats = np.abs(ranks.T @ ranks) / scale[:, None] / scale
    return r


def greedy_order(strength: Floats, gate: Ints) -> Ints:
    """Start at the variable most correlated with all; add whichever is closest to one chosen."""
    d = len(strength)
    free = set(range(d))
    order: list[int] = []
    close = strength.sum(axis=0)
    while free:
        ready = [j for j in free if gate[j] < 0 or gate[j] not in free]
        best = max(ready, key=lambda j: (close[j], -j))
        order.append(best)
        free.remove(best)
        close = strength[:, order].max(axis=1)
    return np.array(order, dtype=np.int64)


def _place(lower: Floats, upper: Floats, seen: Bools, raw: Floats) -> None:
    """Give imputed points the observed cell they fall into, in place."""
    if not seen.any():
        lower[:], upper[:] = raw, raw
        return
    bottoms, first = np.unique(lower[seen], return_index=True)
    tops = upper[seen][first]
    at = np.clip(np.searchsorted(bottoms, raw, side="right") - 1, 0, len(bottoms) - 1)
    lower[~seen], upper[~seen] = bottoms[at], tops[at]


def _inputs(lower: Floats, upper: Floats, nominal: bool, j: int) -> _Inputs:
    middle = (0.5 * (lower + upper)).astype(np.float32)
    points, first, count = np.unique(middle, return_index=True, return_counts=True)
    columns, low, high = [middle], [np.nan], [np.nan]
    if nominal and len(points) > 2:
        for k in np.argsort(-count, kind="stable")[:INDICATORS]:
            columns.append((middle == points[k]).astype(np.float32))
            low.append(float(lower[first[k]]))
            high.append(float(upper[first[k]]))
    return _Inputs(np.column_stack(columns), j, np.array(low), np.array(high), points, upper[first])


class _Grove:
    """Collects flattened trees; lives only while a forest is being grown."""

    def __init__(
        self, leaf: int, bags: int, gap: float, group: int, rng: np.random.Generator
    ) -> None:
        self.leaf, self.bags, self.gap, self.group, self.rng = leaf, bags, gap, group, rng
        self.roots: list[list[int]] = []
        self.nodes: list[tuple[Ints, Floats, Floats, Ints]] = []
        self.laws: list[Segments] = []
        self.size, self.leaves = 0, 0

    def grow(
        self, here: list[_Inputs], lower: Floats, upper: Floats, seen: Bools, nominal: bool
    ) -> Floats:
        """Grow the bag of one variable and return draws for the rows where it is missing."""
        raw = self.rng.random(int((~seen).sum()))
        if not here or not seen.any():
            everything = Segments(*(np.array([v]) for v in (0, 0.0, 1.0, 1)))
            self._add(np.array([-1]), np.zeros(1), np.ones(1), np.array([0]), everything)
            self.roots.append([self.size - 1] * self.bags)
            return raw
        x = np.hstack([i.values for i in here])
        x_seen, low, high = x[seen], lower[seen], upper[seen]
        target = 0.5 * (low + high)
        levels = np.unique(target, return_inverse=True)[1] if nominal else None
        asked = self.rng.integers(self.bags, size=len(raw))
        roots = []
        for bag in range(self.bags):
            tree = self._tree(x_seen, target, levels)
            reached = tree.apply(x_seen)
            number = np.full(tree.node_count, -1)
            number[np.unique(reached)] = np.arange(len(np.unique(reached)))
            law = leaf_segments(number[reached], low, high, gap=self.gap, group=self.group)
            mine = asked == bag
            raw[mine] = _draw(law, number[tree.apply(x[~seen][mine])], raw[mine])
            roots.append(self.size)
            self._flatten(tree, number, here, law)
        self.roots.append(roots)
        return raw

    def _tree(self, x: Any, target: Floats, levels: Ints | None) -> Any:
        n = len(target)
        rows = np.unique(self.rng.integers(n, size=min(n, BAG_ROWS)))
        seed = int(self.rng.integers(1 << 31))
        if levels is not None and levels.max() < MANY_LEVELS:
            judge = DecisionTreeClassifier(min_samples_leaf=self.leaf, random_state=seed)
            return judge.fit(x[rows], levels[rows]).tree_
        judge = DecisionTreeRegressor(
            min_samples_leaf=self.leaf, min_impurity_decrease=1e-6, random_state=seed
        )
        return judge.fit(x[rows], target[rows]).tree_

    def _flatten(self, tree: Any, number: Ints, here: list[_Inputs], law: Segments) -> None:
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
        )


def _draw(law: Segments, leaf: Ints, w: Floats) -> Floats:
    """Draw from the law of each leaf by inversion of its segment weights."""
    ends = np.cumsum(law.count)
    total = np.bincount(law.leaf, law.count)
    start = np.r_[0, np.cumsum(total)[:-1]]
    place = start[leaf] + w * total[leaf]
    s = np.minimum(np.searchsorted(ends, place, side="right"), len(ends) - 1)
    part = (place - (ends[s] - law.count[s])) / law.count[s]
    drawn: Floats = law.low[s] + (law.high[s] - law.low[s]) * part
    return drawn
