"""What the columns of text files are in all of them, which no file tells alone.

Whole numbers that are 0 and 1 may be truth values elsewhere, and those beyond 2**53 are none of
floats. Two types that no column of a text file has by itself mark them until all files are read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from copulasynth.rows.common_types import unified_schema

__all__ = ["common_schema", "marked_schema", "plain_schema", "unlike"]

#: Marks of whole numbers that may be truth values, and of those that floats do not hold.
FLAGS, WIDE = pa.int8(), pa.decimal128(19, 0)
#: Whole numbers up to here are floats, too.
WHOLE = 2**53


def marked_schema(table: pa.Table) -> pa.Schema:
    """Return the types of a table's columns, whole numbers by what they may be elsewhere."""
    fields = zip(table.schema, table.columns, strict=True)
    return pa.schema(
        [f.with_type(_marked(c)) if pa.types.is_int64(f.type) else f for f, c in fields]
    )


def _marked(numbers: pa.ChunkedArray) -> pa.DataType:
    low, high = pc.min_max(numbers).as_py().values()
    if low is None or (low >= 0 and high <= 1):
        return FLAGS
    return pa.int64() if -WHOLE <= low <= high <= WHOLE else WIDE


def common_schema(found: Mapping[str, pa.Schema]) -> pa.Schema:
    """Return the types that hold the cells of all parts: text where no other does."""
    names = {name for schema in found.values() for name in schema.names}
    changed = {name: to for name in names if (to := _instead(_types(found, name)))}
    made = {
        part: pa.schema([f.with_type(changed.get(f.name, {}).get(f.type, f.type)) for f in schema])
        for part, schema in found.items()
    }
    return unified_schema(made, otherwise=pa.string())


def _types(found: Mapping[str, pa.Schema], name: str) -> list[pa.DataType]:
    return [s.field(name).type for s in found.values() if name in s.names]


def _instead(kinds: Sequence[pa.DataType]) -> dict[pa.DataType, pa.DataType]:
    """Return what marks are beside the other types of a column."""
    if any(map(pa.types.is_boolean, kinds)):
        return {FLAGS: pa.bool_()}
    if WIDE in kinds and any(map(pa.types.is_floating, kinds)):
        return {WIDE: pa.string()}
    return {}


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema in which marks are whole numbers again."""
    marks = (FLAGS, WIDE)
    return pa.schema([f.with_type(pa.int64()) if f.type in marks else f for f in schema])


def unlike(
    schema: pa.Schema, found: Mapping[str, pa.Schema], notes: Iterable[str]
) -> Iterator[str]:
    """Yield what is to be known of columns that are text in some files only; notes tell of some."""
    for field in schema:
        if not pa.types.is_string(field.type) or any(repr(field.name) in note for note in notes):
            continue
        parts = {_called(s.field(field.name).type): part for part, s in found.items()}
        parts.pop("", None)
        if set(parts) - {"text"}:
            told = ", ".join(f"{kind} in {part}" for kind, part in parts.items())
            yield (
                f"column {field.name!r} is read as text: it holds {told}. If texts mean that a "
                "value is missing, say so (--missing); else write the column in one way"
            )


def _called(kind: pa.DataType) -> str:
    """Return what a type is called among others, nothing for one without values."""
    if pa.types.is_null(kind):
        return ""
    if pa.types.is_string(kind):
        return "text"
    if pa.types.is_boolean(kind):
        return "truth values"
    if kind == WIDE:
        return "whole numbers beyond 2**53"
    if pa.types.is_timestamp(kind):
        return "times without a zone" if kind.tz is None else "times with a zone"
    return "dates or times" if pa.types.is_temporal(kind) else "numbers"
