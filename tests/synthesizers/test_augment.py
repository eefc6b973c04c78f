"""Class-conditional rows: the vocabulary, the counts, and where rows come from."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from copulasynth import synthesizers as sy
from copulasynth.errors import DataError
from copulasynth.synthesizers import augment


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 400
    y = np.where(rng.random(n) < 0.15, "yes", "no")
    frame = pd.DataFrame(
        {
            "usage": rng.lognormal(size=n) + (y == "yes"),
            "churn": pd.Categorical(y, categories=["no", "yes", "maybe"]),
            "plan": rng.choice(["a", "b"], n),
            "income": np.where(rng.random(n) < 0.1, np.nan, rng.normal(50, 9, n)),
        },
        index=pd.Index(np.arange(n) * 7, name="id"),
    )
    frame.loc[7, "churn"] = np.nan
    return frame


def _sizes(frame):
    return frame["churn"].value_counts().to_dict()


@pytest.mark.parametrize(
    ("strategy", "share"),
    [("auto", 1.0), ("not majority", 1.0), ("minority", 1.0), ("all", 1.0), (0.5, 0.5)],
)
def test_strategies_mean_what_they_mean_in_imbalanced_learn(table, strategy, share):
    more = augment(table, target="churn", strategy=strategy, rng=0)
    sizes = _sizes(more)
    assert sizes["no"] == _sizes(table)["no"]
    assert sizes["yes"] == round(share * sizes["no"])


def test_a_mapping_gives_the_number_of_rows_a_class_is_to_have(table):
    assert _sizes(augment(table, target="churn", strategy={"yes": 2000}, rng=0))["yes"] == 2000


def test_the_original_rows_come_first_and_are_untouched(table):
    before = table.copy(deep=True)
    more = augment(table, target="churn", rng=0)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(more.iloc[: len(table)], table.reset_index(drop=True))
    pd.testing.assert_series_equal(more.dtypes, table.dtypes)


def test_new_rows_of_a_class_come_from_rows_of_that_class(table):
    more, origin = augment(table, target="churn", rng=0, return_origin=True)
    assert len(origin) == len(more)
    assert not origin["synthetic"].iloc[: len(table)].any()
    assert (origin["base"].iloc[: len(table)] == np.arange(len(table))).all()
    new = origin[origin["synthetic"]]
    for role in ("base", "neighbour"):
        assert (table["churn"].to_numpy()[new[role]] == "yes").all()
    # base rows are used evenly
    assert new["base"].value_counts().max() - new["base"].value_counts().min() <= 1


@pytest.mark.parametrize(
    "method", [sy.Bootstrap(), sy.Munge(), sy.Kde(), sy.IndependentMarginals()], ids=repr
)
def test_any_synthesizer_will_do(table, method):
    more, origin = augment(table, target="churn", method=method, rng=0, return_origin=True)
    assert _sizes(more)["yes"] == _sizes(more)["no"]
    traced = (origin["base"] >= 0)[origin["synthetic"]]
    assert traced.all() or not traced.any()


def test_the_same_seed_gives_the_same_rows(table):
    one, two = (augment(table, target="churn", rng=3) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_polars_tables_come_back_as_polars_tables():
    frame = pl.DataFrame({"x": [float(i * i) for i in range(20)], "y": [0] * 15 + [1] * 5})
    more = augment(frame, target="y", method=sy.Smote(k=3), rng=0)
    assert isinstance(more, pl.DataFrame)
    assert more.schema == frame.schema
    assert more["y"].value_counts().sort("y")["count"].to_list() == [15, 15]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"target": "gone"}, "no column"),
        ({"target": "churn", "strategy": "most"}, "not known"),
        ({"target": "churn", "strategy": {"perhaps": 5}}, "names class"),
        ({"target": "churn", "strategy": {"no": 5}}, "only adds rows"),
        ({"target": "churn", "strategy": 0.01}, "only adds rows"),
        ({"target": "plan", "strategy": -1.0}, "only adds rows"),
    ],
)
def test_bad_requests_are_refused(table, arguments, says):
    with pytest.raises(DataError, match=says):
        augment(table, **arguments)


def test_a_number_is_for_two_classes():
    frame = pd.DataFrame({"x": range(9), "y": list("aaaaabbcc")})
    with pytest.raises(DataError, match="two classes"):
        augment(frame, target="y", strategy=0.5)


def test_a_method_may_be_a_name_and_a_copula_is_told_its_wrapper():
    df = pd.DataFrame({"x": np.arange(60.0) ** 1.5, "y": ["a"] * 50 + ["b"] * 10})
    more = augment(df, target="y", method="smote", rng=1)
    assert more.equals(augment(df, target="y", method=sy.Smote(), rng=1))
    with pytest.raises(DataError, match="'gaussian' is a copula; pass CopulaSynthesizer"):
        augment(df, target="y", method="gaussian", rng=1)
