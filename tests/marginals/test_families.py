"""Maximum likelihood: recovery within four standard errors, closed forms, supports, fit."""

import numpy as np
import pytest
from scipy import stats

from copulasynth.marginals import (
    COUNTS,
    FAMILIES,
    Count,
    Parametric,
    fit_count,
    fit_gpd_tail,
    fit_kernel,
    fit_mixture,
    fit_parametric,
    goodness_of_fit,
)
from copulasynth.marginals._likelihood import standard_errors
from copulasynth.marginals.gof import anderson_darling, kolmogorov_smirnov, probabilities

N = 5000
TRUTH = {
    "normal": (3.0, 2.0),
    "lognormal": (1.0, 0.7),
    "exponential": (3.0,),
    "gamma": (0.7, 4.0),
    "weibull": (1.4, 5.0),
    "loglogistic": (2.5, 3.0),
    "student": (5.0, 1.0, 2.0),
    "beta": (2.0, 3.0, 0.0, 1.0),
    "burr": (2.0, 1.5, 10.0),
    "pareto": (3.0, 5.0),
    "johnson_su": (-1.0, 1.5, 2.0, 3.0),
}
COUNT_TRUTH = {
    "poisson": (2.5,),
    "geometric": (0.3,),
    "negative_binomial": (4.0, 1.5),
    "zero_inflated_poisson": (0.4, 3.0),
    "zero_inflated_negative_binomial": (0.3, 6.0, 2.0),
}


def _within(got, truth, se):
    return np.all(np.abs(np.array(got) - truth) <= 4 * np.array(se))


@pytest.mark.parametrize("family", TRUTH)
def test_parameters_come_back_within_four_standard_errors(family):
    truth = TRUTH[family]
    law = FAMILIES[family]
    x = law.ppf(np.random.default_rng(1).random(N), truth)
    m = fit_parametric(x, family)
    assert np.isfinite(m.se).all()
    assert _within(m.params, truth, m.se)
    # no other member is likelier: the truth itself is not
    assert m.logpdf(x).sum() >= law.logpdf(x, truth).sum() - 1e-6


@pytest.mark.parametrize("family", ["gamma", "weibull", "loglogistic", "lognormal"])
def test_estimates_agree_with_the_general_optimiser_of_scipy(family):
    law = FAMILIES[family]
    x = law.ppf(np.random.default_rng(2).random(1000), TRUTH[family])
    m = fit_parametric(x, family, errors=False)
    theirs = law.law.fit(x, floc=0)
    assert m.logpdf(x).sum() >= law.law.logpdf(x, *theirs).sum() - 1e-6
    np.testing.assert_allclose(law.args(*m.params), theirs, rtol=2e-3, atol=1e-12)


def test_standard_errors_of_the_normal_are_the_closed_forms():
    x = np.random.default_rng(3).normal(1.0, 2.0, N)
    m = fit_parametric(x, "normal")
    sd = x.std()
    np.testing.assert_allclose(m.se, [sd / np.sqrt(N), sd / np.sqrt(2 * N)], rtol=1e-4)


@pytest.mark.parametrize("family", ["lognormal", "exponential", "gamma", "weibull", "loglogistic"])
def test_closed_standard_errors_agree_with_the_observed_information(family):
    law = FAMILIES[family]
    x = law.ppf(np.random.default_rng(12).random(20_000), TRUTH[family])
    m = fit_parametric(x, family)
    observed = standard_errors(lambda p: float(law.logpdf(x, p).sum()), m.params)
    np.testing.assert_allclose(m.se, observed, rtol=0.05)


def test_a_truncated_normal_is_recovered():
    x = np.random.default_rng(4).normal(1.0, 2.0, 2 * N)
    m = fit_parametric(x[x > 0], "normal", lower=0.0)
    assert m.lower == 0.0
    assert _within(m.params, (1.0, 2.0), m.se)


@pytest.mark.parametrize("family", COUNT_TRUTH)
def test_counts_come_back_within_four_standard_errors(family):
    truth = COUNT_TRUTH[family]
    x = Count(family, truth, truth).quantile(np.random.default_rng(5).random(N))
    m = fit_count(x, family)
    assert _within(m.params, truth, m.se)


def test_a_binomial_keeps_its_mean():
    x = np.random.default_rng(6).binomial(12, 0.3, N).astype(float)
    m = fit_count(x, "binomial")
    np.testing.assert_allclose(m.params[0] * m.params[1], x.mean(), rtol=1e-12)


def test_zero_inflation_is_the_probability_of_extra_zeros():
    m = Count("zero_inflated_poisson", (0.4, 3.0), (0.0, 0.0))
    assert m.cell(np.array([0.0]))[1][0] == pytest.approx(0.4 + 0.6 * np.exp(-3.0), abs=1e-14)
    assert set(COUNTS) >= set(COUNT_TRUTH)


