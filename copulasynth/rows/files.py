"""Tables out, into files of many kinds, by blocks of rows and never half a file."""

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import IO

import narwhals as nw
import pyarrow as pa

from copulasynth._write import said, whole
from copulasynth.errors import DataError, OutputError
from copulasynth.rows.blocks import Rng, RowBlock, Source, blocks
from copulasynth.rows.harmless import harmless, harmless_name
from copulasynth.rows.sampling import filled
from copulasynth.rows.sinks import LONGEST, FileKind, check_room, kind_of, open_sink
from copulasynth.schema import Buffer, Column, Schema, arrow_array, arrow_type

__all__ = ["write", "write_table"]

#: Blocks in a row group of Parquet: fewer, larger groups are smaller and quicker to write.
GROUP = 2


def write(
    source: Source,
    path: str | os.PathLike[str],
    n: int,
    *,
    rng: Rng = None,
    workers: int = 2,
    progress: Callable[[int], object] | None = None,
    safe_csv: bool = False,
) -> None:
    """Draw n rows of a source into a file of the kind its name says, whole or not at all.

    Memory stays constant: a few blocks of 65,536 rows are drawn ahead while one is written.
    Files of SPSS and Stata are written once all rows are drawn. The path ``-`` writes CSV to
    standard output. With `safe_csv`, texts that a spreadsheet would take for formulas, names of
    columns among them, begin with an apostrophe.

    Raises
    ------
    DataError
        If the name ends in none of `copulasynth.rows.sinks.WRITTEN`, the kind has no room for the
        rows, or `safe_csv` is asked of one that is no text.
    OutputError
        If the disk is full or the folder cannot be written to; no file is left behind.
    """
    kind = FileKind("csv") if str(path) == "-" else kind_of(path, ", or - for stdout")
    if safe_csv and not kind.text:
        raise DataError(f"{path}: safe_csv is for text files; no other kind has formulas")
    check_room(kind, path, n, [str(c.name) for c in source.schema.kept])
    with _stdout() if str(path) == "-" else whole(path) as where:
        with closing(_pour(source, kind, where, blocks(n, rng), workers, safe_csv)) as poured:
            for m in poured:
                if progress is not None:
                    progress(m)
        where.flush()


def write_table(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Write a table as a file of the kind its name says, whole or not at all.

    Raises
    ------
    DataError
        If the name ends in none of `copulasynth.rows.sinks.WRITTEN`, or the kind has no room.
    OutputError
        If the file cannot be written.
    """
    kind = kind_of(path)
    check_room(kind, path, len(table), table.column_names)
    rows = table.cast(_plain(table.schema, kind))
    with whole(path) as where, open_sink(kind, where, rows.schema) as sink:
        sink.write_table(rows)


@contextmanager
def _stdout() -> Iterator[IO[bytes]]:
    try:
        yield sys.stdout.buffer
    except BrokenPipeError:
        raise
    except OSError as e:
        raise OutputError(f"cannot write to standard output: {said(e)}") from e


def _pour(
    source: Source, kind: FileKind, where: IO[bytes], work: list[RowBlock], workers: int, safe: bool
) -> Generator[int]:
    """Write the rows of blocks and yield how many were written, again and again."""
    schema = source.schema
    header = _header(schema)
    columns: tuple[Column, ...] = schema.kept
    header = _plain(header, kind)
    if safe:
        header = pa.schema([f.with_name(harmless_name(f.name)) for f in header])
    if not kind.typed or schema.library == "pandas":  # NaN means missing
        columns = tuple(column.replace(marker="null") for column in columns)

    def table(buffers: list[Buffer]) -> pa.Table:
        parts = zip(columns, buffers, header, strict=True)
        arrays = [arrow_array(column, buffer).cast(f.type) for column, buffer, f in parts]
        if safe:
            arrays = [harmless(a) for a in arrays]
        return pa.Table.from_arrays(arrays, schema=header)

    with (
        open_sink(kind, where, header) as sink,
        closing(filled(source, work, workers, table)) as drawn,
    ):
        while group := list(islice(drawn, GROUP)):
            rows = pa.concat_tables(group)
            sink.write_table(rows)
            yield rows.num_rows


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


def _plain(schema: pa.Schema, file: FileKind) -> pa.Schema:
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
