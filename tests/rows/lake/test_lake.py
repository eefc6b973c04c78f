"""Lakes: one schema, every row once, and samples that know nothing of pieces and their order."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import ArgumentError, DataError, FitWarning, SchemaError
from copulasynth.rows.lake import Where, is_lake, lake_of, mapped, sampled, sampling
from copulasynth.rows.lake import contents as contents_module
from copulasynth.rows.lake.columns import finest_of
from copulasynth.rows.lake.contents import Contents, Frequent
from copulasynth.rows.lake.hashing import hashes_of, is_word, mixed, unmixed, values_of, words_of


def table_of(n: int = 3000, seed: int = 1) -> pa.Table:
    rng = np.random.default_rng(seed)
    plan = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    return pa.table(
        {
            "usage": np.round(rng.lognormal(2, 1, n), 2),
            "calls": pa.array(rng.poisson(3, n), mask=rng.random(n) < 0.1),
            "plan": plan,
            "day": pa.array(rng.integers(18000, 19000, n).astype("int32")).cast(pa.date32()),
            "roams": rng.random(n) < 0.2,
        }
    )


def spread(table: pa.Table, folder, parts: int, rows: int = 500, seed: int = 0):
    """Write a table's rows, shuffled, as so many files."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(table))
    for k, places in enumerate(np.array_split(order, parts)):
        papq.write_table(table.take(places), folder / f"{k}.parquet", row_group_size=rows)
    return folder / "*.parquet"


def counted(batches):
    return sum(b.num_rows for b in batches)


def test_every_row_is_in_one_piece(tmp_path):
    lake = lake_of(spread(table_of(), tmp_path / "a", 3))
    assert lake.rows == 3000
    assert sum(mapped(counted, lake)) == 3000


def test_a_cluster_of_dask_reads_the_same_rows(tmp_path):
    distributed = pytest.importorskip("distributed")
    lake = lake_of(spread(table_of(), tmp_path / "a", 3))
    with distributed.LocalCluster(1, processes=False, dashboard_address=":0") as cluster:
        where = Where("dask", cluster.scheduler_address)
        assert sum(mapped(counted, lake, where)) == 3000
        there = sampled(lake, 100, where=where)
    assert there.table.equals(sampled(lake, 100).table)


def test_samples_know_nothing_of_pieces_and_their_order(tmp_path):
    table = table_of()
    made = [
        sampled(lake_of(spread(table, tmp_path / str(k), parts, rows, k)), 500, seed=4)
        for k, (parts, rows) in enumerate([(1, 3000), (7, 50), (3, 10)])
    ]
    assert all(s.table.equals(made[0].table) for s in made)
    assert len(made[0].table) == 500
    assert not sampled(lake_of(tmp_path / "0/*.parquet"), 500, seed=5).table.equals(made[0].table)


def test_copies_of_rows_are_chosen_as_often_as_other_rows(tmp_path):
    table = pa.table({"x": ["a"] * 9000 + ["b"] * 1000})
    papq.write_table(table, tmp_path / "a.parquet")
    found = sampled(lake_of(tmp_path / "*.parquet"), 2000, seed=1).table["x"].to_numpy()
    assert abs((found == "b").mean() - 0.1) < 4 * np.sqrt(0.09 / 2000)


def test_rows_beyond_count_give_a_uniform_sample_with_frequent_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "KNOWN", 600)
    rng = np.random.default_rng(1)
    x = np.where(rng.random(20000) < 0.4, 0.0, rng.normal(size=20000))
    table = pa.table({"x": x})
    first = sampled(lake_of(spread(table, tmp_path / "a", 2)), 500, seed=1)
    other = sampled(lake_of(spread(table, tmp_path / "b", 5, 300, seed=3)), 500, seed=1)
    assert first.table.equals(other.table)
    found = first.table["x"].to_numpy()
    assert abs(len(found) - 500) <= 1
    assert abs((found == 0).mean() - (x == 0).mean()) < 2 / 500
    assert abs(found[found != 0].mean()) < 4 / np.sqrt(300)
    assert first.effective == pytest.approx(500, rel=0.01)


