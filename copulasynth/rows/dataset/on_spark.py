"""Spark: parts are tasks of ``mapInArrow``, a few a core in a job, and two jobs at a time."""

import pickle
import signal
import subprocess
import sys
import threading
import uuid
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import cache
from typing import Any

import pyarrow as pa

from copulasynth.errors import CopulasynthError, DataError, SamplingError
from copulasynth.rows.dataset.drawing import Done, Draw, Part, there
from copulasynth.rows.dataset.folder import Folder
from copulasynth.rows.dataset.manifest import DoneFile, Files
from copulasynth.rows.workers import in_order

__all__ = ["hushed", "on_spark", "reason_of", "session_of"]

#: Parts a core in a job; with the next job waiting, no core is idle when a job ends.
EACH, JOBS = 2, 2
#: What tasks tell of the files that they wrote, or of what went wrong.
TOLD = "at long, name string, rows long, bytes long, sha256 string, error binary"
#: Of a session of ours: nothing to look at, and a Java that starts quickly, as it only hands out.
OURS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.catalogImplementation": "in-memory",
}
HERE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
}


def on_spark(
    draw: Draw, _: Folder, parts: Sequence[Part], workers: int, scheduler: str | None
) -> Generator[Done]:
    """Draw parts on the executors of Spark: of the caller's session, or one that is started.

    Raises
    ------
    DataError
        If there is a session of another master than the one that is asked for.
    SamplingError
        If Spark cannot be started, or gives up.
    """
    with session_of(workers, scheduler) as session:
        yield from _drawn(session, draw, parts)


def _drawn(session: Any, draw: Draw, parts: Sequence[Part]) -> Iterator[Done]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    tag = f"copulasynth-{uuid.uuid4().hex}"

    def job(asked: tuple[Sequence[Part], Any]) -> list[Done]:
        some, frame = asked
        session.addTag(tag)
        return _told(some, frame.collect())

    with closing(in_order(job, _jobs(session, draw, parts), JOBS)) as jobs:
        try:
            for done in jobs:
                yield from done
        except (Py4JError, PySparkException, ConnectionError) as e:
            raise SamplingError(
                f"Spark gave up: {reason_of(e)}. What is done stays: go on with resume=True"
            ) from e
        finally:  # whatever ended this, no job goes on; of those that are done there are none
            session.interruptTag(tag)


def _jobs(session: Any, draw: Draw, parts: Sequence[Part]) -> Iterator[tuple[Sequence[Part], Any]]:
    """Yield the parts of a job and the table that asks for them, by the cores of that moment."""
    first = 0
    while first < len(parts):
        some = parts[first : first + EACH * max(session.sparkContext.defaultParallelism, 1)]
        first += len(some)
        numbers = session.range(0, len(some), numPartitions=len(some))
        with hushed():
            frame = numbers.mapInArrow(_task(draw, some), TOLD)
        yield some, frame


def _task(
    draw: Draw, parts: Sequence[Part]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what Spark runs: from the places of parts to what is told of their files.

    An error of ours is told as well: it would be one again if the task were tried again.
    """

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = pa.schema([
            ("at", pa.int64()), ("name", pa.string()), ("rows", pa.int64()),
            ("bytes", pa.int64()), ("sha256", pa.string()), ("error", pa.binary()),
        ])  # fmt: skip
        for batch in batches:
            for at in batch.column(0).to_pylist():
                try:
                    _, files = there(draw, parts[at])
                    told = [{"at": at, "name": name, **asdict(f)} for name, f in files.items()]
                except CopulasynthError as e:
                    told = [{"at": at, "error": pickle.dumps(e)}]
                yield pa.RecordBatch.from_pylist(told, schema)

    return task


def _told(parts: Sequence[Part], rows: Sequence[Any]) -> list[Done]:
    """Return parts and their files, or raise what a task told."""
    found: dict[int, Files] = {}
    for row in rows:
        if row.error is not None:
            raise pickle.loads(row.error)
        found.setdefault(row.at, {})[row.name] = DoneFile(row.rows, row.bytes, row.sha256)
    return [(parts[at], found[at]) for at in sorted(found)]


def reason_of(error: Exception) -> str:
    """Return the line of a trace that says why: the last of Python's, or the first of Java's."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    trace = [k for k, line in enumerate(lines) if line.startswith("Traceback")]
    behind = lines[trace[-1] :] if trace else []
    own = [line for line in behind if ": " in line and not line.startswith("File")]
    return ((own or lines) or [type(error).__name__])[0]


@contextmanager
def session_of(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Use the session that there is, or start one and stop it at the end."""
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    try:
        session = SparkSession.active()
    except PySparkRuntimeError:
        session = _started(scheduler or f"local[{workers}]")
        try:
            yield session
        finally:
            session.stop()
        return
    master = session.sparkContext.master
    if scheduler not in (None, master):
        raise DataError(
            f"scheduler: there is a Spark session of {master} already; stop it, or leave out "
            f"scheduler={scheduler!r}"
        )
    yield session


def _started(master: str) -> Any:
    """Start a session that prints nothing, and leaves Ctrl-C to whom it belonged.

    Raises
    ------
    SamplingError
        If that cannot be done.
    """
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException

    here = master.startswith("local")
    try:
        with _kept_interrupt(), hushed():
            conf = SparkConf().setAll(_settings(master))
            context = SparkContext(conf=conf, gateway=_gateway("local" if here else master))
    except (Py4JError, PySparkException, OSError) as e:
        raise SamplingError(f"Spark cannot be started at {master}: {reason_of(e)}") from e
    if here:
        context.pythonExec = sys.executable
    context.setLogLevel("OFF")
    with hushed():
        from pyspark.sql import SparkSession

        return SparkSession(context)


def _settings(master: str) -> list[tuple[str, str]]:
    asked = OURS | (HERE if master.startswith("local") else {})
    return [*asked.items(), ("spark.master", master), ("spark.app.name", "copulasynth")]


@cache
def _gateway(master: str) -> Any:
    """Start the one Java that a process has for Spark; it ends with the process."""
    from pyspark import SparkConf
    from pyspark.java_gateway import launch_gateway

    return launch_gateway(SparkConf().setAll(_settings(master)), {"stderr": subprocess.DEVNULL})


@contextmanager
def _kept_interrupt() -> Iterator[None]:
    """Leave Ctrl-C to whom it belongs, where Spark would take it."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


@contextmanager
def hushed() -> Iterator[None]:
    """Keep Spark from saying what it thinks of the version of pandas, which is not used."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
        yield
