"""Files in and out: CSV and Parquet by pyarrow, with stated options, and never half a file."""

import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq

from copulasynth._paths import one_line, special
from copulasynth._write import said, whole
from copulasynth.errors import DataError, FitWarning, OutputError
from copulasynth.rows.arrow_rows import arrow_header, arrow_tables, plain_types
from copulasynth.rows.blocks import Rng, RowBlock, Source, blocks
from copulasynth.rows.csv_cells import read_csv, refuse_twice

__all__ = ["MISSING", "check_ending", "check_missing", "read", "write", "write_table"]

#: Texts that mean a missing value in a CSV file; "NA" and "None" are levels until you say so.
MISSING: tuple[str, ...] = ("",)

#: Most texts, and characters of all of them, that the reader of CSV is given as missing values.
MARKERS, MARKED = 1_000, 50_000


def check_missing(missing: Sequence[str]) -> None:
    """Refuse texts for missing values that the reader of CSV cannot hold.

    Raises
    ------
    DataError
        If they are too many, too long, or no texts.
    """
    if len(missing) > MARKERS or sum(map(len, missing)) > MARKED:
        raise DataError(
            f"{len(missing):,} texts are to mean a missing value; at most {MARKERS:,} of "
            f"{MARKED:,} characters together can"
        )
    for text in missing:
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise DataError(
                f"a text that is to mean a missing value is not UTF-8: {one_line(text)}"
            )


def read(path: str | os.PathLike[str], *, missing: tuple[str, ...] = MISSING) -> pa.Table:
    """Read a .csv, .csv.gz or .parquet file as a pyarrow table.

    Of a CSV file the encoding (UTF-8, UTF-16, Windows-1252), the separator (comma, semicolon, tab,
    bar) and the decimal mark are found, and columns whose numbers begin with zeros, as codes do,
    are kept as text; what is not usual is said in a `FitWarning`.

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
    check_missing(missing)
    try:
        if not source.exists():
            raise DataError(f"{source} does not exist")
        if (what := special(source)) not in ("", "a folder"):
            raise DataError(f"{source} is {what}, not a file; write its rows to a file first")
        if source.suffix in {".parquet", ".pq"}:
            if source.is_file():
                refuse_twice(source, papq.read_schema(source).names)
            return papq.read_table(source)
        if ".csv" in source.suffixes:
            table, notes = read_csv(source, missing)
            for note in notes:
                warnings.warn(FitWarning(note), stacklevel=3)
            return table
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, UnicodeError) as e:
        raise DataError(f"{source} cannot be read: {e}") from e
    raise DataError(f"{source}: expected a name ending in .csv, .csv.gz or .parquet")


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
    """Draw n rows of a source into a .csv or .parquet file, whole or not at all.

    Memory stays constant: a few blocks of 65,536 rows are drawn ahead while one is written.
    The path ``-`` writes CSV to standard output. With `safe_csv`, texts that a spreadsheet would
    take for formulas, names of columns among them, begin with an apostrophe.

    Raises
    ------
    DataError
        If the name ends in neither .csv nor .parquet, or `safe_csv` is asked of the latter.
    OutputError
        If the disk is full or the folder cannot be written to; no file is left behind.
    """
    target = Path(path)
    kind = "csv" if str(path) == "-" else check_ending(path, ", or - for stdout")
    if safe_csv and kind != "csv":
        raise DataError(f"{target}: safe_csv is for .csv files; those of Parquet have no formulas")
    with _stdout() if str(path) == "-" else whole(target) as where:
        with closing(_pour(source, kind, where, blocks(n, rng), workers, safe_csv)) as poured:
            for m in poured:
                if progress is not None:
                    progress(m)
        where.flush()


def check_ending(path: str | os.PathLike[str], more: str = "") -> str:
    """Return the kind of a file to write, csv or parquet.

    Raises
    ------
    DataError
        If its name ends in neither.
    """
    kind = Path(path).suffix.lstrip(".").replace("pq", "parquet")
    if kind not in {"csv", "parquet"}:
        raise DataError(f"{path}: expected a name ending in .csv or .parquet{more}")
    return kind


def write_table(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Write a table as a .csv or .parquet file, whole or not at all.

    Raises
    ------
    DataError
        If the name ends in neither.
    OutputError
        If the file cannot be written.
    """
    kind = check_ending(path)
    rows = table.cast(plain_types(table.schema, kind))
    with whole(path) as where:
        if kind == "csv":
            pacsv.write_csv(rows, where)
        else:
            papq.write_table(rows, where)


@contextmanager
def _stdout() -> Iterator[IO[bytes]]:
    try:
        yield sys.stdout.buffer
    except BrokenPipeError:
        raise
    except OSError as e:
        raise OutputError(f"cannot write to standard output: {said(e)}") from e


def _pour(
    source: Source, kind: str, where: IO[bytes], work: Sequence[RowBlock], workers: int, safe: bool
) -> Generator[int]:
    """Write the rows of blocks and yield how many were written, again and again."""
    header = arrow_header(source.schema, kind, safe)
    writer = pacsv.CSVWriter if kind == "csv" else papq.ParquetWriter
    with (
        closing(writer(where, header)) as sink,
        closing(arrow_tables(source, work, workers, header, kind, safe)) as tables,
    ):
        for rows in tables:
            sink.write_table(rows)
            yield rows.num_rows
