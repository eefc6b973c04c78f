"""Rows that a fit leaves out and why, and values that look like one more reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.schema import Schema

__all__ = ["Codes", "LeftOut", "codes_of", "suspects"]

#: Missing codes by column.
Codes = Mapping[str, Sequence[Any]]

#: What people write for "no answer" in a column of numbers: -1 to -9, and repeated digits.
USUAL = frozenset([*range(-9, 0), -77, -88, -99, -777, -888, -999, -7777, -8888, -9999, -99999])
#: They stand out from so many other values, none of them negative, and in this share of the rows.
OTHERS, SHARE = 10, 0.005


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows of one or more tables that a fit leaves out.

    Attributes
    ----------
    rows, of : int
        Rows that lack a value in some column of the formula, and all rows.
    reasons : tuple of (str, str, int)
        Column, "empty" or the missing code, and in how many rows; a row may have several.
    """

    rows: int
    of: int
    reasons: tuple[tuple[str, str, int], ...] = ()

    @classmethod
    def together(cls, parts: Iterable["LeftOut"]) -> "LeftOut":
        """Return the sum over tables."""
        parts = tuple(parts)
        counts: dict[tuple[str, str], int] = {}
        for part in parts:
            for column, why, count in part.reasons:
                counts[column, why] = counts.get((column, why), 0) + count
        reasons = tuple((*key, count) for key, count in counts.items())
        return cls(sum(p.rows for p in parts), sum(p.of for p in parts), reasons)

    def sentence(self, whose: str) -> str:
        """Say how many rows of `whose` were left out and why; "" where none was."""
        if not self.rows:
            return ""
        why = "; ".join(
            f"{column} is empty in {count:,}"
            if reason == "empty"
            else f"{column} is {reason} in {count:,}, declared a missing code"
            for column, reason, count in self.reasons
        )
        share = 100 * self.rows / self.of
        return f"Left out {self.rows:,} of {self.of:,} rows of {whose} ({share:.1f} %): {why}."


def codes_of(schema: Schema | None, missing_codes: Codes | None) -> dict[str, tuple[Any, ...]]:
    """Return the missing codes that a schema and a mapping declare; the mapping goes before.

    Raises
    ------
    DataError
        If `missing_codes` is no mapping of columns to lists of values.
    """
    columns = () if schema is None else schema.columns
    found: dict[str, tuple[Any, ...]] = {
        str(c.name): tuple(c.missing_codes) for c in columns if c.missing_codes
    }
    given = {} if missing_codes is None else missing_codes
    if not isinstance(given, Mapping):
        raise DataError(f"missing_codes: expected e.g. {{'income': [-8]}}, got {given!r}")
    for name, codes in given.items():
        if isinstance(codes, str) or not isinstance(codes, Iterable):
            raise DataError(f"missing_codes: write {{{name!r}: [{codes!r}]}}, a list of values")
        found[str(name)] = tuple(codes)
    return found


def suspects(x: Floats) -> list[int]:
    """Return negative numbers that look like missing codes: few, usual ones, and alone below 0."""
    present = x[~np.isnan(x)]
    distinct, counts = np.unique(present, return_counts=True)
    low = distinct < 0
    if not low.any() or low.sum() > 3 or (~low).sum() < OTHERS:
        return []
    usual = all(v in USUAL for v in distinct[low].tolist())
    return [int(v) for v in distinct[low]] if usual and counts[low].sum() >= SHARE * len(x) else []
