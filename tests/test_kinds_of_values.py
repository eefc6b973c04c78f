"""Every kind of value: through the whole round, or refused with column, row and remedy.

All kinds that are kept stand in one table a library, which is fitted, drawn, written, read back,
saved, loaded and judged once.
"""

import datetime as dt
import enum
import pathlib
import uuid
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, SchemaError
from copulasynth.rows import reader
from copulasynth.schema import Schema

N = 40
RNG = np.random.default_rng(0)
COUNT = RNG.poisson(5.0, N).tolist()
REAL = np.round(RNG.lognormal(1.0, 1.0, N), 2)
DAY = dt.date(2020, 1, 1)
STAMP = pd.Timestamp("2020-01-01 09:00")
GAPPY = [None if i % 7 == 3 else k for i, k in enumerate(COUNT)]


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Grade(enum.IntEnum):
    GOOD = 1
    BAD = 2


def cells(make):
    """Return a column of objects, one of each row's number."""
    values = np.empty(N, dtype=object)
    for i in range(N):
        values[i] = make(i)
    return pd.Series(values, dtype=object)


def pair(a, b):
    return cells(lambda i: a if i % 2 else b)


def levels(*values, **options):
    return pd.Series(pd.Categorical(list(values) * (N // len(values)), **options))


EMPTY = {"str": "str", "object": object, "int64": "int64", "datetime": "M8[ns]"}

PANDAS = {
    "stamps": cells(lambda i: STAMP + pd.Timedelta(hours=COUNT[i])),
    "zoned stamps": cells(lambda i: (STAMP + pd.Timedelta(days=i)).tz_localize("Europe/Berlin")),
    "datetimes": cells(lambda i: dt.datetime(2020, 1, 1 + i % 9, i % 24)),
    "datetimes in UTC": cells(lambda i: dt.datetime(2020, 1, 1, i % 24, tzinfo=dt.UTC)),
    "datetimes two hours ahead": cells(
        lambda i: dt.datetime(2020, 1, 1, i % 24, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    ),
    "datetime64": cells(lambda i: np.datetime64("2020-01-01T00:00:01") + i),
    "dates": cells(lambda i: DAY + dt.timedelta(COUNT[i])),
    "dates and NaT": cells(lambda i: DAY + dt.timedelta(i) if i % 5 else pd.NaT),
    "dates of two thousand years": cells(lambda i: dt.date(1 + 200 * i, 1, 1)),
    "times": cells(lambda i: dt.time(i % 24, COUNT[i])),
    "timedeltas": cells(lambda i: dt.timedelta(minutes=COUNT[i])),
    "pandas' timedeltas": cells(lambda i: pd.Timedelta(minutes=COUNT[i])),
    "timedelta64": cells(lambda i: np.timedelta64(COUNT[i], "m")),
    "decimals": cells(lambda i: Decimal(COUNT[i]).scaleb(-1)),
    "decimals of mixed scale": cells(lambda i: Decimal(i).scaleb(-(i % 5))),
    "decimals with an exponent": cells(lambda i: Decimal(i).scaleb(5)),
    "decimals and NaN": cells(lambda i: Decimal("NaN") if i % 9 == 3 else Decimal(i).scaleb(-2)),
    "two decimals": pair(Decimal("1.50"), Decimal("12.25")),
    "truth and None": cells(lambda i: [True, False, None][i % 3]),
    "every mark of a gap": cells(lambda i: [None, pd.NA, pd.NaT, np.nan, "a", "b"][i % 6]),
    "numbers and every mark": cells(lambda i: [None, pd.NA, pd.NaT, np.nan, 1, 2, 3][i % 7]),
    "nothing but marks": cells(lambda i: [None, pd.NA, pd.NaT, np.nan][i % 4]),
    "NumPy integers": cells(lambda i: np.int16(COUNT[i])),
    "integers of both makers": cells(lambda i: np.int16(COUNT[i]) if i % 2 else COUNT[i]),
    "NumPy floats": cells(lambda i: np.float32(REAL[i])),
    "long floats": cells(lambda i: np.longdouble(COUNT[i] / 4)),
    "NumPy truth": cells(lambda i: np.bool_(i % 2)),
    "NumPy text": cells(lambda i: np.str_("ab"[i % 2])),
    "integer enums": cells(lambda i: Grade(1 + i % 2)),
    "integers up to 2**64": cells(lambda i: 2**64 - 1 - COUNT[i]),
    "integers from -2**63": cells(lambda i: -(2**63) + COUNT[i]),
    "text with a zero byte": pair("a\0b", "b"),
    "text with line ends and quotes": pair('a\n"b', "c,\r\nd"),
    "stamps with nanoseconds": pd.Series(pd.to_datetime(RNG.integers(0, 10**18, N))),
    "half floats": pd.Series(REAL.astype(np.float16)),
    "levels of decimals": levels(Decimal("1.5"), Decimal("12.25")),
    "levels of dates": levels(DAY, dt.date(2021, 1, 1)),
    "levels of times": levels(dt.time(1), dt.time(2)),
    "levels of zoned stamps": levels(*pd.date_range("2020", periods=2, tz="UTC")),
    "levels of timedeltas": levels(pd.Timedelta(1, "h"), pd.Timedelta(2, "h")),
    "levels of truth": levels(True, False),
    "levels of reals": levels(0.5, np.inf),
    "levels never used": pd.Series(pd.Categorical([None] * N, categories=["a", "b"])),
    **{
        f"no level of {name}": pd.Series(
            pd.Categorical([None] * N, categories=pd.Index([], dtype=dtype))
        )
        for name, dtype in EMPTY.items()
    },
}
ARROW = {
    "string_view": pa.array(["a", None] * 20, pa.string_view()),
    "large_string": pa.array(["a", "b"] * 20, pa.large_string()),
    "null": pa.nulls(N),
    "half": pa.array(REAL.astype(np.float16)),
    "NaN and null": pa.array([None, float("nan"), 1.5, 2.5] * 10),
    "decimal32": pa.array([Decimal("1.5"), Decimal("2.25")] * 20, pa.decimal32(5, 2)),
    "decimal64": pa.array([Decimal("1.5"), None] * 20, pa.decimal64(12, 2)),
    "decimal128": pa.array([Decimal("1.5"), Decimal("9.9")] * 20, pa.decimal128(2, 1)),
    "decimal256": pa.array([Decimal("1.5"), Decimal("2.25")] * 20, pa.decimal256(50, 2)),
    "hundreds": pa.array([Decimal(k).scaleb(2) for k in COUNT], pa.decimal128(10, -2)),
    "date32": pa.array([DAY + dt.timedelta(k) for k in COUNT], pa.date32()),
    "date64": pa.array([DAY + dt.timedelta(k) for k in COUNT], pa.date64()),
    "time32": pa.array(GAPPY, pa.time32("ms")),
    "time64": pa.array(COUNT, pa.time64("ns")),
    "timestamp": pa.array(GAPPY, pa.timestamp("s")),
    "timestamp with a zone": pa.array(COUNT, pa.timestamp("us", "Europe/Berlin")),
    "timestamp with an offset": pa.array(COUNT, pa.timestamp("ms", "+02:00")),
    "duration": pa.array(GAPPY, pa.duration("us")),
    "uint64": pa.array([2**64 - 1 - k for k in COUNT], pa.uint64()),
    "dictionary": pa.array(["a", None, "b", "a"] * 10).dictionary_encode(),
    "dictionary with a missing level": pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 2, 0] * 10), pa.array(["a", None, "b"])
    ),
    "dictionary with a level twice": pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 2, 0] * 10), pa.array(["a", "b", "a"]), ordered=True
    ),
    "dictionary of decimals": pa.array([Decimal("1.5"), Decimal("2.5")] * 20).dictionary_encode(),
    "dictionary of times": pa.array([dt.time(1), dt.time(2)] * 20).dictionary_encode(),
    "dictionary of durations": pa.array([1, 2] * 20, pa.duration("s")).dictionary_encode(),
    "dictionary of nothing": pa.DictionaryArray.from_arrays(
        pa.array([None] * N, pa.int32()), pa.array([], pa.string())
    ),
}

