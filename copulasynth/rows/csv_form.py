"""How a text file of a table is written: found in its first lines, unless it is stated."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import pyarrow.csv as pacsv

from copulasynth._paths import one_line
from copulasynth.errors import DataError
from copulasynth.rows.csv_lines import (
    SEPARATORS,
    Parsing,
    comments_in,
    decimal_in,
    has_header,
    layout_of,
    typed_columns,
)
from copulasynth.rows.csv_names import names_in, second_headers
from copulasynth.rows.reading import FOUND, Reading
from copulasynth.rows.text_file import CHUNK, LINE, TextFile, encoding_of

__all__ = ["CsvForm", "form_of"]

LINES = 100
"""Lines by which the form is told."""
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
STATED = re.compile(r'"?sep=([!-~\t ])"?', re.IGNORECASE)
"""The first line by which Excel is told what separates."""
LARGEST = 2**31 - 1
"""Characters of a cell that Python's reader may read when it counts rows."""
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
        What begins lines that are no rows, as it is stated.
    remark : str
        The same, as it is found: rows that begin so and have as many cells as others are rows.
    remarks : int
        Such lines above the header.
    single : bool
        Whether there is one column, whose blank lines are rows.
    typed : tuple of int
        Columns that have numbers or dates below further lines of a header.
    header : tuple of str
        Names that occur again among the rows, which are left out.
    """

    encoding: str = "utf8"
    separator: str = ","
    decimal: str = "."
    quote: str = '"'
    skipped: int = 0
    names: tuple[str, ...] | None = None
    headers: int = 0
    comment: str = ""
    remark: str = ""
    remarks: int = 0
    single: bool = False
    typed: tuple[int, ...] = field(default=(), compare=False)
    header: tuple[str, ...] = ()

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
            delimiter=self.separator,
            quote_char=self.quote or False,
            newlines_in_values=True,
            ignore_empty_lines=not self.single,
            invalid_row_handler=self._uneven if self.remark else None,
        )

    def _uneven(self, row: pacsv.InvalidRow) -> str:
        return "skip" if row.text.startswith(self.remark) else "error"

    @property
    def cleaned(self) -> bool:
        """Whether lines have to be taken out before the file can be read."""
        return bool(self.comment or self.header)

    def open(self, file: TextFile) -> Any:
        """Return the bytes that pyarrow reads, without lines that are no rows."""
        if not self.cleaned:
            return file.stream()
        kept = io.StringIO(newline="")
        named = False
        for row, text in self.rows(file):
            again = tuple(row) == self.header
            if not (again and named and self.header):
                kept.write(text)
            named = named or again
        return io.BytesIO(kept.getvalue().encode())

    def rows(self, file: TextFile) -> Iterator[tuple[list[str], str]]:
        """Yield the cells of each row, from the header on, and its lines as they are written.

        Lines above the header, and blank ones, have no cells.

        Raises
        ------
        DataError
            If a cell does not end where its quote does.
        """
        taken: list[str] = []
        place = begun = 0

        def lines() -> Iterator[str]:
            nonlocal place, begun
            encoding = "utf-8-sig" if self.encoding == "utf8" else self.encoding
            for line in io.TextIOWrapper(file.stream(), encoding, newline=""):
                place += 1
                if taken or not self.comment or not line.startswith(self.comment):
                    begun = begun if taken else place
                    taken.append(line)
                    yield line

        source = lines()
        for line in islice(source, self.skipped):
            taken.clear()
            yield [], line
        limit = csv.field_size_limit(LARGEST)
        try:
            for row in self._reader(source):
                text = "".join(taken)
                taken.clear()
                yield row, text
        except csv.Error as e:
            raise DataError(
                f"{file.name}: from line {begun} on, {self.quote} encloses what is no whole cell: "
                f"{one_line(taken[0][:60] if taken else '')}; write it twice within a cell, or say "
                "quote='' (--quote '') if it encloses none"
            ) from e
        finally:
            csv.field_size_limit(limit)

    def _reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        if self.quote:
            return csv.reader(lines, delimiter=self.separator, quotechar=self.quote, strict=True)
        return csv.reader(lines, delimiter=self.separator, quoting=csv.QUOTE_NONE)

    def note(self, said: Reading) -> str:
        """What was found that is unusual, in words, or nothing."""
        above = self.skipped - self.remarks
        found = {
            f"encoded in {self.encoding}": said.encoding is None and self.encoding != "utf8",
            f"separated by {NAMES.get(self.separator, repr(self.separator))}": said.sep is None
            and self.separator != ",",
            "with decimal commas": said.decimal is None and self.decimal != ".",
            f"quoted by {self.quote}": said.quote is None and self.quote != '"',
            f"without lines that begin with {self.remark}": bool(self.remark),
            f"without {_count(above, 'line')} above its header": self.names is None and above > 0,
            f"without {_count(above, 'line')} above its rows": self.names is not None
            and self.names[0] != "row"
            and above > 0,
            f"without {_count(self.headers, 'line')} below its header, in which no column of "
            "numbers has one": self.headers > 0,
            "with its header again among the rows, left out": bool(self.header),
        }
        return ", ".join(words for words, so in found.items() if so)


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


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
        return _told(file, lines[1:], places[1:], form, replace(said, sep=stated[1]))
    if said.comment is None:
        remark, above = comments_in(lines, said.sep, said.quote)
        form = CsvForm(encoding, remark=remark, remarks=places[above] if above else 0)
        return _told(file, lines[above:], places[above:], form, said)
    if said.comment:
        kept = _uncommented(lines, said.comment, said.quote or '"')
        # so many lines were taken out before each
        places = [places[i] - i + k for k, i in enumerate(kept)]
        lines = [lines[i] for i in kept]
    return _told(file, lines, places, CsvForm(encoding, comment=said.comment), said)


def _uncommented(lines: list[str], comment: str, quote: str) -> list[int]:
    """Return the places of lines that are no comments; none begins within a cell."""
    kept, quotes = [], 0
    for i, line in enumerate(lines):
        if quotes % 2 or not line.startswith(comment):
            kept.append(i)
            quotes += line.count(quote)
    return kept


def _told(
    file: TextFile, lines: list[str], places: list[int], form: CsvForm, said: Reading
) -> CsvForm:
    """Return a form with what the first lines that are not blank tell."""
    layout = layout_of(lines, said.sep, said.quote)
    single = {len(row) for row in layout.rows} == {1}
    if fault := _unclear(layout, lines, said, single):
        raise DataError(f"{file.name}: {fault}")
    rows, names, headers = layout.rows, None, 0
    if said.header is False and rows:
        names = tuple(f"c{i}" for i in range(1, len(rows[0]) + 1))
    elif said.header is None:
        names = names_in(layout)
        headers = 0 if names else second_headers(rows)
    body = rows if names else rows[1 + headers :]
    stated = form.separator != "," and layout.separator == form.separator
    begun = layout.above or stated or form.remarks or single
    return replace(
        form,
        separator=layout.separator,
        decimal=said.decimal or decimal_in(body, layout.separator),
        quote=layout.quote,
        skipped=places[layout.line] if begun else 0,
        names=names,
        headers=headers,
        single=single,
        typed=tuple(typed_columns(body)) if headers else (),
    )


def _unclear(layout: Parsing, lines: list[str], said: Reading, single: bool) -> str:
    """Return what the first lines leave open, with what is to be said, or nothing."""
    first = lines[layout.line] if lines else ""
    if said.quote is None and layout.quote == '"' and first.startswith("'"):
        return f"its header is in apostrophes: {one_line(first[:60])}; say quote=\"'\" or quote=''"
    if said.sep is None and single and not first.startswith('"') and set(first) & set(SEPARATORS):
        return (
            f"its header has what may separate, {one_line(first[:60])}, and its rows have not as "
            "many cells; say how it is written: sep=, quote= (--sep, --quote)"
        )
    if said.sep is None and _one_or_two(layout, first):
        return (
            f"its first line has one cell and the others have two, if {NAMES[layout.separator]} "
            f"separate; say what does: sep={layout.separator!r}, or for one column what occurs in "
            "none, as sep='|' (--sep)"
        )
    return ""


def _one_or_two(layout: Parsing, first: str) -> bool:
    """Whether a table may have one column whose cells hold what could separate two.

    R encloses the names of rows, which its header has no name for.
    """
    if layout.separator not in (",", ";") or len(layout.rows[0] if layout.rows else ()) != 2:
        return False
    titled = [len(row) for row in layout.above] == [1] and not first.startswith(('"', "'"))
    return titled and not has_header(layout.rows)


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
