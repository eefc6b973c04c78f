"""Odd tables end in a model, or in a refusal that names column or table; nothing else is heard."""

import time
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from scipy import stats

import copulasynth as cs
from copulasynth.errors import CopulasynthError, DataError, FitWarning
from copulasynth.marginals import fit_marginal
from copulasynth.marginals._axis import axis_of, from_axis, to_axis
from copulasynth.marginals.count import Count
from tests.hostile_checks import check_refusal, check_rows
from tests.hostile_tables import COLUMNS, Recipe, recipes, seeded

N = 5000
ODD = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def fitted(df, **settings):
    """Fit with every warning but the package's own an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", FitWarning)
        return cs.fit(df, rng=1, **settings)


def tried(df):
    try:
        model = fitted(df)
    except CopulasynthError as e:
        check_refusal(df, e)
        return None
    drawn = model.sample(50, rng=1)
    check_rows(df, drawn, model.schema.kinds, 50)
    return model


@ODD
@given(recipe=recipes())
def test_any_recipe_is_a_model_or_a_refusal(recipe):
    tried(recipe.table())


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_kind_of_column_beside_an_ordinary_one(kind):
    tried(Recipe(30, ((kind, "", 0), ("normal", "", 0)), seed=1).table())


def test_a_recipe_makes_one_table():
    for recipe in map(seeded, [1] * 5, range(5)):
        pd.testing.assert_frame_equal(recipe.table(), recipe.table())


ORDINARY = {
    "one gap": (("normal", "one", 0), ("count", "", 0)),
    "one rare level": (("normal", "", 0), ("one rare level", "", 0)),
    "one non-zero": (("normal", "", 0), ("one non-zero", "", 0)),
    "comonotone": (("lognormal", "", 0), ("log", "", 0), ("normal", "", 0)),
    "antitone": (("normal", "", 0), ("minus", "", 0)),
    "singular": (("normal", "", 0), ("count", "", 0), ("sum", "", 0), ("noisy", "", 0)),
    "many levels": (("200 levels", "", 0), ("normal", "", 0)),
    "half missing": (("normal", "second half", 0), ("normal", "first half", 0), ("text", "", 0)),
    "almost constant": (("one huge", "", 0), ("normal", "", 0)),
    "twice": (("normal", "", 0), ("copy", "", 0), ("copy", "some", 0)),
    "wide": tuple((k, "", j) for j in range(12) for k in ("normal", "text", "product")),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_oddities_are_fitted_by_what_the_rule_names(name):
    model = tried(Recipe(300, ORDINARY[name], seed=3).table())
    assert model.selection_table["chosen"].tolist() == [True]


def decades(sigma, *, sign, rng):
    size = np.exp(sigma * rng.normal(size=N))
    return size * rng.choice([-1.0, 1.0], N) if sign else size


@pytest.mark.parametrize("sigma", [1.0, 5.0, 9.0, 30.0])
@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("spec", ["auto", "spline"])
def test_columns_over_decades_keep_both_ends(sigma, sign, spec):
    x = decades(sigma, sign=sign, rng=np.random.default_rng(2))
    law = fit_marginal(x, spec, kind="continuous", lower=-np.inf if sign else 0.0, rng=1).marginal
    u = (np.arange(20 * N) + 0.5) / (20 * N)
    assert stats.ks_2samp(x, law.quantile(u)).statistic < 0.015
    # and the distribution function is the inverse of the quantile function there
    assert abs(law.cell(law.quantile(u))[1] - u).max() < 0.01


def test_ordinary_columns_keep_the_axis_of_their_quartiles():
    rng = np.random.default_rng(3)
    for x in (rng.normal(50, 2, N), rng.lognormal(3, 2, N), rng.standard_cauchy(N)):
        low, middle, high = np.quantile(x, [0.25, 0.5, 0.75])
        scale, centre = axis_of(x, low, middle, high)
        assert 0.8 < scale / ((high - low) / 1.35) < 1.2
        assert abs(centre - middle) < scale / 16


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e140])
def test_the_axis_goes_there_and_back_over_300_decades(scale):
    x = np.concatenate([-(10.0 ** np.arange(150.0, -150.0, -7)), 10.0 ** np.arange(-150.0, 150, 7)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        back = from_axis(to_axis(x, scale, 0.0), scale, 0.0)
    np.testing.assert_allclose(back, x, rtol=1e-9, atol=scale * 1e-307)
    assert (np.diff(to_axis(np.sort(x), scale, 0.0)) >= 0).all()


def test_quantiles_of_counts_are_found_in_the_time_of_a_few_distribution_functions():
    u = np.linspace(1e-12, 1 - 1e-12, 2000)
    start = time.process_time()
    for mean, size in ((1e5, 1e-3), (1e12, 0.5), (1e15, 1e4)):
        law = Count("negative_binomial", (mean, size), (1.0, 1.0))
        k = law.quantile(u)
        assert (law.cell(k)[1] >= u - 1e-9).all()
    assert time.process_time() - start < 5
    # floats are no whole numbers beyond 2**53
    with pytest.raises(ValueError, match="counts beyond"):
        Count("negative_binomial", (1e18, 1e4), (1.0, 1.0))
    known = stats.nbinom(3.0, 3.0 / (3.0 + 1e6)).ppf(u[1:-1])
    found = Count("negative_binomial", (1e6, 3.0), (1.0, 1.0)).quantile(u[1:-1])
    np.testing.assert_allclose(found, known, atol=1)


def test_whole_numbers_near_the_end_of_their_type_are_fitted_soon():
    start = time.process_time()
    for kind in ("uint64 anywhere", "uint64 at the end", "int64 ends", "wide count"):
        model = tried(Recipe(50, ((kind, "", 0),), seed=4).table())
        assert model is not None
    stamps = ["1976-12-12 13:35:10.326009353", "1988-02-21 15:16:09.225712063"]
    assert tried(pd.DataFrame({"t": pd.to_datetime(stamps)})) is not None
    assert time.process_time() - start < 10


def test_numbers_up_to_1e150_are_fitted_and_larger_ones_refused_by_name():
    df = pd.DataFrame({"x": 1e150 * np.random.default_rng(5).uniform(-1, 1, 300)})
    drawn = fitted(df).sample(500, rng=1)["x"]
    assert stats.ks_2samp(df["x"], drawn).pvalue > 1e-3
    df.loc[7, "x"] = 3e150
    with pytest.raises(
        DataError, match=r"'x' has 1 values beyond 1e\+150, such as 3e\+150.*Divide.*missing code"
    ):
        cs.fit(df, rng=1)
    df["x"] = 1.7e308  # a constant is no variable
    assert (fitted(df).sample(9, rng=1)["x"] == 1.7e308).all()


def test_judging_extreme_numbers_says_nothing():
    rng = np.random.default_rng(6)
    values = {"x": rng.choice([-1.7e308, 1.7e308, 1.0], 90), "y": rng.normal(size=90)}
    df = pd.DataFrame({**values, "z": 5e-324 * rng.integers(0, 9, 90)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cs.evaluate(df, df.sample(frac=1, random_state=1), metrics="quick", rng=1)
    assert np.isfinite(found["ks"].value)


@pytest.mark.parametrize("copula", ["auto", "cart", "independent"])
def test_a_table_without_columns_is_refused(copula):
    with pytest.raises(DataError, match="no columns"):
        cs.fit(pd.DataFrame(index=range(9)), copula=copula, rng=1)


@pytest.mark.parametrize("kind", ["no categories", "categories without rows", "decimals"])
@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_what_is_sampled_can_be_written(kind, name, tmp_path):
    df = Recipe(30, ((kind, "", 0), ("normal", "", 0)), seed=1).table()
    fitted(df).write(tmp_path / name, 20, rng=1, workers=1)
    assert (tmp_path / name).stat().st_size > 0


def test_rules_by_chance_that_no_row_can_obey_together_are_given_up_aloud():
    # 57 columns of 30 rows, most of them functions of the same few
    df = seeded(31415, 383).table()
    with pytest.warns(FitWarning, match="hardly any drawn row obeyed"):
        model = cs.fit(df, copula="gaussian", marginals="empirical", rng=1)
    assert len(model.sample(50, rng=1)) == 50
    assert any("hardly any drawn row" in said for said in model.provenance.warnings)
    assert any(rule.keep for rule in model.schema.rules)
    assert not all(rule.keep for rule in model.schema.rules)


def test_a_family_whose_estimate_leaves_the_range_of_numbers_is_no_candidate():
    # twenty rows of a column that hardly varies about 7e47
    df = seeded(271828, 55).table()
    assert len(cs.fit(df, copula="gaussian", rng=1).sample(20, rng=1)) == 20


@pytest.mark.parametrize("made", [cs.SequentialCart(), cs.Smote(), cs.Kde()], ids=repr)
def test_what_is_never_missing_is_not_made_from_a_copy_that_may_be(made):
    df = seeded(161803, 695).table()
    drawn = made.fit(df, rng=1).sample(200, rng=1)
    assert drawn["c2"].isna().any()
    assert drawn["c0"].notna().all()