POLARS = {
    "decimal": pl.Series([Decimal("1.5"), Decimal("2.25")] * 20, dtype=pl.Decimal(38, 10)),
    "categorical": pl.Series(["a", None] * 20, dtype=pl.Categorical),
    "categorical of nothing": pl.Series([None] * N, dtype=pl.Categorical),
    "enum": pl.Series(["a", "b"] * 20, dtype=pl.Enum(["b", "a", "c"])),
    "enum of nothing": pl.Series([None] * N, dtype=pl.Enum([])),
    "time": pl.Series([dt.time(1), dt.time(2)] * 20),
    "duration": pl.Series([dt.timedelta(1), dt.timedelta(2), None, None] * 10),
    "zoned": pl.Series(COUNT).cast(pl.Datetime("us", "Europe/Berlin")),
    "null": pl.Series([None] * N),
}

ARROW_IN_PANDAS = {
    name: pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([array])))
    for name, array in ARROW.items()
}

TABLES = {
    "pandas": pd.DataFrame(PANDAS),
    "arrow in pandas": pd.DataFrame(ARROW_IN_PANDAS),
    "pyarrow": pa.table(ARROW),
    "polars": pl.DataFrame(POLARS),
}


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    """Fit, draw, write, read back, save, load and judge each table once."""
    folder, done = tmp_path_factory.mktemp("kinds"), {}
    for library, table in TABLES.items():
        model = cs.fit(table, copula="independence", marginals="empirical", rules=(), rng=1)
        model.save(folder / "model.json")
        model.schema.to_file(folder / "schema.toml")
        for name in ("rows.csv", "rows.parquet"):
            model.write(folder / name, N, rng=2)
        drawn = model.sample(N, rng=2)
        done[library] = {
            "drawn": drawn,
            "schema": model.schema,
            "again": Schema.infer(drawn),
            "loaded": cs.load(folder / "model.json").sample(N, rng=2),
            "by file": Schema.from_file(folder / "schema.toml").decode(model.schema.encode(drawn)),
            "csv": reader.read(folder / "rows.csv"),
            "parquet": reader.read(folder / "rows.parquet"),
            "judged": cs.evaluate(table, drawn, metrics=["ks"], rng=1),
        }
    return done


