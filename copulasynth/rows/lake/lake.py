"""A lake: a table that is read in pieces, whatever holds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from copulasynth.errors import DataError
from copulasynth.rows.common_types import as_type
from copulasynth.rows.lake.orders import check_order

__all__ = ["BATCH", "Lake", "LakeOrigin", "Piece", "first_line", "naming", "typed"]

#: Most rows of a batch.
BATCH = 1 << 17


class Piece(Protocol):
    """Some rows of a lake; it can be sent to a worker, which reads them."""

    @property
    def name(self) -> str:
        """What messages call it: a file, or a partition."""

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
        fractions in another are floats, dictionaries are their values, whose order stands in the
        metadata of the column.
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
        return typed(piece.read(), self.schema, piece.name)

    def without(self, names: frozenset[str]) -> "Lake":
        """Return the lake without some columns, which are not read on."""
        kept = [f for f in self.schema if f.name not in names]
        return Lake(pa.schema(kept), self.origin, self.rows, self.size)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Name the piece in what goes wrong while it is read."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError) as e:
        raise DataError(
            f"{name} cannot be read: {first_line(e)}. Write the file again, or leave it out."
        ) from e


def first_line(error: Exception) -> str:
    """Return what an error says, in one line without its stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def typed(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema, name: str
) -> Iterator[pa.RecordBatch]:
    """Yield batches of a piece with the columns of a schema, at most `BATCH` rows each.

    Raises
    ------
    DataError
        If the piece cannot be read, or its values are none of its column's type.
    """
    with naming(name):
        for batch in batches:
            for a in range(0, batch.num_rows, BATCH):
                part = batch.slice(a, BATCH)
                columns = [_column(part, f, name) for f in schema]
                yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _column(batch: pa.RecordBatch, wanted: pa.Field, name: str) -> pa.Array:
    """Return a column of a piece by the type that it has in the lake."""
    places = batch.schema.get_all_field_indices(wanted.name)
    if len(places) != 1:
        raise DataError(
            f"{name} has {len(places)} columns {wanted.name!r}, and should have one as others do"
        )
    found = batch.column(places[0])
    check_order(found, wanted, name)
    try:
        made = as_type(found, wanted.type)
    except pa.ArrowException as e:
        raise DataError(
            f"column {wanted.name!r} is {found.type} in {name}, and {wanted.type} holds not all of "
            f"its values, which others need: {first_line(e)}; write it in one type everywhere"
        ) from e
    if pa.types.is_string(made.type):
        _refuse_bytes(made, wanted.name, name)
    return made


def _refuse_bytes(texts: pa.Array, column: str, name: str) -> None:
    """Refuse texts that are not UTF-8, as some writers of Parquet make of other encodings."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid as e:
        raise DataError(
            f"column {column!r} holds text that is not UTF-8 in {name}: {first_line(e)}; decode "
            "its bytes by their own encoding, and write them again"
        ) from e
