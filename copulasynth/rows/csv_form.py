"""How a CSV file is written: its encoding, what separates its columns, and its decimal mark."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from copulasynth.errors import DataError

__all__ = ["CsvForm", "form_of"]

SEPARATORS = (",", ";", "\t", "|")
LINES = 100
"""Lines by which the separator and the decimal mark are told."""
CHUNK = 1 << 22
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
STATED = re.compile(r'"?sep=([!-~\t ])"?', re.IGNORECASE)
"""The first line by which Excel is told what separates."""
LONG = re.compile(r'[^,;\t|"]{1000,}')
"""Part of a cell that says nothing of the form; Python's reader refuses cells beyond 131,072."""
BINARY = {b"PK\x03\x04": "a zip archive or workbook", b"\x1f\x8b": "compressed by gzip"}
BINARY |= {b"PAR1": "a Parquet file"}
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a CSV file is written."""

    encoding: str = "utf8"
    separator: str = ","
    decimal: str = "."
    skipped: int = 0

    def reading(self, *, threads: bool = True) -> pacsv.ReadOptions:
        """Return how pyarrow reads such a file."""
        return pacsv.ReadOptions(
            encoding=self.encoding, skip_rows=self.skipped, use_threads=threads
        )

    def parsing(self) -> pacsv.ParseOptions:
        """Return how pyarrow takes its lines apart."""
        return pacsv.ParseOptions(delimiter=self.separator, newlines_in_values=True)

    @property
    def note(self) -> str:
        """What is unusual, in words, or nothing."""
        separator = NAMES.get(self.separator, repr(self.separator))
        said = {
            f"encoded in {self.encoding}": self.encoding != "utf8",
            f"separated by {separator}": self.separator != ",",
            "with decimal commas": self.decimal != ".",
        }
        return ", ".join(words for words, so in said.items() if so)


def form_of(path: Path) -> CsvForm:
    """Return how a CSV file, which may be compressed, is written.

    A file that is no UTF-8 is UTF-16 if it begins with its mark, and Windows-1252 if not. The comma
    separates unless another separator alone gives every line the same number of columns, two or
    more, or the first line states one, as in ``sep=;``.

    Raises
    ------
    DataError
        If it is no text.
    """
    encoding = _encoding(path)
    with pa.input_stream(path) as source:
        start = source.read(CHUNK)
    text = start.decode(encoding, errors="ignore").removeprefix("\ufeff")
    lines = [LONG.sub("x", line) for line in text.splitlines()[: LINES + 2] if line]
    if len(start) == CHUNK and len(lines) < LINES + 1:
        lines.pop()  # cut off
    if lines and (stated := STATED.fullmatch(lines[0])):
        return CsvForm(encoding, stated[1], _decimal(lines[2:], stated[1]), 1)
    lines = lines[:LINES]
    counts = {s: {len(row) for row in _rows(lines, s)} for s in SEPARATORS}
    even = [s for s in SEPARATORS if len(counts[s]) == 1 and max(counts[s]) > 1]
    separator = "," if "," in even or not even else even[0]
    return CsvForm(encoding, separator, _decimal(lines[1:], separator))


def _rows(lines: list[str], separator: str) -> list[list[str]]:
    """Return the cells of lines; none where a quote that never ends makes them too long."""
    try:
        return list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return []


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = b""
    for k, chunk in enumerate(_chunks(path)):
        if k == 0:
            start = chunk
            if chunk[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                return "utf-16"
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            _refuse_binary(path, start, most=0.01)
            return "cp1252"
    _refuse_binary(path, start, most=0.1)
    return "utf8"


def _refuse_binary(path: Path, start: bytes, most: float) -> None:
    """Refuse bytes that are no text: other kinds of files, UTF-16 without a mark, noise."""
    for mark, what in BINARY.items():
        if start.startswith(mark):
            raise DataError(
                f"{path} is not a text file but {what}; unpack or export it, or give it its ending"
            )
    zeros = [start[i::2].count(0) for i in (0, 1)]
    if sum(zeros) > most * len(start):
        if sum(zeros) > 0.1 * len(start) and max(zeros) > 20 * min(zeros):
            raise DataError(
                f"{path} has zero bytes, as UTF-16 without a mark at its start; save it as UTF-8, "
                "or as UTF-16 with the mark"
            )
        raise DataError(f"{path} is not a text file: it has zero bytes; export it as CSV in UTF-8")
    if len(start) - len(start.translate(None, CONTROLS)) > most * len(start):
        raise DataError(
            f"{path} is not a text file: it has control characters; export it as CSV in UTF-8"
        )


def _chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and nothing at its end."""
    with pa.input_stream(path) as source:
        while chunk := source.read(CHUNK):
            yield chunk
    yield b""


def _decimal(lines: list[str], separator: str) -> str:
    """Return the comma where cells have it in their numbers, and none has a point."""
    cells = [cell for row in _rows(lines, separator) for cell in row]
    commas = any(re.fullmatch(r"-?\d+,\d+", cell) for cell in cells)
    points = any(re.fullmatch(r"-?\d+\.\d+", cell) for cell in cells)
    return "," if separator != "," and commas and not points else "."
