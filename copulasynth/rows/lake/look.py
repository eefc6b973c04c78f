"""The first pass over a lake: its rows, a sample of them, and what all rows say of the columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from copulasynth.rows.lake.columns import ColumnSeen, LookingAtColumn
from copulasynth.rows.lake.contents import Limit
from copulasynth.rows.lake.hashing import combined, salt_of
from copulasynth.rows.lake.lake import Lake
from copulasynth.rows.lake.mapping import Where, mapped
from copulasynth.rows.lake.sampling import LookingAtRows, RowsSeen

__all__ = ["LakeSeen", "look"]


@dataclass(frozen=True, slots=True, eq=False)
class LakeSeen:
    """What is known of a lake."""

    rows: RowsSeen
    columns: tuple[ColumnSeen, ...]

    @classmethod
    def none(cls, schema: pa.Schema, n: int) -> "LakeSeen":
        """Return what is known before a row is read."""
        return cls(RowsSeen.none(schema, n), tuple(map(ColumnSeen.none, schema)))

    def merged(self, other: "LakeSeen") -> "LakeSeen":
        """Return what is known of the rows of both."""
        pairs = zip(self.columns, other.columns, strict=True)
        return LakeSeen(self.rows.merged(other.rows), tuple(a.merged(b) for a, b in pairs))


@dataclass(frozen=True, slots=True, eq=False)
class LookAt:
    """Looks at a piece; the limits are of the rows and of each column."""

    seed: int
    first: LakeSeen
    limits: tuple[Limit, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> LakeSeen:
        rows = LookingAtRows(self.first.rows, self.limits[0])
        columns = [
            LookingAtColumn(column, limit)
            for column, limit in zip(self.first.columns, self.limits[1:], strict=True)
        ]
        for batch in batches:
            salts = [salt_of(name, self.seed) for name in batch.schema.names]
            cells = (c.add(batch.column(i)) for i, c in enumerate(columns))
            rows.add(batch, combined(zip(salts, cells, strict=True), batch.num_rows))
        return LakeSeen(rows.done(), tuple(c.done() for c in columns))


def look(
    lake: Lake, n: int, seed: int, where: Where | None, told: Callable[[int], object]
) -> LakeSeen:
    """Read all rows once; n of them are to be chosen, and `told` hears how many were read."""
    seen = LakeSeen.none(lake.schema, n)
    limits = tuple(Limit() for _ in range(1 + len(seen.columns)))
    for part in mapped(LookAt(seed, seen, limits), lake, where):
        seen = seen.merged(part)
        known = (seen.rows.contents, *(c.values for c in seen.columns))
        for limit, contents in zip(limits, known, strict=True):
            limit.value = contents.limit
        told(seen.rows.rows)
    return seen
