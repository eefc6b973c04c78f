import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from copulasynth.copulas import (
    GaussianCopula,
    IndependenceCopula,
    StudentCopula,
    nearest_correlation,
)
from copulasynth.errors import SamplingError

R = np.array(
    [[1.0, 0.6, 0.3, 0.5], [0.6, 1.0, 0.5, -0.2], [0.3, 0.5, 1.0, 0.1], [0.5, -0.2, 0.1, 1.0]]
)
COPULAS = {"gaussian": GaussianCopula(R), "student": StudentCopula(R, 4.0)}
BOXES = {
    "a point": ([0.9, 0, 0, 0], [0.9, 1, 1, 1]),
    "a cell": ([0, 0.7, 0, 0], [1, 0.9, 1, 1]),
    "two cells": ([0.6, 0, 0, 0.0], [0.9, 1, 1, 0.4]),
    "three cells": ([0.6, 0.0, 0.2, 0.0], [1.0, 0.5, 0.8, 1.0]),
}


@pytest.mark.parametrize("name", COPULAS)
@pytest.mark.parametrize("box", [b for b in BOXES if b != "a point"])
def test_conditional_draws_have_the_law_of_rejection(name, box):
    copula = COPULAS[name]
    lower, upper = (np.array(b, dtype=float) for b in BOXES[box])
    plain = copula.draw(150_000, np.random.default_rng(1))
    u = copula.scale(0).to_unit(plain)
    kept = plain[:, ((u >= lower[:, None]) & (u <= upper[:, None])).all(axis=0)]
    drawn = copula.draw_given(10_000, np.random.default_rng(2), lower, upper)
    for j in range(4):
        assert stats.ks_2samp(kept[j], drawn[j]).pvalue > 1e-4
        for i in range(j):
            assert stats.ks_2samp(kept[i] - kept[j], drawn[i] - drawn[j]).pvalue > 1e-4


def test_a_fixed_normal_score_gives_the_conditional_normal_law():
    n, z0 = 20_000, 1.3
    at = np.array([ndtr(z0), 0, 0, 0])
    z = COPULAS["gaussian"].draw_given(n, np.random.default_rng(3), at, np.r_[at[:1], 1, 1, 1])
    np.testing.assert_allclose(z[0], z0, atol=1e-12)
    for j in range(1, 4):
        law = stats.norm(R[0, j] * z0, np.sqrt(1 - R[0, j] ** 2))
        assert stats.kstest(z[j], law.cdf).pvalue > 1e-4
    partial = R[1, 2] - R[0, 1] * R[0, 2]
    assert abs(np.cov(z[1], z[2])[0, 1] - partial) < 4 / np.sqrt(n)


def test_a_fixed_t_score_gives_the_conditional_t_law():
    df, x0 = 4.0, 2.0
    at = np.array([stats.t(df).cdf(x0), 0, 0, 0])
    r = COPULAS["student"].draw_given(20_000, np.random.default_rng(3), at, np.r_[at[:1], 1, 1, 1])
    x = r * np.sqrt(df / (1 - r**2))
    for j in range(1, 4):
        scale = np.sqrt((df + x0**2) / (df + 1) * (1 - R[0, j] ** 2))
        assert stats.kstest(x[j], stats.t(df + 1, R[0, j] * x0, scale).cdf).pvalue > 1e-4


def test_the_mean_of_a_truncated_pair_equals_its_closed_form():
    """E z1 = (1 + r) phi(0) (1/2) / P over the positive quadrant, P = 1/4 + asin(r) / (2 pi)."""
    r, n = 0.6, 50_000
    pair = GaussianCopula(np.array([[1, r], [r, 1]]))
    z = pair.draw_given(n, np.random.default_rng(4), np.array([0.5, 0.5]), np.ones(2))
    mean = (1 + r) / (2 * np.sqrt(2 * np.pi)) / (0.25 + np.arcsin(r) / (2 * np.pi))
    assert (np.abs(z.mean(axis=1) - mean) < 4 * z.std(axis=1) / np.sqrt(n)).all()


