"""Comparison with the original fit: closed forms and identities."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from copulasynth.errors import DataError
from copulasynth.inference import compare_fits, fit_original, fit_synthetic


def table(seed: int, n: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(2, n))
    y = x + rng.logistic(size=n)
    band = pd.cut(y, [-np.inf, -1, 0, 1, np.inf], labels=["a", "b", "c", "d"])
    return pd.DataFrame({"x": x, "w": w, "y": y, "band": band})


def test_a_table_compared_with_itself_is_ideal():
    df = table(1)
    c = compare_fits(fit_original("y ~ x + w", df), fit_synthetic("y ~ x + w", df))
    assert c.mean_abs_std_difference == 0
    assert c.mean_overlap == pytest.approx(1)
    assert c.lack_of_fit_p == 1


def test_the_overlap_under_the_expected_rule_is_linear_in_the_standardised_difference():
    c = compare_fits(fit_original("y ~ x", table(1)), fit_synthetic("y ~ x", table(2)))
    half = stats.norm.ppf(0.975)
    np.testing.assert_allclose(
        c.table["overlap"], 1 - c.table["std_difference"].abs() / (2 * half), rtol=1e-12
    )


def test_intervals_far_apart_have_a_negative_overlap_and_a_clipped_one_of_zero():
    shifted = table(2)
    shifted["y"] += 50
    c = compare_fits(fit_original("y ~ x", table(1)), fit_synthetic("y ~ x", shifted))
    assert c.table.loc["Intercept", "overlap"] < 0
    assert c.table.loc["Intercept", "overlap_clipped"] == 0
    assert c.lack_of_fit_p < 1e-6


def test_lack_of_fit_of_drawn_parameters_allows_for_the_draws():
    original = fit_original("y ~ x", table(1))
    fit = fit_synthetic("y ~ x", [table(2), table(3)], proper=True)
    ours, theirs = compare_fits(original, fit), compare_fits(original, fit, compat="synthpop")
    assert ours.lack_of_fit == pytest.approx(theirs.lack_of_fit / 2)


@pytest.mark.parametrize("proper", [False, True])
def test_the_lack_of_fit_statistic_has_its_chi_squared_law(proper):
    rng = np.random.default_rng(11)
    p_values = []
    original = pd.DataFrame({"y": rng.normal(size=100)})
    fit = fit_original("y ~ 1", original)
    mean, sd = original["y"].mean(), original["y"].std()
    for _ in range(60):
        tables = []
        for _ in range(2):
            centre = mean + proper * sd / 10 * rng.normal()
            tables.append(pd.DataFrame({"y": rng.normal(centre, sd, size=100)}))
        p_values.append(
            compare_fits(fit, fit_synthetic("y ~ 1", tables, proper=proper)).lack_of_fit_p
        )
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def test_plain_statsmodels_results_are_accepted_as_the_original():
    df, other = table(1), table(2)
    least = compare_fits(smf.ols("y ~ x", df).fit(), fit_synthetic("y ~ x", other))
    assert least.table.loc["x", "original"] == pytest.approx(
        fit_original("y ~ x", df).table.loc["x", "estimate"]
    )
    raw = OrderedModel.from_formula("band ~ x + w", df, distr="logit").fit(
        method="bfgs", disp=0, gtol=1e-6
    )
    synthetic = fit_synthetic("band ~ x + w", other, "ordered")
    a = compare_fits(raw, synthetic).table
    b = compare_fits(fit_original("band ~ x + w", df, "ordered"), synthetic).table
    np.testing.assert_allclose(a["original"], b["original"], atol=1e-5)
    np.testing.assert_allclose(a["se_original"], b["se_original"], rtol=1e-4)


def test_different_terms_are_named():
    with pytest.raises(DataError, match=r"only in the original \['w'\]"):
        compare_fits(fit_original("y ~ x + w", table(1)), fit_synthetic("y ~ x", table(2)))


def test_a_forgotten_number_of_original_rows_is_named():
    with pytest.raises(DataError, match="n_original=500"):
        compare_fits(fit_original("y ~ x", table(1)), fit_synthetic("y ~ x", table(2, 300)))


def test_the_forest_has_both_intervals_of_every_term():
    c = compare_fits(fit_original("y ~ x", table(1)), fit_synthetic("y ~ x", table(2)))
    assert list(c.forest["term"]) == ["Intercept", "x"] * 2
    assert list(c.forest["source"]) == ["original"] * 2 + ["synthetic"] * 2
    assert (c.forest["low"] < c.forest["estimate"]).all()
    assert "lack of fit" in str(c)
    assert "overlap" in c._repr_html_()
