"""Engines: threads of this process, Dask, Spark. Each hands out parts and brings back their files.

They have in common that nothing but a part's number and blocks decides its bytes. What an engine
does not do here, it does itself: where workers are, what happens when one is lost, who may draw.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from itertools import islice
from typing import Any

import pyarrow as pa

from copulasynth.errors import MissingExtraError, SamplingError
from copulasynth.rows.dataset.drawing import Draw, Part
from copulasynth.rows.dataset.folder import Folder, folder_of
from copulasynth.rows.dataset.manifest import DoneFile
from copulasynth.rows.workers import Holding, in_order

__all__ = ["RUN", "Done", "check_engine"]

#: A part and its files.
Done = tuple[Part, dict[str, DoneFile]]
Run = Callable[[Draw, Folder, Sequence[Part], int, str | None], Generator[Done]]

#: Parts that a worker has before it asks for more: it never waits, and a full disk stops it soon.
AHEAD = 2
#: Seconds in which a cluster must have a first worker.
PATIENCE = 120
#: What Spark's tasks tell of the files that they wrote.
TOLD = "at long, name string, rows long, bytes long, sha256 string"
#: Times that a part is tried again after its worker was lost.
RETRIES = 2


def check_engine(engine: str) -> None:
    """Refuse an engine that is not installed.

    Raises
    ------
    MissingExtraError
        With the command that installs it.
    """
    package = {"dask": "distributed", "spark": "pyspark"}.get(engine)
    if package is not None and find_spec(package) is None:
        raise MissingExtraError(
            f"engine {engine!r} is not installed; run: pip install 'copulasynth[{engine}]'"
        )


def _threads(
    draw: Draw, folder: Folder, parts: Sequence[Part], workers: int, _: str | None
) -> Generator[Done]:
    """Draw parts in threads here, or one after the other where processes share their blocks."""
    source = draw.source
    if workers == 1 or (isinstance(source, Holding) and source.holds):
        for part in parts:
            yield part, draw(part, folder, workers)
        return
    with closing(in_order(lambda part: (part, draw(part, folder)), parts, workers)) as drawn:
        yield from drawn


def _there(draw: Draw, part: Part) -> Done:
    """Draw a part where an engine's worker is."""
    return part, draw(part, folder_of(draw.address))


def _dask(
    draw: Draw, _: Folder, parts: Sequence[Part], workers: int, scheduler: str | None
) -> Generator[Done]:
    """Draw parts on the workers of a Dask cluster."""
    import distributed

    with _client(workers, scheduler) as client:
        client.wait_for_workers(1, timeout=PATIENCE)
        shared = client.scatter(draw, broadcast=True, hash=False)
        ahead = AHEAD * sum(client.nthreads().values())
        waiting = iter(parts)

        def begun(many: int) -> list[Any]:
            some = islice(waiting, many)
            return [
                client.submit(_there, shared, part, pure=False, retries=RETRIES) for part in some
            ]

        drawn = distributed.as_completed(begun(ahead), loop=client.loop)
        try:
            for future in drawn:
                yield future.result()
                for one in begun(1):
                    drawn.add(one)
        except (distributed.scheduler.KilledWorker, distributed.CancelledError) as e:
            raise SamplingError(
                f"workers of the Dask cluster were lost again and again ({e}), perhaps for want "
                "of memory; what is done stays: go on with resume=True"
            ) from e


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Connect to a scheduler, or start workers of one thread on this machine."""
    import distributed

    with ExitStack() as stack:
        if scheduler is None:
            scheduler = stack.enter_context(_cluster(workers))
        try:
            yield stack.enter_context(distributed.Client(scheduler, set_as_default=False))
        except OSError as e:
            raise SamplingError(f"there is no Dask scheduler at {scheduler}: {e}") from e


def _cluster(workers: int) -> Any:
    """Return workers in processes of their own, which run nothing of the caller's script."""
    from distributed.deploy.subprocess import SubprocessCluster

    return SubprocessCluster(
        n_workers=workers, threads_per_worker=1, worker_kwargs={"dashboard": False},
        scheduler_kwargs={"dashboard": False},
    )  # fmt: skip


def _spark(
    draw: Draw, _: Folder, parts: Sequence[Part], workers: int, scheduler: str | None
) -> Generator[Done]:
    """Draw parts by Spark's ``mapInArrow``: a task a part."""
    from pyspark.sql import SparkSession

    master = scheduler or f"local[{workers}]"
    session = SparkSession.builder.master(master).appName("copulasynth").getOrCreate()
    context = session.sparkContext
    sent = context.broadcast((draw, tuple(parts)))
    window = AHEAD * 4 * max(context.defaultParallelism, 1)
    for a in range(0, len(parts), window):
        many = min(window, len(parts) - a)
        numbers = session.range(a, a + many, numPartitions=many)
        rows = numbers.mapInArrow(_spark_task(sent), TOLD)
        found: dict[int, dict[str, DoneFile]] = {}
        for row in rows.collect():
            found.setdefault(row.at, {})[row.name] = DoneFile(row.rows, row.bytes, row.sha256)
        for at in sorted(found):
            yield parts[at], found[at]


def _spark_task(sent: Any) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what Spark runs: from the numbers of parts to what is told of their files."""

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        draw, parts = sent.value
        for batch in batches:
            for at in batch.column(0).to_pylist():
                _, files = _there(draw, parts[at])
                told = [{"at": at, "name": name, **asdict(f)} for name, f in files.items()]
                yield pa.RecordBatch.from_pylist(told)

    return task


RUN: dict[str, Run] = {"threads": _threads, "dask": _dask, "spark": _spark}
