"""The first lines of a text file taken apart: what separates, quotes and names its cells."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

__all__ = [
    "GAPS",
    "PLAIN",
    "SEPARATORS",
    "Parsing",
    "Rows",
    "comments_in",
    "decimal_in",
    "has_header",
    "is_typed",
    "layout_of",
    "typed_columns",
]

SEPARATORS = (",", ";", "\t", "|")
TYPED = re.compile(r"[-+(]?[$€£]?\s?\d[\d.,:/ eETZ+-]*\s?[%€$)]?")
"""Numbers, amounts, dates and times: names of columns are not written so, but for years."""
PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
GAPS = frozenset(["", "na", "n/a", "nan", "null", "none", "-", "--", ".", "?", "missing"])
RAGGED = 0.8
"""Share of lines of one length by which a separator is told where lines are not all as long."""
ABOVE = 20
"""Most lines of titles above a table."""
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
    whose cells look most like values; apostrophes enclose cells if they do in the header, or there
    is none without. Where there is none, blanks if they separate plain numbers, else one by which
    most lines do.
    """
    separators = SEPARATORS if separator is None else (separator,)
    quotes = _quotes(lines) if quote is None else (quote,)
    tried = [_taken(lines, s, q) for s, q in product(separators, quotes)]
    even = [[t for t in tried if t.even == 1 and t.quote == q] for q in quotes]
    best = [max(ways, key=lambda t: t.clean) for ways in even if ways]
    if len(best) == 2 and (lines[0].startswith("'") or (best[0].above and not best[1].above)):
        return best[1]
    if best:
        return best[0]
    broken = [t for t in tried if not t.rows and _taken(lines, t.separator, "").even == 1]
    if broken:  # whose quotes are no quotes; whoever reads all lines says where
        return broken[0]
    spaced = _taken(lines, " ", '"')
    if separator is None and spaced.even == 1 and _only_numbers(spaced.rows[1:]):
        return spaced
    most = max(tried, key=lambda t: t.even)
    return most if most.even >= RAGGED else tried[0]


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
    """Return the cells of lines and where each row begins; none if a quote ends within a cell."""
    if quote:
        reader = csv.reader(lines, delimiter=separator, quotechar=quote, strict=True)
    else:
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    rows, places, at = [], [], 0
    try:
        for row in reader:
            rows.append(row)
            places.append(at)
            at = reader.line_num
    except csv.Error as e:
        if "end of data" not in str(e):  # the last cell may go on below the first lines
            return [], []
    return rows, places


def _quotes(lines: list[str]) -> tuple[str, ...]:
    """Return what may enclose cells: apostrophes if in the header, or no cell has the usual."""
    marks = "".join(map(re.escape, SEPARATORS))
    usual = re.compile(rf'(?:^|[{marks}])"')
    named = bool(lines) and lines[0].startswith("'")
    either = named or (_encloses(lines, "'") and not any(map(usual.search, lines)))
    return ('"', "'") if either else ('"',)


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


def comments_in(lines: list[str], separator: str | None, quote: str | None) -> tuple[str, int]:
    """Return what begins lines that are no rows, and how many of them are above the header.

    They are found above a header, and among rows where all other lines have equally many cells.
    """
    above = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if len(lines) - above < 2:
        return "", 0
    if above:
        above -= _continues(lines[above - 1], layout_of(lines[above:], separator, quote))
        marks = [mark for mark in ("##", "#") if all(x.startswith(mark) for x in lines[:above])]
        return (marks[0], above) if above else ("", 0)
    others = [line for line in lines if not line.startswith("#")]
    if len(others) == len(lines) or layout_of(lines, separator, quote).even == 1:
        return "", 0
    return ("#", 0) if layout_of(others, separator, quote).even == 1 else ("", 0)


def _continues(line: str, below: Parsing) -> bool:
    """Whether a line that begins as comments do is the header of the lines below it."""
    width = len(below.rows[0]) if below.rows else 0
    if width == 1:
        return not line.startswith("# ")
    rows, _ = _rows([line], below.separator, below.quote)
    return [len(row) for row in rows] == [width] and not has_header(
        [row for row in below.rows if len(row) == width]
    )


def has_header(rows: Rows) -> bool:
    """Whether words stand above columns whose cells are numbers or dates."""
    names = [rows[0][j] for j in typed_columns(rows[1:]) if j < len(rows[0])] if rows else []
    return bool(names) and not any(is_typed(name) or not name for name in names)


def typed_columns(rows: Rows) -> list[int]:
    """Return the columns whose cells are typed, gaps aside."""
    found = []
    for j, cells in enumerate(zip(*rows, strict=False)):
        present = [c for c in cells if c.strip().lower() not in GAPS]
        if present and all(map(is_typed, present)):
            found.append(j)
    return found


def decimal_in(rows: Iterable[list[str]], separator: str) -> str:
    """Return the comma where cells have it in their numbers, and none has a point.

    Marks that may be those of thousands, before groups of three digits, tell nothing.
    """
    cells = [cell.strip() for row in rows for cell in row]
    commas = _marked(cells, ",", ".")
    points = _marked(cells, ".", ",")
    if separator == "," or not commas or points == "certain":
        return "."
    return "," if commas == "certain" else "."


def _marked(cells: list[str], mark: str, other: str) -> str:
    """Return how surely a mark is that of decimals: certain, maybe, or not at all."""
    m, o = re.escape(mark), re.escape(other)
    number = re.compile(rf"[-+]?(?:\d+|\d{{1,3}}(?:{o}\d{{3}})+){m}\d+")
    grouped = re.compile(rf"[-+]?[1-9]\d{{0,2}}(?:{m}\d{{3}})+")
    found = [cell for cell in cells if number.fullmatch(cell)]
    if not found:
        return ""
    return "maybe" if all(map(grouped.fullmatch, found)) else "certain"