def test_contents_are_those_of_the_smallest_hashes_with_exact_counts(monkeypatch):
    rng = np.random.default_rng(2)
    x = rng.integers(0, 300, 5000)
    batch = pa.record_batch({"x": x})
    hashes = hashes_of(batch.column(0))
    first = Contents.none(batch.schema, 50)
    parts = [first.of(batch.slice(a, 700), hashes[a : a + 700], contents_module.EVERY)
             for a in rng.permutation(np.arange(0, 5000, 700))]  # fmt: skip
    made = first
    for part in parts:
        made = made.merged([part])
    values, counts = np.unique(x, return_counts=True)
    order = np.argsort(hashes_of(pa.array(values)))[:50]
    assert made.rows["x"].to_pylist() == values[order].tolist()
    assert made.counts.tolist() == counts[order].tolist()


def test_frequent_contents_are_never_lost():
    rng = np.random.default_rng(3)
    x = np.concatenate([np.repeat(np.uint64(7), 400), rng.integers(100, 2**40, 9600, np.uint64)])
    rng.shuffle(x)
    found = Frequent.of(x[:0], 40)
    for part in np.array_split(x, 13):
        found = found.merged([Frequent.of(part, 40)])
    assert 7 in found.hashes
    assert len(found.hashes) <= 40


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, -5, None], pa.int8()),
        pa.array([2**63 + 5, 0], pa.uint64()),
        pa.array([1.5, -0.25, None]),
        pa.array([True, False, None]),
        pa.array([1, None, -3], pa.date32()),
        pa.array([1, None, -3], pa.timestamp("ns", "UTC")),
        pa.array([1, 3], pa.time32("ms")),
    ],
    ids=lambda a: str(a.type),
)
def test_words_of_values_give_them_back(array):
    assert is_word(array.type)
    full = array.drop_null()
    assert values_of(unmixed(mixed(words_of(full))), array.type).equals(full)


def test_hashes_are_of_what_cells_hold():
    texts = pa.array(["b", None, "a", "b"])
    assert (hashes_of(texts) == hashes_of(texts.dictionary_encode().dictionary_decode())).all()
    zero = hashes_of(pa.array([0.0, -0.0, None, float("nan")]))
    assert zero[0] == zero[1]
    assert len(set(zero.tolist())) == 3
    assert (hashes_of(pa.array([3, 4], pa.int8())) == hashes_of(pa.array([3, 4]))).all()
    decimals = pa.array([1, 2, 3]).cast(pa.decimal128(20, 0))
    assert (hashes_of(decimals.slice(1)) == hashes_of(decimals)[1:]).all()


def test_types_of_files_are_unified(tmp_path):
    papq.write_table(pa.table({"x": [1, 2], "y": pa.nulls(2), "z": ["a", "b"]}), tmp_path / "1.pq")
    other = {"x": [0.5, None], "y": ["u", None], "z": pa.array(["b", "a"]).dictionary_encode()}
    papq.write_table(pa.table(other), tmp_path / "2.pq")
    lake = lake_of(tmp_path) if is_lake(tmp_path) else lake_of(f"{tmp_path}/*.pq")
    assert lake.schema == pa.schema([("x", pa.float64()), ("y", pa.string()), ("z", pa.string())])
    rows = pa.Table.from_batches([b for p in lake.pieces for b in lake.batches(p)])
    assert rows["x"].to_pylist() == [1, 2, 0.5, None]
    assert rows["y"].to_pylist() == [None, None, "u", None]


