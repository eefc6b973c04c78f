"""The one door: what is chosen, why, and what is said when something is replaced or refused."""

import warnings

import numpy as np
import pytest

from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals import (
    FAMILIES,
    AtomSpline,
    Count,
    Discrete,
    GpdTail,
    Hurdle,
    NormalMixture,
    Parametric,
    Rounded,
    fit_marginal,
)
from copulasynth.model_file import to_data

N = 4000


def _chosen(fitted):
    (row,) = [r for r in fitted.table if r["chosen"]]
    return row


def test_a_normal_column_is_found_to_be_normal():
    x = np.random.default_rng(1).normal(5.0, 2.0, N)
    f = fit_marginal(x, kind="continuous", rng=1)
    assert isinstance(f.marginal, Parametric)
    row = _chosen(f)
    assert row["candidate"] == "normal"
    assert row["p_ad"] > 0.05
    assert "se" in row["parameters"]


def test_a_mixture_is_left_to_the_spline():
    rng = np.random.default_rng(2)
    x = np.where(rng.random(N) < 0.5, rng.normal(0, 1, N), rng.normal(6, 1, N))
    f = fit_marginal(x, kind="continuous", rng=1)
    assert isinstance(f.marginal, AtomSpline)
    assert {r["candidate"] for r in f.table} >= {"spline", "normal"}


@pytest.mark.shared
@pytest.mark.parametrize("column", [0, 1])
def test_the_telecom_pair_is_not_lognormal(shared, column):
    path = shared("reference/telecom_seed_like.csv")
    x = np.loadtxt(path, delimiter=",", skiprows=1)[:, column]
    f = fit_marginal(x, kind="continuous", lower=0.0, name="usage", rng=1)
    row = next(r for r in f.table if r["candidate"] == "lognormal")
    assert not row["chosen"]
    assert row["reason"]
    q = f.marginal.quantile(np.random.default_rng(1).random(1_000_000))
    assert abs((q == 0).mean() - (x == 0).mean()) < 0.01
    np.testing.assert_allclose(
        np.quantile(q, [0.25, 0.5, 0.75, 0.99]), np.quantile(x, [0.25, 0.5, 0.75, 0.99]), rtol=0.05
    )
    with warnings.catch_warnings():
        # "After" alone gets a tail beyond three times its maximum: its largest value is lower.
        warnings.filterwarnings("ignore", "variable 'usage'.*times the sample maximum", FitWarning)
        forced = fit_marginal(x, "lognormal", kind="continuous", lower=0.0, name="usage", rng=1)
    assert isinstance(forced.marginal, Hurdle)
    assert _chosen(forced)["p_ad"] < 0.05


def test_an_exploding_tail_is_used_when_asked_for_and_refused_otherwise():
    x = np.random.default_rng(12).weibull(0.5, N)
    with pytest.warns(FitWarning, match=r"'usage'.*times the sample maximum; it is used"):
        fit_marginal(x, "loglogistic", kind="continuous", lower=0.0, name="usage", rng=1)
    f = fit_marginal(x, kind="continuous", lower=0.0, name="usage", rng=1)
    assert _chosen(f)["candidate"] != "loglogistic"


@pytest.mark.parametrize("spec", ["auto", "parametric"])
def test_two_zeros_in_a_long_column_rule_families_out_without_an_error(spec):
    x = np.random.default_rng(13).lognormal(3.0, 1.0, 12_000)
    x[[5001, 7003]] = 0.0
    f = fit_marginal(x, spec, kind="continuous", lower=0.0, name="usage", rng=1)
    assert _chosen(f)["candidate"] != "lognormal"


def test_zeros_stand_aside_before_a_family_is_fitted():
    rng = np.random.default_rng(3)
    x = np.where(rng.random(N) < 0.8, 0.0, rng.lognormal(3.0, 1.0, N))
    m = fit_marginal(x, "lognormal", kind="continuous", lower=0.0, rng=1).marginal
    assert isinstance(m, Hurdle)
    assert m.p == (x == 0).mean()
    assert abs(m.base.params[0] - 3.0) < 4 * m.base.se[0]


def test_cents_stay_cents_under_a_family():
    rng = np.random.default_rng(4)
    x = np.round(np.where(rng.random(N) < 0.3, 0.0, rng.gamma(2.0, 30.0, N)), 2)
    m = fit_marginal(x, "gamma", kind="continuous", step=0.01, lower=0.0, rng=1).marginal
    q = m.quantile(rng.random(100_000))
    np.testing.assert_array_equal(q, np.round(q, 2))
    assert abs((q == 0).mean() - (x == 0).mean()) < 0.01


def test_poisson_counts_are_found_and_ordinal_grades_are_not_counts():
    x = np.random.default_rng(5).poisson(2.0, N).astype(float)
    f = fit_marginal(x, kind="discrete", step=1.0, lower=0.0, rng=1)
    assert isinstance(f.marginal, Count)
    grades = fit_marginal(
        np.minimum(x, 4.0), kind="discrete", step=1.0, lower=0.0, upper=4.0, rng=1
    )
    assert isinstance(grades.marginal, Discrete)


