"""Neighbours in the space of SMOTE-NC."""

import itertools

import numpy as np
import pytest

from copulasynth.schema import Variable
from copulasynth.synthesizers.neighbours.matching import chain_of_matchings, matching
from copulasynth.synthesizers.neighbours.nearest import closest, embed, nearest
from copulasynth.synthesizers.training_rows import even_rows, layout_of, on_grid


def _layout(*kinds, levels=3):
    return layout_of(
        [
            Variable(f"v{j}", j, kind, levels if kind in ("nominal", "state") else 0)
            for j, kind in enumerate(kinds)
        ]
    )


def _brute(space, k):
    apart = ((space[:, None] - space[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.sort(np.take_along_axis(apart, np.argsort(apart, axis=1)[:, :k], axis=1), axis=1)


@pytest.mark.parametrize("d", [1, 3, 20])
def test_neighbours_are_the_nearest_other_rows(d):
    space = np.random.default_rng(d).standard_normal((200, d))
    found = nearest(space, 4)
    apart = ((space[found] - space[:, None]) ** 2).sum(axis=2)
    np.testing.assert_allclose(apart, _brute(space, 4), rtol=1e-12)


def test_a_duplicate_is_never_its_own_neighbour():
    # 30 copies of one row: a search that drops its first hit would leave rows among their own
    space = np.repeat(np.random.default_rng(0).standard_normal((10, 2)), 30, axis=0)
    found = nearest(space, 5)
    assert (found != np.arange(300)[:, None]).all()
    assert ((found >= 0) & (found < 300)).all()


def test_numeric_variables_have_standard_deviation_one_whatever_their_unit():
    x = np.random.default_rng(0).standard_normal((100, 2))
    layout = _layout("continuous", "continuous")
    other = embed(x * [1e-6, 1e6] + [3, -8], layout)
    np.testing.assert_allclose(embed(x, layout), other, atol=1e-8)


def test_two_levels_are_apart_by_the_median_standard_deviation():
    x = np.column_stack([np.linspace(-1, 1, 6), [0, 1, 2, 0, 1, 2.0]])
    space = embed(x, _layout("continuous", "nominal"))
    same = ((space[0] - space[3]) ** 2).sum() - (space[0, 0] - space[3, 0]) ** 2
    other = ((space[0] - space[1]) ** 2).sum() - (space[0, 0] - space[1, 0]) ** 2
    assert same == pytest.approx(0.0)
    assert other == pytest.approx(1.0)


def test_two_missing_values_are_at_distance_zero():
    x = np.array([[np.nan, 1.0], [np.nan, 1.0], [5.0, 0.0], [7.0, 0.0]])
    layout = _layout("continuous", "state")
    space = embed(x, layout)
    assert ((space[0] - space[1]) ** 2).sum() == 0.0
    assert ((space[0] - space[2]) ** 2).sum() > 1.0


def test_without_numbers_levels_are_apart_by_what_they_say_about_other_columns():
    # levels 0 and 1 of the first column have the same law of the second one; level 2 another
    a = np.repeat([0.0, 1.0, 2.0], 40)
    b = np.concatenate([np.tile([0.0, 1.0], 40), np.full(40, 2.0)])
    space = embed(np.column_stack([a, b]), _layout("nominal", "nominal"))
    assert ((space[0] - space[40]) ** 2).sum() == pytest.approx(0.0, abs=1e-20)
    # |(1/2, 1/2, 0) - (0, 0, 1)|^2 = 1.5 for the first column
    apart = ((space[0] - space[80]) ** 2).sum()
    assert apart > 1.5 - 1e-9


def test_closest_is_the_distance_to_the_nearest_row():
    a, b = np.random.default_rng(1).standard_normal((2, 50, 3))
    apart = np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2)).min(axis=1)
    np.testing.assert_allclose(closest(a, b), apart, rtol=1e-9)


@pytest.mark.parametrize("d", [1, 2, 20])
def test_a_matching_pairs_neighbours_and_no_row_twice(d):
    near = nearest(np.random.default_rng(d).standard_normal((500, d)), 5)
    a, b = matching(near, np.random.default_rng(0))
    together = np.concatenate([a, b])
    assert len(set(together)) == len(together)
    assert all(j in near[i] for i, j in zip(a, b, strict=True))
    assert len(together) > 0.6 * 500


def test_two_matchings_in_a_row_meet_nearly_all_rows():
    near = nearest(np.random.default_rng(0).standard_normal((500, 20)), 5)
    chain = chain_of_matchings(near, 2, seed=1)
    for (_, _, one), (_, _, two) in itertools.pairwise(chain):
        assert np.mean((one < 0) & (two < 0)) < 0.02


def test_even_rows_use_each_row_floor_or_ceiling_times():
    counts = np.bincount(even_rows(1234, 100, np.random.default_rng(0)), minlength=100)
    assert set(counts) == {12, 13}


@pytest.mark.parametrize("step", [1.0, 0.25, 0.1])
def test_rounding_to_a_grid_is_unbiased_and_leaves_grid_values(step):
    x = np.full(40_000, 3.3 * step)
    rounded = on_grid(x.copy(), step, np.random.default_rng(0))
    # a two-point law: P(up) = .3
    assert abs(rounded.mean() - 3.3 * step) < 4 * step * np.sqrt(0.3 * 0.7 / x.size)
    np.testing.assert_allclose(rounded / step, np.round(rounded / step), atol=1e-9)
    whole = np.arange(50.0) * 1.0
    np.testing.assert_array_equal(on_grid(whole.copy(), 1.0, np.random.default_rng(0)), whole)
