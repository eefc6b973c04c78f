"""The law of a classification or regression tree whose leaves hold training values."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from copulasynth._arrays import Bools, Floats, Ints, frozen
from copulasynth.synthesizers._level_ranks import level_ranks, target_scores
from copulasynth.synthesizers._sequence_fit import Problem

__all__ = ["CartLaw", "fit_cart_law"]

#: A split must lower the impurity by this share of the root's (synthpop's cp).
COMPLEXITY = 1e-8

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
    dim : int
        Number of variables d.
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
        if (np.diff(self.rank_start) < 1).any() or self.rank_start[0] != 0:
            raise ValueError("every ranked input needs its ranks")
        if len(self.rank_start) != len(self.ranked) + 1 or self.rank_start[-1] != len(self.ranks):
            raise ValueError("every ranked input needs its ranks")
        object.__setattr__(self, "_source", np.where(inner, self.feature, 0))
        object.__setattr__(self, "_limit", np.where(inner, self.threshold, NEVER))
        object.__setattr__(self, "_inner", inner)
        object.__setattr__(self, "_count", count)
        object.__setattr__(self, "child", np.where(inner, self.child, here))

    @property
    def holds_training_values(self) -> bool:
        return True

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

    def _rank(self, seen: Floats) -> None:
        """Write the ranks of nominal inputs below the variables."""
        for t, j in enumerate(self.ranked):
            ranks = self.ranks[self.rank_start[t] : self.rank_start[t + 1]]
            codes = seen[j].astype(np.int64) + 1
            np.take(ranks, codes, out=seen[self.dim + t], mode="clip")


def fit_cart_law(problem: Problem, min_leaf: int, prune: bool, rng: np.random.Generator) -> CartLaw:
    """Grow one tree as rpart would with minbucket = min_leaf, and keep the values of its leaves.

    The levels of a nominal input are ranked for each target (:func:`.level_ranks`), and splits
    are thresholds on the ranks.
    """
    y, layout = problem.y, problem.layout
    nominal = layout.kinds[problem.target] in ("nominal", "state")
    varying = [k for k in problem.predictors if np.ptp(problem.seen[:, k]) > 0]
    if not varying or np.ptp(y) == 0 or len(y) < 2 * min_leaf:
        return _law(problem, *_single_leaf(), np.zeros(len(y), dtype=np.int64), {})
    scores = target_scores(y, nominal, rng)
    tables: dict[int, Floats] = {}
    inputs, features = [], []
    for k in map(int, varying):
        column = problem.seen[:, k]
        features.append(k)
        if layout.kinds[k] == "nominal" and layout.levels[k] > 2:
            features[-1] = layout.dim + len(tables)
            tables[k] = level_ranks(column, int(layout.levels[k]), scores)
            column = tables[k][column.astype(np.int64) + 1]
        inputs.append(column)
    x = np.column_stack(inputs).astype(np.float32)
    tree = _grow(x, y, scores, nominal, min_leaf, rng)
    # The shares of missing values are rarely a half anywhere: pruning would make them independent.
    prune = prune and layout.kinds[problem.target] != "state"
    final = _pruned(tree) if prune else np.arange(tree.node_count)
    flat = _flat(tree, final, np.array(features))
    return _law(problem, *flat, final[tree.apply(x)], tables)


def _grow(
    x: Any, y: Floats, scores: Floats, nominal: bool, min_leaf: int, rng: np.random.Generator
) -> Any:
    """Grow a tree; `scores` are the target as columns of a common scale."""
    settings = {
        "min_samples_leaf": min_leaf,
        "min_samples_split": max(3 * min_leaf, 2),
        "random_state": int(rng.integers(1 << 31)),
    }
    impurity = float(scores.var(axis=0).sum())
    if nominal and scores.shape[1] == len(np.unique(y)):
        judge = DecisionTreeClassifier(min_impurity_decrease=COMPLEXITY * impurity, **settings)
        return judge.fit(x, y).tree_
    target = scores / np.sqrt(impurity)
    judge = DecisionTreeRegressor(min_impurity_decrease=COMPLEXITY, **settings)
    return judge.fit(x, target.squeeze()).tree_


def _pruned(tree: Any) -> Ints:
    """Return, for each node, the node in whose leaf its rows end.

    A classification tree loses the splits below which no more rows are classified rightly than
    at their node: cost-complexity pruning at `COMPLEXITY` (Breiman et al. 1984, section 3.3),
    whose risk is misclassification even where splits are chosen by the Gini index.
    """
    left, right = tree.children_left, tree.children_right
    final = np.arange(tree.node_count)
    if tree.max_n_classes < 2:
        return final
    wrong = tree.weighted_n_node_samples * (1.0 - tree.value[:, 0].max(axis=1))
    cost = wrong + COMPLEXITY * wrong[0]
    kept = np.zeros(tree.node_count, dtype=bool)
    # Children are numbered after their parents, so one pass backwards goes bottom-up.
    for node in np.flatnonzero(left >= 0)[::-1]:
        below = cost[left[node]] + cost[right[node]]
        kept[node] = below < cost[node]
        cost[node] = min(below, cost[node])
    for node in np.flatnonzero(left >= 0):
        if not kept[node] or final[node] != node:
            final[left[node]] = final[right[node]] = final[node]
    return final


def _single_leaf() -> tuple[Ints, Floats, Ints, Ints]:
    return np.array([-1]), np.zeros(1), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)


def _flat(tree: Any, final: Ints, features: Ints) -> tuple[Ints, Floats, Ints, Ints]:
    """Return feature, threshold, child and the place of each old node, breadth first."""
    left, right = tree.children_left, tree.children_right
    # A node is inner if its rows go on to its children.
    left = np.where((left >= 0) & (final[left] == left), left, -1)
    place = np.full(tree.node_count, -1)
    place[0] = 0
    level, filled = np.array([0]), 1
    while len(level):
        inner = level[left[level] >= 0]
        level = np.column_stack([left[inner], right[inner]]).ravel()
        place[level] = filled + np.arange(len(level))
        filled += len(level)
    back = np.argsort(place)[np.sum(place < 0) :]
    inner = left[back] >= 0
    feature = np.where(inner, features[np.where(inner, tree.feature[back], 0)], -1)
    threshold = np.where(inner, tree.threshold[back], 0.0)
    child = np.where(inner, place[left[back]], 0)
    return feature, threshold, child, place


def _law(
    problem: Problem,
    feature: Ints,
    threshold: Floats,
    child: Ints,
    place: Ints,
    reached: Ints,
    tables: dict[int, Floats],
) -> CartLaw:
    """Number the leaves in node order and sort the target's values into them."""
    inner = feature >= 0
    leaf = np.where(inner, -1, np.cumsum(~inner) - 1)
    mine = leaf[place[reached]]
    sizes = [len(table) for table in tables.values()]
    return CartLaw(
        dim=problem.layout.dim,
        feature=frozen(feature.astype(np.int64)),
        threshold=frozen(threshold.astype(np.float64)),
        child=frozen(child.astype(np.int64)),
        leaf=frozen(leaf.astype(np.int64)),
        ranked=frozen(np.array(list(tables), dtype=np.int64)),
        rank_start=frozen(np.cumsum([0, *sizes])),
        ranks=frozen(np.concatenate([*tables.values(), np.empty(0)])),
        offset=frozen(np.cumsum(np.r_[0, np.bincount(mine)])),
        donors=frozen(problem.y[np.argsort(mine, kind="stable")]),
    )
