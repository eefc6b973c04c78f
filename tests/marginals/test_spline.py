"""The default marginal: quantiles, atoms, grids, bounds, and nothing that belongs to one row."""

import json

import numpy as np
import pytest
from scipy import stats

from copulasynth import model_file
from copulasynth.marginals import Rounded, fit_atom_spline, fit_marginal
from copulasynth.marginals._knots import find_heaps

N = 5000
LAWS = {
    "lognormal": stats.lognorm(1.2, scale=20.0),
    "gamma": stats.gamma(0.6, scale=30.0),
    "exponential": stats.expon(),
    "burr": stats.burr12(2.0, 1.5, scale=100.0),
    "normal": stats.norm(5.0, 2.0),
}


def _quantile_error(law, p, n):
    """Return the standard error of a sample quantile: sqrt(p (1 - p) / n) / f(x_p)."""
    return np.sqrt(p * (1 - p) / n) / law.pdf(law.ppf(p))


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("p", [0.05, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999])
def test_quantiles_are_those_of_the_law(name, p):
    law = LAWS[name]
    x = law.rvs(N, random_state=1)
    m = fit_atom_spline(x, lower=float(law.support()[0]))
    got = m.quantile(np.array([p]))[0]
    assert abs(got - law.ppf(p)) < 4 * _quantile_error(law, p, N)


@pytest.mark.parametrize("name", LAWS)
def test_the_median_and_the_99th_percentile_are_unbiased_within_5_percent(name):
    law = LAWS[name]
    p = np.array([0.5, 0.99])
    got = [
        fit_atom_spline(law.rvs(N, random_state=s), lower=float(law.support()[0])).quantile(p)
        for s in range(20)
    ]
    np.testing.assert_allclose(np.mean(got, axis=0), law.ppf(p), rtol=0.05)


@pytest.mark.parametrize("share", [0.4, 0.8, 0.9])
@pytest.mark.parametrize("step", [None, 1.0, 0.01])
def test_the_share_of_zeros_stays_within_a_hundredth_in_a_million_draws(share, step):
    rng = np.random.default_rng(4)
    x = np.where(rng.random(N) < share, 0.0, rng.lognormal(2.0, 1.2, N))
    if step:
        x = np.round(x, 0 if step == 1.0 else 2)
    f = fit_marginal(x, "spline", kind="continuous", step=step, lower=0.0, rng=1)
    q = f.marginal.quantile(rng.random(1_000_000))
    assert abs((q == 0).mean() - (x == 0).mean()) < 0.01
    assert q.min() >= 0.0
    if step:
        np.testing.assert_array_equal(q, np.round(q, 0 if step == 1.0 else 2))


def test_every_atom_of_an_integer_column_keeps_its_share():
    rng = np.random.default_rng(5)
    x = np.rint(rng.gamma(2.0, 6.0, N))
    x[rng.random(N) < 0.1] = 60.0
    m = fit_marginal(x, "spline", kind="discrete", step=1.0, lower=0.0, rng=1).marginal
    q = m.quantile(rng.random(1_000_000))
    values, counts = np.unique(x, return_counts=True)
    for v, c in zip(values[counts >= 25], counts[counts >= 25], strict=True):
        assert abs((q == v).mean() - c / N) < 4 * np.sqrt(c / N / 1e6) + 1e-9


def test_round_numbers_keep_their_heaps_though_each_holds_few_rows():
    rng = np.random.default_rng(11)
    x = np.rint(rng.lognormal(7.5, 0.5, 4000))
    rounded = rng.random(4000) < 0.3
    x[rounded] = np.rint(x[rounded] / 250) * 250
    m = fit_atom_spline(x, step=1.0, lower=0.0)
    q = m.quantile((np.arange(100_000) + 0.5) / 100_000)
    assert abs((q % 250 == 0).mean() - (x % 250 == 0).mean()) < 0.02


def test_a_smooth_law_on_a_grid_has_hardly_any_heaps():
    rng = np.random.default_rng(12)
    heaps = 0
    for _ in range(20):
        values, counts = np.unique(np.rint(rng.normal(0, 300, 4000)), return_counts=True)
        heaps += int(find_heaps(values, counts, 4, 1.0).sum())
    # of some 900 shared values in each of 20 samples, 1 in 2000 by chance and as many for slope
    assert heaps < 20 * 900 * 0.001 + 10


