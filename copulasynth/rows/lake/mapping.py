"""A function over all pieces of a lake, by threads here, by Dask or by Spark."""

import pickle
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import pyarrow as pa

from copulasynth.rows.dataset.engines import _client, check_engine
from copulasynth.rows.lake.lake import Lake, Piece, typed
from copulasynth.rows.workers import in_order

__all__ = ["Runner", "Where", "mapped"]

T = TypeVar("T")

#: Pieces that a worker has before it asks for more, so that it never waits.
AHEAD = 2

#: What is done with the rows of a piece; a value that can be sent to a worker.
Over = Callable[[Iterator[pa.RecordBatch]], Any]


@dataclass(frozen=True, slots=True)
class Where:
    """The engine that reads, its scheduler, and how many workers it has here."""

    engine: str = "threads"
    scheduler: str | None = None
    workers: int = 2


@runtime_checkable
class Runner(Protocol):
    """An origin that runs functions where its rows are."""

    def run(self, work: Over, schema: pa.Schema) -> Iterator[Any]:
        """Yield what `work` returns for each piece."""


@dataclass(frozen=True, slots=True)
class _Over(Generic[T]):
    """A function over a piece, where a worker is."""

    function: Over
    schema: pa.Schema

    def __call__(self, piece: Piece) -> T:
        found: T = self.function(typed(piece.read(), self.schema))
        return found


def mapped(function: Over, lake: Lake, where: Where | None = None) -> Generator[Any]:
    """Yield what a function returns for the batches of each piece of a lake.

    Parameters
    ----------
    function : callable
        From an iterator of record batches, all of the lake's schema, to anything. Engines other
        than threads send it and what it returns, so both must be able to be pickled.
    lake : Lake
    where : Where, optional
        Threads of this process by default. Rows of a Spark DataFrame are read by its own session.

    Raises
    ------
    MissingExtraError
        If the engine is not installed.
    """
    where = where or Where()
    check_engine(where.engine)
    if isinstance(lake.origin, Runner):
        yield from lake.origin.run(function, lake.schema)
        return
    run = {"threads": _threads, "dask": _dask, "spark": _spark}[where.engine]
    with closing(run(_Over(function, lake.schema), lake, where)) as found:
        yield from found


def _threads(work: Callable[[Piece], Any], lake: Lake, where: Where) -> Generator[Any]:
    with closing(in_order(work, lake.pieces, where.workers, ahead=0)) as found:
        yield from found


def _dask(work: Callable[[Piece], Any], lake: Lake, where: Where) -> Generator[Any]:
    import distributed

    waiting = lake.pieces
    with _client(where.workers, where.scheduler) as client:
        client.wait_for_workers(1)

        def begun(many: int) -> list[Any]:
            some = islice(waiting, many)
            return [client.submit(work, piece, pure=False) for piece in some]

        done = distributed.as_completed(
            begun(AHEAD * sum(client.nthreads().values())), loop=client.loop
        )
        for future in done:
            yield future.result()
            for one in begun(1):
                done.add(one)


def _spark(work: Callable[[Piece], Any], lake: Lake, where: Where) -> Generator[Any]:
    from pyspark.sql import SparkSession

    master = where.scheduler or f"local[{where.workers}]"
    context = SparkSession.builder.master(master).getOrCreate().sparkContext
    waiting = lake.pieces
    window = AHEAD * max(context.defaultParallelism, 1)
    # Spark's own pickler does not know everything that ours sends
    task = _sent(work)
    while pieces := [pickle.dumps(piece) for piece in islice(waiting, window)]:
        for told in context.parallelize(pieces, len(pieces)).map(task).collect():
            yield pickle.loads(told)


def _sent(work: Callable[[Piece], Any]) -> Callable[[bytes], bytes]:
    def task(piece: bytes) -> bytes:
        return pickle.dumps(work(pickle.loads(piece)))

    return task
