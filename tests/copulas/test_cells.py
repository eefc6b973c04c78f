import numpy as np
import pytest

from copulasynth.copulas import cells_of


def test_cells_are_the_left_limit_and_the_value_of_the_empirical_distribution_function():
    x = np.array([[2.0, 5.0], [1.0, np.nan], [2.0, 7.0], [9.0, 5.0], [2.0, np.nan]])
    cells = cells_of(x, np.array([False, False]))
    np.testing.assert_allclose(cells.lower[:, 0], [0.2, 0.0, 0.2, 0.8, 0.2])
    np.testing.assert_allclose(cells.upper[:, 0], [0.8, 0.2, 0.8, 1.0, 0.8])
    np.testing.assert_allclose(cells.lower[:, 1], [0, 0, 2 / 3, 0, 0])
    np.testing.assert_allclose(cells.upper[:, 1], [2 / 3, 1, 1, 2 / 3, 1])


def test_a_strictly_increasing_transform_changes_nothing():
    x = np.random.default_rng(0).normal(size=(200, 2)).round(1)
    flags = np.zeros(2, dtype=bool)
    one, two = cells_of(x, flags), cells_of(np.exp(x) + 3.0, flags)
    assert np.array_equal(one.lower, two.lower)
    assert np.array_equal(one.upper, two.upper)


def test_an_all_missing_variable_has_the_whole_interval_everywhere():
    cells = cells_of(np.full((3, 1), np.nan), np.array([False]))
    assert cells.lower.tolist() == [[0.0]] * 3
    assert cells.upper.tolist() == [[1.0]] * 3


def test_flags_of_another_length_are_refused():
    with pytest.raises(ValueError, match="nominal needs shape"):
        cells_of(np.zeros((3, 2)), np.array([False]))
