"""Tell a text file whose columns stand apart by runs of blanks, which is no file of one column."""

import pyarrow as pa

from copulasynth.errors import DataError
from copulasynth.rows.csv_lines import is_typed

__all__ = ["refuse_aligned"]

SEEN = 100
"""Rows that are looked at."""


def refuse_aligned(name: str, table: pa.Table) -> None:
    """Refuse a table of one column whose cells are several, with numbers among them.

    Raises
    ------
    DataError
        With what to do.
    """
    (called,) = table.column_names
    cells = [str(cell).split() for cell in table.column(0)[:SEEN].drop_null().to_pylist()]
    width = len(called.split())
    runs = sum("  " in str(cell).strip() for cell in table.column(0)[:SEEN].to_pylist())
    if width < 2 or 2 * runs < len(cells) or any(len(row) != width for row in cells):
        return
    if any(all(map(is_typed, column)) for column in zip(*cells, strict=True)):
        raise DataError(
            f"{name}: its {width} columns stand apart by runs of blanks, which are not read; put "
            "one separator in their place, as sed -E 's/ +/,/g' does, or say that it is one column "
            "with sep=',' (--sep ,)"
        )
