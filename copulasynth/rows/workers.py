"""Workers: threads where draws leave the interpreter to others, processes where they do not."""

import pickle
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Protocol, TypeVar, runtime_checkable

from copulasynth.errors import SamplingWarning
from copulasynth.rows.blocks import RowBlock, Source, count
from copulasynth.rows.process import Helper, copied, fresh
from copulasynth.schema import Buffer

__all__ = ["Fill", "Holding", "fillers", "in_order"]

#: Writes the rows of a block into the given rows of buffers; may be called from several threads.
Fill = Callable[[Sequence[Buffer], slice, RowBlock], None]

#: Finished blocks that may wait for their consumer: while a writer is busy with a few, the next
#: few are drawn.
AHEAD = 4

#: Blocks below which a fresh interpreter would start for longer than it helps.
WORTHWHILE = 8

#: Whether a process can be copied (fork). Systems that offer it elsewhere do not make it safe.
COPIES = sys.platform == "linux"

T = TypeVar("T")
Item = TypeVar("Item")


@runtime_checkable
class Holding(Source, Protocol):
    """A source that knows whether its draws hold the interpreter, so that threads gain nothing."""

    @property
    def holds(self) -> bool: ...


@contextmanager
def fillers(source: Source, work: Sequence[RowBlock], workers: int) -> Iterator[Fill]:
    """Yield what fills buffers with the blocks of `work`, for as many threads as workers.

    One of the workers is this process, whichever kind the others are. Where no process can be
    started, draws that hold the interpreter are made one after the other, which is said.

    Raises
    ------
    DataError
        If there is no worker.
    """
    count(workers, "workers", least=1)

    def here(buffers: Sequence[Buffer], rows: slice, block: RowBlock) -> None:
        source.schema.fill(buffers, rows, source.draw_block(block), start=block.start)

    if not (isinstance(source, Holding) and source.holds):
        yield here
        return
    helpers: list[Helper] = []
    try:
        _start(source, min(workers, len(work)) - 1, helpers, enough=len(work) >= WORTHWHILE)
        yield _shared([here, *(one.fill for one in helpers)])
    finally:
        for one in helpers:
            one.stop()


def _shared(ways: Iterable[Fill]) -> Fill:
    """Return what fills by whichever of several ways is free, each used by one thread at a time."""
    idle: SimpleQueue[Fill] = SimpleQueue()
    for way in ways:
        idle.put(way)

    def fill(buffers: Sequence[Buffer], rows: slice, block: RowBlock) -> None:
        way = idle.get()
        try:
            way(buffers, rows, block)
        finally:
            idle.put(way)

    return fill


def _start(source: Source, many: int, helpers: list[Helper], *, enough: bool) -> None:
    """Add so many processes to `helpers`, or as many as can be started."""
    if not COPIES and not enough:
        return
    try:
        for _ in range(many):
            helpers.append(copied(source, helpers) if COPIES else fresh(source))
    except (OSError, pickle.PicklingError, TypeError, AttributeError) as e:
        warnings.warn(
            f"no worker process can be started ({e}); rows are drawn by {1 + len(helpers)} "
            "instead, which are the same rows",
            SamplingWarning,
            stacklevel=2,
        )


def in_order(
    work: Callable[[Item], T], items: Iterable[Item], workers: int, ahead: int = AHEAD
) -> Generator[T]:
    """Run `work` over `items` in threads ahead of the consumer; yield the results in order."""
    with ThreadPoolExecutor(workers) as pool:
        begun: deque[Future[T]] = deque()
        try:
            for item in items:
                begun.append(pool.submit(work, item))
                if len(begun) > workers + ahead:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()
