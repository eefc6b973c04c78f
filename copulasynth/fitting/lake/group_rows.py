"""Rows of each group of a lake: those of the smallest hashes within it, whatever its pieces.

Of every group all rows are counted, and the contents of the smallest hashes are kept with exact
counts, as many of each group as there is room for. The room of a group shrinks while rows are
read, and never grows, so that what is kept in the end was kept all along.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError
from copulasynth.model.tally import encoded
from copulasynth.rows.lake.contents import EVERY
from copulasynth.rows.lake.hashing import Hashes, combined, hashes_of, salt_of
from copulasynth.schema import Schema

__all__ = ["GroupRows", "LookingAtGroups", "Room", "content_hashes", "keys_of", "looked"]

#: Rows of a group at least, and numbers of all groups' rows together at most, 130 MB.
EACH, NUMBERS = 2000, 1 << 24
#: Most groups: each has a law in the file.
GROUPS = 10_000
#: Contents that wait before they are merged.
WAITING = 1 << 18
#: More rows than there are.
ALL = 2**62


@dataclass(frozen=True, slots=True)
class Room:
    """How many rows are kept of each group.

    Attributes
    ----------
    rows : int
        Of all groups together, shared equally by those that have so many.
    most : int
        Of all groups together, however many there are and of `EACH` rows.
    """

    rows: int
    most: int

    @classmethod
    def of(cls, rows: int, width: int) -> "Room":
        """Return the room for rows of so many numbers."""
        return cls(rows, NUMBERS // max(width, 1))

    def each(self, counts: Ints) -> int:
        """Return how many are kept of each of groups that have so many.

        >>> Room(600, 10**6).each(np.array([10, 2990, 7000])), Room(600, 600).each(np.full(3, 999))
        (2000, 200)
        """
        return min(_shared(counts, self.most), max(_shared(counts, self.rows), EACH))


def _shared(counts: Ints, total: int) -> int:
    """Return the most of each group that are no more than `total` together."""
    ranked = np.sort(counts)
    whole = np.cumsum(ranked) - ranked
    left = (total - whole) // np.arange(len(ranked), 0, -1)
    beyond = np.flatnonzero(ranked > left)
    return max(int(left[beyond[0]]), 1) if beyond.size else ALL


def keys_of(told: Floats) -> tuple[Floats, Ints, Ints]:
    """Return the rows of (n, m) that differ, sorted, the place of each, and how often each is."""
    code = np.zeros(len(told), dtype=np.int64)
    for own in told.T:
        values, place = np.unique(own, return_inverse=True)
        _, code = np.unique(code * len(values) + place, return_inverse=True)
    _, first, rows = np.unique(code, return_index=True, return_counts=True)
    return told[first], code, rows.astype(np.int64)


def content_hashes(x: Floats, seed: int) -> Hashes:
    """Return a hash of each row of variables, (n, d)."""
    cells = (
        (salt_of(str(j), seed), hashes_of(pa.array(np.ascontiguousarray(column))))
        for j, column in enumerate(x.T)
    )
    return combined(cells, len(x))


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Contents of groups, and how many rows of each are known, sorted by group and hash."""

    code: Ints
    hashes: Hashes
    counts: Ints

    def ranks(self, groups: int) -> Ints:
        """Return the place of each within its group."""
        starts = np.searchsorted(self.code, np.arange(groups))
        return np.arange(len(self.code)) - starts[self.code]

    def take(self, which: np.ndarray) -> "Counted":
        """Return some of them."""
        return Counted(self.code[which], self.hashes[which], self.counts[which])

    def summed(self) -> tuple["Counted", Ints]:
        """Return them with equal ones as one, and the place of the first of each."""
        order = np.lexsort((self.hashes, self.code))
        code, hashes = self.code[order], self.hashes[order]
        new = np.ones(len(order), dtype=np.bool_)
        new[1:] = (code[1:] != code[:-1]) | (hashes[1:] != hashes[:-1])
        begins = np.flatnonzero(new)
        counts = np.add.reduceat(self.counts[order], begins) if begins.size else self.counts
        return Counted(code[begins], hashes[begins], counts), order[begins]

    def frequent(self, groups: int, most: int) -> "Counted":
        """Return all that may be more than one in `most` rows of their group, and maybe others.

        References
        ----------
        Misra, J. and Gries, D. (1982). Finding repeated elements.
        """
        order = np.lexsort((-self.counts, self.code))
        ranks = self.ranks(groups)
        less = np.zeros(groups, dtype=np.int64)
        next_one = order[ranks == most]
        less[self.code[next_one]] = self.counts[next_one]
        kept = Counted(self.code, self.hashes, self.counts - less[self.code])
        return kept.take(kept.counts > 0)


@dataclass(frozen=True, slots=True, eq=False)
class GroupRows:
    """What is known of the groups of rows that were read.

    Attributes
    ----------
    room : Room
    keys : (G, m) float64
        Values that tell each group, 0 where missing.
    rows : (G,) int64
        How many rows it has.
    limits : (G,) uint64
        The largest hash of which nothing was left out.
    contents : Counted
        Those of the smallest hashes of each group.
    x : (k, d) float64
        Variables of each content.
    often : Counted
        What may be so frequent that it is to have its share.
    """

    room: Room
    keys: Floats
    rows: Ints
    limits: Hashes
    contents: Counted
    x: Floats
    often: Counted

    @property
    def each(self) -> int:
        """Rows of a group that there is room for."""
        return self.room.each(self.rows)

    @property
    def size(self) -> int:
        """How many contents are held."""
        return max(len(self.contents.code), len(self.often.code))

    def known(self) -> dict[tuple[float, ...], np.uint64]:
        """Return the limits of groups that have some."""
        some = np.flatnonzero(self.limits < EVERY)
        return dict(zip(map(tuple, self.keys[some].tolist()), self.limits[some], strict=True))


