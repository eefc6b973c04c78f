"""Write numbers back as physical values, into arrays made beforehand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError
from copulasynth.schema._arrow import DIGITS
from copulasynth.schema._raw import DECIMAL, SECONDS, Buffer, code_count
from copulasynth.schema.column import SECOND, Column
from copulasynth.schema.writings import writing_of

__all__ = ["allocate_column", "fill_column", "stored_column"]


def allocate_column(column: Column, n: int) -> Buffer:
    """Return an empty buffer of `n` rows; constants are written at once.

    Raises
    ------
    DataError
        If so many identifiers do not fit into the column's type.
    """
    mask = np.zeros(n, dtype=np.bool_) if column.gaps else None
    if column.kind == "identifier":
        kind = column.physical if column.storage == "integer" else "int64"
        if n + column.offset > np.iinfo(kind).max:
            raise DataError(f"column {column.name!r}: {kind} cannot number {n:,} rows")
        return Buffer(np.empty(n, dtype=kind), None)
    # codes -1 .. levels - 1
    codes = np.min_scalar_type(-1 - len(column.levels))
    values = np.zeros(n, dtype=codes if column.coded else column.physical)
    if column.kind == "constant":
        absent = column.value is None
        if column.coded:
            values[:] = -1 if absent else column.levels.index(column.value)
        elif not absent:
            values[:] = column.value
        elif values.dtype.kind == "f":
            values[:] = np.nan
        if mask is not None:
            mask[:] = absent
    return Buffer(values, mask)


def fill_column(
    column: Column, buffer: Buffer, rows: slice, x: Floats | None, state: Floats | None, start: int
) -> None:
    """Write one block of a column: values `x` and states, (m,) each, into `rows` of its buffer."""
    out = buffer.values[rows]
    if column.kind == "identifier":
        start += column.offset + 1
        out[:] = np.arange(start, start + len(out))
        return
    absent = None if state is None else state >= 0.5
    if x is not None:
        if absent is not None:
            x = np.where(absent, 0.0, x)
        if column.coded:
            _fill_codes(column, out, x)
        else:
            _fill_numbers(column, out, x)
    if state is not None and absent is not None and absent.any():
        _fill_absent(column, buffer, rows, np.rint(state))


def _fill_codes(column: Column, out: NDArray[Any], x: Floats) -> None:
    _refuse_nan(column, x)
    if not column.order and len(out):
        raise DataError(
            f"column {column.name!r} lists no levels; let schema.complete(df) learn them"
        )
    table = np.array(column.order, dtype=out.dtype)
    codes = np.clip(np.rint(x), 0, len(table) - 1).astype(np.intp)
    np.take(table, codes, out=out)


def _refuse_nan(column: Column, x: Floats) -> None:
    if len(x) and np.isnan(x.min()):
        raise DataError(
            f"column {column.name!r} was given a missing value, but its schema has no gaps there"
        )


def _fill_numbers(column: Column, out: NDArray[Any], x: Floats) -> None:
    decimals = column.decimals
    if column.multiple > 1 and decimals is not None:
        units = 10**decimals
        x = np.rint(x * (units / column.multiple)) * column.multiple / units
    if column.physical.startswith("float"):
        if decimals is not None:
            x = np.round(x, decimals) + 0.0
        if out.dtype != np.float64:
            most = float(np.finfo(out.dtype).max)
            x = np.clip(x, -most, most)
        out[:] = x
        return
    _refuse_nan(column, x)
    low, high = _range(column)
    if decimals or column.storage == "decimal":
        # whole numbers of the last decimal that is used: beyond 2**53, zeros behind it stay zeros
        step = 1 if decimals is None else max(column.scale // 10**decimals, 1)
        counts = np.rint((x if decimals is None else np.round(x, decimals)) * (column.scale / step))
        low, high = -(-low // step), high // step
        out[:] = np.clip(counts, _inside(low, 1), _inside(high, -1)).astype(np.int64) * step
        return
    offset = column.offset
    low, high = -((offset - low) // column.scale), (high - offset) // column.scale
    big = (2**63 - 1) // column.scale
    if offset:
        low, high = max(low, -big), min(high, big)
    counts = np.clip(np.rint(x), _inside(low, 1), _inside(high, -1))
    if not offset and column.scale == 1:
        out[:] = counts.astype(out.dtype)
        return
    whole = counts.astype(np.int64) * column.scale
    shifted = whole.view(np.uint64) + np.uint64(offset % 2**64)
    out[:] = shifted.astype(out.dtype)


def _range(column: Column) -> tuple[int, int]:
    """Return the least and greatest stored integer."""
    if column.written:
        return writing_of(column).limits
    if column.unit == "D":
        return -719_162, 2_932_896  # 0001-01-01 and 9999-12-31
    if column.storage == "datetime" and column.unit == "s":
        return -SECONDS, SECONDS
    if column.storage in ("datetime", "duration"):
        return -(2**63) + 1, 2**63 - 1  # the least one is not-a-time
    if column.storage == "time":
        return 0, 86_400 * SECOND[column.unit or "s"] - 1
    info = np.iinfo(column.physical)
    if found := DECIMAL.search(column.dtype):
        most = min(10 ** int(found[2]) - 1, int(info.max))
        return -most, most
    if column.storage == "decimal":  # Python's own, which have as many digits as are read
        return -(10**DIGITS) + 1, 10**DIGITS - 1
    return int(info.min), int(info.max)


def _inside(bound: int, toward: int) -> float:
    """Return the float nearest to an integer bound that does not lie beyond it."""
    x = float(bound)
    return float(np.nextafter(x, toward * np.inf)) if (int(x) - bound) * toward < 0 else x


def stored_column(column: Column, values: NDArray[Any], state: Ints) -> Buffer:
    """Return the buffer of rows whose values are known as they are stored.

    Parameters
    ----------
    values : (n,) array
        Codes into ``column.levels`` if ``column.coded``, else plain values or counts.
    state : (n,) int64
        As :class:`~copulasynth.schema.Variable` has it: 0 present, 1 missing, 2 + k a missing code.
    """
    codes = np.min_scalar_type(-1 - len(column.levels))
    out = values.astype(codes if column.coded else column.physical)
    buffer = Buffer(out, np.zeros(len(out), dtype=np.bool_) if column.gaps else None)
    _fill_absent(column, buffer, slice(None), state)
    return buffer


def _fill_absent(column: Column, buffer: Buffer, rows: slice, state: Floats | Ints) -> None:
    """Write missing values and missing codes."""
    out = buffer.values[rows]
    if buffer.mask is not None:
        missing = state == 1
        buffer.mask[rows] = missing
        if column.coded:
            out[missing] = -1
        elif out.dtype.kind == "f":
            out[missing] = np.nan
    codes: tuple[Any, ...] = column.missing_codes
    if column.coded:
        codes = column.code_places
    elif column.written:
        codes = tuple(code_count(k) for k in range(len(codes)))
    for k, code in enumerate(codes):
        out[state == 2 + k] = code
