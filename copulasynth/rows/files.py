"""Files in and out: CSV and Parquet by pyarrow, with stated options, and never half a file."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq

from copulasynth._arrays import Floats
from copulasynth._write import whole
from copulasynth.errors import DataError
from copulasynth.rows.blocks import Rng, Source, iter_blocks
from copulasynth.schema import Buffer, Column, arrow_array

__all__ = ["MISSING", "read", "write"]

#: Blocks in a row group of Parquet: fewer, larger groups are smaller and quicker to write.
GROUP = 2

#: Texts that mean a missing value in a CSV file; "NA" and "None" are levels until you say so.
MISSING: tuple[str, ...] = ("",)


def read(path: str | os.PathLike[str], *, missing: tuple[str, ...] = MISSING) -> pa.Table:
    """Read a .csv, .csv.gz or .parquet file as a pyarrow table.

    Parameters
    ----------
    path : path
    missing : tuple of str
        Texts of a CSV file that mean a missing value, quoted or not. The default is the empty
        text alone, so that levels called ``NA`` or ``None`` stay levels.

    Raises
    ------
    DataError
        If the file does not exist, is of another kind, or does not parse.
    """
    source = Path(path)
    if not source.exists():
        raise DataError(f"{source} does not exist")
    try:
        if source.suffix in {".parquet", ".pq"}:
            return papq.read_table(source)
        if ".csv" in source.suffixes:
            return pacsv.read_csv(
                source,
                convert_options=pacsv.ConvertOptions(
                    null_values=list(missing),
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as e:
        raise DataError(f"{source} cannot be read: {e}") from e
    raise DataError(f"{source}: expected a name ending in .csv, .csv.gz or .parquet")


def to_arrow(table: Any) -> pa.Table:
    """Return any table that the schema's door accepts as a pyarrow table."""
    native = nw.to_native(table, pass_through=True)
    if isinstance(native, pa.Table):
        return native
    frame = nw.from_native(native)
    if frame.implementation.is_pandas():
        return pa.Table.from_pandas(native, preserve_index=False)
    return frame.to_arrow()


class _Sink(Protocol):
    def write_table(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


def _sink(kind: str, where: IO[bytes], schema: pa.Schema) -> _Sink:
    made: _Sink = (pacsv.CSVWriter if kind == "csv" else papq.ParquetWriter)(where, schema)
    return made


def write(
    source: Source,
    path: str | os.PathLike[str],
    n: int,
    *,
    rng: Rng = None,
    workers: int = 2,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Draw n rows of a source into a .csv or .parquet file, whole or not at all.

    Memory stays constant: a few blocks of 65,536 rows are drawn ahead while one is written.
    The path ``-`` writes CSV to standard output.

    Raises
    ------
    DataError
        If the name ends in neither .csv nor .parquet.
    OutputError
        If the disk is full or the folder cannot be written to; no file is left behind.
    """
    target = Path(path)
    kind = "csv" if str(path) == "-" else target.suffix.lstrip(".").replace("pq", "parquet")
    if kind not in {"csv", "parquet"}:
        raise DataError(f"{target}: expected a name ending in .csv or .parquet, or - for stdout")
    with _opened(target, str(path) == "-") as where:
        _pour(source, kind, where, n, rng, workers, progress)


def _pour(
    source: Source,
    kind: str,
    where: IO[bytes],
    n: int,
    rng: Rng,
    workers: int,
    progress: Callable[[int], object] | None,
) -> None:
    schema = source.schema
    # one row of zeros tells the types: a column of objects has none while it is empty
    header = to_arrow(schema.assemble(schema.allocate(1))).schema
    header = _plain(header) if kind == "csv" else header
    nulls = kind == "csv" or schema.library == "pandas"

    def finish(start: int, x: Floats) -> pa.Table:
        buffers = schema.allocate(x.shape[1])
        schema.fill(buffers, slice(0, x.shape[1]), x, start=start)
        columns = zip(schema.kept, buffers, header, strict=True)
        return pa.Table.from_arrays(
            [_typed(column, buffer, f.type, nulls) for column, buffer, f in columns],
            schema=header,
        )

    with closing(_sink(kind, where, header)) as sink:
        drawn = iter_blocks(source, n, finish, rng=rng, workers=workers)
        while group := list(islice(drawn, GROUP)):
            table = pa.concat_tables(group)
            sink.write_table(table)
            if progress is not None:
                progress(table.num_rows)


def _typed(column: Column, buffer: Buffer, kind: pa.DataType, nulls: bool) -> pa.Array:
    """Return a buffer as an array of the type of its field, with nulls where NaN means missing."""
    if nulls and column.storage == "float" and not column.coded:
        array = pa.array(buffer.values, mask=_missing(column, buffer))
    else:
        array = arrow_array(column, buffer)
    return array if array.type == kind else array.cast(kind)


def _missing(column: Column, buffer: Buffer) -> Any:
    """Return where a column of floats is missing; a column of nothing else has no mask."""
    if buffer.mask is None and column.kind == "constant":
        return np.isnan(buffer.values)
    return buffer.mask


def _plain(schema: pa.Schema) -> pa.Schema:
    """Replace the types that CSV has no text for: levels by their text, durations by counts."""

    def simple(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_dictionary(kind):
            return kind.value_type
        return pa.int64() if pa.types.is_duration(kind) else kind

    return pa.schema([f.with_type(simple(f.type)) for f in schema])


@contextmanager
def _opened(target: Path, stdout: bool) -> Iterator[IO[bytes]]:
    """Open standard output, or a file that replaces `target` once everything was written."""
    if stdout:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole(target) as f:
        yield f
