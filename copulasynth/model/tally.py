"""Rows of a whole table counted by the coordinates of a law: levels, and values at fixed edges."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Floats, Ints
from copulasynth.model.joint_law import JointLaw
from copulasynth.schema import Schema, Variable
from copulasynth.schema.encode import UnseenLevel

__all__ = ["Tallies", "Tally", "Tallying", "edges_among", "edges_of", "encoded", "tally_of"]

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

    def within(self, v: Variable) -> Variable:
        """Return a variable whose bounds hold all values."""
        return replace(v, lower=min(v.lower, self.low), upper=max(v.upper, self.high))


@dataclass(frozen=True, slots=True, eq=False)
class Tallies:
    """Counts of every free coordinate, and of the rows that break each rule.

    `strange` are columns of numbers or dates as text that have texts which are neither.
    """

    each: tuple[Tally, ...]
    broken: Ints
    rows: int
    strange: frozenset[str] = frozenset()

    def merged(self, other: "Tallies") -> "Tallies":
        """Return the counts of the rows of both."""
        pairs = zip(self.each, other.each, strict=True)
        return Tallies(
            tuple(a.merged(b) for a, b in pairs),
            self.broken + other.broken,
            self.rows + other.rows,
            self.strange | other.strange,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tallying:
    """Counts the rows of batches.

    Attributes
    ----------
    schema : Schema
    law : JointLaw
    edges : tuple
        Of each free coordinate, or how many levels it has.
    given : bool
        Whether a person wrote the schema, so that what it does not know is an error.
    """

    schema: Schema
    law: JointLaw
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
        own, strange = encoded(self.schema, table, self.given)
        law, following = self.law, self.law.following
        x = following.extended(own)
        each = tuple(tally_of(x[:, j], e) for j, e in zip(law.free, self.edges, strict=True))
        return Tallies(each, following.broken(x), len(x), strange)


def encoded(schema: Schema, table: pa.Table, given: bool) -> tuple[Floats, frozenset[str]]:
    """Return variables, and columns of whose texts some count as missing.

    These are like no row of the sample. A schema that a person wrote, `given`, has to know them.
    """
    try:
        return schema.encode(table), frozenset()
    except UnseenLevel as e:
        if given or not e.column.written:
            raise
        return schema.encode(table, unseen="missing"), frozenset({str(e.column.name)})


def tally_of(x: Floats, edges: Floats | int) -> Tally:
    """Return the counts of values at edges, or of so many levels."""
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
    return tuple(variables[j].levels or edges_among(x[:, j]) for j in law.free)


def edges_among(x: Floats, most: int = EDGES) -> Floats:
    """Return the different values, or so many quantiles of them."""
    seen = np.sort(x[~np.isnan(x)])
    distinct = np.unique(seen)
    if len(distinct) <= most:
        return distinct
    return np.unique(seen[np.linspace(0, len(seen) - 1, most).astype(np.int64)])
