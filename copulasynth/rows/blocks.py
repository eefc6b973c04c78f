"""Seeded blocks: how a source of rows becomes a table, a stream of batches, or a file.

Rows are generated in blocks of 65,536; block k draws from the k-th spawned child of the seed. So
the first 1,000 of a million rows are the 1,000-row sample, and neither the batch size, the number
of workers nor the file format changes a byte.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.schema import Schema

__all__ = ["BLOCK", "Source", "blocks", "count", "iter_batches", "iter_blocks", "sample"]

BLOCK = 65_536

#: Finished blocks that may wait for their consumer: while a writer is busy with a few, the next
#: few are drawn.
AHEAD = 4

Rng = int | np.random.Generator | None
T = TypeVar("T")


class Source(Protocol):
    """Anything that draws rows of encoded variables."""

    @property
    def schema(self) -> Schema: ...

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (d, n) variable values; prefix-stable (see `copulas.Copula.draw`)."""


def count(n: object, name: str = "n") -> int:
    """Return a number of rows as int, or say what is wrong with it."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"{name} must be a whole number, got {n!r}")
    if n < 0:
        raise DataError(f"{name} must not be negative, got {n}")
    return int(n)


def blocks(n: int, rng: Rng) -> list[tuple[int, int, np.random.Generator]]:
    """Return first row, number of rows and generator of every block of n rows."""
    starts = range(0, n, BLOCK)
    children = np.random.default_rng(rng).spawn(len(starts))
    return [(a, min(BLOCK, n - a), child) for a, child in zip(starts, children, strict=True)]


def _in_order(work: Callable[[Any], T], items: list[Any], workers: int) -> Iterator[T]:
    """Run `work` over `items`, a few ahead of the consumer, and yield the results in order."""
    if workers < 1:
        raise DataError(f"workers must be at least 1, got {workers}")
    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[Future[T]] = deque()
        todo = iter(items)
        try:
            for item in todo:
                ahead.append(pool.submit(work, item))
                if len(ahead) > workers + AHEAD:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


def iter_blocks(
    source: Source,
    n: int,
    finish: Callable[[int, Floats], T],
    *,
    rng: Rng = None,
    workers: int = 1,
) -> Iterator[T]:
    """Yield ``finish(first row, variable values (d, m))`` of each block in order.

    Drawing and finishing happen in `workers` threads ahead of the consumer.
    """

    def work(block: tuple[int, int, np.random.Generator]) -> T:
        start, m, child = block
        return finish(start, source.draw(m, child))

    yield from _in_order(work, blocks(count(n), rng), workers)


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
        Threads; they change the time, not the rows.
    progress : callable, optional
        Called with the number of rows of each finished block.
    """
    buffers = source.schema.allocate(count(n))

    def fill(block: tuple[int, int, np.random.Generator]) -> int:
        start, m, child = block
        source.schema.fill(buffers, slice(start, start + m), source.draw(m, child), start=start)
        return m

    work = blocks(n, rng)
    done = map(fill, work) if workers == 1 else _in_order(fill, work, workers)
    for m in done:
        if progress is not None:
            progress(m)
    return source.schema.assemble(buffers)


def iter_batches(
    source: Source, n: int, *, batch_size: int = BLOCK, rng: Rng = None, workers: int = 1
) -> Iterator[Any]:
    """Yield tables of `batch_size` rows (the last one shorter) that together are `sample(n)`."""
    if count(batch_size, "batch_size") == 0:
        raise DataError("batch_size must be at least 1")
    schema, first, filled = source.schema, 0, 0
    buffers = schema.allocate(min(batch_size, n))
    drawn = iter_blocks(source, n, lambda start, x: (start, x), rng=rng, workers=workers)
    for start, x in drawn:
        taken = 0
        while taken < x.shape[1]:
            m = min(x.shape[1] - taken, batch_size - filled)
            schema.fill(
                buffers, slice(filled, filled + m), x[:, taken : taken + m], start=start + taken
            )
            taken, filled = taken + m, filled + m
            if filled == batch_size or first + filled == n:
                yield schema.assemble(buffers)
                first, filled = first + filled, 0
                buffers = schema.allocate(min(batch_size, n - first))
