"""A folder of Parquet files is one draw, whoever draws it and however often it was stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import ArgumentError, DataError, OutputError, SamplingError, SamplingWarning
from copulasynth.rows.blocks import BLOCK, blocks
from copulasynth.rows.dataset import begun_dataset
from copulasynth.rows.dataset import folder as folders
from copulasynth.rows.dataset.drawing import Parts
from copulasynth.rows.dataset.engines import RUN
from copulasynth.rows.dataset.write import MANIFEST
from tests.rows.folders import N, files_of


def test_files_in_their_order_are_the_one_file_of_the_same_seed(model, whole, tmp_path):
    model.write(tmp_path / "one.parquet", N, rng=7)
    one = papq.read_table(tmp_path / "one.parquet")
    assert pads.dataset(whole).to_table().equals(one)
    assert [papq.read_metadata(f).num_rows for f in sorted(whole.glob("*.parquet"))] == [
        BLOCK,
        BLOCK,
        50,
    ]


def test_the_manifest_tells_seed_versions_and_checksums(whole):
    found = json.loads((whole / MANIFEST).read_bytes())
    assert found["complete"]
    assert found["seed"]["entropy"] == ["7"]
    assert found["rows"] == N
    assert found["versions"]["pyarrow"] == pa.__version__
    told = {name: f["bytes"] for part in found["parts"].values() for name, f in part.items()}
    assert told == {name: len(data) for name, data in files_of(whole).items()}


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_full_disk_leaves_what_is_done_and_a_resumed_run_has_the_same_bytes(
    model, whole, tmp_path, monkeypatch, after
):
    wrote, room = folders.Folder.write, []

    def write(self, name, data):
        if name.endswith(".parquet"):
            room.append(name)
            if len(room) > after:
                raise OutputError("the disk is full")
        wrote(self, name, data)

    monkeypatch.setattr(folders.Folder, "write", write)
    with pytest.raises(OutputError, match="full"):
        model.write(tmp_path / "out", N, rng=7, rows_per_file=1)
    assert len(files_of(tmp_path / "out")) == after
    monkeypatch.undo()
    told = []
    # what was said need not be said again
    model.write(tmp_path / "out", resume=True, progress=told.append)
    assert files_of(tmp_path / "out") == files_of(whole)
    assert sum(told) == N


SCRIPT = """
import sys
import copulasynth as cs
model, out, n, resume = sys.argv[1:]
cs.load(model).write(out + "/", int(n), rng=7, rows_per_file=1, resume=bool(int(resume)))
"""
#: The same where no file may be longer than 50 kB.
FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))" + SCRIPT


def run(script, model, out, n, resume=False):
    """Start a draw in a process of its own."""
    asked = [sys.executable, "-c", script, model, out, str(n), str(int(resume))]
    return subprocess.Popen(
        asked, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, stderr=subprocess.PIPE
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_run_is_resumed_with_the_same_bytes_and_nothing_beside(model, tmp_path):
    n = 16 * BLOCK
    model.save(tmp_path / "m.json")
    out = tmp_path / "out"
    for files in (1, 8):  # killed again and again, wherever it is after so many
        process = run(SCRIPT, tmp_path / "m.json", out, n, resume=files > 1)
        deadline = time.monotonic() + 60
        while len(list(out.glob("*.parquet"))) < files and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert 8 <= len(list(out.glob("*.parquet"))) < 16
    loaded = cs.load(tmp_path / "m.json")
    loaded.write(out, n, rng=7, rows_per_file=1, resume=True)
    loaded.write(tmp_path / "whole", n, rng=7, rows_per_file=1)
    assert files_of(out) == files_of(tmp_path / "whole")
    assert sorted(f.name for f in out.iterdir() if f.suffix != ".parquet") == [MANIFEST]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of a file's size")
def test_a_file_that_the_system_does_not_take_leaves_nothing_and_is_drawn_later(
    model, whole, tmp_path
):
    model.save(tmp_path / "m.json")
    out = tmp_path / "out"
    process = run(FULL, tmp_path / "m.json", out, N)
    said = process.communicate()[1].decode()
    assert process.returncode == 1
    assert re.search(r"OutputError: cannot write .*part-00000\d\.parquet: File too large", said)
    assert not [f for f in out.iterdir() if f.name not in (MANIFEST, "part-000002.parquet")]
    model.write(out, N, resume=True)
    assert files_of(out) == files_of(whole)


def test_what_was_given_is_to_be_given_again(model, tmp_path):
    model.write(tmp_path / "out", 50, rng=1, given={"region": "North"}, rows_per_file=1)
    with pytest.raises(OutputError, match=r"other given .*Give again what was given, or"):
        model.write(tmp_path / "out", resume=True)
    model.write(tmp_path / "out", resume=True, given={"region": "North"})


def test_nothing_to_go_on_with_is_said_and_the_draw_begins(model, whole, tmp_path):
    assert begun_dataset(tmp_path / "out") is None
    with pytest.warns(SamplingWarning, match=r"out holds nothing to go on with"):
        model.write(tmp_path / "out", N, rng=7, rows_per_file=1, resume=True)
    assert files_of(tmp_path / "out") == files_of(whole)
    found = begun_dataset(tmp_path / "out")
    assert (found.rows, found.done) == (N, N)
    (tmp_path / "out/part-000001.parquet").unlink()
    assert begun_dataset(tmp_path / "out").done == N - BLOCK


@pytest.mark.parametrize("path", ["one.csv", "new/"])
def test_a_number_of_rows_is_asked_for_where_nothing_knows_it(model, tmp_path, path):
    options = {"resume": True} if path.endswith("/") else {}
    with pytest.raises(ArgumentError, match=r"n: say how many rows to draw"):
        model.write(f"{tmp_path}/{path}", rng=1, **options)
    assert not list(tmp_path.iterdir())


def test_a_manifest_without_a_number_of_rows_asks_for_it(model, whole, tmp_path):
    found = json.loads((whole / MANIFEST).read_bytes())
    (tmp_path / MANIFEST).write_text(json.dumps(found | {"rows": "many"}))
    with pytest.raises(OutputError, match="tells no number of rows"):
        model.write(tmp_path, resume=True)


def test_standard_output_is_no_folder(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"- is standard output, and resume of a folder"):
        model.write("-", 10, rng=1, resume=True)
    assert not list(tmp_path.iterdir())


def test_damaged_and_missing_files_are_drawn_anew(model, whole, tmp_path):
    out = tmp_path / "out"
    model.write(out, N, rng=7, rows_per_file=1)
    (out / "part-000000.parquet").write_bytes(b"x" * len(files_of(whole)["part-000000.parquet"]))
    (out / "part-000002.parquet").unlink()
    with pytest.warns(SamplingWarning, match="2 files of .* missing or damaged.*part-000000"):
        model.write(out, N, rng=7, rows_per_file=1, resume=True)
    assert files_of(out) == files_of(whole)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"n": N + 1}, "rows"),
        ({"rng": 8}, "seed"),
        ({"rows_per_file": 2 * BLOCK}, "rows_per_file"),
        ({"given": {"region": "North"}}, "given"),
        ({"partition_by": "region"}, "partition_by"),
    ],
)
def test_other_settings_are_refused_by_name(model, whole, change, named):
    asked = {"n": N, "rng": 7, "rows_per_file": 1, "resume": True} | change
    with pytest.raises(OutputError, match=rf"begun with other {named}"):
        model.write(whole, **asked)


def test_another_model_and_other_versions_are_refused(model, whole, tmp_path):
    other = cs.fit(pd.DataFrame({"x": [1.5, 2.5, 4.0] * 9}), copula="independence", rng=1)
    with pytest.raises(OutputError, match="other model"):
        other.write(whole, N, rng=7, rows_per_file=1, resume=True)
    found = json.loads((whole / MANIFEST).read_bytes())
    found["versions"]["numpy"] = "1.0"
    (tmp_path / MANIFEST).write_text(json.dumps(found))
    with pytest.raises(OutputError, match=r"versions \(numpy 1.0, now"):
        model.write(tmp_path, N, rng=7, rows_per_file=1, resume=True)


def test_a_folder_that_holds_something_is_never_written_into(model, whole, tmp_path):
    with pytest.raises(OutputError, match=r"is complete; write into another folder"):
        model.write(whole, N, rng=7, rows_per_file=1)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="other files, such as notes"):
        model.write(tmp_path, N, rng=7)
    (tmp_path / "notes.txt").unlink()
    (tmp_path / MANIFEST).write_text('{"format": "x"}')
    with pytest.raises(OutputError, match="no manifest of copulasynth"):
        model.write(tmp_path, N, rng=7, resume=True)


def test_a_manifest_is_believed_only_as_far_as_its_files_go(model, whole, tmp_path):
    out = tmp_path / "out"
    model.write(out, N, rng=7, rows_per_file=1)
    found = json.loads((out / MANIFEST).read_bytes())
    found["parts"]["0"] = {}
    (out / MANIFEST).write_text(json.dumps(found))
    (out / "part-000000.parquet").unlink()
    model.write(out, N, rng=7, resume=True)
    assert files_of(out) == files_of(whole)
    (out / "zzz.parquet").write_bytes(b"")
    with pytest.raises(OutputError, match=r"other files, such as zzz\.parquet"):
        model.write(out, N, rng=7, resume=True)


@pytest.mark.parametrize(
    "change", [{"parts": {"x": {}}}, {"versions": [1]}, {"parts": {"0": {"a": 1}}}, {"parts": None}]
)
def test_a_hostile_manifest_is_refused_in_one_line(model, whole, tmp_path, change):
    found = json.loads((whole / MANIFEST).read_bytes())
    (tmp_path / MANIFEST).write_text(json.dumps(found | change))
    with pytest.raises(OutputError, match="cannot be used"):
        model.write(tmp_path, N, rng=7, resume=True)


def test_texts_of_partitions_come_back_as_they_were(tmp_path):
    rng = np.random.default_rng(1)
    levels = np.array(["1", "01", "a b", None], dtype=object)
    table = pd.DataFrame(
        {"x": rng.normal(size=400).round(2), "g": levels[rng.integers(4, size=400)]}
    )
    model = cs.fit(table, copula="independence", marginals="spline", rng=1)
    model.write(tmp_path / "out", 2000, rng=2, partition_by="g")
    read = cs.read(tmp_path / "out").to_pandas()
    drawn = model.sample(2000, rng=2)
    counts = drawn["g"].value_counts(dropna=False).sort_index()
    assert read["g"].value_counts(dropna=False).sort_index().to_dict() == counts.to_dict()
    assert (
        cs.fit(tmp_path / "out", copula="independence", rng=1).schema.columns[1].kind == "nominal"
    )


@pytest.mark.parametrize("level", ["", "__HIVE_DEFAULT_PARTITION__"])
def test_levels_that_no_folder_can_be_called_by_are_refused(tmp_path, level):
    table = pd.DataFrame({"x": np.arange(60.0), "g": ["a", "b", level] * 20})
    model = cs.fit(table, copula="independence", marginals="spline", rng=1)
    with pytest.raises(DataError, match="which a folder cannot"):
        model.write(tmp_path / "out", 10, rng=1, partition_by="g")


def test_a_name_of_one_file_with_options_of_a_folder_is_refused(model, tmp_path):
    with pytest.raises(DataError, match=r"x\.csv is one file, and partition_by of a folder; .*x/"):
        model.write(tmp_path / "x.csv", 10, rng=1, partition_by="region")


def test_partitions_are_the_levels_of_a_column_and_hold_every_row(model, tmp_path):
    model.write(tmp_path / "out", N, rng=7, partition_by="region")
    assert sorted(files_of(tmp_path / "out")) == [
        f"region={level}/part-000000.parquet"
        for level in ("North", "S%C3%BCd%2FWest", "__HIVE_DEFAULT_PARTITION__")
    ]
    read = pads.dataset(tmp_path / "out", partitioning="hive").to_table().to_pandas()
    drawn = model.sample(N, rng=7)
    assert read["x"].sum() == pytest.approx(drawn["x"].sum())
    counts = drawn["region"].value_counts(dropna=False)
    assert read["region"].value_counts(dropna=False).to_dict() == counts.to_dict()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"engine": "sprak"}, "did you mean 'spark'"),
        ({"scheduler": "tcp://x:1"}, "engine='dask' or 'spark'"),
        ({"engine": "threads", "workers": 0}, "workers must be at least 1"),
        ({"rows_per_file": 0}, "rows_per_file must be at least 1"),
        ({"partition_by": "regoin"}, "did you mean 'region'"),
        ({"partition_by": "x"}, r"column 'x' is continuous.*--kind x=nominal"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_written(
    model, tmp_path, options, words
):
    with pytest.raises(DataError, match=words):
        model.write(tmp_path / "out", 10, rng=1, **options)
    assert not (tmp_path / "out").exists()


def test_a_store_of_another_kind_gets_the_same_bytes(model, whole):
    fsspec = pytest.importorskip("fsspec")
    model.write("memory://lake/out", N, rng=7, rows_per_file=1)
    store = fsspec.filesystem("memory")
    found = {p.rpartition("/")[2]: store.cat(p) for p in store.find("/lake/out")}
    assert {k: v for k, v in found.items() if k != MANIFEST} == files_of(whole)


def test_an_address_that_is_none_is_refused(model):
    with pytest.raises((DataError, cs.errors.MissingExtraError), match="nowhere://x"):
        model.write("nowhere://x", 10, rng=1)


def test_no_rows_are_a_folder_whose_one_file_tells_the_columns(model, whole, tmp_path):
    model.write(tmp_path / "out", 0, rng=1, engine="threads")
    assert json.loads((tmp_path / "out" / MANIFEST).read_bytes())["complete"]
    found = pads.dataset(tmp_path / "out", exclude_invalid_files=True)
    assert found.count_rows() == 0
    assert found.schema == pads.dataset(whole, exclude_invalid_files=True).schema


def test_parts_of_a_trillion_rows_and_what_is_known_of_them_take_little_memory(whole):
    tracemalloc.start()
    files = 10**12 // (16 * BLOCK)
    parts = Parts(blocks(10**12, 3), 16, range(files))
    assert parts[files - 1].name == f"part-{files - 1:06d}.parquet"
    assert [part.number for part in parts[5:7]] == [5, 6]
    assert tracemalloc.get_traced_memory()[1] < 1e6
    found = json.loads((whole / MANIFEST).read_bytes())
    line = msgspec.json.encode(found["parts"]["0"])
    done = {k: bytes(bytearray(line)) for k in range(10_000)}
    assert tracemalloc.get_traced_memory()[0] < 10_000 * 300
    tracemalloc.stop()
    assert len(done) == 10_000


def test_blocks_of_a_trillion_rows_take_no_memory_and_are_those_of_spawned_seeds():
    many = blocks(10**12, 3)
    assert len(many) == -(-(10**12) // BLOCK)
    assert many[-1].rows == 10**12 % BLOCK
    child = np.random.SeedSequence(3).spawn(6)[5]
    assert many[5].rng.integers(1 << 60) == np.random.default_rng(child).integers(1 << 60)
    assert [b.start for b in many[2:4]] == [2 * BLOCK, 3 * BLOCK]


def test_what_many_rows_cost_is_told_by_a_few(model, whole):
    found = model.foretell(10**9)
    assert found.rows == 10**9
    # a file of many rows has the bytes of as many small ones
    size = sum(map(len, files_of(whole).values()))
    assert found.gigabytes * 1e9 * N / 1e9 == pytest.approx(size, rel=0.1)
    assert "1,000,000,000 rows are about" in found.words(2)
    assert found.hours(4) == pytest.approx(found.hours() / 4)


def test_an_engine_that_does_not_begin_leaves_no_manifest(model, whole, tmp_path, monkeypatch):
    def lost(*_):
        raise SamplingError("there is no scheduler")
        yield

    monkeypatch.setitem(RUN, "threads", lost)
    with pytest.raises(SamplingError, match="no scheduler"):
        model.write(tmp_path / "out", N, rng=7, engine="threads")
    assert not list((tmp_path / "out").iterdir())


def test_an_engine_that_is_not_installed_is_said_before_anything_is_written(
    model, tmp_path, monkeypatch
):
    monkeypatch.setattr("copulasynth.rows.dataset.engines.find_spec", lambda name: None)
    with pytest.raises(cs.errors.MissingExtraError, match=r"pip install 'copulasynth\[spark\]'"):
        model.write(tmp_path / "out", 10, rng=1, engine="spark")
    assert not (tmp_path / "out").exists()
