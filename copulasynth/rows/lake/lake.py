"""A lake: a table that is read in pieces, whatever holds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from copulasynth.rows.lake.types import as_type

__all__ = ["BATCH", "Lake", "LakeOrigin", "Piece"]

#: Most rows of a batch.
BATCH = 1 << 17


class Piece(Protocol):
    """Some rows of a lake; it can be sent to a worker, which reads them."""

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as they are stored."""


class LakeOrigin(Protocol):
    """What holds the rows, and hands them out again and again."""

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces; every row is in one of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Lake:
    """A table in pieces, all of which have one schema.

    Attributes
    ----------
    schema : pyarrow.Schema
        The columns, of types that hold the values of every piece: whole numbers in one and
        fractions in another are floats, dictionaries are their values.
    origin : LakeOrigin
        What the pieces come from.
    rows : int or None
        How many rows there are, where that is known before they are read.
    size : int
        Bytes of the files, 0 where they are not known.
    """

    schema: pa.Schema
    origin: LakeOrigin
    rows: int | None = None
    size: int = 0

    @property
    def pieces(self) -> Iterator[Piece]:
        """The pieces, in an order that nothing may depend on."""
        return self.origin.pieces()

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a piece by batches of the lake's schema."""
        return typed(piece.read(), self.schema)

    def without(self, names: frozenset[str]) -> "Lake":
        """Return the lake without some columns, which are not read on."""
        kept = [f for f in self.schema if f.name not in names]
        return Lake(pa.schema(kept), self.origin, self.rows, self.size)


def typed(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield batches with the columns of a schema, at most `BATCH` rows each."""
    for batch in batches:
        for a in range(0, batch.num_rows, BATCH):
            part = batch.slice(a, BATCH)
            columns = [as_type(part.column(f.name), f.type) for f in schema]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