@pytest.mark.parametrize("name", COPULAS)
@pytest.mark.parametrize("box", BOXES)
def test_conditional_draws_are_prefix_stable_and_keep_their_bounds(name, box):
    copula = COPULAS[name]
    lower, upper = (np.array(b, dtype=float) for b in BOXES[box])
    few = copula.draw_given(10, np.random.default_rng(5), lower, upper)
    many = copula.draw_given(9000, np.random.default_rng(5), lower, upper)
    assert np.array_equal(few, many[:, :10])
    u = copula.scale(0).to_unit(many)
    assert (u >= lower[:, None] - 1e-12).all()
    assert (u <= upper[:, None] + 1e-12).all()
    celled = (lower < upper) & ((lower > 0) | (upper < 1))
    assert all(len(np.unique(many[j])) > 8000 for j in np.flatnonzero(celled))


def test_improbable_and_nearly_contradicting_cells_are_drawn_exactly():
    r = np.full((6, 6), 0.9) + 0.1 * np.eye(6)
    lower, upper = np.zeros(6), np.ones(6)
    upper[:2], lower[2:4] = 0.02, 0.98
    for copula in (GaussianCopula(r), StudentCopula(r, 3.0)):
        u = copula.scale(0).to_unit(copula.draw_given(100, np.random.default_rng(6), lower, upper))
        assert np.isfinite(u).all()
        assert (u <= upper[:, None] + 1e-9).all()
        assert (u >= lower[:, None] - 1e-9).all()


def test_every_variable_may_be_fixed():
    at = np.array([0.1, 0.5, 0.7, 0.2])
    for copula in COPULAS.values():
        x = copula.draw_given(3, np.random.default_rng(7), at, at)
        np.testing.assert_allclose(copula.scale(0).to_unit(x), np.tile(at[:, None], 3), atol=1e-12)


def test_no_bounds_give_the_law_of_plain_draws():
    for copula in [*COPULAS.values(), IndependenceCopula(4)]:
        a = copula.draw_given(5000, np.random.default_rng(8), np.zeros(4), np.ones(4))
        b = copula.draw(5000, np.random.default_rng(9))
        for j in range(4):
            assert stats.ks_2samp(a[j] - a[j - 1], b[j] - b[j - 1]).pvalue > 1e-4


def test_independence_fills_the_box_uniformly():
    lower, upper = np.array([0.2, 0.4]), np.array([0.3, 0.4])
    u = IndependenceCopula(2).draw_given(5000, np.random.default_rng(1), lower, upper)
    assert stats.kstest(u[0], stats.uniform(0.2, 0.1).cdf).pvalue > 1e-4
    assert (u[1] == 0.4).all()


@pytest.mark.parametrize(
    ("lower", "upper"),
    [([0.0], [1.0]), ([0.6, 0, 0, 0], [0.5, 1, 1, 1]), ([np.nan, 0, 0, 0], [1] * 4)],
)
def test_impossible_bounds_are_refused(lower, upper):
    with pytest.raises(ValueError, match="bounds"):
        COPULAS["gaussian"].draw_given(
            1, np.random.default_rng(0), np.array(lower), np.array(upper)
        )


@pytest.mark.parametrize("family", ["gaussian", "student"])
def test_cells_that_exclude_each_other_are_refused_with_the_acceptance_rate(family):
    r, _ = nearest_correlation(np.ones((2, 2)))
    copula = GaussianCopula(r) if family == "gaussian" else StudentCopula(r, 4.0)
    with pytest.raises(SamplingError, match="acceptance"):
        copula.draw_given(1, np.random.default_rng(0), np.array([0, 0.7]), np.array([0.3, 1.0]))


def test_cells_that_agree_are_drawn_from_a_nearly_singular_copula():
    r, _ = nearest_correlation(np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]]))
    lower, upper = np.array([0.3, 0.5, 0]), np.array([0.6, 0.9, 1])
    z = GaussianCopula(r).draw_given(1000, np.random.default_rng(0), lower, upper)
    assert np.abs(z[0] - z[1]).max() < 0.02
    assert 0.49 <= ndtr(z[:2]).min() <= ndtr(z[:2]).max() <= 0.61
