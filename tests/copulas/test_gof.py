"""Goodness-of-fit statistics against the copula package for R, closed forms and their level."""

import json

import numpy as np
import pytest
from scipy.stats import ks_2samp, kstest

from copulasynth.copulas import Gaussian, GaussianCopula, PairCopula, Vine
from copulasynth.copulas.checks.gof import (
    cramer_von_mises,
    empirical_copula,
    goodness_of_fit,
    pseudo_observations,
    rosenblatt_cramer_von_mises,
    sample_rows,
)
from copulasynth.copulas.vine.structure import Structure

BIVARIATE = Structure((1, 2), ((2,),))


@pytest.fixture(scope="module")
def dax(shared):
    return np.loadtxt(shared("reference/cop_dax5.csv"), delimiter=",", skiprows=1)


@pytest.fixture(scope="module")
def reference(shared):
    return json.loads(shared("reference/ref_copula_pkg.json").read_text())


@pytest.mark.shared
def test_empirical_copula_agrees_with_the_copula_package(dax, reference):
    points = np.array(reference["empirical"]["u"])
    found = empirical_copula(points, pseudo_observations(dax[:, :2]))
    np.testing.assert_allclose(found, reference["empirical"]["C_n"], atol=1e-13)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["normal", "clayton", "gumbel", "frank"])
def test_cramer_von_mises_distance_agrees_with_the_copula_package(dax, reference, name):
    entry = reference["gof_Sn_mult_dax12"][name]
    family = "gaussian" if name == "normal" else name
    pair = PairCopula(family, 0, np.array([entry["par"]]))
    u = pseudo_observations(dax[:, :2])
    value = cramer_von_mises(u, lambda p: pair.cdf(p[:, 0], p[:, 1]))
    assert value == pytest.approx(entry["Sn"], rel=1e-4)


def test_rosenblatt_distance_is_the_integral_that_it_stands_for():
    w = np.random.default_rng(1).random((7, 2))
    k = (np.arange(400) + 0.5) / 400
    grid = np.stack(np.meshgrid(k, k, indexing="ij"), axis=-1).reshape(-1, 2)
    integral = 7 * np.mean((empirical_copula(grid, w) - grid.prod(axis=1)) ** 2)
    # the midpoint rule misses the jumps by one cell in 400
    assert rosenblatt_cramer_von_mises(w) == pytest.approx(integral, rel=0.02)


def test_empirical_copula_of_independent_uniforms_is_their_product():
    n = 20_000
    u = np.random.default_rng(2).random((n, 3))
    points = np.array([[0.2, 0.5, 0.9], [0.7, 0.7, 0.7], [1.0, 1.0, 1.0]])
    product = points.prod(axis=1)
    error = np.sqrt(product * (1 - product) / n)
    assert (np.abs(empirical_copula(points, u) - product) <= 4 * error + 1e-12).all()


def test_ranks_break_ties_and_refuse_gaps():
    u = pseudo_observations(np.array([[1.0], [1.0], [0.0]]), rng=1)
    assert sorted(u.ravel()) == [0.25, 0.5, 0.75]
    assert u[2, 0] == 0.25
    with pytest.raises(ValueError, match="complete rows"):
        pseudo_observations(np.array([[np.nan]]))


@pytest.mark.parametrize("statistic", ["Sn", "SnB"])
def test_a_wrong_family_is_rejected_and_the_right_one_is_not(statistic):
    rng = np.random.default_rng(3)
    clayton = PairCopula("clayton", 0, np.array([2.5]))
    w = rng.random((300, 2))
    x = np.column_stack([clayton.inverse_h2(w[:, 0], w[:, 1]), w[:, 1]])

    def test(family):
        knobs = Vine(structure=BIVARIATE, families=(family,), rotations=False)
        return goodness_of_fit(
            x, knobs, statistic=statistic, replicates=40, draws=3000, rng=np.random.default_rng(4)
        )

    assert test("gumbel").p_value < 0.05
    right = test("clayton")
    assert right.p_value > 0.05
    assert right.replicates.shape == (40,)
    assert right.n == 300


def test_p_values_are_uniform_under_the_hypothesis():
    copula = GaussianCopula(np.array([[1.0, 0.6], [0.6, 1.0]]))
    rng = np.random.default_rng(5)
    p = [
        goodness_of_fit(sample_rows(copula, 80, rng), Gaussian(), replicates=19, rng=rng).p_value
        for _ in range(60)
    ]
    # values (1/2 + k) / 20 are uniform on twenty points: the distance is up by 1/40
    assert kstest(p, "uniform").statistic < 1.63 / np.sqrt(60) + 1 / 40


def test_rows_of_a_copula_follow_its_law():
    copula = GaussianCopula(np.array([[1.0, -0.5], [-0.5, 1.0]]))
    a = sample_rows(copula, 4000, np.random.default_rng(6))
    b = copula.inverse_rosenblatt(np.random.default_rng(7).random((4000, 2)))
    assert ks_2samp(a.sum(axis=1), b.sum(axis=1)).statistic < 1.95 * np.sqrt(2 / 4000)


def test_unknown_statistics_are_refused():
    with pytest.raises(ValueError, match="'Sn' or 'SnB'"):
        goodness_of_fit(np.zeros((40, 2)), Gaussian(), statistic="chi2")
