"""Tell a last row that sums up those above it, which is none of them."""

import re

import pyarrow as pa

__all__ = ["total_note"]

WORDS = re.compile(
    r"(?:grand |sub|sub-)?(?:total|totals|totaal|totale|totalt|totalsumma|razem|suma|sum|summe"
    r"|summa|somme|gesamt|gesamtsumme|gesamtergebnis|insgesamt|итого|всего|合計|总计)[ :.]*",
    re.IGNORECASE,
)


def total_note(title: str, table: pa.Table) -> str:
    """Return what is to be said of a table whose last row, and no other, is called a total.

    >>> total_note("t.csv", pa.table({"town": ["Bonn", "Ulm", "Total"], "n": [1, 2, 3]}))[:43]
    "t.csv: its last row (row 3, 'Total') reads "
    """
    for column in table.columns if len(table) > 1 else ():
        text = column[-1].as_py() if pa.types.is_string(column.type) else None
        if text and WORDS.fullmatch(text.strip()) and column.index(text).as_py() == len(table) - 1:
            return (
                f"{title}: its last row (row {len(table):,}, {text.strip()!r}) reads as a total of "
                "those above it, and is a row like them here; remove it from the file if it is none"
            )
    return ""
