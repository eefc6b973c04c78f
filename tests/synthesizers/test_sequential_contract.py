"""What the sequential methods promise: types, exact n, seeds, files, odd tables."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, ModelFileError
from copulasynth.synthesizers import InverseTree, SequentialCart, SequentialParametric

METHODS = [
    SequentialCart(),
    SequentialCart(prune=False, smoothing="spline", proper=True, strata="contract"),
    SequentialParametric(),
    InverseTree("churn"),
    InverseTree("churn", within="uniform"),
]
#: A column of each kind, with and without gaps.
COLUMNS = [
    "age", "plan", "contract", "signup_date", "autopay", "data_mb", "care_calls", "income",
    "since_topup", "churn",
]  # fmt: skip
each = pytest.mark.parametrize("method", METHODS, ids=repr)


@pytest.fixture(scope="module")
def table():
    return cs.datasets.simulate_telecom(400, rng=1)[COLUMNS]


@pytest.fixture(scope="module")
def fitted(table):
    return {repr(method): method.fit(table, rng=5) for method in METHODS}


@each
def test_a_sample_has_the_types_and_levels_of_the_table_and_exactly_n_rows(method, fitted, table):
    for n in (0, 1, 700):
        rows = fitted[repr(method)].sample(n, rng=2)
        assert len(rows) == n
        pd.testing.assert_series_equal(rows.dtypes, table.dtypes)
    assert rows["contract"].cat.categories.equals(table["contract"].cat.categories)
    assert set(rows["plan"]) <= set(table["plan"])


@each
def test_the_same_seed_gives_the_same_rows_and_the_head_of_a_longer_sample(method, fitted):
    model = fitted[repr(method)]
    long = model.sample(9000, rng=3)
    pd.testing.assert_frame_equal(long, model.sample(9000, rng=3))
    pd.testing.assert_frame_equal(long.iloc[:99], model.sample(99, rng=3))
    assert not long.equals(model.sample(9000, rng=4))


@each
def test_the_same_seed_gives_the_same_fit(method, fitted, table):
    again = method.fit(table, rng=5)
    pd.testing.assert_frame_equal(again.sample(99, rng=1), fitted[repr(method)].sample(99, rng=1))


@each
def test_batches_together_are_the_sample(method, fitted):
    model = fitted[repr(method)]
    batches = list(model.iter_batches(500, batch_size=123, rng=3))
    together = pd.concat(batches, ignore_index=True)
    pd.testing.assert_frame_equal(together, model.sample(500, rng=3))


@each
def test_a_saved_model_draws_the_same_rows_and_says_what_it_holds(method, fitted, tmp_path):
    model = fitted[repr(method)]
    model.save(tmp_path / "model.json")
    again = cs.load(tmp_path / "model.json")
    pd.testing.assert_frame_equal(again.sample(400, rng=3), model.sample(400, rng=3))
    held = json.loads((tmp_path / "model.json").read_text())["training_rows"]
    assert held is model.holds_training_rows is (not isinstance(method, SequentialParametric))


@each
def test_gaps_stay_as_frequent_as_they_were(method, fitted, table):
    # six binomial standard errors of 3,000 rows and of the 400 that were fitted
    p = table["income"].isna().mean()
    made = fitted[repr(method)].sample(3000, rng=3)["income"].isna().mean()
    assert abs(made - p) < 6 * np.sqrt(p * (1 - p) * (1 / 3000 + 1 / 400))


@pytest.mark.parametrize(
    "method", [SequentialCart(min_leaf=1), SequentialParametric(), InverseTree("c", min_leaf=1)]
)
def test_polars_tables_come_back_as_they_came(method):
    frame = pl.DataFrame({"x": [1.5, 2.5, 4.0, 7.25, 8.0], "c": ["a", "b", "a", None, "b"]})
    rows = method.fit(frame, rng=0).sample(6, rng=0)
    assert rows.schema == frame.schema


@pytest.mark.parametrize("method", [SequentialCart(), SequentialParametric()])
@pytest.mark.parametrize(
    "odd",
    [
        {"x": [1.0] * 6},
        {"x": [1.0, 2.0], "y": ["a", "b"]},
        {"x": [1.0, None, None, 4.0, 2.0, 3.0], "y": [None, None, 3, 4, 4, 4.0]},
        {"x": [np.nan] * 5 + [1.0], "y": [f"level {i % 3}" for i in range(6)]},
    ],
    ids=["constant", "two rows", "gappy", "one value seen"],
)
def test_odd_tables_are_drawn(method, odd):
    df = pd.DataFrame(odd)
    rows = method.fit(df, rng=0).sample(50, rng=0)
    assert len(rows) == 50
    assert list(rows.columns) == list(df.columns)


def test_a_nominal_column_of_many_levels_is_drawn_from_its_levels():
    rng = np.random.default_rng(0)
    level = rng.integers(300, size=3000)
    df = pd.DataFrame({"x": level + rng.normal(size=3000), "g": [f"g{i:03d}" for i in level]})
    rows = SequentialCart().fit(df, rng=1).sample(3000, rng=2)
    made = rows["g"].str[1:].astype(int)
    assert np.corrcoef(rows["x"], made)[0, 1] > 0.99


SETTINGS = {
    "an unknown order": ({"order": "best"}, "order='best' is unknown"),
    "an unknown column in the order": ({"order": ["nope"]}, "order: there is no column 'nope'"),
    "a column twice in the order": ({"order": ["age", "age"]}, "twice"),
    "an unknown stratum": ({"strata": "nope"}, "strata: there is no column"),
    "too many strata": ({"strata": "data_mb"}, "strata are too many"),
    "a predictor that comes later": (
        {"predictors": {"age": ["churn"]}},
        "'churn' does not come before 'age'",
    ),
    "a rule on a later column": ({"rules": {"age": ("churn == yes", 20)}}, "comes after"),
    "a rule on no column": ({"rules": {"age": ("size < 3", 20)}}, "no column 'size'"),
    "a rule that cannot be read": ({"rules": {"plan": ("age ~ 3", "basic")}}, "cannot read"),
    "a rule with an unknown level": ({"rules": {"plan": ("age < 3", "gold")}}, "no level 'gold'"),
    "a rule that compares words": ({"rules": {"plan": ("age < old", "basic")}}, "not a number"),
    "a rule without a value": ({"rules": {"plan": "age < 3"}}, "expected"),
    "a rule on gaps that are not": (
        {"rules": {"plan": ("age is missing", "basic")}},
        "has no missing values",
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
@pytest.mark.parametrize("knobs", [SequentialCart, SequentialParametric])
def test_settings_that_make_no_sense_are_refused(case, knobs, table):
    settings, message = SETTINGS[case]
    with pytest.raises(DataError, match=message):
        knobs(**settings).fit(table, rng=0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SequentialCart(min_leaf=0),
        lambda: SequentialCart(smoothing="density"),
        lambda: InverseTree("x", within="leaf"),
        lambda: InverseTree("x", min_leaf=1.5),
    ],
)
def test_knobs_that_make_no_sense_are_refused(make):
    with pytest.raises(ValueError, match="must be"):
        make()


def test_knobs_are_frozen():
    with pytest.raises(AttributeError):
        SequentialCart().min_leaf = 3


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda m: m["laws"][5].update(dim=3), "another number of variables|does not exist"),
        (lambda m: m["laws"][5]["child"].__setitem__(0, 0), "before its parent"),
        (lambda m: m["laws"][5]["donors"].pop(), "needs a donor"),
        (lambda m: m["laws"][5]["threshold"].pop(), "one length"),
        (lambda m: m["order"].reverse(), "before its value"),
        (lambda m: m["order"].pop(), "permutation"),
        (lambda m: m["laws"].pop(), "as many laws"),
    ],
)
def test_a_damaged_file_is_refused(damage, says, fitted, tmp_path):
    fitted[repr(METHODS[0])].save(tmp_path / "model.json")
    document = json.loads((tmp_path / "model.json").read_text())
    damage(document["model"]["sampler"])
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(ModelFileError, match=says):
        cs.load(tmp_path / "model.json")
