"""Sheets of workbooks: .xlsx, .xls and .ods in."""

import datetime as dt
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from copulasynth.errors import DataError, did_you_mean
from copulasynth.rows import sheet_child
from copulasynth.rows.csv_cells import refuse_twice
from copulasynth.rows.csv_lines import Parsing
from copulasynth.rows.csv_names import names_in, second_headers
from copulasynth.rows.extra import apart, needed
from copulasynth.rows.machine import memory
from copulasynth.rows.reading import Reading
from copulasynth.rows.sheet_formats import padded_columns
from copulasynth.rows.text_file import refuse_swollen
from copulasynth.schema import with_styles

__all__ = ["WORKBOOKS", "read_workbook"]

WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
#: Rows by which header and titles are told.
SEEN = 100
EXACT = 2.0**53

Row = list[Any]


def read_workbook(path: Path, said: Reading) -> tuple[pa.Table, list[str]]:
    """Return the table of a sheet, the first one that has rows, and what is unusual about it.

    Raises
    ------
    DataError
        If the workbook is damaged or too large, or has no such sheet or no rows in it.
    """
    needed("python_calamine", path)
    _refuse_bomb(path)
    _refuse_text(path)
    job = os.fspath(path), said.sheet, memory()
    what = f"{path} cannot be read as a workbook"
    sheets, name, rows, start, merged = apart(str(sheet_child.__file__), job, what)
    if not sheets:
        raise DataError(f"{path} has no sheets")
    if name is None:
        asked = said.sheet
        raise DataError(f"{path} has no sheet {asked!r}; {did_you_mean(str(asked), sheets)}")
    if len(rows) < 2:
        raise DataError(f"{path}, sheet {name!r}: a row of names and rows of values are expected")
    shown = {place - start: count for place, count in padded_columns(path, name).items()}
    table, notes = _table(f"{path.name}, sheet {name!r}", rows, said, shown)
    refuse_twice(f"{path}, sheet {name!r}", table.column_names)
    if merged:
        notes.append(
            f"{path.name}, sheet {name!r}: {merged} merged cells over several rows have their "
            "value in the first row only; split them in the workbook"
        )
    others = [s for s in sheets if s != name]
    if others and said.sheet is None:
        notes.insert(
            0, f"{path.name}: sheet {name!r} is read, of {len(sheets)}; another by sheet=, --sheet"
        )
    return table, notes


def _refuse_bomb(path: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
        refuse_swollen(str(path), path.stat().st_size, unpacked)


def _refuse_text(path: Path) -> None:
    """Refuse what some programs call .xls and is text with tabs, or a page."""
    with open(path, "rb") as f:
        start = f.read(1 << 12)
    if start.strip() and not start.startswith((b"PK", b"\xd0\xcf\x11\xe0")) and 0 not in start:
        page = b"<" in start[:20] or b"<html" in start.lower()
        kind = "a page of HTML; save it as .xlsx" if page else "text; rename it to .txt"
        raise DataError(f"{path} is no workbook but {kind}")


def _table(
    what: str, rows: list[Row], said: Reading, shown: Mapping[int, int]
) -> tuple[pa.Table, list[str]]:
    """Return rows of cells as a table with names; some numbers are shown with so many digits."""
    notes = []
    first, width = _begin(rows), max(map(len, rows))
    if first:
        notes.append(f"{what} is read without {first} row{'s' * (first > 1)} above its header")
    seen = tuple([text_of(cell) for cell in row] for row in rows[first : first + SEEN])
    names = names_in(Parsing(",", '"', seen)) if said.header is None else None
    if said.header is False or names is not None:
        names, body = tuple(f"c{i + 1}" for i in range(width)), rows[first:]
        if said.header is None:
            notes.append(f"{what}: its first row holds values; the columns are called c1, c2, ...")
    else:
        more = second_headers(seen) if said.header is None else 0
        names, body = tuple(seen[0]), rows[first + 1 + more :]
        if more:
            notes.append(f"{what} is read without {more} further row{'s' * (more > 1)} of header")
    gaps = frozenset(said.missing) | {""}
    columns = [_column([row[j] for row in body], gaps) for j in range(width)]
    codes = [j for j in shown if j < width and pa.types.is_integer(columns[j].type)]
    for j in codes:
        columns[j] = pc.utf8_lpad(columns[j].cast(pa.string()), shown[j], padding="0")
    if codes:
        named = [names[j] for j in codes]
        notes.append(f"{what}: numbers are shown with zeros before them; kept as text: {named}")
    kept = [j for j in range(width) if names[j] or columns[j].null_count < len(body)]
    table = pa.Table.from_arrays([columns[j] for j in kept], [names[j] for j in kept])
    return with_styles(table, {names[j]: _style(columns[j]) for j in kept}), notes


def _style(column: pa.Array) -> str:
    """Return how text files write times of a sheet, which has as many decimals as a microsecond."""
    moments = pa.types.is_timestamp(column.type)
    if not (moments or pa.types.is_time(column.type)) or column.null_count == len(column):
        return ""
    cells = column.drop_null().to_pylist()
    if any(cell.microsecond for cell in cells):
        return ""
    clock = "%H:%M:%S" if any(cell.second for cell in cells) else "%H:%M"
    return f"%Y-%m-%d {clock}" if moments else clock


def _begin(rows: list[Row]) -> int:
    """Return how many rows of titles, which have fewer cells than all others, come first."""
    filled = [max((j + 1 for j, c in enumerate(r) if c not in ("", None)), default=0) for r in rows]
    width = max(filled[:SEEN])
    first = filled.index(width)
    titles = all(sum(c not in ("", None) for c in row) == 1 for row in rows[:first])
    return first if titles and width > 1 else 0


def text_of(cell: object) -> str:
    """Return a cell as CSV has it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if abs(cell) <= EXACT and cell == int(cell) else repr(cell)
    return str(cell)


def _column(cells: Sequence[Any], gaps: frozenset[str]) -> pa.Array:
    """Return cells of one type as that, and others as text."""
    values = [None if c is None or (isinstance(c, str) and c in gaps) else c for c in cells]
    kinds = {type(v) for v in values if v is not None}
    if kinds <= {int, float}:
        whole = all(v is None or (abs(v) <= EXACT and v == int(v)) for v in values)
        kind = (pa.int64() if whole else pa.float64()) if kinds else pa.null()
        return pa.array(values, kind, from_pandas=False) if not whole else _whole(values, kind)
    if kinds == {dt.date, dt.datetime}:
        values = [v if v is None or type(v) is dt.datetime else _midnight(v) for v in values]
    elif len(kinds) > 1:
        values = [None if v is None else text_of(v) for v in values]
    return pa.array(values)


def _whole(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array([None if v is None else int(v) for v in values], kind)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
