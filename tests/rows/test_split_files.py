"""A file is split into two: every row in one of them, its cells as they were read."""

import csv
import gzip

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, FitWarning, OutputError
from copulasynth.rows import reader
from copulasynth.rows.split_files import split_file

# Cells that a reader of numbers, dates or missing values would write in another way.
CELLS = [
    [str(k), f"00{k}", f"{k},50", ["Köln", "NA", "", '5" x; y'][k % 4], f"0{k % 9 + 1}.07.2024"]
    for k in range(101)
]
HEADER = ["id", "größe", "preis", "ort", "tag"]


@pytest.fixture
def european(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("w", encoding="cp1252", newline="") as f:
        csv.writer(f, delimiter=";").writerows([HEADER, *CELLS])
    return path


def cells(path):
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.reader(f, delimiter=";"))


@pytest.mark.filterwarnings("ignore::copulasynth.errors.FitWarning")
def test_cells_of_both_halves_are_those_of_the_file(european, tmp_path):
    parts = split_file(european, 0.25, 1)
    assert parts == {tmp_path / "t.train.csv": 76, tmp_path / "t.holdout.csv": 25}
    train, holdout = map(cells, parts)
    assert train[0] == holdout[0] == HEADER
    assert sorted(train[1:] + holdout[1:]) == sorted(CELLS)
    for half in (train[1:], holdout[1:]):
        assert half == sorted(half, key=lambda row: int(row[0]))


@pytest.mark.filterwarnings("ignore::copulasynth.errors.FitWarning")
def test_split_files_are_read_as_the_file_is(european):
    whole = reader.read(european)
    for half in map(reader.read, split_file(european, 0.5, 1)):
        assert half.schema == whole.schema


@pytest.mark.filterwarnings("ignore::copulasynth.errors.FitWarning")
def test_a_seed_gives_the_same_bytes_and_another_seed_others(european, tmp_path):
    def halves(seed, name):
        (tmp_path / name).mkdir()
        return [path.read_bytes() for path in split_file(european, 0.5, seed, tmp_path / name)]

    assert halves(1, "a") == halves(1, "b")
    assert halves(1, "c")[0] != halves(2, "d")[0]


def test_packed_files_are_split_into_plain_ones(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"x,y\n" + b"".join(b"%d,0%d\n" % (k, k) for k in range(10))))
    with pytest.warns(FitWarning, match="begin with zeros"):
        parts = split_file(path, 0.5, 1)
    assert parts == {tmp_path / "t.train.csv": 5, tmp_path / "t.holdout.csv": 5}
    assert pd.concat([pd.read_csv(p, dtype=str) for p in parts]).y.str.match("0[0-9]").all()


def test_parquet_keeps_types_and_what_pandas_says_of_them(tmp_path):
    table = pd.DataFrame(
        {
            "id": range(40),
            "plan": pd.Categorical(list("ab") * 20, categories=list("bac"), ordered=True),
            "day": pd.date_range("2024-01-01", periods=40),
            "many": pd.array([1, None] * 20, dtype="Int64"),
        }
    )
    table.to_parquet(tmp_path / "t.parquet")
    parts = split_file(tmp_path / "t.parquet", 0.25, 1)
    assert parts == {tmp_path / "t.train.parquet": 30, tmp_path / "t.holdout.parquet": 10}
    halves = [pd.read_parquet(path) for path in parts]
    together = pd.concat(halves).sort_values("id", ignore_index=True)
    pd.testing.assert_frame_equal(together, table)


def test_the_rows_are_those_that_python_gives(tmp_path):
    table = pd.DataFrame({"x": range(30)})
    table.to_csv(tmp_path / "t.csv", index=False)
    parts = split_file(tmp_path / "t.csv", 0.4, 3)
    for path, half in zip(parts, cs.split(table, rng=3, share=0.6), strict=True):
        assert pd.read_csv(path).x.tolist() == half.x.tolist()


@pytest.mark.parametrize("share", [0, 1, -0.5, float("nan")])
def test_a_share_that_leaves_nothing_is_refused(share, tmp_path):
    (tmp_path / "t.csv").write_text("x\n1\n2\n3\n")
    with pytest.raises(DataError, match="share"):
        split_file(tmp_path / "t.csv", share, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_one_row_and_repeated_names_are_refused(tmp_path):
    (tmp_path / "t.csv").write_text("x\n1\n")
    with pytest.raises(DataError, match="1 rows cannot be split"):
        split_file(tmp_path / "t.csv", 0.5, 1)
    twice = pa.table([[1, 2, 3], [4, 5, 6]], names=["x", "x"])
    papq.write_table(twice, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="column 'x' twice, at places"):
        split_file(tmp_path / "t.parquet", 0.5, 1)


def test_the_file_itself_is_never_replaced(tmp_path):
    (tmp_path / "t.csv").write_text("x\n1\n2\n3\n")
    (tmp_path / "t.train.csv").symlink_to(tmp_path / "t.csv")
    with pytest.raises(OutputError, match="replace the input"):
        split_file(tmp_path / "t.csv", 0.5, 1)
    assert (tmp_path / "t.csv").read_text() == "x\n1\n2\n3\n"
