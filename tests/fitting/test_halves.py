"""Two halves: random, but what two rows have is on both sides."""

import numpy as np
import pytest

from copulasynth.fitting.halves import halves


def split(x, levelled, seed=1, size=None):
    order = np.random.default_rng(seed).permutation(len(x))
    return halves(x, levelled, order, size or len(x) // 2), order


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("size", [20, 100])
def test_every_level_and_gap_of_two_rows_is_on_both_sides_and_of_one_row_in_training(seed, size):
    n, rng = 200, np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 3, n), np.zeros(n), rng.normal(size=n), np.zeros(n)])
    rare = rng.permutation(n)
    x[rare[:2], 0], x[rare[2], 0] = 7, 8
    x[rare[3], 1] = 1
    x[rare[4:6], 2] = np.nan
    x[rare[6:8], 3] = rng.normal(size=2)
    (train, held), _ = split(x, [True, True, False, False], seed, size)
    assert len(train) == len(held) == size
    assert not set(train) & set(held)
    assert {7, 8} <= set(x[train, 0])
    assert 7 in x[held, 0]
    assert x[train, 1].max() == 1
    for rows in (train, held):
        assert np.isnan(x[rows, 2]).any()
        assert np.ptp(x[rows, 3]) > 0


def test_a_table_without_anything_rare_is_split_as_the_order_says():
    x = np.random.default_rng(1).normal(size=(400, 3))
    x[:, 0] = np.arange(400) % 2
    (train, held), order = split(x, [True, False, False])
    np.testing.assert_array_equal(train, np.sort(order[:200]))
    np.testing.assert_array_equal(held, np.sort(order[200:]))


def test_more_rare_levels_than_rows_fill_the_halves_and_no_more():
    x = np.arange(60.0)[:, None]
    (train, held), _ = split(x, [True])
    assert sorted([*train, *held]) == list(range(60))