def test_faults_of_files_name_the_file(tmp_path):
    papq.write_table(pa.table({"x": [1], "y": [1]}), tmp_path / "1.parquet")
    papq.write_table(pa.table({"x": [1]}), tmp_path / "2.parquet")
    with pytest.raises(DataError, match=r"2\.parquet lacks column 'y'.*1\.parquet has; add it"):
        lake_of(tmp_path / "*.parquet")
    papq.write_table(pa.table({"x": [1], "y": ["a"]}), tmp_path / "2.parquet")
    with pytest.raises(DataError, match=r"'y' has types .*int64 in .*1\.parquet, string in .*2\."):
        lake_of(tmp_path / "*.parquet")
    (tmp_path / "2.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(DataError, match=r"2\.parquet cannot be read: .* leave it out"):
        lake_of(tmp_path / "*.parquet")
    with pytest.raises(DataError, match="no such files"):
        lake_of(tmp_path / "*.nothing")
    with pytest.raises(ArgumentError, match="can be read once"):
        lake_of(pa.table({"x": [1]}).to_reader())


def test_a_file_that_is_damaged_inside_is_named(tmp_path):
    table = table_of(20000)
    papq.write_table(table, tmp_path / "a.parquet")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[4 : len(data) // 2] = bytes(len(data) // 2 - 4)
    (tmp_path / "a.parquet").write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"a\.parquet cannot be read"):
        list(mapped(counted, lake_of(tmp_path / "*.parquet")))


def test_folders_of_partitions_are_columns(tmp_path):
    for year in (2020, 2021):
        (tmp_path / f"year={year}").mkdir()
        papq.write_table(pa.table({"x": [1.0]}), tmp_path / f"year={year}/a.parquet")
    want = {"x": [1.0, 1.0], "year": [2020, 2021]}
    sources = [f"{tmp_path}/year=*/*.parquet", pads.dataset(tmp_path, partitioning="hive")]
    for source in sources:
        lake = lake_of(source)
        rows = pa.Table.from_batches([b for p in lake.pieces for b in lake.batches(p)])
        assert rows.to_pydict() == want


def test_a_filtered_dataset_keeps_its_filter(tmp_path):
    spread(table_of(), tmp_path / "a", 2)
    kept = pads.dataset(tmp_path / "a").filter(pads.field("plan") == "c")
    lake = lake_of(kept)
    assert sum(mapped(counted, lake)) == lake.rows == kept.count_rows() < 600


def test_csv_files_have_one_form_and_one_type_a_column(tmp_path):
    (tmp_path / "1.csv").write_text("x;code;t;empty\n1,5;7;a;\n2,5;8;b;\n")
    (tmp_path / "2.csv").write_text("x;code;t;empty\n3;007;;\n4;9;1;\n")
    assert is_lake(tmp_path)
    with (
        pytest.warns(FitWarning, match=r"2\.csv: numbers begin with zeros.*\['code'\]"),
        pytest.warns(FitWarning, match=r"'t' is read as text: it holds text in .*1\.csv, numbers"),
    ):
        lake = lake_of(tmp_path)
    rows = pa.Table.from_batches([b for p in lake.pieces for b in lake.batches(p)])
    assert rows.to_pydict() == {
        "x": [1.5, 2.5, 3.0, 4.0],
        "code": ["7", "8", "007", "9"],
        "t": ["a", "b", None, "1"],
        "empty": [None] * 4,
    }


def test_a_dask_frame_is_a_lake(tmp_path):
    dd = pytest.importorskip("dask.dataframe")
    table = table_of().to_pandas()
    lake = lake_of(dd.from_pandas(table, npartitions=4))
    assert sum(mapped(counted, lake)) == 3000
    other = lake_of(dd.from_pandas(table.sample(frac=1.0, random_state=1), npartitions=2))
    assert sampled(lake, 100).table.equals(sampled(other, 100).table)


def test_a_relation_of_duckdb_is_a_lake(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = spread(table_of(), tmp_path / "a", 3)
    lake = lake_of(duckdb.sql(f"select * from '{path}'"))
    assert sampled(lake, 100).table.equals(sampled(lake_of(path), 100).table)


def test_small_folders_of_parquet_are_tables(tmp_path):
    spread(pa.table({"x": [1.0, 2.0]}), tmp_path / "a", 2)
    assert not is_lake(tmp_path / "a")
    assert is_lake(tmp_path / "a/*.parquet")
    assert not is_lake(pd.DataFrame())


def rows_of(source) -> pa.Table:
    lake = lake_of(source)
    return pa.Table.from_batches([b for p in lake.pieces for b in lake.batches(p)], lake.schema)


def written(folder, *tables):
    for k, table in enumerate(tables):
        papq.write_table(pa.table(table), folder / f"{k}.parquet")
    return folder / "*.parquet"


@pytest.mark.parametrize(("key", "values"), [("k", [2, 1, None]), ("r", ["N", "a b", None])])
def test_folders_without_a_value_are_missing_values_however_they_are_given(tmp_path, key, values):
    table = pa.table({key: values, "x": [1.0, 2.0, 3.0]})
    root = tmp_path / "hive"
    part = pads.partitioning(pa.schema([table.schema.field(key)]), flavor="hive")
    pads.write_dataset(table, root, format="parquet", partitioning=part)
    folders = sorted(root.glob("*"))
    globs = [f"{root}/{key}=*", f"{root}/**/*.parquet", [f"{root}/{key}=*", root, *folders]]
    for source in [[root], folders, pads.dataset(root, partitioning="hive"), *globs]:
        rows = rows_of(source).sort_by("x")
        assert rows[key].to_pylist() == values
        assert pa.types.is_integer(rows.schema.field(key).type) == (key == "k")


def test_columns_of_folders_that_files_have_too_must_say_the_same(tmp_path):
    (tmp_path / "day=2020-01-01").mkdir()
    day = pa.array([18262], pa.int32()).cast(pa.date32())
    papq.write_table(pa.table({"day": day}), tmp_path / "day=2020-01-01/a.parquet")
    assert rows_of([tmp_path]).to_pydict() == {"day": day.to_pylist()}
    (tmp_path / "day=2020-01-01").rename(tmp_path / "day=2020-01-02")
    with pytest.raises(DataError, match=r"a\.parquet: column 'day' has other values than its fol"):
        rows_of([tmp_path])


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (pa.array([-1]), pa.array([2**60 + 1], pa.uint64()), [-1, 2**60 + 1]),
        (pa.array([-1]), pa.array([2**63 + 1], pa.uint64()), "int64"),
        (pa.array([2**53]), pa.array([0.5]), [2.0**53, 0.5]),
        (pa.array([2**53 + 1]), pa.array([0.5]), "double"),
        (pa.array([2**38], pa.timestamp("ms")), pa.array([5], pa.timestamp("ns")), None),
        (pa.array([2**55], pa.timestamp("ms")), pa.array([5], pa.timestamp("ns")), "timestamp"),
    ],
)
def test_values_that_one_type_does_not_hold_are_said_and_not_lost(tmp_path, one, other, found):
    source = written(tmp_path, {"k": one}, {"k": other})
    if isinstance(found, str):
        with pytest.raises(DataError, match=rf"column 'k' is .* in .*\.parquet, and .*{found}"):
            rows_of(source)
    else:
        assert found is None or rows_of(source)["k"].to_pylist() == found