def column(table, name):
    """Return a column as a list of Python objects, None where missing."""
    values = table[name]
    values = values.to_pylist() if isinstance(values, pa.ChunkedArray) else list(values)
    return [None if v is None or pd.isna(v) else v for v in values]


def plain(value):
    """Return a value as what a file's reader may make of it."""
    if isinstance(value, pd.Timestamp):
        return value.tz_convert("UTC").tz_localize(None) if value.tzinfo else value
    if isinstance(value, dt.datetime):
        return plain(pd.Timestamp(value))
    if isinstance(value, dt.timedelta):
        return pd.Timedelta(value)
    return value


EVERY = [
    *(("pandas", name) for name in PANDAS),
    *(("arrow in pandas", name) for name in ARROW),
    *(("pyarrow", name) for name in ARROW),
    *(("polars", name) for name in POLARS),
]


@pytest.mark.parametrize(("library", "name"), EVERY, ids=str)
def test_a_kind_that_is_fitted_is_drawn_saved_and_written(rounds, library, name):
    table, done = TABLES[library], rounds[library]
    drawn = done["drawn"]
    if library in ("pandas", "arrow in pandas"):
        assert drawn[name].dtype == table[name].dtype
    else:
        assert drawn.schema == table.schema
    assert done["again"].column(name).storage == done["schema"].column(name).storage
    rows = column(drawn, name)
    assert column(done["loaded"], name) == rows
    assert column(done["by file"], name) == rows
    read = done["parquet"][name].to_pylist()
    assert [None if v is None else plain(v) for v in read] == [
        None if v is None else plain(v) for v in rows
    ]
    assert [v is None for v in done["csv"][name].to_pylist()] == [v is None for v in rows]


