"""The header of a text file: names of columns, none of them, or more lines of them."""

import re
from itertools import pairwise

from copulasynth.rows.csv_lines import GAPS, PLAIN, Parsing, Rows, is_typed, typed_columns

__all__ = ["names_in", "second_headers"]

YEARS = (1800, 2200)
SECONDS = 2
"""Most lines of a header beyond the first."""


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
    typed = typed_columns(rows[1:])
    first = {j: rows[0][j] for j in typed}
    if not typed or not any(first.values()) or first.get(0, "x") == "":
        return False
    if not all(is_typed(cell) or not cell for cell in first.values()):
        return False
    return not (_counted(rows[0]) or _years(rows, typed) or _named(rows, typed))


def _named(rows: Rows, typed: list[int]) -> bool:
    """Whether words that do not occur below stand beside names that look like values.

    These are written as no value below them is, as ages and shares are above numbers, or count on.
    """
    names = [rows[0][j] for j in typed]
    texts = [j for j in range(len(rows[0])) if j not in typed]
    words = [bool(rows[0][j]) and all(rows[0][j] != r[j] for r in rows[1:]) for j in texts]
    if not (words and all(words) and all(names)):
        return False
    unlike = [_shape(rows[0][j]) not in {_shape(r[j]) for r in rows[1:]} for j in typed]
    return (all(unlike) and not any(map(PLAIN.fullmatch, names))) or _counting(names)


def _shape(cell: str) -> str:
    return re.sub(r"\d+", "0", cell.strip())


def _counting(names: list[str]) -> bool:
    """Whether names go up by one, or at least three by the same factor above one."""
    if len(names) < 2 or not all(map(PLAIN.fullmatch, names)):
        return False
    pairs = list(pairwise(map(float, names)))
    if all(b - a == 1 for a, b in pairs):
        return True
    factors = [b / a for a, b in pairs if 0 < a < b]
    return len(factors) == len(pairs) >= 2 and max(factors) < min(factors) * (1 + 1e-9)


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
        typed = typed_columns(body)
        if len(body) < 3 or len(typed) < 2:
            continue
        seen = [row[j].strip() for row in rows[: 1 + more] for j in typed if j < len(row)]
        if not any(is_typed(c) or c.lower() in GAPS for c in seen):
            return more
    return 0
