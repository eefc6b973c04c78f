"""Tables of different makers come onto the same columns, kinds, levels and states."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from copulasynth.errors import DataError
from copulasynth.metrics import align
from copulasynth.schema import Schema


def problems(tables):
    return dict(zip(tables.notes["column"], tables.notes["problem"], strict=True))


def test_no_common_column_is_an_error_that_shows_the_names():
    with pytest.raises(DataError, match=r"share no column.*\['a'\].*\['b'\]"):
        align(pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}))


def test_an_empty_table_is_an_error():
    with pytest.raises(DataError, match="synthetic table has no rows"):
        align(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": []}))


def test_a_thing_that_is_no_table_is_an_error():
    with pytest.raises(DataError, match="is a list"):
        align([1, 2], pd.DataFrame({"a": [1]}))


def test_a_column_of_one_table_is_reported_and_left_out():
    tables = align(pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"a": [1], "c": [3]}))
    assert tables.real.names == ["a"]
    assert problems(tables) == {"b": "only in real", "c": "only in synthetic"}


def test_numbers_written_as_text_are_compared_as_numbers():
    tables = align(pd.DataFrame({"a": [1.5, 2]}), pd.DataFrame({"a": ["1.5", "3"]}))
    assert tables.real.columns[0].kind == "numeric"
    assert tables.synthetic.numbers[0].tolist() == [1.5, 3.0]
    assert "types differ" in problems(tables)["a"]


def test_numbers_against_words_are_compared_as_levels():
    tables = align(pd.DataFrame({"a": [1.0, 2.0]}), pd.DataFrame({"a": ["1", "many"]}))
    assert tables.real.columns[0].levels == ("1", "2", "many")


def test_polars_and_pandas_align():
    data = {"x": [1, 2, 3], "g": ["a", "b", None]}
    tables = align(pd.DataFrame(data), pl.DataFrame(data))
    np.testing.assert_array_equal(tables.real.numbers, tables.synthetic.numbers)
    np.testing.assert_array_equal(tables.real.states, tables.synthetic.states)


def test_missing_codes_are_states_of_their_own():
    df = pd.DataFrame({"income": [5.0, -8.0, np.nan]})
    tables = align(df, df, missing_codes={"income": [-8]})
    assert tables.real.states[0].tolist() == [0, 2, 1]
    assert tables.real.columns[0].states == ("", "missing", "-8")


def test_a_schema_decides_kinds_and_missing_codes():
    df = pd.DataFrame({"region": [1, 2, 3, 2] * 5, "income": [5, 6, -8, 7] * 5})
    schema = Schema.infer(df, kinds={"region": "nominal"}, missing_codes={"income": [-8]})
    tables = align(df, df, schema=schema)
    assert tables.real.columns[0].kind == "nominal"
    assert tables.real.columns[0].levels == ("1", "2", "3")
    assert tables.real.columns[1].states == ("", "missing", "-8")


def test_times_are_numbers_whatever_their_resolution():
    times = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"]))
    tables = align(pd.DataFrame({"t": times}), pd.DataFrame({"t": times.astype("datetime64[s]")}))
    np.testing.assert_array_equal(tables.real.numbers, tables.synthetic.numbers)
    assert np.diff(tables.real.numbers[0])[0] == 86_400


def test_identifiers_are_left_out_and_said_so():
    df = pd.DataFrame({"id": [f"u{i}" for i in range(200)], "x": [i % 40 for i in range(200)]})
    tables = align(df, df)
    assert tables.real.names == ["x"]
    assert problems(tables) == {"id": "identifier or free text"}


def test_infinities_are_a_level_and_reported():
    tables = align(pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"x": [1.0, np.inf]}))
    assert tables.synthetic.states[0].tolist() == [0, 2]
    assert tables.notes["problem"].tolist()[0] == "1 infinite values in synthetic"


def test_duplicate_names_are_kept_apart():
    df = pd.DataFrame([[1, 2], [3, 4]], columns=["x", "x"])
    assert align(df, df).real.names == ["x", "x#2"]


def test_tables_of_different_alignments_are_refused():
    a = align(pd.DataFrame({"x": ["a"]}), pd.DataFrame({"x": ["b"]}))
    b = align(pd.DataFrame({"x": ["a"]}), pd.DataFrame({"x": ["c"]}))
    with pytest.raises(DataError, match="align them together"):
        align(a.real, b.synthetic)


def test_a_real_column_with_an_infinite_value_stays_a_number_with_a_state():
    g = np.random.default_rng(0)
    a = pd.DataFrame({"x": np.r_[np.inf, g.normal(size=59)], "y": g.normal(size=60)})
    tables = align(a, a)
    assert [column.kind for column in tables.real.columns] == ["numeric", "numeric"]
    assert tables.real.columns[0].states[-1] == "infinite"
    assert int((tables.real.states[0] != 0).sum()) == 1
