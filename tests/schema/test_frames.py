"""Polars and pyarrow tables go through the same door and come back as they came."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from copulasynth.errors import SchemaError
from copulasynth.schema import Schema, arrow_array

DAYS = [dt.date(2020, 1, 1) + dt.timedelta(k) for k in (0, 5, 2, 9)]
STAMPS = [dt.datetime(2020, 1, 1, k) for k in (0, 5, 2, 9)]
COLUMNS = {
    "int8": pl.Series([1, -5, 100, 2], dtype=pl.Int8),
    "uint64": pl.Series([2**63 + 5, 2**63, 2**63 + 1, 2**63 + 5], dtype=pl.UInt64),
    "gappy integers": pl.Series([1, None, 100, 2], dtype=pl.Int32),
    "float32": pl.Series([0.5, 1.5, None, 2.25], dtype=pl.Float32),
    "nan": pl.Series([0.5, float("nan"), 1.0, 2.0]),
    "text": pl.Series(["a", None, "ä", "a"]),
    "boolean": pl.Series([True, None, False, True]),
    "categorical": pl.Series(["b", "a", None, "b"], dtype=pl.Categorical),
    "enum": pl.Series(["b", "a", None, "b"], dtype=pl.Enum(["unused", "b", "a"])),
    "date": pl.Series(DAYS),
    "datetime": pl.Series([*STAMPS[:3], None], dtype=pl.Datetime("ms")),
    "zone": pl.Series(STAMPS, dtype=pl.Datetime("ns", "Europe/Berlin")),
    "duration": pl.Series([dt.timedelta(k) for k in (1, 2, 9, 4)], dtype=pl.Duration("us")),
    "time": pl.Series([dt.time(k, 30) for k in (1, 2, 9, 4)]),
    "decimal": pl.Series([Decimal("1.50"), Decimal("-2.25"), None, Decimal("0.00")]),
    "all missing": pl.Series([None] * 4),
    "all missing text": pl.Series([None] * 4, dtype=pl.String),
    "constant": pl.Series(["k"] * 4),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_polars_column_comes_back_as_it_came(name):
    df = pl.DataFrame({name: COLUMNS[name]})
    schema = Schema.infer(df)
    assert_frame_equal(schema.decode(schema.encode(df)), df)


@pytest.mark.parametrize("name", [n for n in COLUMNS if n != "nan"])
def test_a_pyarrow_column_comes_back_as_it_came(name):
    table = pl.DataFrame({name: COLUMNS[name]}).to_arrow()
    schema = Schema.infer(table)
    back = schema.decode(schema.encode(table))
    assert back.schema.field(0).type == table.schema.field(0).type
    assert back.equals(table)


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int16(), pa.large_string(), ordered=True),
    ],
)
def test_every_arrow_text_type_is_kept(kind):
    table = pa.table({"x": pa.array(["b", None, "a", "b"]).cast(kind)})
    schema = Schema.infer(table)
    assert schema.decode(schema.encode(table)).equals(table)


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64(), pa.timestamp("s"), pa.time32("ms")])
def test_every_arrow_time_type_is_kept(kind):
    counts = pa.array([0, 86_400_000, None], pa.int64())
    if kind == pa.time32("ms"):
        table = pa.table({"x": pa.array([0, 1000, None], pa.int32()).cast(kind)})
    else:
        table = pa.table({"x": counts.cast(pa.timestamp("ms")).cast(kind)})
    schema = Schema.infer(table)
    assert schema.decode(schema.encode(table)).equals(table)


def test_chunks_and_slices_make_no_difference():
    table = pa.concat_tables(
        [pa.table({"d": pa.array([Decimal("1.1"), None, Decimal("2.5")])})] * 2
    )
    sliced = table.slice(1, 4)
    schema = Schema.infer(sliced)
    assert schema.decode(schema.encode(sliced)).equals(sliced.combine_chunks())


def test_types_without_a_place_in_a_table_are_refused():
    with pytest.raises(SchemaError, match=r"'x' has type list.*drop it"):
        Schema.infer(pa.table({"x": [[1], [2]]}))


def test_decimals_of_many_digits_are_refused():
    with pytest.raises(SchemaError, match="more than 18 digits"):
        Schema.infer(pa.table({"x": [Decimal(10**25), Decimal(1)]}))


def test_both_null_and_nan_come_back_as_null_and_a_note_says_so():
    df = pl.DataFrame({"x": [1.5, None, float("nan"), 2.0]})
    schema = Schema.infer(df)
    assert "null and NaN" in schema.notes[0]
    assert schema.decode(schema.encode(df))["x"].to_list() == [1.5, None, None, 2.0]


def test_identifiers_come_back_in_their_library():
    df = pl.DataFrame({"id": [f"k{i}" for i in range(30)]})
    back = Schema.infer(df).decode(np.empty((2, 0)))
    assert back["id"].to_list() == ["k100", "k101"]


def test_a_pandas_column_can_be_written_as_arrow():
    df = pd.DataFrame(
        {
            "plan": ["a", "b", "a"],
            "gap": [1.5, np.nan, 2.0],
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-05"]).as_unit("us"),
            "level": pd.Categorical(["x", None, "y"], ["y", "x", "z"]),
        }
    )
    schema = Schema.infer(df)
    buffers = schema.allocate(3)
    schema.fill(buffers, slice(0, 3), schema.encode(df).T)
    found = {
        c.name: arrow_array(c, b).to_pylist() for c, b in zip(schema.columns, buffers, strict=True)
    }
    assert found == {
        "plan": ["a", "b", "a"],
        "gap": [1.5, None, 2.0],
        "when": [dt.datetime(2020, 1, 1), None, dt.datetime(2020, 1, 5)],
        "level": ["x", None, "y"],
    }


def test_decimals_that_count_hundreds_come_back():
    hundreds = pa.array([Decimal(100 * i) for i in range(30)]).cast(pa.decimal128(10, -2))
    table = pa.table({"x": hundreds})
    schema = Schema.infer(table)
    assert schema.decode(schema.encode(table)).equals(table)


def test_views_of_text_come_back():
    table = pa.table({"x": pa.array(["b", "a", None] * 9, pa.string_view())})
    try:
        table["x"].cast(pa.string()).cast(pa.string_view())
    except pa.ArrowNotImplementedError:
        pytest.skip("this pyarrow cannot cast views of text")
    schema = Schema.infer(table)
    assert schema.decode(schema.encode(table)).equals(table)
