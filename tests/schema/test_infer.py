"""What the schema takes columns for, and what it refuses."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from copulasynth.errors import DataError, SchemaError
from copulasynth.schema import Schema
from copulasynth.schema.infer import decimals_of


def kind_of(values, **options):
    """Return the kind of one column."""
    return Schema.infer(pd.DataFrame({"x": values}), **options).column("x").kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([0.1, 0.25, 2.5]), "continuous"),
        (np.array([1.0, 2.0, np.nan]), "integer"),
        (np.array([0, 1, 1]), "integer"),
        (np.array([True, False]), "boolean"),
        (["a", "b"], "nominal"),
        (pd.Categorical(["a", "b"]), "nominal"),
        (pd.Categorical(["a", "b"], ordered=True), "ordinal"),
        (pd.to_datetime(["2020-01-01", "2020-01-03"]), "datetime"),
        (pd.to_timedelta([1, 2], unit="h"), "duration"),
        (["a", "a"], "constant"),
        ([np.nan, np.nan], "constant"),
        (np.arange(100), "identifier"),
        ([f"c{i}" for i in range(40)], "identifier"),
    ],
)
def test_each_kind_is_found(values, kind):
    assert kind_of(values) == kind


def test_few_unique_integers_are_no_identifier():
    assert kind_of(np.arange(19)) == "integer"


def test_unique_integers_on_a_wide_range_are_numbers_because_chance_explains_them():
    values = np.random.default_rng(0).choice(10**7, 1000, replace=False)
    assert kind_of(values) == "integer"


def test_a_sample_of_consecutive_numbers_is_an_identifier_and_a_note_says_so():
    df = pd.DataFrame({"id": np.random.default_rng(0).choice(5000, 1000, replace=False)})
    schema = Schema.infer(df)
    assert schema.columns[0].kind == "identifier"
    assert "'id'" in schema.notes[0]
    assert schema.variables == ()


def test_declared_kinds_win_over_what_values_look_like():
    df = pd.DataFrame({"id": np.arange(100), "region": [1, 2] * 50, "text": ["a", "b"] * 50})
    schema = Schema.infer(df, kinds={"id": "integer", "region": "nominal", "text": "drop"})
    assert schema.kinds == {"id": "integer", "region": "nominal", "text": "drop"}
    assert schema.column("region").levels == (1, 2)
    assert list(schema.decode(schema.encode(df)).columns) == ["id", "region"]


def test_few_numbers_are_discrete_and_many_continuous_with_their_grid():
    df = pd.DataFrame({"flag": [0, 1] * 50, "count": np.arange(100) % 50, "money": 0.25})
    df["money"] = np.arange(100) * 0.25
    flag, count, money = Schema.infer(df).variables
    assert (flag.kind, flag.step, flag.lower) == ("discrete", 1.0, 0.0)
    assert (count.kind, count.step) == ("continuous", 1.0)
    assert (money.kind, money.step, money.lower, money.upper) == ("continuous", 0.25, 0.0, np.inf)


def test_shares_are_bounded_by_nought_and_one_and_others_not():
    df = pd.DataFrame({"share": [0.125, 0.5, 1.0], "score": [-1.5, 0.2, 3.0]})
    share, score = Schema.infer(df).variables
    assert (share.lower, share.upper) == (0.0, 1.0)
    assert (score.lower, score.upper) == (-np.inf, np.inf)


def test_a_gappy_column_has_a_state_before_its_value():
    df = pd.DataFrame({"income": [1200.0, np.nan, -8.0, 900.0], "sex": ["f", "m", None, "f"]})
    schema = Schema.infer(df, missing_codes={"income": [-8]})
    assert [(v.name, v.kind, v.levels) for v in schema.variables] == [
        ("income [state]", "state", 3),
        ("income", "continuous", 0),
        ("sex [state]", "state", 2),
        ("sex", "nominal", 2),
    ]
    x = schema.encode(df)
    assert x[:, 0].tolist() == [0, 1, 2, 0]
    assert np.isnan(x[[1, 2], 1]).all()
    assert schema.variables[1].lower == 0
    pd.testing.assert_frame_equal(schema.decode(x), df)


def test_a_missing_code_among_levels_is_no_level_of_the_variable():
    df = pd.DataFrame({"edu": ["low", "N", "high", None]})
    schema = Schema.infer(df, missing_codes={"edu": ["N"]})
    assert [(v.kind, v.levels) for v in schema.variables] == [("state", 3), ("nominal", 2)]
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


def test_a_constant_with_gaps_has_only_a_state():
    df = pd.DataFrame({"k": [3.5, None, 3.5]})
    schema = Schema.infer(df)
    assert [v.kind for v in schema.variables] == ["state"]
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


@pytest.mark.parametrize(
    ("values", "places"),
    [([1.0, 2.0], 0), ([0.1, 0.2], 1), ([0.1 + 0.2], 1), ([1e-6], 6), ([np.pi], None), ([], None)],
)
def test_decimals_are_counted(values, places):
    assert decimals_of(np.array(values)) == places


def test_single_precision_does_not_pass_for_decimals():
    x = np.random.default_rng(0).normal(100, 1, 500).astype("f4")
    assert decimals_of(x) is None
    assert decimals_of(np.round(x, 1)) == 1


def test_infinite_values_are_refused_with_their_place():
    df = pd.DataFrame({"x": [1.0, np.inf, 2.5, -np.inf]})
    with pytest.raises(SchemaError, match=r"column 'x' has 2 infinite values \(first at row 1\)"):
        Schema.infer(df)


def test_free_text_is_refused_and_accepted_when_declared():
    texts = [f"the customer number {i} called about a broken telephone line" for i in range(60)]
    with pytest.raises(SchemaError, match="'x' looks like free text"):
        kind_of(texts)
    assert kind_of(texts, kinds={"x": "identifier"}) == "identifier"
    assert kind_of(texts, kinds={"x": "drop"}) == "drop"


def test_mixed_types_are_refused_with_the_first_offender():
    with pytest.raises(SchemaError, match=r"'x' mixes types: int at row 1, but str at row 3"):
        kind_of(pd.Series([None, 1, 2, "three"], dtype=object))


def test_duplicate_names_are_refused_with_their_places():
    df = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    with pytest.raises(SchemaError, match=r"'a' occurs 2 times \(at places \[0, 2\]\)"):
        Schema.infer(df)


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        (pd.period_range("2020-01", periods=3, freq="M"), "to_timestamp"),
        (pd.arrays.SparseArray([0, 0, 1]), "to_dense"),
        (np.array([1j, 2j, 3j]), "cast to float"),
        (pd.cut([1, 2, 3], 2), "cast it"),
        (pd.Series([[1], [2], []], dtype=object), "columns? of its own"),
    ],
)
def test_unsupported_types_are_refused_with_a_remedy(values, remedy):
    with pytest.raises(SchemaError, match=rf"column 'x'.*{remedy}"):
        kind_of(values)


def test_a_time_zone_without_a_name_is_refused_with_a_remedy():
    nameless = dt.timezone(dt.timedelta(hours=2), "summer")
    times = pd.to_datetime(["2020-01-01", "2020-01-02"]).tz_localize(nameless)
    with pytest.raises(SchemaError, match=r"column 'x' has the time zone .*Europe/Berlin"):
        kind_of(times)


def test_columns_of_several_levels_are_refused():
    df = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    with pytest.raises(SchemaError, match="flatten"):
        Schema.infer(df)


def test_unknown_names_and_kinds_are_refused():
    df = pd.DataFrame({"x": ["a", "b"]})
    with pytest.raises(SchemaError, match="no column 'y'"):
        Schema.infer(df, kinds={"y": "nominal"})
    with pytest.raises(SchemaError, match="unknown kind 'category'"):
        Schema.infer(df, kinds={"x": "category"})
    with pytest.raises(SchemaError, match="declared integer but holds text"):
        Schema.infer(df, kinds={"x": "integer"})
    with pytest.raises(SchemaError, match="does not fit text values"):
        Schema.infer(df, kinds={"x": "boolean"})
    with pytest.raises(SchemaError, match="missing code 7 does not fit text"):
        Schema.infer(df, missing_codes={"x": [7]})


def test_something_that_is_no_table_is_a_type_error():
    with pytest.raises(TypeError, match="pandas, Polars or pyarrow"):
        Schema.infer([[1, 2]])


@pytest.mark.parametrize(
    "dtype", ["int64", "float32", "bool", "datetime64[us]", object, "category"]
)
def test_an_empty_table_has_kinds_by_its_types_and_comes_back(dtype):
    df = pd.DataFrame({"x": pd.Series([], dtype=dtype)})
    schema = Schema.infer(df)
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


def test_one_row_is_all_constants():
    df = pd.DataFrame({"a": [1], "b": ["x"], "c": [np.nan]})
    schema = Schema.infer(df)
    assert schema.variables == ()
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


def test_two_missing_markers_come_back_as_the_commoner_and_a_note_says_so():
    df = pd.DataFrame({"x": pd.Series(["a", None, np.nan, "b", None], dtype=object)})
    schema = Schema.infer(df)
    assert "None and nan" in schema.notes[0]
    assert schema.decode(schema.encode(df))["x"].tolist() == ["a", None, None, "b", None]


def test_every_refusal_is_a_data_error():
    assert issubclass(SchemaError, DataError)
    assert issubclass(DataError, ValueError)


def test_many_levels_of_one_row_each_are_told_with_the_remedy():
    rng = np.random.default_rng(1)
    usual = rng.choice(["ok", "late", "broken"], size=300).astype(object)
    usual[:40] = [f"call after {k} o'clock" for k in range(40)]
    found = Schema.infer(pd.DataFrame({"remark": usual, "x": rng.normal(size=300)}))
    assert found.columns[0].kind == "nominal"
    (note,) = found.notes
    assert "column 'remark': 40 of its 43 values are those of one row each" in note
    assert "--kind remark=drop" in note
    # who says what it is knows it, and a few rare levels are no remarks
    told = Schema.infer(pd.DataFrame({"remark": usual}), kinds={"remark": "nominal"})
    few = np.where(np.arange(300) < 10, usual, "ok")
    assert not told.notes
    assert not Schema.infer(pd.DataFrame({"remark": few})).notes
