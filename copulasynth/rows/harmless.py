"""Texts of CSV files that no spreadsheet takes for formulas, so that opening one runs nothing.

A spreadsheet takes a cell for a formula by its first sign, in quotes or not. An apostrophe before
it says that the cell is text. Plain numbers and lone signs stay as they are: nothing in them can
be run.
"""

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["harmless", "harmless_name"]

#: First signs of formulas: ASCII and the full-width forms that some programs take for the same,
#: also behind blanks and control characters, which programs strip.
_RISKY = r"^[\x00-\x20\x{a0}\x{feff}]*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]|^[\t\r\n]"
_PLAIN = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)?$"


def harmless(array: pa.Array) -> pa.Array:
    """Return an array whose texts begin with an apostrophe where they could be formulas."""
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return array
    risky = pc.match_substring_regex(array, _RISKY)
    if not pc.any(risky, min_count=0).as_py():
        return array
    risky = pc.and_not(risky, pc.match_substring_regex(array, _PLAIN))
    marked = pc.binary_join_element_wise(
        pa.scalar("'", array.type), array, pa.scalar("", array.type)
    )
    return pc.if_else(risky, marked, array)


def harmless_name(name: str) -> str:
    """Return the name of a column, with an apostrophe before it where it could be a formula."""
    return str(harmless(pa.array([name]))[0])
