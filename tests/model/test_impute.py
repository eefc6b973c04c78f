"""Gaps filled m times: what is there stays, and Rubin's intervals cover."""

import numpy as np
import pandas as pd
import pytest

import copulasynth as cs
from copulasynth.errors import DataError
from copulasynth.inference import combine
from copulasynth.model import fit_joint
from copulasynth.model.refit import knobs_of


@pytest.fixture(scope="module")
def table(people):
    df = people(300)
    rng = np.random.default_rng(9)
    df["plan"] = df["plan"].where(rng.random(len(df)) > 0.1)
    df["age"] = df["age"].astype("Int64").mask(rng.random(len(df)) < 0.1)
    return df


def test_gaps_are_filled_and_all_else_stays(knobs, table):
    model = fit_joint(table, copula=knobs, marginals="spline", rng=1)
    tables = model.impute(table, m=2, rng=3)
    assert len(tables) == 2
    for filled in tables:
        assert not filled.isna().any().any()
        assert (filled.dtypes == table.dtypes).all()
        pd.testing.assert_frame_equal(filled.where(table.notna()), table)
    assert not tables[0].equals(tables[1])


@pytest.mark.parametrize("copula", [cs.Gaussian(), cs.Tree()])
def test_the_same_seed_fills_gaps_alike_however_many_tables_are_asked_for(copula, table):
    model = fit_joint(table, copula=copula, marginals="spline", rng=1)
    one, two = (model.impute(table, m=m, rng=3)[0] for m in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_it_says_which_table_begins(table):
    said = []
    fit_joint(table, marginals="spline", rng=1).impute(table, m=2, rng=3, progress=said.append)
    assert [line.name for line in said] == ["table 1 of 2", "table 2 of 2"]


def test_filled_values_follow_the_other_columns():
    rng = np.random.default_rng(1)
    x = rng.normal(size=3000)
    y = 2 * x + rng.normal(size=3000)
    seen = rng.random(3000) < 1 / (1 + np.exp(2 * x))
    df = pd.DataFrame({"x": x, "y": np.where(seen, y, np.nan)})
    (filled,) = fit_joint(df, marginals="spline", rng=1).impute(df, m=1, rng=2)
    # the mean of what is seen lies 1.2 below; its own standard error is about .05
    assert abs(np.nanmean(df["y"]) - y.mean()) > 0.8
    assert abs(filled["y"].mean() - y.mean()) < 0.2
    assert np.polyfit(x, filled["y"], 1)[0] == pytest.approx(2, abs=0.2)


def test_the_draws_of_a_proper_model_are_used_in_turn(table):
    model = fit_joint(table, marginals="spline", proper=True, draws=3, rng=1)
    tables = model.impute(table, m=3, rng=1)
    assert not tables[0].equals(tables[1])
    with pytest.raises(DataError, match="draws=4"):
        model.impute(table, m=4, rng=1)


def test_missing_codes_are_answers_and_the_index_is_kept():
    rng = np.random.default_rng(1)
    score = rng.integers(0, 50, 500).astype(float)
    score[:40], score[40:90] = -8, np.nan
    df = pd.DataFrame({"score": score, "z": rng.normal(size=500)}, index=range(7, 507))
    schema = cs.Schema.infer(df, missing_codes={"score": [-8]})
    (filled,) = fit_joint(df, schema=schema, marginals="spline", rng=1).impute(df, m=1, rng=1)
    assert (filled["score"] == -8).sum() == 40
    assert filled["score"].notna().all()
    assert filled.index.equals(df.index)


def test_a_model_that_cannot_be_fitted_again_says_what_to_do(table):
    with pytest.raises(DataError, match="no joint law"):
        cs.Smote().fit(table.dropna(), rng=1).impute(table, m=2)
    for text in ("", "Strange()", "__import__('os')", "Gaussian(2)", "cells_of()", "1 + 1"):
        with pytest.raises(DataError, match="proper=True"):
            knobs_of(text)
    assert knobs_of("Calibrated(base=Vine(families='tll'))") == cs.Calibrated(
        cs.Vine(families="tll")
    )


def test_intervals_by_rubins_rules_cover():
    """16 tables of 300 rows, 3 parameters: coverage of 48 intervals, not all independent.

    validation/imputation.py runs more of them.
    """
    inside = []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=300)
        y = 1 + x + rng.normal(size=300)
        gone = rng.random(300) < 1 / (1 + np.exp(1 - x))
        df = pd.DataFrame({"x": x, "y": np.where(gone, np.nan, y)})
        tables = fit_joint(df, marginals="spline", rng=seed).impute(df, m=5, rng=seed)
        fits = [estimates(t["x"].to_numpy(), t["y"].to_numpy()) for t in tables]
        q, v = (np.array(a) for a in zip(*fits, strict=True))
        low, high = combine(q, v, k=300, rule="rubin", complete=[299, 298, 298]).interval()
        inside.append((low <= 1) & (high >= 1))
    assert np.mean(inside) > 0.83


def estimates(x, y):
    """Return the mean of y, intercept and slope, and their squared standard errors."""
    a = np.column_stack([np.ones_like(x), x])
    inverse = np.linalg.inv(a.T @ a)
    b = inverse @ a.T @ y
    s2 = np.sum((y - a @ b) ** 2) / (len(y) - 2)
    return np.r_[y.mean(), b], np.r_[y.var(ddof=1) / len(y), s2 * np.diag(inverse)]
