"""Spark draws the same files, says nothing, and leaves sessions and signals as they were."""

import shutil
import signal
import sys
import warnings
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as papq
import pytest

import copulasynth as cs
from copulasynth.errors import DataError, OutputError, SamplingError, SchemaError
from copulasynth.rows.lake import Where, lake_of, mapped
from copulasynth.rows.tasks import each
from tests.rows.folders import N, files_of

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

DRAW = {"rng": 7, "rows_per_file": 1, "engine": "spark"}


@pytest.fixture
def session(monkeypatch):
    """A session of the caller."""
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas' version
        from pyspark.sql import SparkSession

        asked = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        running = asked.getOrCreate()
    yield running
    running.stop()


def test_spark_draws_the_same_bytes_says_nothing_and_stops(model, whole, tmp_path, capfd):
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    before, told = signal.getsignal(signal.SIGINT), []
    model.write(tmp_path / "out", N, workers=1, progress=told.append, **DRAW)
    assert files_of(tmp_path / "out") == files_of(whole)
    assert sum(told) == N
    assert tuple(capfd.readouterr()) == ("", "")
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(PySparkRuntimeError):
        SparkSession.active()


def test_the_session_of_the_caller_is_used_and_errors_of_tasks_are_ours(
    model, whole, tmp_path, session
):
    out = tmp_path / "out"
    (out / "part-000001.parquet").mkdir(parents=True)  # in the way of a file
    with pytest.raises(OutputError, match=r"part-000001\.parquet is a folder"):
        model.write(out, N, **DRAW)
    (out / "part-000001.parquet").rmdir()
    with pytest.raises(DataError, match=r"a Spark session of local\[1\] already; stop it"):
        model.write(out, N, resume=True, engine="spark", scheduler="local[2]")
    model.write(out, N, resume=True, engine="spark")
    assert files_of(out) == files_of(whole)
    assert session.range(3).count() == 3


def test_what_is_no_error_of_ours_is_one_line_too(model, tmp_path, session, monkeypatch):
    def broken(draw, part):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("copulasynth.rows.dataset.on_spark.there", broken)
    broken.__module__ = "__main__"  # sent whole, as there is none over there
    with pytest.raises(SamplingError, match=r"^Spark gave up: .*by zero.* go on with resume"):
        model.write(tmp_path / "out", N, **DRAW)


def test_without_java_the_remedy_is_said(model, tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(cs.errors.MissingExtraError, match=r"needs Java 17 .* JAVA_HOME"):
        model.write(tmp_path / "out", N, **DRAW)
    assert not (tmp_path / "out").exists()


def test_frames_of_spark_are_lakes_and_faults_of_theirs_are_ours(session, tmp_path):
    rows = [(datetime(2020, 1, 1, tzinfo=UTC), 1.0), (None, 2.0)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas' version
        frame = session.createDataFrame(rows, "t timestamp, x double")
    lake = lake_of(frame)
    assert pa.types.is_timestamp(lake.schema.field("t").type)
    assert list(mapped(_times, lake)) == [[row[0] for row in rows]]
    with pytest.raises(SchemaError, match="'x' occurs 2 times"):
        lake_of(frame.select("x", "x"))
    with pytest.raises(SchemaError, match="column 'm' has type map"):
        lake_of(frame.selectExpr("map(x, x) m"))
    with pytest.raises(SchemaError, match=r"column 'm' has type interval month of Spark.*or drop"):
        lake_of(frame.selectExpr("interval '1' month m"))
    wait = lake_of(frame.selectExpr("make_dt_interval(1) w"))
    assert pa.types.is_duration(wait.schema.field("w").type)
    with pytest.raises(SamplingError, match=r"^Spark gave up while it read: .*$"):
        list(mapped(_count, lake_of(frame.selectExpr("assert_true(x < 2) z", "x"))))


def test_damaged_files_are_named_by_spark_too(session, tmp_path):
    papq.write_table(pa.table({"k": [2**53 + 1]}), tmp_path / "a.parquet")
    papq.write_table(pa.table({"k": [0.5]}), tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"column 'k' is int64 in .*a\.parquet"):
        list(mapped(_count, lake_of(tmp_path / "*.parquet"), Where("spark")))


def test_things_that_spark_does_come_in_order_and_raise_what_they_raised(session):
    done = []
    assert each(_half, [8, 6, 4, 2], Where("spark"), done.append) == [4, 3, 2, 1]
    assert done == [1, 2, 3, 4]
    with pytest.raises(DataError, match="3 is odd"):
        each(_half, [2, 3], Where("spark"))


def _half(k):
    if k % 2:
        raise DataError(f"{k} is odd")
    return k // 2


def _count(batches):
    return sum(b.num_rows for b in batches)


def _times(batches):
    return [t for batch in batches for t in batch.column("t").to_pylist()]