def merged(parts: Sequence[GroupRows]) -> GroupRows:
    """Return what is known of the rows of all; their order does not matter.

    Raises
    ------
    DataError
        If there are more groups than may have laws.
    """
    keys, place, _ = keys_of(np.concatenate([p.keys for p in parts]))
    if len(keys) > GROUPS:
        raise DataError(
            f"by: there are more than {GROUPS:,} groups; take columns of fewer values, or put "
            "values together"
        )
    ends = np.cumsum([len(p.keys) for p in parts])[:-1]
    places = np.split(place, ends)
    rows = np.zeros(len(keys), dtype=np.int64)
    np.add.at(rows, place, np.concatenate([p.rows for p in parts]))
    limits = np.full(len(keys), EVERY)
    np.minimum.at(limits, place, np.concatenate([p.limits for p in parts]))
    room = parts[0].room
    each = room.each(rows)
    contents, first = _together([p.contents for p in parts], places)
    within = np.flatnonzero(contents.hashes <= limits[contents.code])
    contents, first = contents.take(within), first[within]
    ranks = contents.ranks(len(keys))
    last = contents.take((ranks == each - 1) & _has_next(contents.code))
    limits[last.code] = last.hashes
    kept = np.flatnonzero(ranks < each)
    often, _ = _together([p.often for p in parts], places)
    x = _taken([p.x for p in parts], first[kept])
    often = often.frequent(len(keys), each)
    return GroupRows(room, keys, rows, limits, contents.take(kept), x, often)


def _together(parts: Sequence[Counted], places: Sequence[Ints]) -> tuple[Counted, Ints]:
    """Return contents by the groups of all parts, and the place of each among all."""
    code = np.concatenate([own[p.code] for p, own in zip(parts, places, strict=True)])
    hashes = np.concatenate([p.hashes for p in parts])
    return Counted(code, hashes, np.concatenate([p.counts for p in parts])).summed()


def _has_next(code: Ints) -> np.ndarray:
    """Return which entries are followed by one of the same group."""
    return np.append(code[1:] == code[:-1], False)[: len(code)]


def _taken(parts: Sequence[Floats], which: Ints) -> Floats:
    """Return rows of parts that are numbered on, without a copy of all of them."""
    out = np.empty((len(which), parts[0].shape[1]))
    start = 0
    for part in parts:
        own = np.flatnonzero((which >= start) & (which < start + len(part)))
        out[own] = part[which[own] - start]
        start += len(part)
    return out


class Gathered:
    """Groups of parts that come one after the other, merged when there are many."""

    def __init__(self) -> None:
        self.rows = 0
        self._parts: list[GroupRows] = []

    def add(self, part: GroupRows) -> bool:
        """Take a part, and return whether all were merged."""
        self._parts.append(part)
        self.rows += int(part.rows.sum())
        if sum(p.size for p in self._parts[1:]) < WAITING:
            return False
        self.done()
        return True

    def done(self) -> GroupRows | None:
        """Return what is known of all, None of no rows."""
        if len(self._parts) > 1:
            self._parts = [merged(self._parts)]
        return self._parts[0] if self._parts else None


@dataclass(frozen=True, slots=True, eq=False)
class LookingAtGroups:
    """Looks at the groups of a piece.

    Attributes
    ----------
    schema : Schema
    by : tuple of int
        Variables that tell groups.
    seed : int
    room : Room
    given : bool
        Whether a person wrote the schema.
    known : dict
        Limits of groups that are known from other pieces; old ones do as well.
    """

    schema: Schema
    by: tuple[int, ...]
    seed: int
    room: Room
    given: bool
    known: dict[tuple[float, ...], np.uint64] = field(default_factory=dict)

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> GroupRows | None:
        found = Gathered()
        for batch in batches:
            if batch.num_rows:
                found.add(self.of(pa.Table.from_batches([batch])))
        return found.done()

    def of(self, table: pa.Table) -> GroupRows:
        """Return the groups of a table."""
        x, _ = encoded(self.schema, table, self.given)
        keys, code, rows = keys_of(np.nan_to_num(x[:, list(self.by)]))
        hashes = content_hashes(x, self.seed)
        limits = np.array([self.known.get(tuple(key), EVERY) for key in keys.tolist()], np.uint64)
        every = Counted(code, hashes, np.ones(len(x), dtype=np.int64))
        near = np.flatnonzero(hashes <= limits[code])
        one = GroupRows(self.room, keys, rows, limits, every.take(near), x[near], every)
        return merged([one])


def looked(parts: Iterable[GroupRows | None], looking: LookingAtGroups) -> Iterator[Gathered]:
    """Yield what is known after each part, and let those who look know the limits."""
    found = Gathered()
    for part in parts:
        if part is not None and found.add(part):
            made = found.done()
            assert made is not None
            looking.known.update(made.known())
        yield found
