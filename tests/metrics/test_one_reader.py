"""What a column is, the schema decides: for judging as for fitting, whatever made the tables."""

import datetime as dt
import inspect
import io
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from copulasynth import metrics
from copulasynth.errors import DataError
from copulasynth.metrics import align
from copulasynth.schema import Schema

N = 120
MEASURES = {
    "continuous": "numeric",
    "integer": "numeric",
    "datetime": "numeric",
    "duration": "numeric",
    "ordinal": "ordinal",
    "nominal": "nominal",
    "boolean": "nominal",
}


def columns() -> dict[str, object]:
    g = np.random.default_rng(3)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(g.integers(0, 300, N), unit="D")
    codes = np.where(g.random(N) < 0.2, -8, g.integers(100, 900, N))
    sizes = g.choice(["s", "m", "l"], N)
    return {
        "text that holds numbers": [f"{v:.2f}" for v in g.normal(20, 5, N)],
        "text that holds numbers and a letter": [
            "N",
            *(f"{v:.1f}" for v in g.normal(20, 9, N - 1)),
        ],
        "dates as text": g.choice(["2024-01-01", "2024-02-01", "2024-03-01"], N),
        "dates": days,
        "dates as objects": pd.Series([d.date() for d in days], dtype=object),
        "times with a zone": days.tz_localize("UTC").tz_convert("Europe/Berlin"),
        "durations": pd.to_timedelta(g.integers(0, 9000, N), unit="s"),
        "truth as text": g.choice(["True", "False"], N),
        "truth": g.random(N) < 0.3,
        "truth with gaps": pd.array(g.choice([True, False, None], N), dtype="boolean"),
        "categories": pd.Categorical(g.choice(["a", "b"], N), categories=["b", "a", "unused"]),
        "ordered categories": pd.Categorical(sizes, categories=["s", "m", "l"], ordered=True),
        "categories of numbers": pd.Categorical(g.integers(1, 4, N)),
        "zip codes": g.choice(["01234", "02345", "10000"], N),
        "integers with gaps": pd.array(g.choice([1, 2, 3, 4, None], N), dtype="Int64"),
        "decimals": pd.Series(
            [Decimal(int(v)) / 100 for v in g.integers(0, 9999, N)], dtype=object
        ),
        "missing codes": codes,
        "numbers": g.normal(size=N),
        "identifiers": np.arange(N),
        "names": [f"u{i}" for i in range(N)],
        "constant": np.full(N, 3),
        "constant text": ["k"] * N,
        "all missing": np.full(N, np.nan),
        "all missing text": pd.Series([None] * N, dtype=object),
    }


def through_csv(df: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(df.to_csv(index=False)))


MAKERS = {
    "pandas": lambda df: df,
    "pandas from CSV": through_csv,
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
    "polars from CSV": lambda df: pl.read_csv(io.StringIO(df.to_csv(index=False))),
    "text": lambda df: df.astype("string"),
}


def expected(schema: Schema) -> str | None:
    column = schema.columns[0]
    if column.kind in ("identifier", "drop"):
        return None
    if column.kind == "constant":
        return "nominal" if column.storage == "text" else "numeric"
    return MEASURES[column.kind]


def one(name: str) -> pd.DataFrame:
    return pd.DataFrame({name: columns()[name], "x": np.arange(N) % 7})


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", columns())
def test_a_column_is_judged_as_the_schema_of_the_real_table_has_it(name, maker):
    real = one(name)
    codes = {name: [-8]} if name == "missing codes" else {}
    schema = Schema.infer(real, missing_codes=codes)
    made = MAKERS[maker](real.sample(N, replace=True, random_state=1).reset_index(drop=True))
    for tables in (align(real, made, missing_codes=codes), align(real, made, schema=schema)):
        found = {column.name: column for column in tables.real.columns}
        if expected(schema) is None:
            assert name not in found
            assert "identifier or free text" in tables.notes["problem"].to_list()
        else:
            assert found[name].kind == expected(schema)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", [n for n in columns() if n not in ("identifiers", "names")])
def test_values_are_the_same_whatever_library_or_file_a_table_went_through(name, maker):
    real = one(name)
    tables = align(real, MAKERS[maker](real))
    np.testing.assert_array_equal(tables.synthetic.states, tables.real.states)
    np.testing.assert_allclose(tables.synthetic.numbers, tables.real.numbers, rtol=1e-12)


@pytest.mark.parametrize("maker", [m for m in MAKERS if m != "text"])
@pytest.mark.parametrize("name", ["truth", "categories", "identifiers", "all missing text"])
def test_the_real_table_too_may_be_of_any_maker(name, maker):
    real = MAKERS[maker](one(name))
    schema = Schema.infer(real)
    found = {column.name: column for column in align(real, real).real.columns}
    assert (found[name].kind if name in found else None) == expected(schema)


