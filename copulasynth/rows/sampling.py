"""From blocks of rows to one table, or to batches of any size."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, TypeVar

from copulasynth.rows.blocks import BLOCK, Rng, RowBlock, Source, blocks, count
from copulasynth.rows.machine import refuse_beyond_memory
from copulasynth.rows.workers import fillers, in_order
from copulasynth.schema import Buffer, Schema

__all__ = ["filled", "iter_batches", "sample"]

T = TypeVar("T")


def sample(
    source: Source,
    n: int,
    *,
    rng: Rng = None,
    workers: int = 1,
    progress: Callable[[int], object] | None = None,
) -> Any:
    """Draw n rows into one table of the library and types that the schema remembers.

    Parameters
    ----------
    source : Source
    n : int
    rng : int, Generator or None
    workers : int
        Threads or processes; they change the time, not the rows.
    progress : callable, optional
        Called with the number of rows of each finished block.

    Raises
    ------
    DataError
        If there is no room for so many rows.
    """
    n = count(n)
    refuse_beyond_memory(source.schema, n)
    buffers = source.schema.allocate(n)
    work = blocks(n, rng)
    with fillers(source, work, workers) as fill:

        def place(block: RowBlock) -> int:
            fill(buffers, slice(block.start, block.start + block.rows), block)
            return block.rows

        done = (place(b) for b in work) if workers == 1 else in_order(place, work, workers)
        with closing(done):
            for m in done:
                if progress is not None:
                    progress(m)
    return source.schema.assemble(buffers)


def filled(
    source: Source,
    work: Sequence[RowBlock],
    workers: int,
    then: Callable[[list[Buffer]], T],
    *,
    ahead: bool = True,
) -> Generator[T]:
    """Yield what `then` makes of the rows of each block, drawn ahead of who asks for them.

    Not `ahead`, they are drawn in the thread that asks, which suits many such draws side by side.
    """
    with fillers(source, work, workers) as fill:

        def one(block: RowBlock) -> T:
            buffers = source.schema.allocate(block.rows)
            fill(buffers, slice(0, block.rows), block)
            return then(buffers)

        with closing(in_order(one, work, workers) if ahead else (one(b) for b in work)) as done:
            yield from done


def iter_batches(
    source: Source, n: int, *, batch_size: int = BLOCK, rng: Rng = None, workers: int = 1
) -> Iterator[Any]:
    """Yield tables of `batch_size` rows (the last one shorter) that together are `sample(n)`."""
    size = count(batch_size, "batch_size", least=1)
    parts = blocks(n, rng)
    return _rebatched(source.schema, parts, filled(source, parts, workers, list), count(n), size)


def _rebatched(
    schema: Schema,
    parts: Iterable[RowBlock],
    drawn: Iterable[list[Buffer]],
    n: int,
    size: int,
) -> Iterator[Any]:
    first, at = 0, 0
    buffers = schema.allocate(min(size, n))
    for block, found in zip(parts, drawn, strict=True):
        taken = 0
        while taken < block.rows:
            m = min(block.rows - taken, size - at)
            _copy(found, slice(taken, taken + m), buffers, slice(at, at + m))
            taken, at = taken + m, at + m
            if at == size or first + at == n:
                yield schema.assemble(buffers)
                first, at = first + at, 0
                buffers = schema.allocate(min(size, n - first))


def _copy(found: Sequence[Buffer], rows: slice, buffers: Sequence[Buffer], place: slice) -> None:
    for one, other in zip(found, buffers, strict=True):
        other.values[place] = one.values[rows]
        if one.mask is not None and other.mask is not None:
            other.mask[place] = one.mask[rows]