@pytest.mark.parametrize("values", [[[1]], [{"a": 1}], [b"x"]], ids=["list", "struct", "binary"])
def test_columns_that_no_table_may_have_are_refused_as_in_memory(tmp_path, values):
    with pytest.raises(SchemaError, match=r"column 'c' has type .* not supported; .* or drop it"):
        lake_of(written(tmp_path, {"c": values}))


def test_halves_are_read_and_huge_floats_are_whole_numbers(tmp_path):
    halves = pa.array(np.array([0.5], "float16"))
    assert rows_of(written(tmp_path, {"x": halves}))["x"].to_pylist() == [0.5]
    assert finest_of(np.array([1e305, 0.25]), 0) == (2, 0.25)


def test_files_are_read_once_and_hidden_ones_not(tmp_path):
    source = written(tmp_path, {"x": [1]}, {"x": [2]})
    papq.write_table(pa.table({"x": [3]}), tmp_path / "_x.parquet")
    (tmp_path / "_temporary").mkdir()
    papq.write_table(pa.table({"x": [4]}), tmp_path / "_temporary/0.parquet")
    some = [source, tmp_path / "0.parquet", f"{tmp_path}/**/*.parquet"]
    assert sorted(rows_of(some)["x"].to_pylist()) == [1, 2]
    assert rows_of(tmp_path / "_*.parquet")["x"].to_pylist() == [3]


