"""Files in and out: exact, whole or not at all, and readable elsewhere."""

import errno
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as papq
import pytest

from copulasynth.errors import DataError, OutputError
from copulasynth.rows import blocks, files, reader, sampling
from copulasynth.schema import Schema

N = 400


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    day = np.datetime64("2024-01-01", "s")
    return pd.DataFrame(
        {
            "plan": pd.Categorical(rng.choice(["a", "b"], N), categories=["b", "a", "never"]),
            "city": rng.choice(["NA", "None", "Rome"], N).tolist(),
            "usage": np.where(rng.random(N) < 0.3, np.nan, np.round(rng.gamma(2, 9, N), 2)),
            "calls": pd.array(rng.poisson(3, N), dtype="Int16"),
            "since": day + rng.integers(0, 10**7, N).astype("m8[s]"),
            "gap": rng.integers(0, 10**5, N).astype("m8[s]"),
            "ok": rng.random(N) < 0.5,
        }
    )


class Rows:
    """A source that repeats the rows of one table."""

    def __init__(self, df):
        self.schema = Schema.infer(df)
        self.x = self.schema.encode(df)

    def draw_block(self, block):
        return self.x[np.arange(block.rows) % len(self.x)].T.copy()


@pytest.fixture
def source():
    return Rows(frame())


def test_parquet_holds_the_sample_with_its_types_and_dictionaries(source, tmp_path):
    path = tmp_path / "out.parquet"
    n = blocks.BLOCK + 123
    files.write(source, path, n, rng=1)
    # Parquet knows no dates in seconds, only in milliseconds and finer
    drawn = sampling.sample(source, n, rng=1).astype({"since": "M8[ms]"})
    pd.testing.assert_frame_equal(pd.read_parquet(path), drawn)
    kinds = papq.read_schema(path)
    assert pa.types.is_dictionary(kinds.field("plan").type)
    assert pa.types.is_timestamp(kinds.field("since").type)
    assert pa.types.is_int16(kinds.field("calls").type)


def test_csv_holds_the_sample_and_levels_called_na_survive(source, tmp_path):
    path = tmp_path / "out.csv"
    files.write(source, path, N, rng=1)
    back = reader.read(path).to_pandas()
    drawn = sampling.sample(source, N, rng=1)
    assert back["city"].tolist() == drawn["city"].tolist()
    np.testing.assert_array_equal(back["usage"], drawn["usage"])
    assert "nan" not in path.read_text()
    assert back["gap"].tolist() == drawn["gap"].dt.total_seconds().tolist()


def test_file_format_and_workers_change_no_row(source, tmp_path):
    n = 2 * blocks.BLOCK
    for workers in (1, 2):
        files.write(source, tmp_path / f"{workers}.parquet", n, rng=1, workers=workers)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_missing_markers_are_stated(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text('a,b\n1,NA\n,"x"\n-,None\n')
    table = reader.read(path)
    assert table["b"].to_pylist() == ["NA", "x", "None"]
    assert table["a"].to_pylist() == ["1", None, "-"]
    assert reader.read(path, missing=("", "-"))["a"].to_pylist() == [1, None, None]


@pytest.mark.parametrize("name", ["absent.csv", "table.xlsx"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    if name.endswith("xlsx"):
        (tmp_path / name).write_text("")
    with pytest.raises(DataError, match=name):
        reader.read(tmp_path / name)


def test_a_csv_that_does_not_parse_is_named_with_the_place(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(DataError, match=r"bad\.csv cannot be read: row 3 .* 3 cells.* 2: 1,2,3"):
        reader.read(path)


class Full(Rows):
    """A source during whose second block the disk fills up."""

    def draw_block(self, block):
        if block.rows < blocks.BLOCK:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().draw_block(block)


def test_a_full_disk_leaves_nothing_and_spares_what_was_there(tmp_path):
    path = tmp_path / "out.parquet"
    path.write_text("precious")
    with pytest.raises(OutputError, match=r"out\.parquet: the disk is full"):
        files.write(Full(frame()), path, blocks.BLOCK + 1, rng=1)
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["out.parquet"]


def test_a_folder_that_does_not_exist_is_a_clear_error(source, tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        files.write(source, tmp_path / "no" / "out.csv", 5, rng=1)


def test_an_unknown_ending_is_refused_before_any_work(source, tmp_path):
    with pytest.raises(DataError, match=r"expected a name ending in \.csv, .*\.parquet"):
        files.write(source, tmp_path / "out.docx", 5, rng=1)