@pytest.mark.parametrize("base", ["normal", "lognormal"])
def test_two_components_are_told_apart(base):
    rng = np.random.default_rng(7)
    first = rng.random(N) < 0.3
    y = np.where(first, rng.normal(0.0, 1.0, N), rng.normal(5.0, 0.7, N))
    m = fit_mixture(y if base == "normal" else np.exp(y), f"{base}_mixture")
    assert abs(m.weights[0] - 0.3) < 4 * np.sqrt(0.3 * 0.7 / N) + 0.005
    for component, truth in zip(m.components, [(0.0, 1.0), (5.0, 0.7)], strict=True):
        assert _within(component.params, truth, component.se)


def test_the_shape_of_a_pareto_tail_is_recovered():
    x = stats.genpareto(0.3, scale=2.0).rvs(20_000, random_state=8)
    m = fit_gpd_tail(x, fit_kernel(x, lower=0.0))
    assert abs(m.xi - 0.3) < 4 * m.se[0]
    p = np.array([0.99, 0.999, 0.9999])
    np.testing.assert_allclose(m.quantile(p), stats.genpareto(0.3, scale=2.0).ppf(p), rtol=0.25)


@pytest.mark.parametrize(("family", "x"), [("lognormal", [0.0, 1.0]), ("pareto", [0.5, -2.0])])
def test_values_outside_the_support_are_refused(family, x):
    with pytest.raises(ValueError, match="lives on"):
        fit_parametric(np.array(x), family)


def test_statistics_agree_with_scipy():
    x = np.random.default_rng(9).normal(size=300)
    m = Parametric("normal", (0.0, 1.0), (0.0, 0.0))
    u = probabilities(m, x)
    assert kolmogorov_smirnov(u) == pytest.approx(stats.kstest(x, "norm").statistic, abs=1e-12)
    log_f, log_s = stats.norm.logcdf(np.sort(x)), stats.norm.logsf(np.sort(x))[::-1]
    i = np.arange(1, 301)
    reference = -300 - np.mean((2 * i - 1) * (log_f + log_s))
    assert anderson_darling(u) == pytest.approx(reference, rel=1e-9)


def test_the_bootstrap_p_value_is_uniform_under_the_family():
    rng = np.random.default_rng(10)

    def fit(x):
        return fit_parametric(x, "normal", errors=False)

    p = [goodness_of_fit(rng.normal(size=200), fit, draws=39, rng=rng).p_ad for _ in range(40)]
    assert stats.kstest(p, "uniform").statistic < 1.63 / np.sqrt(40) + 1 / 40


def test_a_wrong_family_is_rejected():
    x = np.random.default_rng(11).gamma(2.0, 1.0, 1000)
    fit = goodness_of_fit(x, lambda v: fit_parametric(v, "normal", errors=False), rng=1)
    assert fit.p_ks < 0.05
    assert fit.p_ad < 0.05


@pytest.mark.parametrize(
    ("family", "params"),
    [
        ("poisson", (3e7,)),
        ("geometric", (1e-9,)),
        ("binomial", (1e12, 0.3)),
        ("negative_binomial", (1e12, 0.5)),
        ("negative_binomial", (1e14, 1e9)),
        ("zero_inflated_negative_binomial", (0.3, 1e9, 0.05)),
    ],
)
def test_laws_too_wide_for_a_table_are_inverted_to_the_very_count(family, params):
    law = Count(family, params, (np.inf,) * len(params))
    u = np.r_[1e-12, np.random.default_rng(1).random(500), 1 - 1e-12]
    lower, upper = law.cell(law.quantile(u))
    assert ((lower < u) & (u <= upper)).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_plain_values_are_those_of_scipy_with_all_its_checks(name):
    family = FAMILIES[name]
    params = {1: (2.5,), 2: (1.5, 2.5), 3: (3.0, 1.5, 2.5), 4: (0.3, 1.5, 2.0, 2.5)}[
        len(family.parameters)
    ]
    args = family.args(*params)
    inside = family.law.ppf(np.r_[np.linspace(0.01, 0.99, 50), 1e-12, 1 - 1e-12], *args)
    odd = np.array([-1e9, 0.0, 1.0, 1e9, np.nan, np.inf, -np.inf])
    for x in (inside, inside[:1], np.r_[inside, odd], *odd.reshape(-1, 1)):
        for ask in ("logpdf", "cdf", "sf"):
            with np.errstate(all="ignore"):
                found, checked = getattr(family, ask)(x, params), getattr(family.law, ask)(x, *args)
            np.testing.assert_array_equal(found, checked)
