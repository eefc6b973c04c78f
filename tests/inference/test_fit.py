"""Fits on syntheses: what is refused, what is named, and how it prints."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.formula.api as smf

from copulasynth.errors import DataError, FitWarning
from copulasynth.inference import fit_original, fit_synthetic


def table(seed: int, n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, g = rng.normal(size=n), rng.choice(["a", "b", "c"], size=n)
    score = x + (g == "b") + rng.logistic(size=n)
    return pd.DataFrame(
        {
            "x": x,
            "g": g,
            "y": score,
            "flag": score > 0,
            "band": pd.cut(score, [-np.inf, -1, 1, np.inf], labels=["low", "mid", "high"]),
            "care calls": rng.poisson(np.exp(0.3 * x)),
        }
    )


def test_one_synthesis_under_the_expected_rule_is_the_plain_fit():
    df = table(1)
    ours = fit_synthetic("y ~ x + g", df)
    plain = smf.ols("y ~ x + g", df).fit()
    np.testing.assert_allclose(ours.table["estimate"], plain.params)
    np.testing.assert_allclose(ours.table["se"], plain.bse)
    assert list(ours.table.index) == list(plain.params.index)


def test_a_callable_gives_the_same_as_the_model_it_wraps():
    tables = [table(1), table(2)]

    def least_squares(formula, data):
        return smf.ols(formula, data).fit()

    a = fit_synthetic("y ~ x", tables, model=least_squares, rule="partial")
    b = fit_synthetic("y ~ x", tables, rule="partial")
    pd.testing.assert_frame_equal(a.table, b.table)
    assert a.model == "least_squares"


def test_glm_binomial_and_logit_agree_and_take_a_nominal_response():
    df = table(3)
    glm = fit_synthetic("flag ~ x + g", df, model="glm", family="binomial")
    logit = fit_synthetic("flag ~ x + g", df, model="logit")
    numeric = fit_synthetic("flag ~ x + g", df.assign(flag=df.flag * 1.0), model="logit")
    np.testing.assert_allclose(glm.table["estimate"], logit.table["estimate"], rtol=1e-6)
    np.testing.assert_allclose(numeric.table["se"], logit.table["se"])


def test_names_that_need_quoting_and_transformations_work():
    fit = fit_synthetic("Q('care calls') ~ np.exp(x) + C(g)", table(1), "glm", family="poisson")
    assert list(fit.terms) == ["Intercept", "C(g)[T.b]", "C(g)[T.c]", "np.exp(x)"]


def test_a_polars_table_gives_what_the_pandas_table_gives():
    df = table(4)[["x", "g", "y"]]
    a, b = fit_synthetic("y ~ x + g", df), fit_synthetic("y ~ x + g", pl.from_pandas(df))
    pd.testing.assert_frame_equal(a.table, b.table)


def test_a_formula_sees_numbers_where_the_schema_does():
    df = table(4)[["x", "y"]]
    text = df.assign(x=[f"{v:.6f}" for v in df.x])
    objects = df.assign(x=df.x.round(6).astype(object))
    a, b = fit_synthetic("y ~ x", text), fit_synthetic("y ~ x", [objects, objects])
    np.testing.assert_allclose(a.table["estimate"], b.table["estimate"])


def test_truth_values_keep_their_names_whatever_library_they_come_from():
    df = table(4)[["y", "flag"]]
    for made in (df, pl.from_pandas(df), df.astype({"flag": object})):
        assert fit_synthetic("y ~ flag", made).terms == ("Intercept", "flag[T.True]")


def test_incomplete_rows_are_left_out_and_counted():
    df = table(1)
    df.loc[:49, "x"] = np.nan
    fit = fit_synthetic("y ~ x", df)
    assert fit.k == 400
    assert set(fit.fits["rows_used"]) == {350}


def test_levels_that_no_synthesis_uses_do_not_make_the_design_singular():
    df = table(1)
    df["g"] = pd.Categorical(df["g"], categories=["unused", "a", "b", "c"])
    assert fit_synthetic("y ~ g", df).terms == ("Intercept", "g[T.b]", "g[T.c]")


def test_the_raghunathan_rule_warns_of_terms_whose_variance_was_negative():
    df = table(1)
    with pytest.warns(FitWarning, match="more syntheses"):
        fit_synthetic("y ~ 1", [df, df.assign(y=df.y + 1e-6)], rule="raghunathan", proper=True)


REFUSED = {
    "a missing column": ("y ~ z", table(1), "ols", "uses 'z', which synthesis 1 does not have"),
    "no response": ("x + g", table(1), "ols", "no 'response ~ terms'"),
    "a singular design": ("y ~ x + I(2 * x)", table(1), "ols", r"'I\(2 \* x\)' is a linear"),
    "perfect separation": (
        "s ~ x",
        table(1).assign(s=lambda d: (d.x > 0) * 1),
        "logit",
        "separated perfectly",
    ),
    "quasi-separation": (
        "s ~ g",
        table(1).assign(s=lambda d: ((d.g != "a") & (d.x > 0)) * 1),
        "glm",
        "separated perfectly, or nearly so",
    ),
    "separation in a multinomial model": (
        "band ~ s",
        table(1).assign(s=lambda d: (d.band == "mid") * 1),
        "mnlogit",
        "separated perfectly",
    ),
    "separation in an ordered model": (
        "band ~ y",
        table(1),
        "ordered",
        "separated perfectly|did not converge",
    ),
    "a nominal response for ols": ("g ~ x", table(1), "ols", "nominal"),
    "three levels for logit": ("g ~ x", table(1), "logit", "has 3 levels"),
    "an ordered model without an order": ("g ~ x", table(1), "ordered", "ordered categorical"),
    "an unknown model": ("y ~ x", table(1), "lasso", "choose one of ols"),
    "no complete row": ("y ~ x", table(1).assign(x=np.nan), "ols", "without a missing value"),
    "an unknown function": ("y ~ splendid(x)", table(1), "ols", "cannot evaluate"),
    "an infinite term": (
        "y ~ np.log(z)",
        table(1).assign(z=lambda d: d.x - d.x.min()),
        "ols",
        "infinite or missing",
    ),
    "no synthesis": ("y ~ x", [], "ols", "at least one synthesis"),
    "unequal sizes": ("y ~ x", [table(1), table(1, 300)], "ols", "equal numbers"),
    "two types": ("y ~ x", [table(1), table(1).assign(x="1")], "ols", "numeric in synthesis 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_a_message_that_says_what_to_do(case):
    formula, tables, model, message = REFUSED[case]
    family = "binomial" if model == "glm" else None
    with pytest.raises(DataError, match=message):
        fit_synthetic(formula, tables, model, family=family)


def test_a_level_absent_in_one_synthesis_is_named():
    rare = table(2)
    rare.loc[rare.g == "c", "g"] = "a"
    with pytest.raises(
        DataError, match="level 'c' of column 'g' has no complete row in synthesis 2"
    ):
        fit_synthetic("y ~ g", [table(1), rare])


def test_results_print_as_a_coefficient_table_and_a_sentence():
    fit = fit_synthetic("y ~ x", [table(1), table(2)], rule="population", n_original=400)
    assert "g=" not in repr(fit)
    assert len(repr(fit)) < 100
    assert "estimate" in str(fit)
    assert "Inference about the population" in str(fit)
    assert "<table" in fit._repr_html_()
    assert "linc" not in str(fit_original("y ~ x", table(1)))
    with pytest.raises(AttributeError):
        fit.rule = "expected"
