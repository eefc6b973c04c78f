import numpy as np
import pytest

from copulasynth.copulas.elliptical.correlation import (
    check_correlation,
    nearest_correlation,
    shrinkage_intensity,
    shrunk,
)


def test_higham_s_example_has_the_published_answer():
    a = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    near, distance = nearest_correlation(a, floor=0.0)
    # Higham (2002), section 4
    np.testing.assert_allclose(near[[0, 0, 1], [1, 2, 2]], [0.7607, 0.1573, 0.7607], atol=1e-4)
    assert distance == pytest.approx(0.5278, abs=1e-4)


def test_a_correlation_matrix_is_its_own_nearest():
    r = np.array([[1.0, 0.3], [0.3, 1.0]])
    near, distance = nearest_correlation(r)
    assert np.array_equal(near, r)
    assert distance == 0.0


def test_a_singular_matrix_gets_a_cholesky_factor_at_a_small_distance():
    near, distance = nearest_correlation(np.ones((5, 5)))
    check_correlation(near)
    assert 0 < distance < 1e-4


def test_shrinkage_fades_with_rows_and_never_exceeds_one_row_a_variable():
    r = np.array([[1.0, 0.8], [0.8, 1.0]])
    assert shrinkage_intensity(r, 500) == pytest.approx(0.36**2 / 0.64 / 500)
    assert shrinkage_intensity(np.eye(4), 100) == pytest.approx(4 / 104)
    assert shrunk(r, 1000, 0.2)[0][0, 1] == pytest.approx(0.64)


@pytest.mark.parametrize(
    "r",
    [np.zeros((0, 0)), np.ones((2, 3)), np.array([[1, 0.5], [0.4, 1]]), np.ones((2, 2)),
     np.array([[1, np.nan], [np.nan, 1]]), 2 * np.eye(2)],
)  # fmt: skip
def test_what_is_no_correlation_matrix_is_refused(r):
    with pytest.raises(ValueError, match="correlation matrix"):
        check_correlation(r.astype(float))
