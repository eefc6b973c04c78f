"""Beta laws on an interval: ends declared, those of the unit interval, or estimated."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import polygamma

import copulasynth as cs
from copulasynth.marginals import Parametric, fit_parametric
from copulasynth.marginals.words import in_words


def sample(a, b, lower, upper, n, seed=0):
    return stats.beta.rvs(a, b, lower, upper - lower, size=n, random_state=seed)


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (0.7, 0.8), (4.0, 4.0)])
def test_ends_and_shapes_come_back_without_being_told(a, b):
    fits = [fit_parametric(sample(a, b, 20, 70, 2000, s), "beta", errors=False) for s in range(6)]
    for fit, s in zip(fits, range(6), strict=True):
        x = sample(a, b, 20, 70, 2000, s)
        start, end = fit.params[2], fit.params[2] + fit.params[3]
        # an end is no value of the table, and lies beyond all of them
        assert start < x.min()
        assert end > x.max()
        # the law is that of the truth: as near as 2,000 rows can tell
        grid = np.linspace(21, 69, 100)
        gap = np.abs(fit.cdf(grid) - stats.beta.cdf(grid, a, b, 20, 50)).max()
        assert gap < 1.63 / np.sqrt(2000)
    ends = np.array([[f.params[2], f.params[2] + f.params[3]] for f in fits]).mean(axis=0)
    np.testing.assert_allclose(ends, [20, 70], atol=3.0)


def test_declared_bounds_are_the_ends_and_only_shapes_are_estimated():
    x = sample(2, 3, 0, 100, 4000)
    fit = fit_parametric(x, "beta", lower=0.0, upper=100.0)
    assert fit.params[2:] == (0.0, 100.0)
    assert fit.se[2:] == (0.0, 0.0)
    plain = fit_parametric(x / 100, "beta")
    np.testing.assert_allclose(fit.params[:2], plain.params[:2], rtol=1e-4)
    np.testing.assert_allclose(fit.se[:2], plain.se[:2], rtol=1e-2)


def test_a_single_bound_is_an_end_where_values_reach_it_and_none_where_they_do_not():
    reached = fit_parametric(sample(1.2, 3, 0, 100, 3000), "beta", lower=0.0)
    assert reached.params[2] == pytest.approx(0.0, abs=0.1)
    assert reached.params[3] == pytest.approx(100, abs=6)
    far = fit_parametric(sample(2, 4, 150, 400, 3000), "beta", lower=0.0)
    assert far.params[2] == pytest.approx(150, abs=6)
    # an estimated end does not pass a bound
    assert fit_parametric(sample(4, 4, 0, 100, 500, 3), "beta", lower=0.0).params[2] >= 0.0


def test_shares_live_on_the_unit_interval_as_ever():
    fit = fit_parametric(sample(2, 3, 0, 1, 500), "beta")
    assert fit.params[2:] == (0.0, 1.0)


def test_values_at_a_declared_end_are_refused_by_name():
    with pytest.raises(ValueError, match=r"'beta' lives on \(0, 5\) but there are values of 5 or"):
        fit_parametric(np.array([1.0, 2.0, 5.0]), "beta", lower=0.0, upper=5.0)


def test_a_law_of_an_older_file_is_one_on_the_unit_interval():
    old = Parametric("beta", (2.0, 3.0), (0.1, 0.1))
    assert old.params == (2.0, 3.0, 0.0, 1.0)
    assert old.quantile(np.array([0.5]))[0] == pytest.approx(stats.beta.ppf(0.5, 2, 3))


def test_a_column_beyond_the_unit_interval_is_fitted_drawn_exported_and_put_in_words(tmp_path):
    x = np.round(sample(2, 4, 150, 400, 1500), 1)
    df = pd.DataFrame({"x": x, "y": x + np.random.default_rng(1).normal(0, 20, 1500)})
    model = cs.fit(df, copula="gaussian", marginals={"x": "beta", "*": "spline"}, rng=1)
    drawn = model.sample(5000, rng=2)["x"]
    assert stats.ks_2samp(drawn, x).statistic < 0.05
    assert 130 < drawn.min() < drawn.max() < 420
    assert in_words(model.marginals[0]).startswith("beta (a ")
    model.export_release(tmp_path / "model.json", k_min=10)
    again = cs.load(tmp_path / "model.json").sample(5000, rng=3)["x"]
    assert stats.ks_2samp(again, x).statistic < 0.06


@pytest.mark.parametrize(("a", "b"), [(2.0, 2e6), (0.7, 1e12), (3.0, 3e12), (3e9, 2.0)])
def test_shapes_far_apart_are_found_with_their_errors(a, b):
    g = np.random.default_rng(0)
    x = g.gamma(a, size=4000)
    x /= x + g.gamma(b, size=4000)
    fit = fit_parametric(x, "beta")
    assert fit.params[:2] == pytest.approx((a, b), rel=0.08)
    small = 0 if a < b else 1
    # the other shape stands for a scale: a gamma law's own error of its shape
    shape = (a, b)[small]
    expected = np.sqrt(shape / (shape * polygamma(1, shape) - 1) / 4000)
    assert fit.se[small] == pytest.approx(expected, rel=0.1)
    probabilities = np.array([0.1, 0.5, 0.9])
    assert fit.quantile(probabilities) == pytest.approx(np.quantile(x, probabilities), rel=0.05)
