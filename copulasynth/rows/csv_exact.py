"""Numbers of text files that would not come back as they are written, and marks of thousands."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Inexact", "Kinds", "inexact", "is_number", "is_text", "ungrouped"]

Kinds = dict[str, pa.DataType]

PADDED = r"^\s*[-+]?0[0-9]"
WHOLE = r"^\s*-?[0-9]+\s*$"
SIGNED = r"^\s*(\+|-?0[xX])"
POWER = r"^\s*-?[0-9]+[eE][0-9]+\s*$"
#: Whole numbers that are days lie between, and so many of them differ.
FIRST, LAST, DAYS = 1900_01_01, 2099_12_31, 5
MARKS = (PADDED, SIGNED, POWER)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column is text."""
    return bool(pa.types.is_string(kind))


def is_number(kind: pa.DataType) -> bool:
    """Whether a column has numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _huge(table: pa.Table) -> list[str]:
    """Return the columns of floats that may be whole numbers beyond 63 bits."""
    floats = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    return [name for name in floats if (pc.max(pc.abs(table[name])).as_py() or 0) >= 2.0**63]


@dataclass(frozen=True, slots=True)
class Inexact:
    """Columns whose numbers would not come back as they are written."""

    padded: tuple[str, ...] = ()
    coded: tuple[str, ...] = ()
    wide: Kinds = field(default_factory=dict)
    dated: tuple[str, ...] = ()

    @property
    def kinds(self) -> Kinds:
        """The types that hold them."""
        return self.wide | dict.fromkeys(self.padded + self.coded + self.dated, pa.string())

    def notes(self, title: str) -> list[str]:
        """What is said of them."""
        beyond = [name for name, kind in self.wide.items() if is_text(kind)]
        found = {
            "numbers begin with zeros, as codes do; kept as text": list(self.padded),
            "numbers with + before them, 0x or e within, as phones and codes have; kept as text": [
                name for name in self.coded if name not in self.padded
            ],
            "whole numbers that are days, as 20201231; kept as text": list(self.dated),
            "whole numbers beyond 64 bits are kept as text": [
                name for name in beyond if name not in self.padded + self.coded
            ],
        }
        return [f"{title}: {what}: {names}" for what, names in found.items() if names]


def inexact(batches: Iterable[pa.RecordBatch], table: pa.Table) -> Inexact:
    """Return the columns whose numbers do not come back, and the types that hold whole ones.

    The batches have the columns of numbers of a table as they are written.
    """
    names = [f.name for f in table.schema if is_number(f.type)]
    seen: dict[str, set[str]] = {mark: set() for mark in MARKS}
    wide: Kinds = dict.fromkeys(_huge(table), pa.uint64())
    for batch in batches:
        for name in names:
            cells = batch.column(name)
            for mark in MARKS if _any(cells, "|".join(MARKS)) else ():
                seen[mark] |= {name} if _any(cells, mark) else set()
            if name in wide and not pc.all(pc.match_substring_regex(cells, WHOLE)).as_py():
                del wide[name]  # fractions among them: these are measured
            elif name in wide:
                wide[name] = wide[name] if _unsigned(cells) else pa.string()
    coded = seen[SIGNED] | {n for n in seen[POWER] if not _fractions(table.column(n))}
    padded, coded_in = ([n for n in names if n in s] for s in (seen[PADDED], coded))
    dated = [n for n in names if n not in {*padded, *coded_in, *wide} and _days(table.column(n))]
    return Inexact(tuple(padded), tuple(coded_in), wide, tuple(dated))


def _days(column: pa.ChunkedArray) -> bool:
    """Whether whole numbers are days, each with its year, month and day."""
    if not pa.types.is_integer(column.type):
        return False
    ends = pc.min_max(column).as_py()
    if ends["min"] is None or ends["min"] < FIRST or ends["max"] > LAST:
        return False
    texts = pc.unique(column.drop_null()).cast(pa.string())
    days = pc.strptime(texts, format="%Y%m%d", unit="s", error_is_null=True)
    same = pc.fill_null(pc.equal(pc.strftime(days, "%Y%m%d"), texts), False)
    return len(texts) >= DAYS and bool(pc.all(same).as_py())


def _any(cells: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(cells, pattern)).as_py())


def _fractions(column: pa.ChunkedArray) -> bool:
    """Whether a column of numbers was measured: codes are whole."""
    return bool(pc.any(pc.not_equal(column, pc.floor(column))).as_py())


def _unsigned(cells: pa.Array) -> bool:
    try:
        cells.cast(pa.uint64())
    except pa.ArrowInvalid:
        return False
    return True


def ungrouped(table: pa.Table, thousands: str, decimal: str, coded: list[str]) -> pa.Table:
    """Return a table whose columns of numbers with marks of thousands are numbers."""
    mark, point = re.escape(thousands), re.escape(decimal)
    number = rf"^\s*[-+]?(?:[0-9]+|[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+)(?:{point}[0-9]+)?\s*$"
    for i, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if not is_text(column.type) or column.null_count == len(column) or name in coded:
            continue
        if not pc.all(pc.match_substring_regex(column, number)).as_py():
            continue
        if pc.any(pc.match_substring_regex(column, PADDED)).as_py():
            continue
        plain = pc.replace_substring(pc.utf8_trim_whitespace(column), thousands, "")
        plain = pc.replace_substring(plain, decimal, ".")
        whole = pc.all(pc.match_substring_regex(plain, WHOLE)).as_py()
        with suppress(pa.ArrowInvalid):  # whole numbers beyond 64 bits stay text
            cells = plain.cast(pa.int64() if whole else pa.float64())
            table = table.set_column(i, name, cells)
    return table