def test_what_can_be_read_once_has_a_remedy_at_every_door():
    table = pa.table({"x": [1.0, 2.0]})
    for source in (table.to_reader(), pads.dataset(table).scanner()):
        with pytest.raises(ArgumentError, match=r"can be read once.*write it to Parquet"):
            cs.fit(source)
    with pytest.raises(ArgumentError, match="list of paths is empty"):
        cs.fit([])


def test_objects_of_dask_are_what_they_hold():
    dask = pytest.importorskip("dask")
    dd = pytest.importorskip("dask.dataframe")
    held = {"b": [None, None, True], "d": [Decimal("1.25"), None, Decimal("100.5")]}
    table = pd.DataFrame(held | {"s": ["a", None, "c"]}, dtype=object)
    with dask.config.set({"dataframe.convert-string": False}):
        made = rows_of(dd.from_pandas(table, npartitions=2, sort=False))
        lists = dd.from_pandas(table.assign(c=[[1]] * 3), npartitions=1)
        with pytest.raises(SchemaError, match="column 'c' has type list"):
            lake_of(lists)
    assert made.to_pydict() == held | {"s": ["a", None, "c"]}


def test_faults_of_partitions_of_dask_name_them():
    dd = pytest.importorskip("dask.dataframe")
    table = pd.DataFrame({"x": [1, 2], "k": [1, 2]})
    frame = dd.from_pandas(table, npartitions=2)
    lying = frame.map_partitions(lambda p: p.assign(k="a"), meta=table[:0])
    with pytest.raises(DataError, match=r"'k' is .*string in partition 0 of the Dask DataFrame"):
        rows_of(lying)
    with pytest.raises(DataError, match=r"partition 0 .* cannot be computed: ZeroDivisionError"):
        rows_of(frame.map_partitions(lambda p: 1 / 0, meta=table[:0]))
    twice = dd.from_pandas(pd.concat([table, table[["x"]]], axis=1), npartitions=1)
    with pytest.raises(SchemaError, match="'x' occurs 2 times"):
        lake_of(twice)


def test_errors_of_tasks_on_dask_are_ours_and_nothing_is_printed(tmp_path, capfd):
    distributed = pytest.importorskip("distributed")
    lake = lake_of(written(tmp_path, {"k": [2**53 + 1]}, {"k": [0.5]}))
    with distributed.LocalCluster(1, processes=False, dashboard_address=":0") as cluster:
        capfd.readouterr()
        with pytest.raises(DataError, match="column 'k' is int64"):
            list(mapped(counted, lake, Where("dask", cluster.scheduler_address)))
        assert tuple(capfd.readouterr()) == ("", "")


def test_columns_of_duckdb_keep_names_that_differ_by_case():
    duckdb = pytest.importorskip("duckdb")
    assert rows_of(duckdb.sql("select 1 as x, 2 as X")).to_pydict() == {"x": [1], "X": [2]}


HERE = "name,x,k\na,1.5,1\nb,2,2\nc,3.5,4\n"


