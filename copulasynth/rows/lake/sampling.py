"""A seeded uniform sample of the rows of a lake, whatever their order and pieces.

Which rows are chosen is said by a hash of the seed, of what a row holds, and of its number among
equal rows. Where there are more different rows than can be counted, those of the smallest hashes
are known with their counts, and stand for the others: each is chosen with all of its copies, but
for rows so frequent that they get their share of the sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from copulasynth.rows.lake.contents import (
    EVERY,
    Contents,
    Counts,
    Frequent,
    Gathering,
    Limit,
    row_hashes,
)
from copulasynth.rows.lake.hashing import Hashes, mixed
from copulasynth.rows.lake.lake import Lake
from copulasynth.rows.lake.mapping import Where, mapped

__all__ = ["SAMPLE", "LakeSample", "LookingAtRows", "RowsSeen", "chosen", "copies", "sampled"]

#: Rows of a sample: the standard error of a correlation is then at most .0022.
SAMPLE = 200_000
#: Different rows that are known with their counts, at least.
KNOWN = 1 << 18
#: Rows of a batch of copies that are numbered at once.
COPIES = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class LakeSample:
    """Rows of a lake.

    Attributes
    ----------
    table : pyarrow.Table
        The rows, sorted by their hashes.
    rows : int
        How many rows the lake has.
    effective : float
        How many rows, chosen one by one, would tell as much of a mean (Kish 1965).
    """

    table: pa.Table
    rows: int
    effective: float

    @property
    def whole(self) -> bool:
        """Whether it has every row of the lake."""
        return len(self.table) == self.rows


@dataclass(frozen=True, slots=True, eq=False)
class RowsSeen:
    """What is known of the rows that were read."""

    contents: Contents
    frequent: Frequent
    rows: int = 0

    @classmethod
    def none(cls, schema: pa.Schema, n: int) -> "RowsSeen":
        """Return what is known of no rows, of which n will be chosen."""
        most = max(KNOWN, n + n // 4)
        return cls(Contents.none(schema, most), Frequent.of(np.zeros(0, np.uint64), most))

    def merged(self, other: "RowsSeen") -> "RowsSeen":
        """Return what is known of the rows of both."""
        return RowsSeen(
            self.contents.merged([other.contents]),
            self.frequent.merged([other.frequent]),
            self.rows + other.rows,
        )


class LookingAtRows:
    """Rows of batches that come one after the other."""

    def __init__(self, first: RowsSeen, limit: Limit) -> None:
        self._first = first
        self._contents = Gathering(first.contents, limit)
        self._hashes: list[Hashes] = []

    def add(self, batch: pa.RecordBatch, hashes: Hashes) -> None:
        """Take a batch and the hashes of its rows."""
        self._hashes.append(hashes)
        self._contents.add(self._first.contents.of(batch, hashes, self._contents.limit))

    def done(self) -> RowsSeen:
        """Return what is known of the rows."""
        every = np.concatenate([np.zeros(0, np.uint64), *self._hashes])
        frequent = Frequent.of(every, self._first.frequent.most)
        return RowsSeen(self._contents.done(), frequent, len(every))


@dataclass(frozen=True, slots=True, eq=False)
class LookAtRows:
    """Looks at the rows of a piece."""

    seed: int
    first: RowsSeen
    limit: Limit

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> RowsSeen:
        rows = LookingAtRows(self.first, self.limit)
        for batch in batches:
            rows.add(batch, row_hashes(batch, self.seed))
        return rows.done()


@dataclass(frozen=True, slots=True, eq=False)
class Recount:
    """Counts rows of certain hashes, and keeps one of each."""

    seed: int
    hashes: Hashes
    first: Contents

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Contents:
        found = Gathering(self.first, Limit())
        for batch in batches:
            own = row_hashes(batch, self.seed)
            place = np.searchsorted(self.hashes, own)
            place[place == len(self.hashes)] = 0
            rows = np.flatnonzero(self.hashes[place] == own)
            found.add(self.first.of(batch.take(pa.array(rows)), own[rows], EVERY))
        return found.done()


def sampled(lake: Lake, n: int = SAMPLE, seed: int = 0, where: Where | None = None) -> LakeSample:
    """Return n rows of a lake, chosen uniformly, or all if there are no more.

    Parameters
    ----------
    lake : Lake
    n : int
        About so many rows: where frequent rows get their share, a few more or fewer.
    seed : int
    where : Where, optional
        The engine that reads.
    """
    seen = RowsSeen.none(lake.schema, n)
    look = LookAtRows(seed, seen, Limit())
    for part in mapped(look, lake, where):
        seen = seen.merged(part)
        look.limit.value = seen.contents.limit
    return chosen(seen, lake, n, seed, where)


def chosen(seen: RowsSeen, lake: Lake, n: int, seed: int, where: Where | None = None) -> LakeSample:
    """Return n rows of those that were seen; frequent ones are counted in another pass."""
    c = seen.contents
    if not c.full:
        times = copies(c.hashes, c.counts, n)
        return LakeSample(_repeated(c, times), seen.rows, float(min(n, seen.rows)))
    heavy = Contents.none(c.rows.schema, c.most)
    if len(seen.frequent.hashes):
        for part in mapped(Recount(seed, seen.frequent.hashes, heavy), lake, where):
            heavy = heavy.merged([part])
    # exactly those: which others were suspected depends on the order of pieces
    often = heavy.counts > seen.rows // c.most
    share = n * heavy.counts[often] / seen.rows
    own = np.floor(share + _unit(heavy.hashes[often])).astype(np.int64)
    light = ~np.isin(c.hashes, heavy.hashes[often])
    counts = np.where(light, c.counts, 0)
    rest = n - round(float(share.sum()))
    taken = np.cumsum(counts) <= rest
    times = np.where(taken, counts, 0)
    places = np.flatnonzero(often)
    rows = pa.concat_tables(
        [_repeated(c, times), heavy.rows.take(pa.array(np.repeat(places, own)))]
    )
    order = np.argsort(
        np.concatenate([np.repeat(c.hashes, times), np.repeat(heavy.hashes[often], own)]),
        kind="stable",
    )
    clusters = times[times > 0]
    design = float((clusters**2).sum() / clusters.sum()) if clusters.size else 1.0
    within = float(share.sum() / n)
    effective = n / (within + (1 - within) * design)
    return LakeSample(rows.take(pa.array(order)).combine_chunks(), seen.rows, effective)


def _repeated(contents: Contents, times: Counts) -> pa.Table:
    return contents.rows.take(pa.array(np.repeat(np.arange(len(times)), times))).combine_chunks()


def _unit(hashes: Hashes) -> np.ndarray:
    """Return numbers in [0, 1) that another hash of contents gives."""
    return mixed(hashes ^ np.uint64(1)) * 2.0**-64


def copies(hashes: Hashes, counts: Counts, n: int) -> Counts:
    """Return how many copies of each content are among the n of smallest hash."""
    total = int(counts.sum())
    if total <= n:
        return counts
    # nearly all copies that cannot be among them are left out at once
    share = min(1.0, n / total * (1.0 + 8.0 / np.sqrt(n)) + 1e-9)
    bound = np.uint64(min(int(share * 2.0**64), 2**64 - 1))
    ends = np.cumsum(counts)
    near: list[np.ndarray] = []
    owners: list[np.ndarray] = []
    for a in range(0, total, COPIES):
        copy = np.arange(a, min(a + COPIES, total))
        owner = np.searchsorted(ends, copy, side="right")
        number = copy - (ends - counts)[owner]
        drawn = mixed(hashes[owner] ^ mixed(number.astype(np.uint64)))
        kept = drawn <= bound
        near.append(drawn[kept])
        owners.append(owner[kept])
    order = np.argsort(np.concatenate(near), kind="stable")[:n]
    return np.bincount(np.concatenate(owners)[order], minlength=len(counts)).astype(np.int64)
