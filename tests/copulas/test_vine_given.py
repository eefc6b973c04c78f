"""Conditional draws of vines against the conditional normal law, and in their own law."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import kstest

from copulasynth.copulas import GaussianCopula, PairCopula, Vine, VineCopula
from copulasynth.copulas.vine.fit import fit_vine

N = 8000


@pytest.fixture(scope="module")
def chain():
    """A D-vine 0-1-2-3 of Gaussian pairs: an autoregressive Gaussian copula."""
    rho, none = PairCopula("gaussian", 0, np.array([0.7])), PairCopula("indep")
    return VineCopula((1, 2, 3, 4), ((2, 3, 4), (3, 4), (4,)), ((rho,) * 3, (none,) * 2, (none,)))


@pytest.fixture(scope="module")
def gaussian():
    k = np.arange(4)
    return GaussianCopula(0.7 ** np.abs(k[:, None] - k))


def box(**given):
    lower, upper = np.zeros(4), np.ones(4)
    for name, value in given.items():
        lower[int(name[1])], upper[int(name[1])] = value
    return lower, upper


@pytest.mark.parametrize(
    "given",
    [
        {"v0": (0.9, 0.9)},
        {"v2": (0.2, 0.2)},
        {"v1": (0.8, 0.8), "v2": (0.3, 0.3)},
        {"v1": (0.5, 0.8)},
        {"v0": (0.0, 0.3), "v3": (0.6, 1.0)},
        {"v2": (0.9, 0.9), "v0": (0.5, 1.0)},
    ],
)
def test_gaussian_vines_draw_the_conditional_normal_law(chain, gaussian, given):
    lower, upper = box(**given)
    z = chain.draw_given(N, np.random.default_rng(1), lower, upper)
    right = gaussian.draw_given(N, np.random.default_rng(2), lower, upper)
    assert (ndtr(z) >= lower[:, None] - 1e-12).all()
    assert (ndtr(z) <= upper[:, None] + 1e-12).all()
    # two independent samples of n rows differ by sqrt(2 / n) standard deviations
    sd = right.std(axis=1)
    assert (np.abs(z.mean(axis=1) - right.mean(axis=1)) <= 4.5 * sd * np.sqrt(2 / N) + 1e-7).all()
    assert (np.abs(z.std(axis=1) - sd) <= 4.5 * sd / np.sqrt(N) + 1e-7).all()


def test_points_that_cannot_stand_at_the_tail_are_met_closely(chain, gaussian):
    lower, upper = box(v0=(0.9, 0.9), v3=(0.9, 0.9))
    z = chain.draw_given(2000, np.random.default_rng(3), lower, upper)
    right = gaussian.draw_given(2000, np.random.default_rng(4), lower, upper)
    np.testing.assert_allclose(z[[0, 3]], ndtri(0.9))
    # the window of .01 in probability is .06 on the normal scale here
    assert (np.abs(z.mean(axis=1) - right.mean(axis=1)) <= 4.5 * np.sqrt(2 / 2000) + 0.06).all()


def test_a_tll_vine_given_a_point_keeps_its_conditional_law():
    rng = np.random.default_rng(5)
    x = rng.standard_normal((800, 3))
    x[:, 1] += 0.5 * x[:, 0] ** 2
    x[:, 2] += x[:, 1]
    u = (x.argsort(axis=0).argsort(axis=0) + 1) / 801
    vine = fit_vine(u, Vine(nonparametric_mult=1.0, nonparametric_grid_size=30))
    for j in range(3):
        lower, upper = np.zeros(3), np.ones(3)
        lower[j] = upper[j] = 0.8
        rows = ndtr(vine.draw_given(4000, np.random.default_rng(6), lower, upper).T)
        engine = vine._tail(np.array([j]))[0][0]
        w = engine.rosenblatt(np.asfortranarray(rows))
        for k in set(range(3)) - {j}:
            assert kstest(w[:, k], "uniform").statistic < 1.95 / np.sqrt(4000) + 5e-4


def test_first_conditional_rows_do_not_depend_on_how_many_follow(chain):
    lower, upper = box(v0=(0.0, 0.3), v3=(0.6, 1.0))
    many = chain.draw_given(3000, np.random.default_rng(7), lower, upper)
    few = chain.draw_given(100, np.random.default_rng(7), lower, upper)
    np.testing.assert_array_equal(few, many[:, :100])


@pytest.mark.parametrize("truncation", [1, 2, 5])
def test_every_single_variable_can_be_given(truncation):
    rng = np.random.default_rng(8)
    u = ndtr(rng.multivariate_normal(np.zeros(6), 0.4 * np.eye(6) + 0.6, 200))
    for kind in "RCD":
        knobs = Vine(structure=kind, families=("gaussian",), truncation=truncation)
        vine = fit_vine(u, knobs)
        for j in range(6):
            lower, upper = np.zeros(6), np.ones(6)
            lower[j] = upper[j] = 0.3
            z = vine.draw_given(5, np.random.default_rng(9), lower, upper)
            np.testing.assert_allclose(z[j], ndtri(0.3))


def test_a_vine_of_one_variable_can_be_given():
    vine = VineCopula((1,), (), ())
    z = vine.draw_given(50, np.random.default_rng(10), np.array([0.2]), np.array([0.4]))
    assert z.min() >= ndtri(0.2)
    assert z.max() <= ndtri(0.4)


def test_nothing_given_draws_the_vine(chain):
    z = chain.draw_given(N, np.random.default_rng(11), np.zeros(4), np.ones(4))
    for row in z:
        assert kstest(ndtr(row), "uniform").statistic < 1.95 / np.sqrt(N)
