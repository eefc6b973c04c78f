"""A function over the pieces of a lake, or other things, by threads here, by Dask or by Spark."""

import pickle
from collections.abc import Callable, Generator, Iterable, Iterator
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

__all__ = ["Runner", "Where", "begun", "mapped", "spread"]

T = TypeVar("T")
Item = TypeVar("Item")

#: Pieces that a worker has before it asks for more, so that it never waits.
AHEAD = 2
#: Times that a piece is read again after an error of a worker.
RETRIES = 2
#: Dask warns of what is sent; a group of a table has the bytes that it has.
LARGE = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}

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


def mapped(
    function: Over, lake: Lake, where: Where | None = None, fixed: bool = False
) -> Generator[Any]:
    """Yield what a function returns for the batches of each piece of a lake.

    Parameters
    ----------
    function : callable
        From an iterator of record batches, all of the lake's schema, to anything. Engines other
        than threads send it and what it returns, so both must be able to be pickled.
    lake : Lake
    where : Where, optional
        Threads of this process by default. Rows of a Spark DataFrame are read by its own session.
    fixed : bool
        Whether the function stays as it is meanwhile, so that it need be sent but once.

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
    with closing(spread(_Over(function, lake.schema), lake.pieces, where, fixed)) as found:
        yield from found


def spread(
    work: Callable[[Item], Any], items: Iterable[Item], where: Where, fixed: bool = True
) -> Generator[Any]:
    """Yield what a function returns for each of several things, in any order.

    Things are asked for when a worker is to have them. What goes wrong is raised here.
    """
    if where.engine == "dask":
        return _dask(work, items, where, fixed)
    if where.engine == "spark":
        return _spark(work, items, where)
    return in_order(work, items, where.workers, ahead=0)


def _dask(
    work: Callable[[Item], Any], items: Iterable[Item], where: Where, fixed: bool
) -> Generator[Any]:
    import dask
    import distributed

    waiting = iter(items)
    with client_of(where.workers, where.scheduler) as client, dask.config.set(LARGE):
        # a task and not scattered data: were all workers that hold it lost, it is made again
        sent_once = client.submit(_itself, work, pure=False) if fixed else work

        def sent(many: int) -> list[Any]:
            some = islice(waiting, many)
            return [
                client.submit(_attempt, sent_once, item, pure=False, retries=RETRIES)
                for item in some
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
                f"workers of the Dask cluster were lost at their work ({e}), perhaps for want of "
                "memory: take larger workers, or fewer threads a worker"
            ) from e


def _itself(work: Callable[[Item], Any]) -> Callable[[Item], Any]:
    return work


def _spark(work: Callable[[Item], Any], items: Iterable[Item], where: Where) -> Generator[Any]:
    waiting = iter(items)
    with session_of(where.workers, where.scheduler) as session:
        context = session.sparkContext
        window = AHEAD * max(context.defaultParallelism, 1)
        while some := [pickle.dumps(item) for item in islice(waiting, window)]:
            # Spark's own pickler does not know everything that ours sends
            with spark_naming("at its work"), hushed():
                found = context.parallelize(some, len(some)).map(_sent(work)).collect()
            for told in found:
                yield result_of(pickle.loads(told))


def _sent(work: Callable[[Item], Any]) -> Callable[[bytes], bytes]:
    def task(item: bytes) -> bytes:
        return pickle.dumps(_attempt(work, pickle.loads(item)))

    return task


def _attempt(work: Callable[[Item], object], item: Item) -> Attempt:
    return tried(partial(work, item))