def test_rare_large_counts_are_not_stored_one_by_one():
    rng = np.random.default_rng(6)
    x = np.where(rng.random(N) < 0.02, np.rint(rng.pareto(1.0, N) * 50) + 40, rng.integers(0, 6, N))
    f = fit_marginal(x, "spline", kind="discrete", step=1.0, lower=0.0, rng=1)
    assert isinstance(f.marginal, Rounded)
    values, counts = np.unique(x, return_counts=True)
    assert not set(f.marginal.base.atoms) & set(values[counts < 4])


def test_nominal_levels_that_were_not_seen_keep_their_place():
    m = fit_marginal(np.array([0.0, 2.0, 2.0]), kind="nominal", levels=4, rng=1).marginal
    np.testing.assert_allclose(m.probabilities, [1 / 3, 0, 2 / 3, 0])


def test_parametric_takes_the_least_bic_or_says_that_all_are_rejected():
    rng = np.random.default_rng(7)
    f = fit_marginal(rng.weibull(1.5, 2000), "parametric", kind="continuous", lower=0.0, rng=1)
    assert _chosen(f)["candidate"] in {*FAMILIES, "lognormal_mixture", "normal_mixture"}
    three = np.concatenate([rng.normal(c, 0.1, 500) for c in (0.0, 10.0, 13.0)])
    with pytest.warns(FitWarning, match="'load'.*rejected"):
        g = fit_marginal(three, "parametric", kind="continuous", name="load", rng=1)
    assert isinstance(g.marginal, Parametric | NormalMixture)


@pytest.mark.parametrize("spec", ["empirical", "kernel", "gpd", "spline"])
def test_the_other_kinds_are_made_when_asked_for(spec):
    x = np.random.default_rng(8).lognormal(3.0, 1.0, N)
    f = fit_marginal(x, spec, kind="continuous", lower=0.0, rng=1)
    p = np.array([0.25, 0.5, 0.75, 0.95])
    np.testing.assert_allclose(f.marginal.quantile(p), np.quantile(x, p), rtol=0.05)
    assert isinstance(f.marginal, GpdTail) == (spec == "gpd")
    assert _chosen(f)["candidate"] == spec


def test_a_tail_that_cannot_be_fitted_is_replaced_with_a_warning():
    with pytest.warns(FitWarning, match=r"'fee'.*at least 40 rows"):
        f = fit_marginal(np.arange(20.0) ** 2, "gpd", kind="continuous", name="fee", rng=1)
    assert isinstance(f.marginal, AtomSpline)


@pytest.mark.parametrize(
    ("x", "spec", "text"),
    [
        ([-1.0, 2.0, 3.0], "lognormal", "'fee'.*lives on.*Choose another family"),
        ([1.0, 2.0, 3.0], "cauchy", "'fee'.*no marginal is called 'cauchy'"),
        ([], "auto", "'fee' has no values"),
        ([1.0, np.inf], "auto", "'fee'.*not finite"),
    ],
)
def test_refusals_name_the_variable_and_say_what_to_do(x, spec, text):
    with pytest.raises(DataError, match=text):
        fit_marginal(np.array(x), spec, kind="continuous", name="fee", rng=1)


def test_values_beyond_the_natural_bounds_are_refused():
    with pytest.raises(DataError, match="natural bounds"):
        fit_marginal(np.array([-1.0, 2.0]), kind="continuous", lower=0.0, rng=1)


def test_the_same_seed_gives_the_same_choice_and_table():
    x = np.random.default_rng(9).gamma(2.0, 3.0, N)
    a, b = (fit_marginal(x, kind="continuous", lower=0.0, rng=3) for _ in range(2))
    assert repr(a.table) == repr(b.table)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 15, 30])
@pytest.mark.parametrize("kind", ["continuous", "discrete"])
def test_a_handful_of_rows_is_enough(n, kind):
    x = np.rint(np.random.default_rng(n).gamma(2.0, 30.0, n))
    f = fit_marginal(x, kind=kind, step=1.0, lower=0.0, rng=1)
    q = f.marginal.quantile(np.linspace(0.01, 0.99, 99))
    assert np.isfinite(q).all()
    assert q.min() >= 0


def test_a_family_is_not_taken_if_the_largest_value_contradicts_its_tail():
    rng = np.random.default_rng(14)
    x = np.rint(rng.gamma(1.3, 50.0, 3000))
    x = x[x < 255]
    f = fit_marginal(x, kind="continuous", step=1.0, lower=0.0, name="calls", rng=1)
    assert _chosen(f)["candidate"] == "spline"
    assert f.marginal.quantile(np.array([1 - 1e-6]))[0] < 280


@pytest.mark.parametrize("seed", range(4))
def test_a_brief_fit_is_the_same_marginal_without_its_table(seed):
    g = np.random.default_rng(seed)
    draws = (
        lambda n: g.lognormal(1, 1, n), lambda n: g.normal(size=n),
        lambda n: g.poisson(4, n) + 0.0, lambda n: g.gamma(2, 1, n) * (g.random(n) < 0.6),
    )  # fmt: skip
    x = draws[seed % 4](120 + 99 * seed)
    counts = seed % 4 == 2
    told = {
        "kind": "discrete" if counts else "continuous",
        "step": 1.0 if counts else None,
        "lower": -np.inf if seed % 4 == 1 else 0.0,
    }
    whole = fit_marginal(x, **told, rng=seed)
    brief = fit_marginal(x, **told, rng=seed, brief=True)
    assert to_data(brief.marginal) == to_data(whole.marginal)
    assert len(whole.table) > 1
    assert not brief.table