@pytest.mark.parametrize("other", ["", "\n\n", "name,x,k\n"], ids=["empty", "blank", "header"])
@pytest.mark.parametrize("place", [0, 1])
def test_csv_files_without_rows_are_passed_over(tmp_path, other, place):
    for k, text in enumerate([HERE, other]):
        (tmp_path / f"{k ^ place}.csv").write_text(text)
    assert rows_of(tmp_path).to_pydict() == {
        "name": ["a", "b", "c"],
        "x": [1.5, 2, 3.5],
        "k": [1, 2, 4],
    }


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (HERE.replace(",", ";"), r"1\.csv is written with ';' .*0\.csv with ','"),
        (HERE.partition("\n")[2], r"1\.csv has no names of columns.*0\.csv has"),
        (HERE.replace("b", "é").encode("latin-1"), r"1\.csv is written in cp1252.*write .*UTF-8"),
        ("name;x;k\n", r"1\.csv has no rows, and its header is not that of .*0\.csv"),
    ],
    ids=["separator", "names", "encoding", "header"],
)
def test_csv_files_that_are_written_in_another_way_are_named(tmp_path, other, said):
    (tmp_path / "0.csv").write_text(HERE)
    (tmp_path / "1.csv").write_bytes(other if isinstance(other, bytes) else other.encode())
    with pytest.raises(DataError, match=said):
        lake_of(tmp_path)


def test_a_first_file_without_names_is_named(tmp_path):
    (tmp_path / "0.csv").write_text(HERE.partition("\n")[2])
    (tmp_path / "1.csv").write_text(HERE)
    with pytest.raises(DataError, match=r"0\.csv has no names of columns"):
        lake_of(tmp_path)


def csvs(folder, *texts):
    for k, text in enumerate(texts):
        (folder / f"{k}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (["0", "1"], ["1", "true"], [False, True, True, True]),
        (["false", "true"], ["1", ""], [False, True, True, None]),
        (["0", "1"], ["1", "1.5"], [0.0, 1.0, 1.0, 1.5]),
        (["0", "1"], ["1", "7"], [0, 1, 1, 7]),
        (["2020-01-01", ""], ["2020-01-02 10:00:00", ""], None),
        ([str(2**53 + 1), "2"], ["3", "4"], [2**53 + 1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_cells_mean_the_same_in_every_file(tmp_path, one, other, found, turned):
    files = [f"k,x\n{a},1.5\n{b},2\n" for a, b in (one, other)]
    rows = rows_of(csvs(tmp_path, *(files[::-1] if turned else files)))
    if found is None:
        assert pa.types.is_timestamp(rows.schema.field("k").type)
    else:
        halves = [found[:2], found[2:]]
        want = [*halves[turned], *halves[not turned]]
        assert rows["k"].to_pylist() == want
        assert list(map(type, rows["k"].to_pylist())) == list(map(type, want))


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (["1", "2"], ["n/a", "3"], r"numbers in .*0\.csv, text in .*1\.csv.*--missing"),
        (["1,5", "2,5"], ["1.5", "2.5"], r"numbers in .*0\.csv, text in .*1\.csv"),
        (["2", "3"], ["true", "false"], r"numbers in .*0\.csv, truth values in .*1\.csv"),
        ([str(2**53 + 1), "2"], ["1.5", "2"], r"whole numbers beyond 2\*\*53 in .*0\.csv, numbers"),
        (["2020-01-01", ""], ["soon", "2020-01-01"], r"dates or times in .*0\.csv, text in"),
    ],
)
def test_columns_that_are_text_in_some_files_are_named(tmp_path, one, other, words):
    source = csvs(tmp_path, *(f"k;x\n{a};1\n{b};2\n" for a, b in (one, other)))
    with pytest.warns(FitWarning, match=rf"column 'k' is read as text: it holds {words}"):
        assert rows_of(source)["k"].to_pylist() == [*one, *other] or not one[1]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("1,a\n2,b\n", r"'k', 'x', and .*1\.csv has '1', 'a', of which none is the same"),
        ("K,x\n1,a\n", r"0\.csv calls a column 'k', and .*1\.csv calls it 'K'"),
        ("k, x\n1,a\n", r"0\.csv calls a column 'x', and .*1\.csv calls it ' x'"),
        ("k,x,z\n1,a,2\n", r"0\.csv lacks column 'z', which .*1\.csv has"),
        ("k,x\n1,é\n".encode("utf-16"), r"1\.csv is written in utf-16.*write all files in UTF-8"),
        ("k,x\n1,'a,b'\n2,b\n", r"1\.csv encloses cells in ', and .*0\.csv in \"; write all"),
    ],
    ids=["names", "case", "space", "more", "encoding", "quotes"],
)
def test_files_of_text_that_do_not_fit_are_named_with_the_remedy(tmp_path, other, said):
    with pytest.raises(DataError, match=said):
        lake_of(csvs(tmp_path, 'k,x\n1,"a,c"\n2,b\n', other))


