"""Every type of Arrow by every door: the kind and the values that the table in memory has."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, SchemaError
from copulasynth.rows.common_types import as_type, plain
from copulasynth.rows.lake import lake_of

pytestmark = pytest.mark.skipif(
    int(pa.__version__.partition(".")[0]) < 20, reason="older Arrow writes fewer types"
)

DAY = 86_400


def times(kind, *values):
    return pa.array(values, pa.int32() if kind.bit_width == 32 else pa.int64()).cast(kind)


ARRAYS = {
    "date32": times(pa.date32(), 18000, 18001, None),
    "date64": times(pa.date64(), 18000 * DAY * 1000, 18001 * DAY * 1000, None),
    "time32s": times(pa.time32("s"), 1, 2, None),
    "time32ms": times(pa.time32("ms"), 1, 2, None),
    "time64us": times(pa.time64("us"), 1, 2, None),
    "stamp_s": times(pa.timestamp("s"), 1, 2, None),
    "stamp_ms": times(pa.timestamp("ms"), 1, 2, None),
    "stamp_us": times(pa.timestamp("us"), 1, 2, None),
    "stamp_ns": times(pa.timestamp("ns"), 1000, 2000, None),
    "zone_ms": times(pa.timestamp("ms", "Europe/Berlin"), 1, 2, None),
    "zone_us": times(pa.timestamp("us", "UTC"), 1, 2, None),
    "wait_s": times(pa.duration("s"), 1, DAY, None),
    "wait_ms": times(pa.duration("ms"), 1, -5, None),
    "wait_us": times(pa.duration("us"), 1, 2, None),
    "decimal": pa.array([Decimal("1.25"), Decimal("-0.50"), None], pa.decimal128(9, 2)),
    "large": pa.array(["a", "b", None], pa.large_string()),
    "view": pa.array(["a", "b", None], pa.string_view()),
    "uint64": pa.array([2**63 - 1, 1, None], pa.uint64()),
    "int8": pa.array([1, -2, None], pa.int8()),
    "float32": pa.array([0.5, 1.25, None], pa.float32()),
    "bool": pa.array([True, False, None]),
    "null": pa.nulls(3),
    "levels": pa.array(["x", "y", None]).dictionary_encode(),
    "numbers": pa.array([5, 6, None]).dictionary_encode(),
}
TABLE = pa.table(ARRAYS)
#: What DuckDB makes of files before anybody can see it, as its documentation of types says.
COUNTED = {"wait_s", "wait_ms", "wait_us"}


def parquet(table, folder):
    papq.write_table(table, folder / "0.parquet")
    return str(folder / "*.parquet")


def dataset(table, folder):
    parquet(table, folder)
    return pads.dataset(folder)


def filtered(table, folder):
    return dataset(table, folder).filter(pads.scalar(True))


def held(table, _):
    return pads.dataset(table)


def duckdb_table(table, _):
    return pytest.importorskip("duckdb").from_arrow(table)


def duckdb_files(table, folder):
    duckdb = pytest.importorskip("duckdb")
    return duckdb.sql(f"select * from '{parquet(table, folder)}'")


def dask(table, _):
    dd = pytest.importorskip("dask.dataframe")
    arrow = {kind: pd.ArrowDtype(kind) for kind in table.schema.types}
    return dd.from_pandas(table.to_pandas(types_mapper=arrow.get), npartitions=1)


DOORS = [parquet, dataset, filtered, held, duckdb_table, duckdb_files, dask]


def rows_of(source) -> pa.Table:
    lake = lake_of(source)
    return pa.Table.from_batches([b for p in lake.pieces for b in lake.batches(p)], lake.schema)


def sorts(table) -> dict[str, str]:
    return {c.name: c.storage for c in cs.Schema.infer(table).columns}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_every_door_gives_the_kinds_and_values_of_the_table_in_memory(tmp_path, door):
    lost = set()
    if door is duckdb_files:
        lost = COUNTED
    if door is dask:
        lost = {"view"}  # pandas has no such dtype
    table = TABLE.drop_columns(sorted(lost))
    found = rows_of(door(table, tmp_path))
    assert sorts(found) == sorts(table)
    for name in table.column_names:
        assert found[name].to_pylist() == table[name].to_pylist(), name


def test_halves_and_wide_decimals_are_read_or_refused_with_a_remedy(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    halves = pa.table({"x": pa.array(np.array([0.5, 2.0], "float16"))})
    for door in (parquet, dataset, filtered, held, dask, duckdb_files):
        assert rows_of(door(halves, tmp_path))["x"].to_pylist() == [0.5, 2.0]
    wide = pa.table({"x": pa.array([Decimal("1.25")], pa.decimal256(50, 2))})
    for door in (parquet, dataset, filtered, held):
        assert rows_of(door(wide, tmp_path))["x"].to_pylist() == [Decimal("1.25")]
    with pytest.raises(
        DataError, match=r"the relation cannot be read: .*mine\. Cast the column in"
    ):
        rows_of(duckdb.sql("select error('mine') as x"))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_what_no_table_may_have_is_refused_at_every_door(tmp_path, door):
    table = pa.table({"c": pa.array([b"x", b"y"])})
    with pytest.raises(SchemaError, match=r"column 'c' has type binary"):
        lake_of(door(table, tmp_path))


def test_intervals_are_durations_unless_they_have_months():
    duckdb = pytest.importorskip("duckdb")
    kind = pa.month_day_nano_interval()
    found = as_type(pa.array([(0, 2, 3_000), None, (0, -1, 0)], kind)[:2], plain(kind))
    assert found.cast(pa.int64()).to_pylist() == [2 * DAY * 1_000_000 + 3, None]
    for value, why in (("1 month", "months have no length"), ("1 year", "months")):
        with pytest.raises(DataError, match=rf"column 'c' is month_day_nano.*{why}"):
            rows_of(duckdb.sql(f"select interval '{value}' as c"))
    with pytest.raises(pa.ArrowInvalid, match="parts of microseconds"):
        as_type(pa.array([(0, 0, 1)], kind), plain(kind))


def coded(n=1500):
    """Return rows whose numbers and times are levels."""
    rng = np.random.default_rng(1)
    codes = pa.array(rng.integers(0, 2, n).astype("int8"))
    days = times(pa.timestamp("s"), 0, DAY)
    levels = {"code": pa.array([70, 30]), "day": days, "size": pa.array([3, 1])}
    made = {
        name: pa.DictionaryArray.from_arrays(codes, values, ordered=name == "size")
        for name, values in levels.items()
    }
    return pa.table(made | {"x": rng.normal(size=n)})


@pytest.mark.parametrize("door", [held, dask], ids=["held", "dask"])
def test_dictionaries_of_numbers_and_times_are_levels_as_in_memory(tmp_path, door):
    table = coded()
    if door is dask:
        dd = pytest.importorskip("dask.dataframe")
        source = dd.from_pandas(table.to_pandas(), npartitions=2)
    else:
        source = held(table, tmp_path)
    found = cs.fit(source, copula="gaussian", marginals="spline", sample_rows=1000, rng=1)
    want = cs.Schema.infer(table)
    assert found.schema.kinds == want.kinds
    assert found.schema.kinds["size"] == "ordinal"
    assert found.schema.column("size").levels == (3, 1)
    drawn = found.sample(200, rng=1)
    assert all(pa.types.is_dictionary(drawn.schema.field(n).type) for n in ("code", "day", "size"))
    assert set(drawn["code"].to_pylist()) == {30, 70}


def not_utf8(n=3):
    offsets = pa.array(np.arange(n + 1, dtype=np.int32)).buffers()[1]
    return pa.Array.from_buffers(pa.string(), n, [None, offsets, pa.py_buffer(b"\xe9" * n)])


def test_text_that_is_not_utf8_is_refused_by_column_and_file(tmp_path):
    source = parquet(pa.table({"town": not_utf8()}), tmp_path)
    words = r"column 'town' holds text that is not UTF-8 in .*0\.parquet: .*decode its bytes"
    with pytest.raises(DataError, match=words):
        rows_of(source)
    with pytest.raises(DataError, match=words):
        cs.fit(source, sample_rows=1000)


@pytest.mark.parametrize("values", [pa.nulls(1), pa.array(["a"], pa.string_view())], ids=str)
def test_dictionaries_that_arrow_cannot_decode_are_refused_before_it_ends_the_process(values):
    table = pa.table({"c": pa.DictionaryArray.from_arrays(pa.array([0, 0, 0]), values)})
    for source in (table, pads.dataset(table)):
        with pytest.raises(
            SchemaError, match=r"column 'c' has type dictionary<.*cast its levels to"
        ):
            cs.fit(source)