REFUSED = {
    "complex numbers": (cells(lambda i: complex(i, 1)), 0, "real and imaginary"),
    "fractions": (cells(lambda i: Fraction(i, 3)), 0, r"astype\(float\)"),
    "bytes": (pair(b"a", b"b"), 0, "decode"),
    "enums": (pair(Colour.RED, Colour.BLUE), 0, r"v\.name"),
    "paths": (pair(pathlib.Path("a"), pathlib.Path("b")), 0, r"astype\(str\)"),
    "UUIDs": (cells(lambda i: uuid.UUID(int=i)), 0, r"astype\(str\)"),
    "intervals": (cells(lambda i: pd.Interval(i % 3, i % 3 + 1)), 0, r"astype\(str\)"),
    "levels of intervals": (pd.cut(pd.Series(REAL), 4), 0, r"astype\(str\)"),
    "periods": (cells(lambda i: pd.Period("2020-01", "M") + i), 0, "start_time"),
    "lists after a gap": (cells(lambda i: [1] if i > 2 else None), 3, "entries"),
    "arrays": (cells(lambda i: np.arange(3)), 0, "entries"),
    "tuples": (pair((1, 2), (3, 4)), 0, "entries"),
    "sets": (cells(lambda i: {i}), 0, "entries"),
    "dictionaries": (cells(lambda i: {"a": i}), 0, "entries"),
    "tables": (cells(lambda i: pd.DataFrame({"a": [1]})), 0, "entries"),
    "objects without equality": (cells(lambda i: object()), 0, r"astype\(str\)"),
    "text and lists": (cells(lambda i: [i] if i == 7 else "a"), 7, "entries"),
    "text and numbers": (cells(lambda i: 5 if i == 7 else "a"), 7, r"astype\(str\)"),
    "whole and real numbers": (cells(lambda i: 5 if i == 7 else 1.5), 7, r"astype\(float\)"),
    "decimals and reals": (cells(lambda i: 5.5 if i == 7 else Decimal(i)), 7, "float"),
    "truth and numbers": (cells(lambda i: 5 if i == 7 else True), 7, r"astype\(str\)"),
    "dates and datetimes": (cells(lambda i: STAMP if i == 7 else DAY), 7, r"astype\(str\)"),
    "an infinite decimal": (cells(lambda i: Decimal("inf" if i == 7 else i)), 7, "drop"),
    "a signalling NaN": (cells(lambda i: Decimal("sNaN" if i == 7 else i)), 7, "None"),
    "a long decimal": (cells(lambda i: Decimal(10**20 if i == 7 else i)), 7, "cast"),
    "a fine decimal": (cells(lambda i: Decimal(1).scaleb(-60 if i == 7 else 0)), 0, "cast"),
    "a huge number": (cells(lambda i: 10**25 if i == 7 else i), 7, "cast"),
    "half a character": (cells(lambda i: "\ud800" if i == 7 else "a"), 7, "str.encode"),
    "several time zones": (
        cells(lambda i: STAMP.tz_localize("Asia/Tokyo" if i == 7 else "UTC")),
        7,
        "utc=True",
    ),
    "times with a zone": (cells(lambda i: dt.time(1, tzinfo=dt.UTC)), 0, "tzinfo=None"),
    "a long timedelta": (cells(lambda i: dt.timedelta(9 * 10**8 if i == 7 else 1)), 7, "days"),
    "infinite numbers": (pd.Series(np.where(np.arange(N) == 7, np.inf, 1.5)), 7, "drop"),
}
NESTED = "entries"
REFUSED_ARROW = {
    "binary": (pa.array([None, b"a"] * 20), 1, "string"),
    "fixed_size_binary": (pa.array([b"a"] * N, pa.binary(1)), 0, "string"),
    "list": (pa.array([None, [1]] * 20), 1, NESTED),
    "large_list": (pa.array([[1]] * N, pa.large_list(pa.int8())), 0, NESTED),
    "fixed_size_list": (pa.array([[1]] * N, pa.list_(pa.int8(), 1)), 0, NESTED),
    "list_view": (pa.array([[1]] * N, pa.list_view(pa.int8())), 0, NESTED),
    "struct": (pa.array([{"a": 1}] * N), 0, NESTED),
    "map": (pa.array([[("a", 1)]] * N, pa.map_(pa.string(), pa.int8())), 0, NESTED),
    "run_end_encoded": (pa.RunEndEncodedArray.from_arrays([20, N], [1, 2]), 0, "run_end_decode"),
    "month_day_nano_interval": (
        pa.array([(1, 2, 3)] * N, pa.month_day_nano_interval()),
        0,
        "duration",
    ),
    "extension": (
        pa.ExtensionArray.from_storage(pa.bool8(), pa.array([0, 1] * 20, pa.int8())),
        0,
        r"\.storage",
    ),
    "decimals of more than 18 digits": (pa.array([Decimal(1), Decimal(10**25)] * 20), 1, "float"),
    "dictionary<values=string_view": (
        pa.DictionaryArray.from_arrays(
            pa.array([0, 1] * 20), pa.array(["a", "b"], pa.string_view())
        ),
        0,
        "string",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_kind_that_is_refused_is_so_by_column_row_and_remedy(name):
    values, row, remedy = REFUSED[name]
    with pytest.raises(SchemaError, match=rf"(?s)column 'x'.*at row {row}\b.*{remedy}"):
        Schema.infer(pd.DataFrame({"y": REAL, "x": values}))


@pytest.mark.parametrize("name", REFUSED_ARROW)
def test_an_arrow_type_that_is_refused_is_so_by_column_row_and_remedy(name):
    array, row, remedy = REFUSED_ARROW[name]
    with pytest.raises(SchemaError, match=rf"column 'x'.*{name}.*at row {row}\b.*{remedy}"):
        Schema.infer(pa.table({"y": REAL, "x": array}))


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        (pd.Series(pd.arrays.SparseArray(COUNT, fill_value=0)), "to_dense"),
        (pd.Series(pd.period_range("2020-01", periods=N, freq="M")), "to_timestamp"),
        (pd.Series(pd.arrays.IntervalArray.from_breaks(range(N + 1))), "astype"),
        (pd.Series(REAL.astype(np.complex64)), "imaginary"),
        (pl.Series([object()] * N, dtype=pl.Object), "cast"),
        (pl.Series(COUNT, dtype=pl.Int128), "Int64"),
        (pl.Series([[1]] * N), "entries"),
    ],
    ids=["sparse", "period", "interval", "complex", "object", "int128", "list"],
)
def test_a_dtype_that_is_refused_is_so_by_column_and_remedy(values, remedy):
    table = {"y": REAL, "x": values}
    table = pl.DataFrame(table) if isinstance(values, pl.Series) else pd.DataFrame(table)
    with pytest.raises(SchemaError, match=rf"column 'x'.*{remedy}"):
        cs.fit(table, rng=1)


