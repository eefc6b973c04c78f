"""Lakes: one schema, every row once, and samples that know nothing of pieces and their order."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as papq
import pytest

from copulasynth.errors import ArgumentError, DataError
from copulasynth.rows.lake import Where, is_lake, lake_of, mapped, sampled, sampling
from copulasynth.rows.lake import contents as contents_module
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