def test_rows_that_share_a_value_off_any_grid_are_a_heap():
    values, counts = np.array([0.1234, 0.2, 0.7]), np.array([3, 4, 1])
    assert find_heaps(values, counts, 4, 0.0).tolist() == [False, True, False]


def test_values_between_atoms_of_a_grid_do_not_fall_on_atoms():
    x = np.repeat([18.0, 19, 20, 21, 22, 23], [300, 3, 400, 2, 500, 3])
    m = fit_marginal(x, "spline", kind="continuous", step=1.0, lower=0.0, rng=1).marginal
    assert isinstance(m, Rounded)
    lower, upper = m.cell(np.array([18.0, 20.0, 22.0]))
    np.testing.assert_allclose(upper - lower, np.array([300, 400, 500]) / 1208, atol=1e-6)


def test_no_draw_leaves_the_natural_bounds():
    x = np.random.default_rng(6).beta(0.5, 0.5, N)
    m = fit_atom_spline(x, lower=0.0, upper=1.0)
    q = m.quantile(np.linspace(1e-12, 1 - 1e-12, 100_001))
    assert q.min() >= 0.0
    assert q.max() <= 1.0
    assert q[1] > 0.0


def test_the_far_tail_stays_within_reach_of_the_largest_rows():
    rng = np.random.default_rng(7)
    for s in range(5):
        x = stats.pareto(0.8).rvs(N, random_state=rng)
        m = fit_atom_spline(x, lower=0.0)
        outermost = np.sort(x)[-10:].mean()
        assert m.quantile(np.array([1 - 1 / (10 * N)]))[0] < 3.5 * outermost, s


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9, 10, 19, 20, 21, 40, 99, 1000])
def test_small_samples_give_a_proper_law(n):
    x = np.random.default_rng(n).normal(10.0, 3.0, n)
    m = fit_atom_spline(x)
    q = m.quantile(np.linspace(0.001, 0.999, 999))
    assert np.isfinite(q).all()
    assert (np.diff(q) >= 0).all()
    assert abs(np.median(q) - np.median(x)) < 4 * 3.0 / np.sqrt(n)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("spec", ["spline", "empirical", "kernel", "gpd"])
@pytest.mark.parametrize("step", [None, 1.0])
def test_no_stored_number_is_a_value_that_fewer_than_four_rows_share(seed, spec, step):
    rng = np.random.default_rng(seed)
    x = np.where(rng.random(2000) < 0.4, 0.0, rng.lognormal(4.0, 1.5, 2000))
    x = np.rint(x) if step else x
    m = fit_marginal(x, spec, kind="continuous", step=step, lower=0.0, rng=1).marginal
    values, counts = np.unique(x, return_counts=True)
    rare = set(values[counts < 4])
    assert not rare & _stored(model_file.to_data(m))


def _stored(data):
    if isinstance(data, dict):
        keep = {k: v for k, v in data.items() if k not in ("step", "gap", "type")}
        return set().union(*[_stored(v) for v in keep.values()]) if keep else set()
    if isinstance(data, list):
        return set().union(*[_stored(v) for v in data]) if data else set()
    return {data} if isinstance(data, float) else set()


def test_a_model_file_holds_at_most_100_knots_however_many_rows_there_are():
    x = np.random.default_rng(1).lognormal(size=100_000)
    m = fit_atom_spline(x)
    assert m.scores.size == m.knots.size <= 100
    assert len(json.dumps(model_file.to_data(m))) < 6000


def test_shifting_and_scaling_the_data_shifts_and_scales_the_quantiles():
    x = np.random.default_rng(2).gamma(2.0, 3.0, N)
    u = np.linspace(0.01, 0.99, 99)
    q = fit_atom_spline(x).quantile(u)
    np.testing.assert_allclose(fit_atom_spline(100 * x - 7).quantile(u), 100 * q - 7, rtol=2e-3)


def test_values_outside_the_bounds_are_refused():
    with pytest.raises(ValueError, match="within"):
        fit_atom_spline(np.array([-1.0, 2.0, 3.0]), lower=0.0)
