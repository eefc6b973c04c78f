"""Tables out, into files of many kinds, by blocks of rows and never half a file."""

import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import IO

import pyarrow as pa

from copulasynth._write import said, whole
from copulasynth.errors import DataError, OutputError
from copulasynth.rows.arrow_rows import arrow_header, arrow_tables, plain_types
from copulasynth.rows.blocks import Rng, RowBlock, Source, blocks
from copulasynth.rows.sinks import FileKind, check_room, kind_of, open_sink

__all__ = ["write", "write_table"]


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
    kind = (
        FileKind("csv")
        if str(path) == "-"
        else kind_of(path, f", a folder: {path}/, or - for standard output")
    )
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
    rows = table.cast(plain_types(table.schema, kind))
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
    source: Source,
    kind: FileKind,
    where: IO[bytes],
    work: Sequence[RowBlock],
    workers: int,
    safe: bool,
) -> Generator[int]:
    """Write the rows of blocks and yield how many were written, again and again."""
    header = arrow_header(source.schema, kind, safe)
    with (
        open_sink(kind, where, header) as sink,
        closing(arrow_tables(source, work, workers, header, kind, safe)) as tables,
    ):
        for rows in tables:
            sink.write_table(rows)
            yield rows.num_rows
