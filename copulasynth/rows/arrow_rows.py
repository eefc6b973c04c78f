"""Drawn rows as Arrow tables, with the types that a kind of file has a place for."""

from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import islice

import narwhals as nw
import pyarrow as pa

from copulasynth.rows.blocks import RowBlock, Source
from copulasynth.rows.harmless import harmless, harmless_name
from copulasynth.rows.sampling import filled
from copulasynth.rows.sinks import LONGEST, FileKind
from copulasynth.schema import (
    Buffer,
    Column,
    Schema,
    arrow_array,
    arrow_type,
    with_codes,
    with_styles,
    with_titles,
)

__all__ = ["arrow_header", "arrow_tables", "plain_types"]

#: Blocks in a row group of Parquet: fewer, larger groups are smaller and quicker to write.
GROUP = 2


def arrow_header(schema: Schema, kind: FileKind, safe: bool = False) -> pa.Schema:
    """Return the names and types of the columns of a kind of file."""
    header = plain_types(_header(schema), kind)
    columns = dict(zip(header.names, schema.kept, strict=True))
    if kind.text:
        header = with_styles(header, {name: c.style for name, c in columns.items() if c.style})
    if kind.name in LONGEST:
        header = with_titles(header, {name: c.title for name, c in columns.items() if c.title})
        codes = {name: c.missing_codes for name, c in columns.items() if c.missing_codes}
        header = with_codes(header, codes)
    return pa.schema([f.with_name(harmless_name(f.name)) for f in header]) if safe else header


def arrow_tables(
    source: Source,
    work: Sequence[RowBlock],
    workers: int,
    header: pa.Schema,
    kind: FileKind,
    safe: bool = False,
    ahead: bool = True,
) -> Generator[pa.Table]:
    """Yield the rows of blocks, those of a row group at a time, drawn ahead of who asks or not."""
    schema = source.schema
    columns: tuple[Column, ...] = schema.kept
    if not kind.typed or schema.library == "pandas":  # NaN means missing
        columns = tuple(column.replace(marker="null") for column in columns)

    def table(buffers: list[Buffer]) -> pa.Table:
        parts = zip(columns, buffers, header, strict=True)
        arrays = [arrow_array(column, buffer).cast(f.type) for column, buffer, f in parts]
        if safe:
            arrays = [harmless(a) for a in arrays]
        return pa.Table.from_arrays(arrays, schema=header)

    with closing(filled(source, work, workers, table, ahead=ahead)) as drawn:
        while group := list(islice(drawn, GROUP)):
            yield pa.concat_tables(group)


def _header(schema: Schema) -> pa.Schema:
    """Return the names and types of the columns that synthetic tables have."""
    # of one row of zeros: a column of objects has no type while it is empty
    table = schema.assemble(schema.allocate(1))
    if schema.library != "pandas":
        return nw.from_native(table).to_arrow().schema
    header = pa.Table.from_pandas(table, preserve_index=False).schema
    for i, column in enumerate(schema.kept):
        # one zero does not tell the digits of decimals, nor no category the type of categories
        if column.dtype.endswith("object") or (column.categorical and not column.levels):
            header = header.set(i, header.field(i).with_type(arrow_type(column)))
    named = [c.dtype.startswith("arrow:dictionary") for c in schema.kept]
    # pandas cannot read what it writes as the name of a dictionary
    return header.remove_metadata() if any(named) else header


def plain_types(schema: pa.Schema, file: FileKind) -> pa.Schema:
    """Replace the types that a file has no place for.

    Text and sheets have levels as their text and durations as counts, files of SPSS and Stata
    numbers with labels; Parquet has no levels that are durations, and none has decimals that count
    hundreds.
    """
    return pa.schema([f.with_type(_simple(f.type, file)) for f in schema], schema.metadata)


def _simple(kind: pa.DataType, file: FileKind) -> pa.DataType:
    if pa.types.is_decimal(kind) and not (file.typed or file.text):
        return pa.float64()
    if pa.types.is_decimal(kind) and kind.scale < 0:
        return pa.decimal128(38, 0)
    labelled = file.name in LONGEST and pa.types.is_dictionary(kind)
    if file.typed or labelled:
        spans = pa.types.is_dictionary(kind) and pa.types.is_duration(kind.value_type)
        return kind.value_type if spans else kind
    if pa.types.is_dictionary(kind):
        return _simple(kind.value_type, file)
    if pa.types.is_string_view(kind):
        return pa.string()
    return pa.int64() if pa.types.is_duration(kind) else kind