ODD = {
    "mixed types": [1, "a", 2.5, None] * 30,
    "intervals": pd.cut(np.arange(N), 4),
    "periods": pd.period_range("2020-01", periods=N, freq="M"),
    "sparse": pd.arrays.SparseArray([0, 0, 1] * 40),
    "complex": np.arange(N) * 1j,
    "lists": [[i] for i in range(N)],
    "infinities": [np.inf, 1.0, 2.0, -np.inf] * 30,
    "free text": [f"one long sentence about the customer number {i}" for i in range(N)],
    "times of day": [dt.time(i % 24, i % 60) for i in range(N)],
    "stamps as objects": pd.Series(
        [dt.datetime(2024, 1, 1 + i % 28) for i in range(N)], dtype=object
    ),
    "long decimals": [Decimal("1.0000000000000000000001") * i for i in range(N)],
    "mixed categories": pd.Categorical([1, "a"] * 60),
    "bytes": [bytes([i]) for i in range(N)],
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("place", ["real", "synthetic", "both"])
def test_a_type_that_no_model_could_be_fitted_to_never_stops_a_comparison(name, place):
    odd = pd.DataFrame({"c": ODD[name], "x": np.arange(N) % 7})
    plain = pd.DataFrame({"c": np.arange(N) % 5, "x": np.arange(N) % 7})
    real = odd if place != "synthetic" else plain
    made = odd if place != "real" else plain
    tables = align(real, made, holdout=through_csv(made))
    assert "x" in tables.real.names
    numbers = name in ("sparse", "long decimals")
    assert place == "both" or numbers or "c" in tables.notes["column"].to_list()


def test_a_column_that_is_declared_drop_is_left_out_whatever_it_holds():
    real = pd.DataFrame({"income": np.arange(N) * 1.5, "x": np.arange(N) % 7})
    schema = Schema.infer(real, kinds={"income": "drop"})
    tables = align(real, real, schema=schema)
    assert tables.real.names == ["x"]
    assert tables.notes["problem"].to_list() == ["dropped by the schema"]


def test_the_order_of_levels_is_the_one_that_the_schema_declares():
    real = pd.DataFrame({"size": ["small", "large", "medium"] * 10})
    schema = Schema.infer(real, kinds={"size": "ordinal"})
    schema = schema.with_column("size", levels=("small", "medium", "large"), order=())
    column = align(real, real, schema=schema).real.columns[0]
    assert (column.kind, column.levels) == ("ordinal", ("small", "medium", "large"))


def test_lost_repeated_and_empty_columns_are_noted():
    real = pd.DataFrame([[1, 2, "a", None]] * 30, columns=["x", "x", "lost", "empty"])
    made = pd.DataFrame([[1, 2, "b"]] * 30, columns=["x", "x", "empty"])
    notes = align(real, made).notes
    assert set(zip(notes["column"], notes["problem"], strict=True)) >= {
        ("lost", "only in real"),
        ("x#2", "name x occurs again"),
        ("empty", "all values missing in real"),
    }


def test_a_name_that_looks_like_a_repeated_one_stays_apart():
    df = pd.DataFrame([[1, 2, 3]] * 30, columns=["x", "x", "x#2"])
    assert align(df, df).real.names == ["x", "x#2", "x#2#2"]


def test_notes_say_how_many_rows_are_behind_a_level():
    real = pd.DataFrame({"g": ["a"] * 50 + ["rare"] * 3 + [None] * 4})
    made = pd.DataFrame({"g": ["a"] * 40 + list("bcdefg") * 7})
    notes = align(real, made).notes.set_index("problem")["rows"]
    assert notes["level rare only in real"] == 3
    assert notes["6 levels only in synthetic (b, c, d, ..)"] == 7
    assert notes["missing only in real"] == 4
    assert align(real, made.assign(z=1)).notes["rows"].isna().to_list()[0]


def test_units_of_time_are_those_of_the_schema():
    df = pd.DataFrame(columns())[["dates", "durations", "times with a zone", "numbers"]]
    units = {c.name: c.unit for c in align(df, through_csv(df)).real.columns}
    assert units == {
        "dates": "time",
        "durations": "span",
        "times with a zone": "time",
        "numbers": "",
    }


JUDGES = [
    name
    for name in metrics.__all__
    if inspect.isfunction(getattr(metrics, name))
    and {"schema", "synthetic"} <= {*inspect.signature(getattr(metrics, name)).parameters}
]


@pytest.mark.parametrize("name", JUDGES)
def test_every_metric_reads_its_tables_through_the_schema_that_it_is_given(name):
    df = pd.DataFrame({"x": np.arange(N) % 7, "g": list("ab") * 60})
    schema = Schema.infer(df, kinds={"x": "drop", "g": "drop"})
    judge = getattr(metrics, name)
    needed = {"columns": ["x"], "keys": ["g"], "target": "x"}
    settings = {k: v for k, v in needed.items() if k in inspect.signature(judge).parameters}
    with pytest.raises(DataError, match=r"no common column can be compared: .*'"):
        judge(df, df, schema=schema, **settings, **({"holdout": df} if "dcr" in name else {}))
