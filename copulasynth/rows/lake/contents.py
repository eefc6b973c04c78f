"""Rows and their counts by what they hold: exact for those of the smallest hashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from copulasynth.rows.lake.hashing import Hashes, combined, hashes_of, salt_of

__all__ = ["EVERY", "Contents", "Counts", "Frequent", "Gathering", "Limit", "alike", "row_hashes"]

EVERY = np.uint64(2**64 - 1)
Counts = NDArray[np.int64]


@dataclass(slots=True)
class Limit:
    """The hash beyond which nothing is kept: a bound that falls while pieces are read.

    Whoever reads may know an old one, and keeps more than needed; the result is the same.
    """

    value: np.uint64 = EVERY


def row_hashes(batch: pa.RecordBatch, seed: int) -> Hashes:
    """Return a hash of each row: of its cells and the names of their columns, in any order."""
    cells = ((salt_of(n, seed), hashes_of(batch.column(n))) for n in batch.schema.names)
    return combined(cells, batch.num_rows)


def alike(hashes: Hashes) -> tuple[Hashes, Counts]:
    """Return hashes that differ, sorted, and how often each occurs."""
    ranked = np.sort(hashes)
    begins = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]])[: len(ranked)])
    return ranked[begins], np.diff(np.append(begins, len(ranked))).astype(np.int64)


def counted(hashes: Hashes, counts: Counts | None = None) -> tuple[Hashes, Counts, Any]:
    """Return hashes that differ, sorted, the sum of their counts, and a place of each."""
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    begins = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    if not len(hashes):
        return ranked, np.zeros(0, dtype=np.int64), order
    if counts is None:
        total = np.diff(np.append(begins, len(ranked)))
    else:
        total = np.add.reduceat(counts[order], begins)
    return ranked[begins], total.astype(np.int64), order[begins]


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """The `most` contents of smallest hash among all rows, and how often each occurs.

    Merging does not depend on order: a content that is among them in the end was among them
    wherever it occurred, so that none of its rows was left out.

    Attributes
    ----------
    hashes : (k,) uint64
        Sorted.
    counts : (k,) int64
    rows : pa.Table
        One row of each content.
    most : int
    full : bool
        Whether contents were left out.
    """

    hashes: Hashes
    counts: Counts
    rows: pa.Table
    most: int
    full: bool = False

    @classmethod
    def none(cls, schema: pa.Schema, most: int) -> "Contents":
        """Return those of no rows."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64), schema.empty_table(), most)

    @property
    def limit(self) -> np.uint64:
        """The largest hash that can still be among them."""
        return np.uint64(self.hashes[-1]) if self.full else EVERY

    def merged(self, others: Sequence["Contents"]) -> "Contents":
        """Return the contents of the rows of all."""
        every = [self, *others]
        full = any(c.full for c in every)
        hashes, counts, places = counted(
            np.concatenate([c.hashes for c in every]), np.concatenate([c.counts for c in every])
        )
        # beyond the least limit some of the others may have left out theirs
        within = int(np.searchsorted(hashes, min(c.limit for c in every), side="right"))
        kept = min(self.most, within)
        full = full or len(hashes) > self.most
        rows = pa.concat_tables([c.rows for c in every]).take(pa.array(places[:kept]))
        return Contents(hashes[:kept], counts[:kept], rows.combine_chunks(), self.most, full)

    def of(self, batch: pa.RecordBatch, hashes: Hashes, limit: np.uint64) -> "Contents":
        """Return the contents of a batch whose hashes do not exceed a limit."""
        if limit < EVERY:
            near = np.flatnonzero(hashes <= limit)
            batch, hashes = batch.take(pa.array(near)), hashes[near]
        found, counts, places = counted(hashes)
        full, kept = len(found) > self.most, min(self.most, len(found))
        rows = pa.Table.from_batches([batch.take(pa.array(places[:kept]))])
        return Contents(found[:kept], counts[:kept], rows, self.most, full)


@dataclass(frozen=True, slots=True, eq=False)
class Frequent:
    """Contents that may be more than one in `most` of all rows: all that are, and maybe others.

    References
    ----------
    Misra, J. and Gries, D. (1982). Finding repeated elements.
    Agarwal, P. K. et al. (2013). Mergeable summaries.
    """

    hashes: Hashes
    counts: Counts
    most: int

    @classmethod
    def of(cls, hashes: Hashes, most: int, counts: Counts | None = None) -> "Frequent":
        """Return the frequent ones among hashes with their counts."""
        if counts is None:
            found, total = alike(hashes)
        else:
            found, total, _ = counted(hashes, counts)
        if len(found) > most:
            total = total - np.partition(total, len(total) - most - 1)[len(total) - most - 1]
            found, total = found[total > 0], total[total > 0]
        return cls(found, total, most)

    def merged(self, others: Sequence["Frequent"]) -> "Frequent":
        """Return the frequent ones of the rows of all."""
        every = [self, *others]
        counts = np.concatenate([f.counts for f in every])
        return Frequent.of(np.concatenate([f.hashes for f in every]), self.most, counts)


class Gathering:
    """Contents of batches that come one after the other, merged when there are many.

    What lies beyond the limit of all that was seen so far need not be looked at.
    """

    def __init__(self, first: Contents, limit: Limit) -> None:
        self._made, self._known = first, limit
        self._waiting: list[Contents] = []
        self._rows = 0

    @property
    def limit(self) -> np.uint64:
        """The largest hash that may still be among the smallest."""
        return min(self._known.value, self._made.limit)

    def add(self, part: Contents) -> None:
        """Take the contents of a batch."""
        self._waiting.append(part)
        self._rows += len(part.hashes)
        if self._rows >= self._made.most:
            self.done()

    def done(self) -> Contents:
        """Return the contents of all batches."""
        if self._waiting:
            self._made = self._made.merged(self._waiting)
            self._waiting, self._rows = [], 0
        return self._made
