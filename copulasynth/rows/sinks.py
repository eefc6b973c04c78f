"""Files that rows are poured into, one kind each: what they are called, hold, and how."""

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq

from copulasynth._paths import one_line
from copulasynth.errors import DataError
from copulasynth.rows.extra import needed
from copulasynth.rows.stat_sink import StatFile
from copulasynth.rows.styled_text import StyledText
from copulasynth.rows.text_file import PACKINGS
from copulasynth.schema import styles_of

__all__ = [
    "LONGEST",
    "WRITTEN",
    "FileKind",
    "Sink",
    "check_room",
    "kind_of",
    "open_sink",
    "written_as",
]

WRITTEN = ".csv, .tsv (also with .gz or .zst), .parquet, .feather, .xlsx, .sav or .dta"

KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".xlsx": "xlsx",
    ".sav": "sav",
    ".dta": "dta",
}
TEXTS = {"csv": ",", "tsv": "\t"}
#: Rows of a sheet besides its header, its columns, and characters of a cell.
ROWS, COLUMNS, CELL = 1_048_575, 16_384, 32_767
EXACT = 2**53
#: When a file says that it was made, so that the same rows are the same bytes.
NEVER = dt.datetime(2000, 1, 1)
#: What names of SPSS and Stata look like, and how many bytes they have at most.
NAME = re.compile(r"[^\W\d_]\w*|_\w+")
LONGEST = {"sav": 64, "dta": 32}


class Sink(Protocol):
    """What takes tables of one schema, and is closed."""

    def write_table(self, table: pa.Table, /) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: its name, and what packs it."""

    name: str
    packing: str | None = None

    @property
    def text(self) -> bool:
        """Whether the file is text."""
        return self.name in TEXTS

    @property
    def typed(self) -> bool:
        """Whether the file tells gaps from NaN, and has levels and durations."""
        return self.name in ("parquet", "feather")


def kind_of(path: str | os.PathLike[str], more: str = "") -> FileKind:
    """Return the kind of a file to write, as its name says.

    Raises
    ------
    DataError
        If it ends in none that can be written, or its writer is not installed.
    """
    suffixes = [s.lower() for s in Path(path).suffixes[-2:]]
    packing = PACKINGS.get(suffixes[-1]) if suffixes else None
    kinds = suffixes[:-1] if packing else suffixes
    name = KINDS.get(kinds[-1] if kinds else "", "")
    if not name or packing == "bz2" or (packing and name not in TEXTS):
        raise DataError(f"{path}: expected a name ending in {WRITTEN}{more}")
    if name in ("xlsx", "sav", "dta"):
        needed("xlsxwriter" if name == "xlsx" else "pyreadstat", path)
    return FileKind(name, packing)


def written_as(ending: str, otherwise: str) -> str:
    """Return the kind of files of an ending, or another where they cannot be written."""
    return KINDS.get(ending, otherwise)


def check_room(kind: FileKind, path: object, rows: int, names: list[str]) -> None:
    """Refuse rows and names of columns that a kind of file has no room for.

    Raises
    ------
    DataError
        Naming the limit, or the column.
    """
    if kind.name == "xlsx" and (rows > ROWS or len(names) > COLUMNS):
        raise DataError(
            f"{path}: a sheet has room for {ROWS:,} rows and {COLUMNS:,} columns, not for "
            f"{rows:,} and {len(names):,}; write .parquet or .csv"
        )
    most = LONGEST.get(kind.name)
    for name in names if most else ():
        if not NAME.fullmatch(name) or len(name.encode()) > (most or 0):
            raise DataError(
                f"{path}: column {one_line(name)!r} cannot be called so there; names have letters, "
                f"digits and _, and at most {most} bytes: rename it, or write .parquet or .csv"
            )


@contextmanager
def open_sink(kind: FileKind, where: IO[bytes], header: pa.Schema) -> Iterator[Sink]:
    """Open a file for tables of a schema."""
    if kind.packing is not None:
        bare = pa.PythonFile(_Lent(where), "w")
        with (
            pa.CompressedOutputStream(bare, kind.packing) as packed,
            open_sink(FileKind(kind.name), packed, header) as sink,
        ):
            yield sink
        return
    made: Sink
    if kind.text:
        options = pacsv.WriteOptions(delimiter=TEXTS[kind.name])
        text = StyledText if styles_of(header) else pacsv.CSVWriter
        made = text(where, header, write_options=options)
    elif kind.name == "parquet":
        made = papq.ParquetWriter(where, header)
    elif kind.name == "feather":
        made = pa.ipc.new_file(where, header, options=pa.ipc.IpcWriteOptions(compression="lz4"))
    elif kind.name == "xlsx":
        made = _Sheet(where, header)
    else:
        made = StatFile(kind.name, where, header)
    try:
        yield made
    except BaseException:
        if kind.name not in LONGEST:
            made.close()
        raise
    made.close()


@dataclass(frozen=True, slots=True)
class _Lent:
    """A file that stays open when what packs it is closed."""

    where: IO[bytes]
    closed: bool = False

    def write(self, data: bytes, /) -> int:
        """Hand bytes on."""
        return self.where.write(data)

    def flush(self) -> None:
        """Leave that to who opened the file."""

    def close(self) -> None:
        """Leave that to who opened the file."""


class _Sheet:
    """A workbook of one sheet, written row by row."""

    def __init__(self, where: IO[bytes], header: pa.Schema) -> None:
        writer = needed("xlsxwriter", "xlsx")
        settings = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
        plain = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = writer.Workbook(where, settings | plain)
        self._book.set_properties({"created": NEVER})
        self._sheet = self._book.add_worksheet("data")
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for j, name in enumerate(header.names):
            self._sheet.write_string(0, j, name)
        self._row = 1

    def write_table(self, table: pa.Table, /) -> None:
        """Append rows."""
        columns = [column.to_pylist() for column in table.columns]
        for cells in zip(*columns, strict=True):
            for j, cell in enumerate(cells):
                self._write(j, cell)
            self._row += 1

    def _write(self, j: int, cell: object) -> None:
        place = self._row, j
        if isinstance(cell, bool):
            self._sheet.write_boolean(*place, cell)
        elif isinstance(cell, int | float) and abs(cell) <= EXACT:
            self._sheet.write_number(*place, cell)
        elif isinstance(cell, dt.date) and cell.year > 1900 and _local(cell):
            moment = self._moment if isinstance(cell, dt.datetime) else None
            self._sheet.write_datetime(*place, cell, moment)
        elif cell is not None and cell == cell:
            if len(text := str(cell)) > CELL:
                raise DataError(
                    f"row {self._row} has a text of {len(text):,} characters; a cell "
                    f"of a workbook holds {CELL:,}: write .csv or .parquet"
                )
            self._sheet.write_string(*place, text)

    def close(self) -> None:
        """Write the file."""
        self._book.close()


def _local(moment: dt.date) -> bool:
    return not isinstance(moment, dt.datetime) or moment.tzinfo is None
