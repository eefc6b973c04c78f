"""Rows of a whole table counted by the coordinates of a law: levels, and values at fixed edges.

Of laws of groups the rows of every group are counted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Floats, Ints
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.strata import Strata
from copulasynth.schema import Schema
from copulasynth.schema.encode import UnseenLevel

__all__ = ["Tallies", "Tally", "Tallying", "edges_of"]

#: Most edges: between two of them lies so small a share of the rows.
EDGES = 1 << 13


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts of one coordinate.

    Attributes
    ----------
    counts : int64
        Of each level, or of the values below the first edge, up to it, below the second, and so on.
    n : int
        Values that are not missing.
    low, high : float
        The least and the greatest.
    """

    counts: Ints
    n: int
    low: float
    high: float

    def merged(self, other: "Tally") -> "Tally":
        """Return the counts of the rows of both."""
        return Tally(
            self.counts + other.counts,
            self.n + other.n,
            min(self.low, other.low),
            max(self.high, other.high),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tallies:
    """Counts of every free coordinate, and of the rows that break each rule.

    `strange` are columns of numbers or dates as text that have texts which are neither. `groups`
    are rows of each group, by the values that tell it, of laws of groups.
    """

    each: tuple[Tally, ...]
    broken: Ints
    rows: int
    strange: frozenset[str] = frozenset()
    groups: Mapping[tuple[float, ...], int] = field(default_factory=dict)

    def merged(self, other: "Tallies") -> "Tallies":
        """Return the counts of the rows of both."""
        pairs = zip(self.each, other.each, strict=True)
        return Tallies(
            tuple(a.merged(b) for a, b in pairs),
            self.broken + other.broken,
            self.rows + other.rows,
            self.strange | other.strange,
            Counter(self.groups) + Counter(other.groups),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tallying:
    """Counts the rows of batches.

    Attributes
    ----------
    schema : Schema
    law : JointLaw or Strata
    edges : tuple
        Of each free coordinate, or how many levels it has; none of laws of groups.
    given : bool
        Whether a person wrote the schema, so that what it does not know is an error.
    """

    schema: Schema
    law: JointLaw | Strata
    edges: tuple[Floats | int, ...]
    given: bool = False

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Tallies:
        found = self.none()
        for batch in batches:
            if batch.num_rows:
                found = found.merged(self.of(pa.Table.from_batches([batch])))
        return found

    def none(self) -> Tallies:
        """Return the counts of no rows."""
        sizes = [e if isinstance(e, int) else 2 * len(e) for e in self.edges]
        each = tuple(Tally(np.zeros(s, dtype=np.int64), 0, np.inf, -np.inf) for s in sizes)
        return Tallies(each, np.zeros(len(self.law.rules), dtype=np.int64), 0)

    def of(self, table: pa.Table) -> Tallies:
        """Return the counts of a table."""
        own, strange = self._encoded(table)
        law, following = self.law, self.law.following
        x = following.extended(own)
        if isinstance(law, Strata):
            return Tallies((), following.broken(x), len(x), strange, _groups(x, law.by))
        each = tuple(_tally(x[:, j], e) for j, e in zip(law.free, self.edges, strict=True))
        return Tallies(each, following.broken(x), len(x), strange)

    def _encoded(self, table: pa.Table) -> tuple[Floats, frozenset[str]]:
        """Return variables; a text that no row of the sample is like counts as missing."""
        try:
            return self.schema.encode(table), frozenset()
        except UnseenLevel as e:
            if self.given or not e.column.written:
                raise
            return self.schema.encode(table, unseen="missing"), frozenset({str(e.column.name)})


def _groups(x: Floats, by: tuple[int, ...]) -> dict[tuple[float, ...], int]:
    """Return how many rows each group has, by the values that tell it, 0 where missing."""
    keys, rows = np.unique(np.nan_to_num(x[:, list(by)]), axis=0, return_counts=True)
    return dict(zip(map(tuple, keys.tolist()), rows.tolist(), strict=True))


def _tally(x: Floats, edges: Floats | int) -> Tally:
    if isinstance(edges, int):
        codes = x[~np.isnan(x)].astype(np.int64)
        counts = np.bincount(codes, minlength=edges)[:edges]
        return Tally(counts, len(codes), 0.0, float(edges - 1))
    ranked = np.sort(x)  # gaps come last
    n = int(np.searchsorted(ranked, np.nan))
    ranked = ranked[:n]
    counts = np.empty(2 * len(edges), dtype=np.int64)
    counts[::2] = np.searchsorted(ranked, edges, side="left")
    counts[1::2] = np.searchsorted(ranked, edges, side="right")
    if not n:
        return Tally(counts, 0, np.inf, -np.inf)
    return Tally(counts, n, float(ranked[0]), float(ranked[-1]))


def edges_of(law: JointLaw, schema: Schema, x: Floats) -> tuple[Floats | int, ...]:
    """Return at what the rows of a table are counted, from the coordinates of a sample, (n, D)."""
    variables = law.coordinates(schema)
    return tuple(variables[j].levels or _edges(x[:, j]) for j in law.free)


def _edges(x: Floats) -> Floats:
    """Return the different values, or so many quantiles of them."""
    seen = np.sort(x[~np.isnan(x)])
    distinct = np.unique(seen)
    if len(distinct) <= EDGES:
        return distinct
    return np.unique(seen[np.linspace(0, len(seen) - 1, EDGES).astype(np.int64)])