def test_labels_no_file_can_hold_and_labels_twice_are_refused():
    with pytest.raises(SchemaError, match="'\\\\ud800' holds half a character"):
        Schema.infer(pd.DataFrame([[1]], columns=pd.Index(["\ud800"], dtype=object)))
    with pytest.raises(SchemaError, match="'a' occurs 2 times"):
        cs.fit(pa.table([pa.array([1, 2]), pa.array([1, 2])], names=["a", "a"]), rng=1)
    with pytest.raises(DataError, match="Nowhere/City"):
        Schema.infer(pa.table({"x": pa.array(COUNT, pa.timestamp("us", "Nowhere/City"))}))


def test_drawn_decimals_have_no_more_digits_than_their_type():
    schema = Schema.infer(pa.table({"x": ARROW["decimal128"]}))
    drawn = schema.decode(np.array([[-1e9], [1.5], [1e9]]))["x"]
    assert drawn.to_pylist() == [Decimal("-9.9"), Decimal("1.5"), Decimal("9.9")]
    drawn.validate(full=True)


def test_two_rows_of_large_numbers_are_a_model_within_seconds():
    times = pd.to_datetime(["1976-12-12 13:35:10.326009353", "1988-02-21 15:16:09.225712063"])
    df = pd.DataFrame({"t": times, "k": [10**15 + 7, 3 * 10**17]})
    assert len(cs.fit(df, copula="gaussian", rng=1).sample(5, rng=1)) == 5


