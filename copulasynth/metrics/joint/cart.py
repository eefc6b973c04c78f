"""A classification tree pruned at a cost-complexity, for propensity scores."""

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth._lazy import unswept
from copulasynth.metrics.table import Table

__all__ = ["cart_features", "cart_scores"]


def cart_features(table: Table, y: Floats) -> Floats:
    """Return one feature a column and an indicator a kind of gap, shape (n, p).

    Levels are numbered by their share of y = 1; for two classes the best split of the levels
    into two sets is a cut in that order (Breiman et al. 1984, theorem 4.5).
    """
    features = []
    for column, x, state in zip(table.columns, table.numbers, table.states, strict=True):
        if column.kind == "numeric":
            features.append(np.nan_to_num(x))
            gaps = [(state == k).astype(float) for k in range(1, len(column.states))]
            features += [gap for gap in gaps if gap.any()]
            continue
        width = len(column.levels)
        codes = np.where(state == 0, np.nan_to_num(x), width + state.astype(np.int64) - 1).astype(
            np.int64
        )
        count = np.bincount(codes)
        share = np.bincount(codes, weights=y) / np.maximum(count, 1)
        features.append(share[codes])
    return np.stack(features, axis=1)


def cart_scores(
    x: Floats, y: Floats, *, min_leaf: int = 5, cp: float = 1e-3, seed: int = 0
) -> tuple[Floats, int]:
    """Return leaf shares of y = 1 for every row, and the number of leaves.

    The tree is grown by the Gini index, twice the squared error of 0 and 1, on nodes of at least
    ``3 min_leaf`` rows, then pruned to the smallest subtree that minimises misclassified rows
    + cp * (misclassified rows of the root) a leaf (Breiman et al. 1984, section 3.3).
    """
    # the import costs half a second, and few programs judge
    with unswept():
        from sklearn.tree import DecisionTreeRegressor

    # it counts one class where a classification tree counts two, for the same splits
    grown = DecisionTreeRegressor(
        min_samples_leaf=min_leaf, min_samples_split=3 * min_leaf, max_depth=30, random_state=seed
    ).fit(x, y)
    tree = grown.tree_
    weight = tree.weighted_n_node_samples
    share = tree.value[:, 0, 0]
    left, right = tree.children_left, tree.children_right
    # whole numbers again, so that rounding keeps no split that gains nothing
    wrong = np.rint(weight * np.minimum(share, 1 - share))
    final = _pruned(left.tolist(), right.tolist(), wrong.tolist(), cp)
    leaf = final[grown.apply(x)]
    return share[leaf], int(np.unique(leaf).size)


def _pruned(left: list[int], right: list[int], wrong: list[float], cp: float) -> Ints:
    """Return for each node the node whose value it takes after pruning."""
    alpha = cp * wrong[0]
    cost = [one + alpha for one in wrong]
    kept = [False] * len(left)
    # Children have larger numbers than their parent, so one backward pass is bottom-up.
    for node in range(len(left) - 1, -1, -1):
        if left[node] >= 0:
            below = cost[left[node]] + cost[right[node]]
            kept[node] = below < cost[node]
            cost[node] = min(below, cost[node])
    final = list(range(len(left)))
    for node in range(len(left)):
        if left[node] >= 0:
            open_here = kept[node] and final[node] == node
            for child in (left[node], right[node]):
                final[child] = child if open_here else final[node]
    return np.array(final, dtype=np.int64)
