"""How a CSV file is written: its encoding, what separates its columns, and its decimal mark."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

__all__ = ["CsvForm", "form_of"]

SEPARATORS = (",", ";", "\t", "|")
LINES = 100
"""Lines by which the separator and the decimal mark are told."""
CHUNK = 1 << 22
NAMES = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a CSV file is written."""

    encoding: str = "utf8"
    separator: str = ","
    decimal: str = "."

    @property
    def note(self) -> str:
        """What is unusual, in words, or nothing."""
        said = {
            f"encoded in {self.encoding}": self.encoding != "utf8",
            f"separated by {NAMES.get(self.separator)}": self.separator != ",",
            "with decimal commas": self.decimal != ".",
        }
        return ", ".join(words for words, so in said.items() if so)


def form_of(path: Path) -> CsvForm:
    """Return how a CSV file, which may be compressed, is written.

    A file that is no UTF-8 is UTF-16 if it begins with its mark, and Windows-1252 if not. The comma
    separates unless another separator alone gives every line the same number of columns, two or
    more.
    """
    encoding = _encoding(path)
    with pa.input_stream(path) as source:
        text = source.read(CHUNK).decode(encoding, errors="ignore")
    lines = [line for line in text.splitlines()[: LINES + 1] if line][:LINES]
    counts = {s: {len(row) for row in csv.reader(lines, delimiter=s)} for s in SEPARATORS}
    even = [s for s in SEPARATORS if len(counts[s]) == 1 and max(counts[s]) > 1]
    separator = "," if "," in even or not even else even[0]
    return CsvForm(encoding, separator, _decimal(lines[1:], separator))


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for k, chunk in enumerate(_chunks(path)):
        if k == 0 and chunk[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf8"


def _chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and nothing at its end."""
    with pa.input_stream(path) as source:
        while chunk := source.read(CHUNK):
            yield chunk
    yield b""


def _decimal(lines: list[str], separator: str) -> str:
    """Return the comma where cells have it in their numbers, and none has a point."""
    cells = [cell for row in csv.reader(lines, delimiter=separator) for cell in row]
    commas = any(re.fullmatch(r"-?\d+,\d+", cell) for cell in cells)
    points = any(re.fullmatch(r"-?\d+\.\d+", cell) for cell in cells)
    return "," if separator != "," and commas and not points else "."
