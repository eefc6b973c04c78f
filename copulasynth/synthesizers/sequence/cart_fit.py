"""Growing classification and regression trees with scikit-learn, and flattening them."""

from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from copulasynth._arrays import Floats, Ints, crowded, frozen
from copulasynth.synthesizers.sequence.cart_law import CartLaw
from copulasynth.synthesizers.sequence.fit import Conditioned
from copulasynth.synthesizers.sequence.level_ranks import level_ranks, target_scores

__all__ = ["fit_cart_law"]

#: A split must lower the impurity by this share of the root's (synthpop's cp).
COMPLEXITY = 1e-8
#: Trees take numbers in single precision; larger ones are beyond every split.
SINGLE = 3e38


def fit_cart_law(
    problem: Conditioned, min_leaf: int, prune: bool, rng: np.random.Generator
) -> CartLaw:
    """Grow one tree as rpart would with minbucket = min_leaf, and keep the values of its leaves.

    The levels of a nominal input are ranked for each target (:func:`.level_ranks`), and splits
    are thresholds on the ranks.
    """
    y, layout = problem.y, problem.layout
    nominal = problem.kind in ("nominal", "state")
    varying = [k for k in problem.predictors if np.ptp(problem.seen[:, k]) > 0]
    if not varying or np.ptp(y) == 0 or len(y) < 2 * min_leaf:
        # a single leaf, which all rows reach
        zero = np.zeros(1, dtype=np.int64)
        return _law(problem, zero - 1, np.zeros(1), zero, zero, zero.repeat(len(y)), {})
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
    x = np.clip(np.column_stack(inputs), -SINGLE, SINGLE).astype(np.float32)
    tree = _grow(x, y, scores, nominal, min_leaf, rng)
    # The shares of missing values are rarely a half anywhere: pruning would make them independent.
    prune = prune and problem.kind != "state"
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
    if nominal and scores.shape[1] == len(np.unique(y)) and not crowded(y):
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
    problem: Conditioned,
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
