"""A function over all pieces of a lake, by threads here, by Dask or by Spark."""

import pickle
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import pyarrow as pa

from copulasynth.errors import SamplingError
from copulasynth.rows.dataset.engines import check_engine
from copulasynth.rows.dataset.on_dask import client_of, cluster_of
from copulasynth.rows.dataset.on_spark import hushed, session_of
from copulasynth.rows.lake.attempts import Attempt, result_of, spark_naming, tried
from copulasynth.rows.lake.lake import Lake, Piece, typed
from copulasynth.rows.workers import in_order

__all__ = ["Runner", "Where", "begun", "mapped"]

T = TypeVar("T")

#: Pieces that a worker has before it asks for more, so that it never waits.
AHEAD = 2
#: Times that a piece is read again after an error of a worker.
RETRIES = 2

#: What is done with the rows of a piece; a value that can be sent to a worker.
Over = Callable[[Iterator[pa.RecordBatch]], Any]


@dataclass(frozen=True, slots=True)
class Where:
    """The engine that reads, its scheduler, and how many workers it has here."""

    engine: str = "threads"
    scheduler: str | None = None
    workers: int = 2


@contextmanager
def begun(where: Where) -> Iterator[Where]:
    """Start the workers of an engine once for several passes, and end them afterwards."""
    check_engine(where.engine)
    with ExitStack() as stack:
        if where.engine == "dask" and where.scheduler is None:
            cluster = stack.enter_context(cluster_of(where.workers))
            where = replace(where, scheduler=cluster.scheduler_address)
        elif where.engine == "spark":
            stack.enter_context(session_of(where.workers, where.scheduler))
        yield where


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
        found: T = self.function(typed(piece.read(), self.schema, piece.name))
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
    with client_of(where.workers, where.scheduler) as client:

        def sent(many: int) -> list[Any]:
            some = islice(waiting, many)
            return [
                client.submit(_attempt, work, piece, pure=False, retries=RETRIES) for piece in some
            ]

        ahead = AHEAD * sum(client.nthreads().values())
        done = distributed.as_completed(sent(ahead), loop=client.loop)
        try:
            for future in done:
                yield result_of(future.result())
                for one in sent(1):
                    done.add(one)
        except (distributed.scheduler.KilledWorker, distributed.CancelledError) as e:
            raise SamplingError(
                f"workers of the Dask cluster were lost while they read ({e}), perhaps for want of "
                "memory: take larger workers, or fewer threads a worker"
            ) from e


def _spark(work: Callable[[Piece], Any], lake: Lake, where: Where) -> Generator[Any]:
    waiting = lake.pieces
    # Spark's own pickler does not know everything that ours sends
    task = _sent(work)
    with session_of(where.workers, where.scheduler) as session:
        context = session.sparkContext
        window = AHEAD * max(context.defaultParallelism, 1)
        while pieces := [pickle.dumps(piece) for piece in islice(waiting, window)]:
            with spark_naming(), hushed():
                found = context.parallelize(pieces, len(pieces)).map(task).collect()
            for told in found:
                yield result_of(pickle.loads(told))


def _sent(work: Callable[[Piece], Any]) -> Callable[[bytes], bytes]:
    def task(piece: bytes) -> bytes:
        return pickle.dumps(_attempt(work, pickle.loads(piece)))

    return task


def _attempt(work: Callable[[Piece], object], piece: Piece) -> Attempt:
    return tried(partial(work, piece))
