import numpy as np
import pytest

from copulasynth.copulas.tree.forest import FLOOR, Forest

GRID = np.arange(11) / 10


def plain_leaf(forest, node, u):
    while forest.feature[node] >= 0:
        value = u[forest.feature[node]]
        node = forest.child[node] + (forest.low[node] < value <= forest.high[node])
    return forest.child[node]


def plain_pick(forest, leaf, w):
    if w < FLOOR:
        return w / FLOOR
    a, b = forest.offset[leaf : leaf + 2]
    place = (w - FLOOR) * (forest.count[a:b].sum() / (1.0 - FLOOR))
    s = a + np.searchsorted(np.cumsum(forest.count[a:b]), int(place), side="right")
    low, high = forest.segment_low[s], forest.segment_high[s]
    return low + (high - low) * (place - int(place))


@pytest.mark.parametrize("seed", range(5))
def test_the_walk_reaches_the_leaf_of_a_plain_descent(seed, random_forest):
    rng = np.random.default_rng(seed)
    forest = random_forest(rng, d=4)
    assert ((forest.feature >= 0) & (forest.high < 1)).any()
    # half of the values lie exactly on thresholds; the index is not bound to (0, 1)
    n = 800
    u = np.where(rng.random((5, n)) < 0.5, rng.choice(GRID, (5, n)), rng.random((5, n)))
    u[-1] = np.where(rng.random(n) < 0.5, u[-1], 3 * rng.standard_normal(n))
    start = rng.choice(forest.roots.ravel(), n)
    expected = [plain_leaf(forest, r, v) for r, v in zip(start, u.T, strict=True)]
    assert forest.descend(start, u).tolist() == expected
    assert forest.descend(start, np.asfortranarray(u), forest.offsets(n)).tolist() == expected
    for root, leaf in zip(forest.roots[2], forest.leaves(2, u), strict=True):
        assert leaf.tolist() == [plain_leaf(forest, root, v) for v in u.T]


def test_the_walk_ends_at_once_where_there_is_nothing_to_test():
    one, half = np.array([0]), np.array([0.5])
    forest = Forest(
        one[:, None], one - 1, np.zeros(1), np.ones(1), one, np.array([0, 1]),
        np.zeros(1), half, one + 1, np.zeros(1), np.zeros(1),
    )  # fmt: skip
    assert forest.descend(np.zeros(3, int), np.full((2, 3), 0.5)).tolist() == [0, 0, 0]
    assert forest.descend(np.zeros(0, int), np.empty((2, 0))).tolist() == []


def test_draws_of_leaf_laws_are_those_of_a_plain_search_bit_for_bit(random_forest):
    rng = np.random.default_rng(1)
    forest = random_forest(rng, d=2)
    w = np.r_[0.0, FLOOR / 3, FLOOR, 1 - 2.0**-53, rng.random(800)]
    w = np.r_[w, 1 - 2.0**-53 - w[4:] * 1e-12]
    leaf = rng.integers(len(forest.offset) - 1, size=len(w))
    expected = [plain_pick(forest, a, b) for a, b in zip(leaf, w, strict=True)]
    assert forest.pick(leaf, w).tolist() == expected
