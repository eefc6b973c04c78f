"""Encoding is strict, and says what does not fit."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from copulasynth.errors import DataError, SchemaError
from copulasynth.schema import Schema
from copulasynth.schema.encode import _toward_zero

TABLE = pd.DataFrame(
    {
        "age": [31, 45, 27, 60],
        "plan": ["a", "b", "a", "c"],
        "paid": [1.5, np.nan, 2.25, 0.5],
        "kind": ["x"] * 4,
        "when": pd.to_datetime(["2020-01-01", "2020-02-01", "2020-03-01", "2021-01-01"], utc=True),
    }
)
SCHEMA = Schema.infer(TABLE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop(columns="plan"), "lacks column 'plan'"),
        (lambda d: d.assign(other=1), r"does not know: \['other'\]"),
        (
            lambda d: d.assign(plan=["a", "z", "a", "b"]),
            r"'plan' has the level 'z' \(first at row 1\)",
        ),
        (lambda d: d.assign(age=["1", "2", "3", "4"]), "'age' holds text values"),
        (lambda d: d.assign(age=[1, None, 2, 3]), r"'age' has 1 missing values \(first at row 1\)"),
        (lambda d: d.assign(kind=["x", "x", "y", "x"]), "level 'y'"),
        (lambda d: d.assign(when=d["when"].dt.tz_localize(None)), "time zone UTC"),
        (lambda d: d.assign(plan=[1, 2, 3, 4]), "'plan' holds integer values"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    with pytest.raises(DataError, match=message):
        SCHEMA.encode(change(TABLE))


def test_columns_may_come_in_any_order():
    shuffled = TABLE[["when", "kind", "paid", "age", "plan"]]
    assert np.array_equal(SCHEMA.encode(shuffled), SCHEMA.encode(TABLE), equal_nan=True)


def test_a_table_of_another_library_is_encoded_the_same():
    found = SCHEMA.encode(pl.from_pandas(TABLE))
    assert np.array_equal(found, SCHEMA.encode(TABLE), equal_nan=True)


def test_unseen_things_may_be_taken_for_missing():
    odd = TABLE.assign(plan=["a", "z", "a", "b"], kind="y", age=[1, None, 2, 3])
    x = SCHEMA.encode(odd, unseen="missing")
    names = [v.name for v in SCHEMA.variables]
    assert np.isnan(x[1, names.index("plan")])
    assert np.isnan(x[1, names.index("age")])
    assert x[0, names.index("plan")] == 0


def test_another_value_in_a_constant_number_is_refused():
    schema = Schema.infer(pd.DataFrame({"k": [2.5, 2.5]}))
    with pytest.raises(DataError, match=r"'k' is constant \(2.5\).* row 1"):
        schema.encode(pd.DataFrame({"k": [2.5, 3.0]}))


@pytest.mark.parametrize("low", [-(2**63), 2**53, 2**60])
def test_integers_beyond_double_precision_are_exact_offsets(low):
    df = pd.DataFrame({"x": np.array([low, low + 1, low + 1000, low + 1])})
    schema = Schema.infer(df)
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df)


def test_integers_spanning_more_than_double_precision_say_what_they_lose():
    df = pd.DataFrame({"x": [0, 2**60, 2**60 + 1]})
    schema = Schema.infer(df)
    assert "53 significant bits" in schema.notes[0]
    back = schema.decode(schema.encode(df))["x"]
    assert back.dtype == np.int64
    assert (abs(back - df["x"]) <= 2**60 // 2**53).all()


def test_times_are_counted_on_their_own_grid_so_that_long_spans_stay_exact():
    days = pd.to_datetime(["1700-01-01", "1980-05-06", "2250-12-31"]).as_unit("ns")
    schema = Schema.infer(pd.DataFrame({"t": days}))
    assert schema.columns[0].scale == 86_400 * 10**9
    assert schema.variables[0].step == 1.0
    assert schema.decode(schema.encode(pd.DataFrame({"t": days})))["t"].tolist() == days.tolist()


def test_a_time_of_another_resolution_is_converted():
    df = pd.DataFrame({"t": pd.to_datetime(["2020-01-01", "2020-01-05"]).as_unit("ns")})
    schema = Schema.infer(df)
    assert np.array_equal(schema.encode(df.astype("M8[s]")), schema.encode(df))


def test_nominal_codes_follow_the_order_that_a_copula_asks_for():
    df = pd.DataFrame({"x": ["a", "b", "c", "a"]})
    schema = Schema.infer(df)
    turned = schema.with_order({0: (2, 0, 1)})
    assert turned.encode(df)[:, 0].tolist() == [1, 2, 0, 1]
    pd.testing.assert_frame_equal(turned.decode(turned.encode(df)), df)
    again = turned.with_order({0: (1, 2, 0)})
    assert again.encode(df)[:, 0].tolist() == schema.encode(df)[:, 0].tolist()
    with pytest.raises(SchemaError, match="cannot be ordered"):
        schema.with_order({0: (0, 1)})


def test_ordinal_codes_follow_the_category_list():
    df = pd.DataFrame({"x": pd.Categorical(["hi", "lo"], ["lo", "mid", "hi"], ordered=True)})
    schema = Schema.infer(df)
    assert schema.encode(df)[:, 0].tolist() == [2, 0]
    assert (schema.variables[0].kind, schema.variables[0].levels) == ("discrete", 3)


def test_levels_are_learned_where_a_declared_column_lists_none():
    df = pd.DataFrame({"region": [3, 1, 3, 2]})
    schema = Schema.infer(df).with_column("region", kind="nominal")
    with pytest.raises(DataError, match=r"schema\.complete"):
        schema.encode(df)
    complete = schema.complete(df)
    assert complete.column("region").levels == (1, 2, 3)
    pd.testing.assert_frame_equal(complete.decode(complete.encode(df)), df)


def test_encoding_a_slice_of_another_index_and_label_types_works():
    df = pd.DataFrame({0: [1, 2, 3], 2.5: ["a", "b", "a"]}, index=[5, 7, 9])
    schema = Schema.infer(df)
    assert "numbered from 0" in schema.notes[0]
    pd.testing.assert_frame_equal(schema.decode(schema.encode(df)), df.reset_index(drop=True))


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_large_whole_numbers_never_grow_by_becoming_floats(dtype):
    info = np.iinfo(dtype)
    near = [int(info.max) - k for k in range(2_000)] + [2**53 + 1, 2**60 + 129, 5]
    least = [int(info.min) + k for k in (0, 1, 700)]
    counts = np.array(near + least, dtype=dtype)
    found = [int(x) for x in _toward_zero(counts)]
    exact = [int(c) for c in counts]
    assert all(abs(x) <= abs(c) for x, c in zip(found, exact, strict=True))
    assert all(abs(c - x) <= abs(c) * 2.0**-51 for x, c in zip(found, exact, strict=True))
