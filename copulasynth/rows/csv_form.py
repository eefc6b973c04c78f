"""How a text file of a table is written: found in its first lines, unless it is stated."""

import codecs
import io
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow.csv as pacsv

from copulasynth._paths import one_line
from copulasynth.errors import DataError
from copulasynth.rows.csv_lines import (
    comment_in,
    decimal_in,
    layout_of,
    names_in,
    second_headers,
)
from copulasynth.rows.reading import FOUND, Reading
from copulasynth.rows.text_file import CHUNK, LINE, TextFile, encoding_of

__all__ = ["CsvForm", "form_of"]

LINES = 100
"""Lines by which the form is told."""
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
STATED = re.compile(r'"?sep=([!-~\t ])"?', re.IGNORECASE)
"""The first line by which Excel is told what separates."""
LONG = re.compile(r'[^,;\t|"]{1000,}')
"""Part of a cell that says nothing of the form; Python's reader refuses cells beyond 131,072."""


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a text file is written.

    Attributes
    ----------
    encoding, separator, decimal, quote : str
    skipped : int
        Lines before the header, or before the first row where `names` are given.
    names : tuple of str, optional
        Names of the columns, where the file does not have them in its first line.
    headers : int
        Lines below the header that describe columns.
    comment : str
        What begins lines that are no rows.
    repeated : bool
        Whether the line of the header occurs again between the rows.
    header : str
        That line, as it is written.
    """

    encoding: str = "utf8"
    separator: str = ","
    decimal: str = "."
    quote: str = '"'
    skipped: int = 0
    names: tuple[str, ...] | None = None
    headers: int = 0
    comment: str = ""
    repeated: bool = False
    header: str = field(default="", compare=False)

    def reading(self, *, threads: bool = True) -> pacsv.ReadOptions:
        """Return how pyarrow reads such a file."""
        return pacsv.ReadOptions(
            encoding="utf8" if self.cleaned else self.encoding,
            skip_rows=self.skipped,
            column_names=self.names,
            skip_rows_after_names=self.headers,
            use_threads=threads,
        )

    def parsing(self) -> pacsv.ParseOptions:
        """Return how pyarrow takes its lines apart."""
        return pacsv.ParseOptions(
            delimiter=self.separator, quote_char=self.quote or False, newlines_in_values=True
        )

    @property
    def cleaned(self) -> bool:
        """Whether lines have to be taken out before the file can be read."""
        return bool(self.comment) or self.repeated

    def open(self, file: TextFile) -> Any:
        """Return the bytes that pyarrow reads, without lines that are no rows."""
        if not self.cleaned:
            return file.stream()
        text = file.text(self.encoding)
        if self.comment:
            text = _without(text, rf"{re.escape(self.comment)}[^\r\n]*")
        if self.repeated:
            above, header, rows = text.partition(self.header)
            text = above + header + _without(rows, rf"(?<=[\r\n]){re.escape(self.header)}")
        return io.BytesIO(text.encode())

    def note(self, said: Reading) -> str:
        """What was found that is unusual, in words, or nothing."""
        found = {
            f"encoded in {self.encoding}": said.encoding is None and self.encoding != "utf8",
            f"separated by {NAMES.get(self.separator, repr(self.separator))}": said.sep is None
            and self.separator != ",",
            "with decimal commas": said.decimal is None and self.decimal != ".",
            f"quoted by {self.quote}": said.quote is None and self.quote != '"',
            f"without lines that begin with {self.comment}": said.comment is None
            and bool(self.comment),
            f"without {_count(self.skipped, 'line')} above its header": self.names is None
            and self.skipped > 0,
            f"without {_count(self.skipped, 'line')} above its rows": self.names is not None
            and self.names[0] != "row"
            and self.skipped > 0,
            f"without {_count(self.headers, 'line')} below its header, in which no column of "
            "numbers has one": self.headers > 0,
            "with its header again among the rows, left out": self.repeated,
        }
        return ", ".join(words for words, so in found.items() if so)


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _without(text: str, line: str) -> str:
    return re.sub(rf"^{line}(?:\r\n|\n|\r|\Z)", "", text, flags=re.MULTILINE)


def form_of(file: TextFile, said: Reading = FOUND) -> CsvForm:
    """Return how a text file is written.

    Raises
    ------
    DataError
        If it is no text, or not in the encoding that is stated.
    """
    encoding = encoding_of(file) if said.encoding is None else _checked(file, said.encoding)
    places, lines = _sample(file, encoding)
    if lines and said.sep is None and (stated := STATED.fullmatch(lines[0])):
        form = CsvForm(encoding, stated[1])
        return _told(lines[1:], places[1:], form, replace(said, sep=stated[1]))
    comment = comment_in(lines, said.sep, said.quote) if said.comment is None else said.comment
    if comment:
        kept = [i for i, line in enumerate(lines) if not line.startswith(comment)]
        # so many lines were taken out before each
        places = [places[i] - i + k for k, i in enumerate(kept)]
        lines = [lines[i] for i in kept]
    return _told(lines, places, CsvForm(encoding, comment=comment), said)


def _told(lines: list[str], places: list[int], form: CsvForm, said: Reading) -> CsvForm:
    """Return a form with what the first lines that are not blank tell."""
    layout = layout_of(lines, said.sep, said.quote)
    rows, names, headers = layout.rows, None, 0
    if said.header is False and rows:
        names = tuple(f"c{i}" for i in range(1, len(rows[0]) + 1))
    elif said.header is None:
        names = names_in(layout)
        headers = 0 if names else second_headers(rows)
    body = rows if names else rows[1 + headers :]
    stated = form.separator != "," and layout.separator == form.separator
    return replace(
        form,
        separator=layout.separator,
        decimal=said.decimal or decimal_in(body, layout.separator),
        quote=layout.quote,
        skipped=places[layout.line] if layout.above or stated else 0,
        names=names,
        headers=headers,
        header="" if names or not lines else lines[layout.line],
    )


def _checked(file: TextFile, encoding: str) -> str:
    """Return the name of an encoding in which a whole file can be read."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in file.chunks():
            decoder.decode(chunk, final=not chunk)
    except UnicodeError as e:
        raise DataError(
            f"{file.name} is not encoded in {encoding}: {one_line(str(e))}; leave the encoding "
            "out, and it is found"
        ) from e
    name = codecs.lookup(encoding).name
    return "utf8" if name == "utf-8" else name


def _sample(file: TextFile, encoding: str) -> tuple[list[int], list[str]]:
    """Return the first lines that are not blank, and where they are."""
    with file.stream() as source:
        start = source.read(CHUNK)
    text = start.decode(encoding, errors="ignore").removeprefix("\ufeff")
    lines = LINE.split(text)
    if len(start) == CHUNK and len(lines) <= LINES:
        lines.pop()  # cut off
    kept = [(i, LONG.sub("x", line)) for i, line in enumerate(lines) if line][: LINES + 2]
    return [i for i, _ in kept], [line for _, line in kept]
