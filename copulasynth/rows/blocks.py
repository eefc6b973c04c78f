"""Seeded blocks, in which every table, stream of batches and file of rows is drawn.

Rows are generated in blocks of 65,536; block k draws from the k-th spawned child of the seed. So
the first 1,000 of a million rows are the 1,000-row sample, and neither the batch size, the number
of workers nor the file format changes a byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, overload

import numpy as np

from copulasynth._arrays import Floats, generator
from copulasynth.errors import ArgumentError, DataError
from copulasynth.schema import Buffer, Schema

__all__ = [
    "BLOCK",
    "Blocks",
    "Rng",
    "RowBlock",
    "Seeds",
    "Source",
    "blocks",
    "buffers_of",
    "count",
    "told_rows",
]

BLOCK = 65_536

Rng = int | np.random.Generator | None


@dataclass(frozen=True, slots=True)
class Seeds:
    """The generators of the blocks of one draw, made anew whenever they are asked for."""

    kind: type[np.random.BitGenerator]
    parent: np.random.SeedSequence
    first: int

    def generator(self, k: int) -> np.random.Generator:
        """Return the generator of block k, at its start: the child that `spawn` would make."""
        parent = self.parent
        child = np.random.SeedSequence(
            parent.entropy,
            spawn_key=(*parent.spawn_key, self.first + k),
            pool_size=parent.pool_size,
        )
        return np.random.Generator(self.kind(child))


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Rows `start` to `start` + `rows` of a draw, and the seeds of all blocks of that draw."""

    start: int
    rows: int
    seeds: Seeds

    @property
    def rng(self) -> np.random.Generator:
        """The generator of this block, at its start."""
        return self.seeds.generator(self.start // BLOCK)

    def unfinished(self, size: int) -> tuple[np.random.Generator, int, int] | None:
        """Return the turn of `size` rows that an earlier block began and this one goes on with.

        Methods that use training rows in turns let every turn be the business of the block in
        which it begins; so a block needs no other to be drawn before it.

        Returns
        -------
        (generator, number, used) or None
            Of the block in which the turn begins, at its start; how many turns begin there before
            it; how many of its rows lie before this block.
        """
        used = self.start % size
        if used == 0:
            return None
        begin = self.start - used
        k = begin // BLOCK
        return self.seeds.generator(k), begin // size - -(-k * BLOCK // size), used


class Source(Protocol):
    """Anything that draws rows of encoded variables."""

    @property
    def schema(self) -> Schema: ...

    def draw_block(self, block: RowBlock, /) -> Floats:
        """Draw the rows of a block as (d, rows); fewer rows of it are the first ones."""


def count(n: object, name: str = "n", least: int = 0) -> int:
    """Return a number of rows as int, or say what is wrong with it."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise ArgumentError(f"{name} must be a whole number, got {n!r}")
    if n < least:
        raise DataError(f"{name} must be at least {least}, got {n}")
    return int(n)


def told_rows(n: int | None) -> int:
    """Return a number of rows, which nothing but a folder that was begun makes up for."""
    if n is None:
        raise ArgumentError(
            "n: say how many rows to draw; only a folder that was begun knows (resume=True)"
        )
    return count(n)


@dataclass(frozen=True, slots=True)
class Blocks(Sequence[RowBlock]):
    """The blocks of n rows, made when they are asked for: those of 10**12 rows take no memory."""

    n: int
    seeds: Seeds
    numbers: range

    @overload
    def __getitem__(self, k: int) -> RowBlock: ...
    @overload
    def __getitem__(self, k: slice) -> "Blocks": ...
    def __getitem__(self, k: int | slice) -> "RowBlock | Blocks":
        if isinstance(k, slice):
            return Blocks(self.n, self.seeds, self.numbers[k])
        start = self.numbers[k] * BLOCK
        return RowBlock(start, min(BLOCK, self.n - start), self.seeds)

    def __len__(self) -> int:
        return len(self.numbers)


def blocks(n: int, rng: Rng) -> Blocks:
    """Return the blocks of n rows."""
    n = count(n)
    numbers = range(-(-n // BLOCK))
    own = not isinstance(rng, np.random.Generator)
    rng = generator(rng)
    parent: Any = rng.bit_generator.seed_seq
    first = parent.n_children_spawned
    if not own:  # the next draw with this generator takes other children
        for a in range(0, len(numbers), BLOCK):
            parent.spawn(min(BLOCK, len(numbers) - a))
    still = np.random.SeedSequence(
        parent.entropy, spawn_key=parent.spawn_key, pool_size=parent.pool_size
    )
    return Blocks(n, Seeds(type(rng.bit_generator), still, first), numbers)


def buffers_of(source: Source, block: RowBlock) -> list[Buffer]:
    """Return the rows of one block in buffers of their own."""
    buffers = source.schema.allocate(block.rows)
    rows = slice(0, block.rows)
    source.schema.fill(buffers, rows, source.draw_block(block), start=block.start)
    return buffers
