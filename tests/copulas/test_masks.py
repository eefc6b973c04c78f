"""Masks find the leaf that a walk from the root finds."""

import numpy as np
import pytest

from copulasynth.copulas.tree.forest import Forest
from copulasynth.copulas.tree.masks import masks_of

GRID = np.arange(11) / 10


@pytest.mark.parametrize("depth", [1, 3, 9, 12])
@pytest.mark.parametrize("d", [1, 4, 12])
def test_masks_reach_the_leaf_of_a_walk_also_below_their_branches(d, depth, random_forest):
    rng = np.random.default_rng(depth)
    forest = random_forest(rng, d, depth)
    masks = masks_of(forest)
    assert any((bag.ends < 0).any() for bag in masks.bags) == (depth == 12 and d > 1)
    # several words a tree where a group's code leaves few of many leaves open
    assert any(bag.by >= 0 for bag in masks.bags) >= (depth == 12 and d == 1)
    # half of the values lie exactly on thresholds; the index is not bound to (0, 1)
    n = 500
    u = np.where(rng.random((d + 1, n)) < 0.5, rng.choice(GRID, (d + 1, n)), rng.random((d + 1, n)))
    codes, tree = masks.codes(n), rng.integers(2, size=n)
    for j, (group, stride) in masks.places.items():
        codes[group] += stride * np.searchsorted(masks.edges[j], u[j])
    for j in range(d):
        u[-1] = np.where(rng.random(n) < 0.5, rng.choice(GRID, n), 5 * rng.standard_normal(n))
        found = masks.leaves(j, tree, codes, u, forest.offsets(n))
        assert np.array_equal(found, forest.descend(forest.roots[j][tree], u))


def test_variables_tested_at_few_places_share_tables_and_those_at_many_do_not(random_forest):
    few, many = (masks_of(random_forest(np.random.default_rng(1), d, 9)) for d in (4, 40))
    assert [len(m.groups) for m in (few, many)] == [3, 21]
    assert sorted(f for g in few.groups for f in g) == [0, 1, 2, 3, 4]


def test_a_bag_of_bare_leaves_needs_no_codes():
    roots = np.array([[0, 1, 1]])
    forest = Forest(
        roots, np.full(2, -1), np.zeros(2), np.ones(2), np.array([1, 0]), np.array([0, 1, 2]),
        np.zeros(2), np.ones(2), np.ones(2, int), np.zeros(2), np.zeros(2),
    )  # fmt: skip
    masks, u = masks_of(forest), np.full((2, 3), 0.5)
    codes = masks.codes(3)
    assert masks.leaves(0, np.arange(3), codes, u, forest.offsets(3)).tolist() == [1, 0, 0]