BEYOND_ARROW = {
    "text that is no UTF-8": (pa.array([b"\xff\xfe", b"b"] * 20).view(pa.string()), "not UTF-8"),
    "levels that are no UTF-8": (
        pa.array([b"\xff\xfe", b"b"] * 20).view(pa.string()).dictionary_encode(),
        "not UTF-8",
    ),
    "dates with a time": (
        pa.array([86_400_001, 86_400_000] * 20, pa.int64()).view(pa.date64()),
        r"whole days .*timestamp\[ms\]",
    ),
    "seconds beyond Parquet": (
        pa.array([2**55, None] * 20, pa.timestamp("s")),
        "beyond what a file can hold",
    ),
    "seconds before Parquet": (
        pa.array([-(2**55), 5] * 20, pa.timestamp("s", "UTC")).dictionary_encode(),
        "beyond what a file can hold",
    ),
}


@pytest.mark.parametrize("name", BEYOND_ARROW)
def test_arrow_values_that_no_file_can_hold_are_refused_by_name(name):
    array, message = BEYOND_ARROW[name]
    with pytest.raises(DataError, match=f"column 'd' .*{message}"):
        Schema.infer(pa.table({"d": array, "k": COUNT}))


@pytest.mark.parametrize("seconds", [2**53, (2**63 - 1) // 1_000])
def test_seconds_that_parquet_can_write_are_kept(seconds, tmp_path):
    array = pa.array([seconds, -seconds] * 20, pa.timestamp("s"))
    model = cs.fit(pa.table({"d": array, "k": COUNT}), copula="independence")
    model.write(tmp_path / "t.parquet", 50, rng=1)
    assert reader.read(tmp_path / "t.parquet").num_rows == 50


@pytest.mark.parametrize(
    "ends",
    [
        (dt.datetime.min, dt.datetime.max),
        (dt.datetime(1, 1, 1, 5), dt.datetime(9999, 12, 31, 23, 59, 59, 999_997)),
    ],
)
@pytest.mark.parametrize("library", ["pandas", "pyarrow"])
def test_times_of_all_years_never_leave_their_range(ends, library):
    times = [*ends, dt.datetime(2020, 1, 1)] * 14
    df = pd.DataFrame({"d": pd.Series(times, dtype=object), "k": np.arange(42) % 5})
    table = df if library == "pandas" else pa.table({"d": times, "k": df["k"]})
    drawn = cs.fit(table, copula="independence").sample(500, rng=1)
    found = drawn["d"].to_pylist() if library == "pyarrow" else list(drawn["d"])
    assert min(found) >= ends[0]
    assert max(found) <= ends[1]
    assert max(found).year == 9999


@pytest.mark.parametrize("labels", [(1, "1"), (True, "True"), ("2.5", 2.5)])
def test_labels_that_are_written_alike_are_refused_by_both(labels):
    df = pd.DataFrame(np.c_[COUNT, REAL, COUNT])
    df.columns = pd.Index(["a", *labels], dtype=object)
    with pytest.raises(SchemaError, match=f"names {labels[0]!r} and {labels[1]!r} are written"):
        Schema.infer(df)
