"""Encode columns as numbers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Floats
from copulasynth.errors import DataError
from copulasynth.schema._raw import Raw, first
from copulasynth.schema.column import SECOND, Column, Label, Scalar, key, places_among, short
from copulasynth.schema.grid import EXACT
from copulasynth.schema.writings import count_levels

__all__ = ["Unseen", "check_names", "encode_column"]

Unseen = Literal["error", "missing"]
NUMBERS = ("integer", "float", "decimal")


def check_names(columns: Sequence[Column], names: Sequence[Label]) -> None:
    """Refuse a table that lacks a column which is needed, or has one that nobody knows."""
    optional = ("identifier", "drop")
    lacking = [c.name for c in columns if c.name not in names and c.kind not in optional]
    if lacking:
        raise DataError(
            f"the table lacks column {lacking[0]!r} (it has {short(tuple(names))}); "
            f"{len(lacking)} columns of the schema are missing: {short(tuple(lacking))}"
        )
    known = {c.name for c in columns}
    extra = tuple(n for n in names if n not in known)
    if extra:
        raise DataError(
            f"the table has columns that the schema does not know: {short(extra)}; drop them, "
            "or infer the schema from this table"
        )


def encode_column(column: Column, raw: Raw, unseen: Unseen) -> tuple[Floats, Floats]:
    """Return the values (NaN where missing) and the states of a column, both (n,).

    Raises
    ------
    DataError
        If the values do not fit the column.
    """
    if column.unread:
        raise DataError(
            f"column {column.name!r} is declared {column.kind}, but its text was not read yet; let "
            "schema.complete(df) learn its form"
        )
    if column.written and raw.storage == "text":
        values, state = _encode_levels(column, raw, unseen)
    else:
        _check_storage(column, raw)
        if column.coded:
            values, state = _encode_levels(column, raw, unseen)
        else:
            values, state = _numbers(column, raw), np.zeros(raw.n)
            for k, code in enumerate(column.missing_codes if not column.written else ()):
                state[values == _number(column, code)] = 2 + k
    if raw.missing.any() and not column.gaps and unseen == "error":
        raise DataError(
            f"column {column.name!r} has {int(raw.missing.sum())} missing values (first at row "
            f"{first(raw.missing)}), but the schema knows none there. Set gaps = true for it, "
            "or fill or drop those rows."
        )
    state[raw.missing] = 1
    values[state != 0] = np.nan
    if column.kind == "constant" and unseen == "error":
        _check_constant(column, values, state)
    return values, state


def _check_storage(column: Column, raw: Raw) -> None:
    same = column.storage == raw.storage or {column.storage, raw.storage} <= set(NUMBERS)
    if not (same or raw.storage == "null" or (raw.n and raw.missing.all())):
        raise DataError(
            f"column {column.name!r} holds {raw.storage} values ({raw.dtype}), but the schema "
            f"expects {column.storage} values ({column.dtype}); cast the column, or infer the "
            "schema from this table"
        )
    if same and (column.timezone is None) != (raw.timezone is None):
        raise DataError(
            f"column {column.name!r}: the schema has time zone {column.timezone}, the table has "
            f"{raw.timezone}; use .dt.tz_localize or .dt.tz_convert first"
        )


def _check_constant(column: Column, values: Floats, state: Floats) -> None:
    expected = _constant_number(column)
    other = state == 0 if expected is None else (state == 0) & (values != expected)
    if other.any():
        raise DataError(
            f"column {column.name!r} is constant ({column.value!r}) in the schema, but the table "
            f"has another value at row {first(other)}; infer the schema from this table"
        )


def _constant_number(column: Column) -> float | None:
    if column.value is None:
        return None
    if column.coded:
        return float(column.order.index(places_among(column.levels)[key(column.value)]))
    return _number(column, column.value)


def _encode_levels(column: Column, raw: Raw, unseen: Unseen) -> tuple[Floats, Floats]:
    """Encode rows by what their levels mean: places in the order, or numbers kept as text."""
    if column.coded and not column.levels and raw.n and column.kind != "constant":
        raise DataError(
            f"column {column.name!r} is {column.kind} but lists no levels; list them in the "
            "schema, or let schema.complete(df) learn them"
        )
    if raw.levels is None and raw.unit != column.unit:
        raw = replace(raw, values=np.floor(_counts(column, raw)).astype(np.int64))
    seen, codes = raw.distinct()
    numbers = np.append(_numbers_of(column, seen), np.nan)
    special = places_among(column.missing_codes)
    values = numbers[codes]
    state = np.array([*(2.0 + special.get(key(v), -2) for v in seen), 0.0])[codes]
    state[raw.missing] = 1
    strange: Bools = np.isnan(values) & (state == 0)
    if strange.any() and unseen == "error" and not (column.written and column.stray):
        row = first(strange)
        raise UnseenLevel(column, seen[codes[row]], row)
    if column.gaps or column.written:
        state[strange] = 1
    return values, state


def _numbers_of(column: Column, seen: Sequence[Scalar]) -> Floats:
    """Return the number that each level stands for, as the variable counts it; NaN for none."""
    if column.written:
        counts, known = count_levels(column, seen)
        # before they are floats: nanoseconds since 1970 have more than 53 bits
        return np.where(known, counts - np.int64(column.offset), np.nan) / column.scale
    ranks = places_among(column.levels[i] for i in column.order)
    return np.array([ranks.get(key(level), np.nan) for level in seen], dtype=np.float64)


class UnseenLevel(DataError):
    """A cell of a column of levels, or of numbers as text, that the column cannot have.

    Attributes
    ----------
    where : str
        The column, the cell and its row, for the begin of a message.
    """

    def __init__(self, column: Column, level: Scalar, row: int) -> None:
        self.column = column
        self.where = f"column {column.name!r} has the level {level!r} (first at row {row})"
        super().__init__(_unknown(column, level, row))


def _unknown(column: Column, level: Scalar, row: int) -> str:
    if column.written:
        what = {"decimal": "number", "datetime": "date"}.get(column.storage, column.storage)
        return (
            f"column {column.name!r} holds {what}s as text of the form {column.writing!r}, but "
            f"{level!r} (first at row {row}) is neither a {what} nor a missing code "
            "of the schema; list it under missing_codes, or encode with unseen='missing'"
        )
    return (
        f"column {column.name!r} has the level {level!r} (first at row {row}), which the schema "
        "does not list; add it to the levels, or encode with unseen='missing'"
    )


def _counts(column: Column, raw: Raw) -> NDArray[Any]:
    """Return a time column's counts in the unit of the schema."""
    if raw.unit == column.unit or raw.unit is None or column.unit is None:
        return raw.values
    days = 86_400
    have = SECOND[raw.unit] * days or 1
    want = SECOND[column.unit] * days or 1
    if want >= have:
        return raw.values * (want // have)
    return raw.values / (have // want)


def _numbers(column: Column, raw: Raw) -> Floats:
    """Return a column's values as the numbers that its marginal is fitted to."""
    values = raw.values
    if raw.levels is not None:
        values = np.array(raw.levels or (0,))[values]
    if column.storage in ("datetime", "duration", "time"):
        values = _counts(column, raw)
    elif raw.storage == "decimal":
        return values / raw.scale
    if values.dtype.kind in "iu":
        if column.storage == "decimal":
            return values.astype(np.float64)
        shifted = values
        if column.offset:
            base = np.uint64(column.offset % 2**64)
            shifted = (values.astype(np.uint64) - base).view(np.int64)
        return shifted / column.scale if column.scale > 1 else _toward_zero(shifted)
    x = values.astype(np.float64)
    if column.storage != "decimal":
        x = (x - column.offset) / column.scale if column.offset or column.scale > 1 else x
    return _snapped(column, x, values.dtype)


def _toward_zero(counts: NDArray[Any]) -> Floats:
    """Return whole numbers as floats, which never lie beyond them where 53 bits do not suffice."""
    x = counts.astype(np.float64)
    large = np.abs(x) > EXACT
    if not large.any():
        return x
    most = np.nextafter(float(np.iinfo(counts.dtype).max), 0.0)
    x[large] = np.clip(x[large], -most, most)
    beyond = np.zeros(len(x), dtype=np.bool_)
    beyond[large] = np.abs(x[large].astype(counts.dtype)) > np.abs(counts[large])
    return np.where(beyond, np.nextafter(x, 0.0), x)


def _snapped(column: Column, x: Floats, dtype: np.dtype[Any]) -> Floats:
    """Put floats on the grid of their decimals where only rounding noise separates them."""
    if column.decimals is None or dtype.kind != "f":
        return x + 0.0
    grid = np.round(x, column.decimals)
    near = np.abs(grid - x) <= 4 * float(np.finfo(dtype).eps) * np.abs(x)
    return np.where(near, grid, x) + 0.0


def _number(column: Column, value: Scalar) -> float:
    """Return one stored value as a number."""
    if column.storage == "decimal":
        return float(value) / column.scale
    if column.storage in ("integer", "datetime", "duration", "time"):
        count = int(value) - column.offset
        x = count / column.scale
        beyond = column.scale == 1 and abs(int(x)) > abs(count)
        return float(np.nextafter(x, 0.0)) if beyond else x
    return float(value)
