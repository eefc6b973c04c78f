"""The first lines of a text file taken apart: what separates, quotes and names its cells."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

__all__ = ["Parsing", "comment_in", "decimal_in", "layout_of", "names_in", "second_headers"]

SEPARATORS = (",", ";", "\t", "|")
QUOTES = ('"', "'")
TYPED = re.compile(r"[-+(]?[$€£]?\s?\d[\d.,:/ eETZ+-]*\s?[%€$)]?")
"""Numbers, amounts, dates and times: names of columns are not written so, but for years."""
PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
GAPS = frozenset(["", "na", "n/a", "nan", "null", "none", "-", "--", ".", "?", "missing"])
YEARS = (1800, 2200)
RAGGED = 0.8
"""Share of lines of one length by which a separator is told where lines are not all as long."""
ABOVE = 20
"""Most lines of titles above a table."""
SECONDS = 2
"""Most lines of a header beyond the first."""

Rows = Sequence[list[str]]


@dataclass(frozen=True, slots=True)
class Parsing:
    """The lines of a table by one separator and one quote.

    Attributes
    ----------
    separator, quote : str
    rows : tuple of list of str
        Cells of the lines of the table, its header first.
    above : tuple of list of str
        Cells of the lines before them, which have fewer.
    line : int
        Place of the first line of the table.
    """

    separator: str
    quote: str
    rows: tuple[list[str], ...]
    above: tuple[list[str], ...] = ()
    line: int = 0

    @property
    def even(self) -> float:
        """Share of the lines that have as many cells as most; none if that is one cell."""
        widths = Counter(map(len, self.rows))
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        return count / len(self.rows) if width > 1 else 0.0

    @property
    def clean(self) -> float:
        """How much cells look like values: those that hold what could separate do not."""
        cells = [cell for row in self.rows for cell in row]
        typed = sum(map(is_typed, cells))
        plain = sum(is_typed(c) or not any(s in c for s in SEPARATORS) for c in cells)
        return (typed + plain) / max(len(cells), 1)


def layout_of(lines: list[str], separator: str | None, quote: str | None) -> Parsing:
    """Return how lines are best taken apart, with what is known stated.

    Of the separators by which all lines have equally many cells, two or more, that one is chosen
    whose cells look most like values; where there is none, blanks if they separate plain numbers,
    else one by which most lines do.
    """
    separators = SEPARATORS if separator is None else (separator,)
    quotes = [q for q in QUOTES if q == '"' or _encloses(lines, q)] if quote is None else [quote]
    tried = [_taken(lines, s, q) for s, q in product(separators, quotes)]
    even = [t for t in tried if t.even == 1]
    if even:
        return max(even, key=lambda t: (t.clean, t.quote != '"'))
    spaced = _taken(lines, " ", '"')
    if separator is None and spaced.even == 1 and _only_numbers(spaced.rows[1:]):
        return spaced
    best = max(tried, key=lambda t: t.even)
    return best if best.even >= RAGGED else tried[0]


def _only_numbers(rows: Rows) -> bool:
    """Whether cells are plain numbers: blanks separate those, and words of texts more often."""
    return bool(rows) and all(PLAIN.fullmatch(cell) for row in rows for cell in row)


def _taken(lines: list[str], separator: str, quote: str) -> Parsing:
    """Take lines apart, and part off those above a table."""
    rows, places = _rows(lines, separator, quote)
    widths = [len(row) for row in rows]
    width = Counter(widths).most_common(1)[0][0] if widths else 0
    first = widths.index(width) if widths else 0
    table = len(rows) - first >= 3 and max(widths[:first], default=0) < width and first <= ABOVE
    if not (table and set(widths[first:]) == {width}):
        first = 0
    elif width >= 3:
        # titles of spreadsheets are followed by the separators of the blank cells beside them
        filled = [sum(map(bool, row)) for row in rows]
        while first < min(len(rows) - 3, ABOVE) and filled[first] <= 1 < max(filled[first:]):
            first += 1
    place = places[first] if places else 0
    return Parsing(separator, quote, tuple(rows[first:]), tuple(rows[:first]), place)


def _rows(lines: list[str], separator: str, quote: str) -> tuple[list[list[str]], list[int]]:
    """Return the cells of lines and where each row begins; none if a quote never ends."""
    if quote:
        reader = csv.reader(lines, delimiter=separator, quotechar=quote)
    else:
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    rows, places, at = [], [], 0
    try:
        for row in reader:
            rows.append(row)
            places.append(at)
            at = reader.line_num
    except csv.Error:
        return [], []
    return rows, places


def _encloses(lines: list[str], quote: str) -> bool:
    """Whether cells are enclosed in a quote, and none begins with it that does not end in it."""
    marks = "".join(map(re.escape, SEPARATORS))
    whole = re.compile(
        rf"(?:^|[{marks}]){quote}(?:[^{quote}]|{quote}{quote})*{quote}(?=[{marks}]|$)"
    )
    begun = re.compile(rf"(?:^|[{marks}]){quote}")
    return any(map(whole.search, lines)) and not any(begun.search(whole.sub("", x)) for x in lines)


def is_typed(cell: str) -> bool:
    """Whether a cell is written as a number, an amount, a date or a time."""
    return TYPED.fullmatch(cell.strip()) is not None


def comment_in(lines: list[str], separator: str | None, quote: str | None) -> str:
    """Return what begins lines that are no rows, ``#`` or ``##``, or nothing.

    Lines that begin so are rows if all of them have as many cells as the others.
    """
    for mark in ("##", "#"):
        marked = [line for line in lines if line.startswith(mark)]
        others = [line for line in lines if not line.startswith(mark)]
        if not marked or len(others) < 2 or len(marked) > len(others) + ABOVE:
            continue
        layout = layout_of(others, separator, quote)
        width = len(layout.rows[-1]) if layout.rows else 0
        rows, _ = _rows(marked, layout.separator, layout.quote)
        if any(len(row) != width for row in rows):
            return mark
    return ""


def names_in(layout: Parsing) -> tuple[str, ...] | None:
    """Return the names of the columns where the first line does not name them all.

    They are c1, c2, ... if the first line holds values; if the line above has one cell less, those
    are the names, and what they leave out is the number of the row, as R writes it.
    """
    rows = layout.rows
    if not _begins_with_values(rows):
        return None
    above = layout.above[-1] if layout.above else []
    if above and len(above) == len(rows[0]) - 1 and not any(is_typed(c) or not c for c in above):
        return ("row", *above)
    return tuple(f"c{i}" for i in range(1, len(rows[0]) + 1))


def _begins_with_values(rows: Rows) -> bool:
    """Whether the first row has values in every column whose other cells are typed."""
    if len(rows) < 3 or len({len(row) for row in rows}) > 1:
        return False
    typed = _typed_columns(rows[1:])
    first = {j: rows[0][j] for j in typed}
    if not typed or not any(first.values()) or first.get(0, "x") == "":
        return False
    if not all(is_typed(cell) or not cell for cell in first.values()):
        return False
    return not _counted(rows[0]) and not _years(rows, typed)


def _typed_columns(rows: Rows) -> list[int]:
    """Return the columns whose cells are typed, gaps aside."""
    found = []
    for j, cells in enumerate(zip(*rows, strict=False)):
        present = [c for c in cells if c.strip().lower() not in GAPS]
        if present and all(map(is_typed, present)):
            found.append(j)
    return found


def _counted(row: list[str]) -> bool:
    """Whether cells count the columns from zero, as pandas names them."""
    return len(row) > 1 and row == [str(j) for j in range(len(row))]


def _years(rows: Rows, typed: list[int]) -> bool:
    """Whether the first cells of typed columns are years, above what are none."""
    named = [j for j in typed if rows[0][j]]
    below = [r[j] for r in rows[1:] for j in named]
    return all(_is_year(rows[0][j]) for j in named) and not all(map(_is_year, below))


def _is_year(cell: str) -> bool:
    return cell.isdecimal() and YEARS[0] <= int(cell) <= YEARS[1]


def second_headers(rows: Rows) -> int:
    """Return how many lines below the header describe the columns, as units or questions do.

    They have words in every column whose further cells are numbers or dates.
    """
    for more in range(SECONDS, 0, -1):
        body = rows[1 + more :]
        typed = _typed_columns(body)
        if len(body) < 2 or len(typed) < 2:
            continue
        seen = [row[j].strip() for row in rows[: 1 + more] for j in typed if j < len(row)]
        if not any(is_typed(c) or c.lower() in GAPS for c in seen):
            return more
    return 0


def decimal_in(rows: Iterable[list[str]], separator: str) -> str:
    """Return the comma where cells have it in their numbers, and none has a point.

    Marks before groups of three digits are taken for thousands if there is anything else.
    """
    cells = [cell.strip() for row in rows for cell in row]
    commas = _marked(cells, ",", ".")
    points = _marked(cells, ".", ",")
    if separator == "," or not commas or points == "certain":
        return "."
    return "," if commas == "certain" or (separator == ";" and not points) else "."


def _marked(cells: list[str], mark: str, other: str) -> str:
    """Return how surely a mark is that of decimals: certain, maybe, or not at all."""
    m, o = re.escape(mark), re.escape(other)
    number = re.compile(rf"[-+]?(?:\d+|\d{{1,3}}(?:{o}\d{{3}})+){m}\d+")
    grouped = re.compile(rf"[-+]?[1-9]\d{{0,2}}(?:{m}\d{{3}})+")
    found = [cell for cell in cells if number.fullmatch(cell)]
    if not found:
        return ""
    return "maybe" if all(map(grouped.fullmatch, found)) else "certain"
