"""Missing codes are missing in a fit, which says how many rows it leaves out and why."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from copulasynth.errors import DataError, FitWarning
from copulasynth.inference import compare_fits, fit_original, fit_synthetic
from copulasynth.schema import Schema

CODES = {"income": [-8, -9], "plan": ["refused"]}


def table(seed: int = 0, n: int = 400) -> pd.DataFrame:
    """Return a table whose income is 1000 + 300 for men, where it is one."""
    rng = np.random.default_rng(seed)
    sex = np.where(np.arange(n) % 2, "f", "m")
    income = np.where(sex == "m", 1300.0, 1000.0) + 10 * np.tile([-1.0, -1.0, 1.0, 1.0], n // 4)
    plan = rng.choice(["a", "b"], n)
    df = pd.DataFrame({"sex": sex, "income": income, "plan": plan, "weight": rng.normal(size=n)})
    df.loc[:39, "income"] = -8.0
    df.loc[40:59, "income"] = -9.0
    df.loc[60:69, "income"] = np.nan
    df.loc[65:79, "plan"] = "refused"
    return df


def test_coefficients_are_those_of_the_rows_with_an_answer():
    df = table()
    fit = fit_original("income ~ sex", df, missing_codes=CODES)
    np.testing.assert_allclose(fit.table["estimate"], [1000.0, 300.0], atol=0.5)
    assert fit.coefficients.used == 330
    assert (fit.left_out.rows, fit.left_out.of) == (70, 400)
    assert set(fit.left_out.reasons) == {
        ("income", "empty", 10), ("income", "-8", 40), ("income", "-9", 20),
    }  # fmt: skip
    plain = fit_original("income ~ sex", df.where(df != -8).where(df != -9))
    pd.testing.assert_frame_equal(fit.table, plain.table)


@pytest.mark.parametrize("store", [lambda df: df.astype({"income": int}), pa.Table.from_pandas])
def test_codes_are_missing_however_they_are_stored(store):
    df = table()[["sex", "income"]].fillna({"income": -8})
    expected = fit_original("income ~ sex", df, missing_codes=CODES).table
    found = fit_original("income ~ sex", store(df), missing_codes=CODES).table
    pd.testing.assert_frame_equal(found, expected)


def test_codes_of_a_nominal_column_are_no_levels():
    df = table()[["plan", "weight"]].astype({"plan": "category"})
    fit = fit_original("weight ~ plan", df, missing_codes=CODES)
    assert list(fit.table.index) == ["Intercept", "plan[T.b]"]
    assert fit.left_out.reasons == (("plan", "refused", 15),)


def test_a_schema_declares_them_for_the_syntheses_as_well():
    df = table()
    schema = Schema.infer(df, missing_codes=CODES)
    syntheses = [table(1), table(2)]
    original = fit_original("income ~ sex + plan", df, schema=schema)
    fit = fit_synthetic("income ~ sex + plan", syntheses, schema=schema)
    assert fit.left_out.of == 800
    assert fit.left_out.rows == 2 * original.left_out.rows == 160
    assert fit.table.loc["sex[T.m]", "estimate"] == pytest.approx(300, abs=1)
    found = compare_fits(original, fit)
    for text in (str(original), str(fit), fit._repr_html_(), str(found)):
        assert "80 of 400 rows" in " ".join(text.split()) or "160 of 800" in " ".join(text.split())
    assert found.sentence.count("Left out") == 2
    assert "income is -8 in 40, declared a missing code" in original.sentence


def test_nothing_is_said_where_no_row_is_left_out():
    df = table().iloc[80:]
    fit = fit_original("income ~ sex", df, missing_codes=CODES)
    assert fit.sentence == ""
    assert "Left out" not in fit_synthetic("income ~ sex", df).sentence


def test_a_code_that_nobody_declared_is_asked_about():
    df = table().assign(income=lambda t: t["income"] + np.arange(len(t)) * (t["income"] > 0))
    with pytest.warns(FitWarning, match=r"'income' holds -9 and -8, .*missing_codes=\{'income'"):
        fit_original("income ~ sex", df)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_original("income ~ sex", df, missing_codes={"income": []})


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=400),  # numbers below 0 of all sizes
        np.repeat([-2.0, -1.0, 0.0, 1.0, 2.0], 80),  # a scale around 0
        np.r_[-350.0, -20.0, np.arange(398.0)],  # debts
        np.r_[-1.0, np.arange(399.0)],  # once
    ],
)
def test_numbers_below_zero_that_are_numbers_pass_in_silence(values):
    df = table().assign(income=values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_original("income ~ sex", df)


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ({"zz": [1]}, "there is no column 'zz'; choose one of income, age"),
        ({"age": [-8], "incom": [-8]}, "there is no column 'incom'; did you mean 'income'"),
    ],
)
def test_missing_codes_of_columns_that_are_none_are_refused(codes, words):
    table = pd.DataFrame({"income": [1.0, 2.0, 4.0, -8.0], "age": [1.0, 3.0, 2.0, 5.0]})
    with pytest.raises(DataError, match=f"missing_codes: {words}"):
        fit_original("age ~ income", table, missing_codes=codes)
    # one mapping may serve several tables
    fit_original("age ~ income", table, missing_codes={"income": [-8], "plan": ["x"]})