@pytest.mark.parametrize("lake", [True, False])
def test_files_of_other_kinds_are_said_and_passed_over(tmp_path, lake):
    written(tmp_path, {"x": [1.5]}, {"x": [2.5]})
    for name in ("_SUCCESS", ".0.parquet.crc", "_temporary/0.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")

    def read():
        return rows_of([tmp_path]) if lake else cs.read(tmp_path)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sorted(read()["x"].to_pylist()) == [1.5, 2.5]
    (tmp_path / "README").write_text("mine")
    with pytest.warns(FitWarning, match=r": 1 file neither Parquet nor text, such as .*README, p"):
        assert sorted(read()["x"].to_pylist()) == [1.5, 2.5]
    (tmp_path / "more").mkdir()
    (tmp_path / "more/x.csv").write_text("x\n1\n")
    with pytest.raises(
        DataError, match=r"Parquet files and text files, such as .*more/x\.csv: move"
    ):
        read()


def test_folders_are_read_at_any_depth_and_say_what_they_hold_instead(tmp_path):
    for k, place in enumerate(("a", "a/b", "c/d/e")):
        (tmp_path / place).mkdir(parents=True)
        papq.write_table(pa.table({"x": [k]}), tmp_path / place / "0.parquet")
    for source in ([tmp_path], f"{tmp_path}/**/*.parquet"):
        assert sorted(rows_of(source)["x"].to_pylist()) == [0, 1, 2]
    assert sorted(cs.read(tmp_path)["x"].to_pylist()) == [0, 1, 2]
    (tmp_path / "json").mkdir()
    (tmp_path / "json/0.json").write_text("{}")
    with pytest.raises(DataError, match=r"no Parquet or CSV files are there, but 1 other, such as"):
        rows_of([tmp_path / "json"])
    with pytest.raises(DataError, match=r"0\.json: no Parquet or CSV files"):
        rows_of([tmp_path / "a", tmp_path / "json/0.json"])


def test_columns_of_small_folders_are_those_of_all_files(tmp_path):
    """Readers of datasets take the columns of the first file, and lose those of others."""
    written(tmp_path, {"x": [1, 2]}, {"x": [0.5, 1.5], "y": ["a", "b"]})
    with pytest.raises(DataError, match=r"0\.parquet lacks column 'y', which .*1\.parquet has"):
        cs.read(tmp_path)
    written(tmp_path, {"x": [1, 2]}, {"x": [0.5, 1.5]})
    assert cs.read(tmp_path)["x"].to_pylist() == [1.0, 2.0, 0.5, 1.5]
    levels = pa.array(["a", "b"]).dictionary_encode()
    written(tmp_path, {"x": levels}, {"x": levels})
    assert pa.types.is_dictionary(cs.read(tmp_path).schema.field("x").type)
    written(tmp_path, {"x": levels}, {"x": ["c", "a"]})
    assert cs.read(tmp_path)["x"].to_pylist() == ["a", "b", "c", "a"]


@pytest.mark.parametrize(("mark", "kind"), [("_delta_log", "Delta Lake"), (".hoodie", "Hudi")])
def test_tables_with_versions_are_not_taken_for_all_of_their_files(tmp_path, mark, kind):
    source = written(tmp_path, {"x": [1.0, 2.0]})
    (tmp_path / mark).mkdir()
    (tmp_path / mark / "0.json").write_text("{}")
    for read in (lambda: rows_of([tmp_path]), lambda: cs.read(tmp_path)):
        with pytest.raises(DataError, match=rf"is a table of {kind}, .* as in '.*/\*\.parquet'"):
            read()
    assert rows_of(source)["x"].to_pylist() == [1.0, 2.0]
