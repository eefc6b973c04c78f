import json

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm, spearmanr

from copulasynth import model_file
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.mixture.copula import Mixture, MixtureCopula
from copulasynth.errors import ModelFileError
from copulasynth.synthesizers.stored import STORED

DRAWS = 40_000


@pytest.fixture(scope="module")
def two() -> MixtureCopula:
    means = np.array([[-1.0, -1.0, 0.0], [1.5, 1.0, 0.5]])
    a = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 1.0]])
    b = np.array([[0.4, -0.2, 0.0], [-0.2, 0.5, 0.1], [0.0, 0.1, 0.8]])
    return MixtureCopula(np.array([0.6, 0.4]), means, np.stack([a, b]))


def unit(copula, n, seed):
    x = copula.draw(n, np.random.default_rng(seed))
    return np.column_stack([copula.scale(j).to_unit(v) for j, v in enumerate(x)])


def test_one_component_is_the_gaussian_copula():
    r = np.array([[1.0, 0.6], [0.6, 1.0]])
    copula = MixtureCopula(np.ones(1), np.zeros((1, 2)), r[None])
    u = np.random.default_rng(1).uniform(0.01, 0.99, (50, 2))
    z = norm.ppf(u)
    want = multivariate_normal([0, 0], r).logpdf(z) - norm.logpdf(z).sum(axis=1)
    # the marginal distribution functions are tabulated at 8,193 points
    assert copula.logpdf(u) == pytest.approx(want, abs=2e-5)


def test_the_density_integrates_to_one_on_each_pair(two):
    side = 300
    grid = (np.arange(side) + 0.5) / side
    u = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    pair = MixtureCopula(two.weights, two.means[:, :2], two.covariances[:, :2, :2])
    assert abs(np.exp(pair.logpdf(u)).mean() - 1) < 0.01


def test_the_transforms_are_each_other_s_inverse(two):
    w = np.random.default_rng(4).uniform(1e-4, 1 - 1e-4, (400, 3))
    assert np.abs(two.rosenblatt(two.inverse_rosenblatt(w)) - w).max() < 1e-9


def test_draw_and_inverse_transform_have_one_law(two):
    u = unit(two, DRAWS, 7)
    v = two.inverse_rosenblatt(np.random.default_rng(8).random((DRAWS, 3)))
    gap = np.abs(spearmanr(u).statistic - spearmanr(v).statistic)
    assert gap.max() < 4 * np.sqrt(2 / DRAWS)


def test_margins_are_uniform(two):
    u = np.sort(unit(two, DRAWS, 9), axis=0)
    grid = (np.arange(DRAWS) + 0.5)[:, None] / DRAWS
    assert np.abs(u - grid).max() < np.sqrt(-np.log(1e-5 / 2) / 2 / DRAWS)


def test_the_transform_of_draws_is_uniform_and_uncorrelated(two):
    w = two.rosenblatt(unit(two, DRAWS, 3))
    assert np.abs(np.corrcoef(w.T) - np.eye(3)).max() < 4 / np.sqrt(DRAWS)


def test_the_first_rows_of_a_long_draw_are_the_short_draw(two):
    long = two.draw(9000, np.random.default_rng(1))
    assert np.array_equal(long[:, :70], two.draw(70, np.random.default_rng(1)))


def test_correlations_of_a_gaussian_sample_come_back():
    r = 0.7 ** np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    x = np.random.default_rng(5).multivariate_normal(np.zeros(4), r, 3000)
    fitted = Mixture(k=4).fit(cells_of(x, np.zeros(4, bool)), rng=1)
    z = norm.ppf(np.clip(unit(fitted, DRAWS, 2), 1e-9, 1 - 1e-9))
    # sampling error of a correlation of 3,000 rows is at most 1 / sqrt(3000)
    assert np.abs(np.corrcoef(z.T) - r).max() < 2 / np.sqrt(3000) + 4 / np.sqrt(DRAWS)


def test_a_relation_that_is_not_monotone_is_seen():
    rng = np.random.default_rng(6)
    x = rng.standard_normal(2000)
    y = x**2 + 0.3 * rng.standard_normal(2000)
    fitted = Mixture(k=6).fit(cells_of(np.column_stack([x, y]), np.zeros(2, bool)), rng=1)
    u = unit(fitted, DRAWS, 2)
    assert spearmanr(np.abs(u[:, 0] - 0.5), u[:, 1]).statistic > 0.75


def test_group_means_of_a_nominal_column_come_back():
    rng = np.random.default_rng(7)
    group = rng.integers(4, size=3000)
    value = np.array([-3.0, -2.0, 2.0, 3.0])[group] + rng.standard_normal(3000)
    cells = cells_of(np.column_stack([group, value]), np.array([True, False]))
    u = unit(Mixture(k=8).fit(cells, rng=1), DRAWS, 2)
    drawn = np.searchsorted(np.cumsum(np.bincount(group))[:-1] / 3000, u[:, 0])
    made = np.quantile(value, u[:, 1])
    for k in range(4):
        assert abs(made[drawn == k].mean() - value[group == k].mean()) < 0.3


def test_a_model_file_gives_bit_identical_draws(two):
    again = model_file.from_data(json.loads(json.dumps(model_file.to_data(two))), STORED)
    rng = np.random.default_rng
    assert np.array_equal(again.draw(500, rng(1)), two.draw(500, rng(1)))


def test_a_file_with_a_bad_covariance_is_refused(two):
    data = json.loads(json.dumps(model_file.to_data(two)))
    data["covariances"][0][0][0] = -1.0
    with pytest.raises(ModelFileError, match="positive definite"):
        model_file.from_data(data, STORED)


@pytest.mark.parametrize("wrong", [{"k": 0}, {"sweeps": 1.5}])
def test_choices_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Mixture(**wrong)
