"""All rows of a lake counted by the groups that have a law, each at edges of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Floats, Ints
from copulasynth.fitting.by_group import Counts, Group
from copulasynth.model.following import Following
from copulasynth.model.tally import EDGES, Tally, edges_among, encoded, tally_of
from copulasynth.rules.levels.patterns import matched
from copulasynth.schema import Schema, Variable

__all__ = ["GroupTallies", "GroupTallying", "Slots"]

#: Counters of all groups and columns together.
COUNTERS = 1 << 22
#: Rows that are counted at once.
ROWS = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """At what the columns of each law's rows are counted.

    Attributes
    ----------
    inner : tuple of int
        The coordinates that are counted.
    levels : tuple of int
        Levels of each, 0 of numbers, -1 of what has more levels than there is room for.
    edges : tuple of float64
        Of each coordinate those of all laws, one behind the other; none of levels.
    ends : tuple of int64
        Where the edges of each law begin, and the end of all.
    """

    inner: tuple[int, ...]
    levels: tuple[int, ...]
    edges: tuple[Floats, ...]
    ends: tuple[Ints, ...]
    most: int

    @classmethod
    def of(
        cls, inner: Sequence[int], variables: Sequence[Variable], x: Floats, groups: Sequence[Group]
    ) -> "Slots":
        """Return edges among the sample's rows of each group, (n, D), as many as have room."""
        levels = _counted([variables[j].levels for j in inner], COUNTERS // 2 // len(groups))
        numbers = 2 * sum(k == 0 for k in levels)
        left = COUNTERS // len(groups) - sum(k for k in levels if k > 0)
        most = min(max(left // max(numbers, 1), 2), EDGES)
        found = [
            [edges_among(x[g.rows, j], most) if k == 0 else np.zeros(0) for g in groups]
            for j, k in zip(inner, levels, strict=True)
        ]
        ends = tuple(np.cumsum([0, *map(len, own)]) for own in found)
        return cls(tuple(inner), levels, tuple(map(np.concatenate, found)), ends, most)

    def of_law(self, s: int, k: int) -> Floats | int:
        """Return the edges of the k-th coordinate among the rows of a law, or its levels."""
        own = slice(self.ends[k][s], self.ends[k][s + 1])
        return self.levels[k] or self.edges[k][own]


def _counted(levels: list[int], room: int) -> tuple[int, ...]:
    """Return how many levels are counted of each column, those of few first; -1 where none."""
    order = np.argsort(levels, kind="stable")
    beyond = order[np.cumsum(np.array(levels, dtype=np.int64)[order]) > room]
    return tuple(-1 if k in beyond and n else n for k, n in enumerate(levels))


@dataclass(frozen=True, slots=True, eq=False)
class GroupTallies:
    """Counts of the coordinates of each law's rows.

    Attributes
    ----------
    counts : tuple of int64
        Of each coordinate the counters of all laws, one law behind the other.
    n : (S, J) int64
        Values that are not missing.
    low, high : (S, J) float64
        The least and the greatest.
    broken : int64
        Rows that break each rule.
    rows : int
    strange : frozenset of str
        Columns of which some texts count as missing.
    """

    counts: tuple[Ints, ...]
    n: Ints
    low: Floats
    high: Floats
    broken: Ints
    rows: int
    strange: frozenset[str]

    def merged(self, other: "GroupTallies") -> "GroupTallies":
        """Return the counts of the rows of both."""
        return GroupTallies(
            tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)),
            self.n + other.n,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.broken + other.broken,
            self.rows + other.rows,
            self.strange | other.strange,
        )

    def of_law(self, slots: Slots, s: int) -> tuple[Counts | None, ...]:
        """Return what the fit of a law is told of all of its rows."""
        return tuple(self._of(slots, s, k) for k in range(len(slots.inner)))

    def _of(self, slots: Slots, s: int, k: int) -> Counts | None:
        levels, at = slots.levels[k], slots.of_law(s, k)
        if levels < 0:
            return None
        own = 2 * slots.ends[k][s : s + 2] if not levels else levels * np.array([s, s + 1])
        counts = self.counts[k][slice(*own)]
        low, high = float(self.low[s, k]), float(self.high[s, k])
        return Counts(at, Tally(counts, int(self.n[s, k]), low, high))


@dataclass(frozen=True, slots=True, eq=False)
class GroupTallying:
    """Counts the rows of batches.

    Attributes
    ----------
    schema : Schema
    following : Following
        Rules, which are checked.
    by : tuple of int
        Variables that tell groups.
    keys : (G, m) float64
        Their values in each group.
    law : (G,) int64
        The law of each group.
    slots : Slots
    given : bool
        Whether a person wrote the schema.
    """

    schema: Schema
    following: Following
    by: tuple[int, ...]
    keys: Floats
    law: Ints
    slots: Slots
    given: bool

    @property
    def laws(self) -> int:
        return int(self.law.max()) + 1

    def none(self) -> GroupTallies:
        """Return the counts of no rows."""
        slots, shape = self.slots, (self.laws, len(self.slots.inner))
        sizes = [
            max(self.laws * k, 0) or 2 * len(e)
            for k, e in zip(slots.levels, slots.edges, strict=True)
        ]
        return GroupTallies(
            tuple(np.zeros(size, dtype=np.int64) for size in sizes),
            np.zeros(shape, dtype=np.int64),
            np.full(shape, np.inf),
            np.full(shape, -np.inf),
            np.zeros(len(self.following.rules), dtype=np.int64),
            0,
            frozenset(),
        )

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> GroupTallies:
        found, waiting = self.none(), []
        for batch in batches:
            waiting.append(batch)
            if sum(b.num_rows for b in waiting) >= ROWS:
                found = found.merged(self.of(pa.Table.from_batches(waiting)))
                waiting = []
        if any(b.num_rows for b in waiting):
            found = found.merged(self.of(pa.Table.from_batches(waiting)))
        return found

    def of(self, table: pa.Table) -> GroupTallies:
        """Return the counts of a table."""
        own, strange = encoded(self.schema, table, self.given)
        x = self.following.extended(own)
        group = matched(np.nan_to_num(own[:, list(self.by)]).T, self.keys).astype(np.int64)
        law = self.law[group]
        order = np.argsort(law, kind="stable")
        law = law[order]
        found = self.none()
        ends = np.searchsorted(law, np.arange(self.laws + 1))
        for k, j in enumerate(self.slots.inner):
            column = x[order, j]
            if self.slots.levels[k] > 0:
                self._levels(found, k, column, law)
            elif self.slots.levels[k] == 0:
                self._numbers(found, k, column, ends)
        broken = self.following.broken(x)
        return GroupTallies(found.counts, found.n, found.low, found.high, broken, len(x), strange)

    def _levels(self, found: GroupTallies, k: int, x: Floats, law: Ints) -> None:
        levels = self.slots.levels[k]
        seen = ~np.isnan(x)
        at = law[seen] * levels + x[seen].astype(np.int64)
        found.counts[k][:] = np.bincount(at, minlength=len(found.counts[k]))
        found.n[:, k] = np.bincount(law[seen], minlength=self.laws)
        found.low[:, k], found.high[:, k] = 0.0, levels - 1.0

    def _numbers(self, found: GroupTallies, k: int, x: Floats, ends: Ints) -> None:
        edges, at = self.slots.edges[k], self.slots.ends[k]
        for s in range(self.laws):
            a, b = at[s], at[s + 1]
            one = tally_of(x[ends[s] : ends[s + 1]], edges[a:b])
            found.counts[k][2 * a : 2 * b] = one.counts
            found.n[s, k], found.low[s, k], found.high[s, k] = one.n, one.low, one.high
