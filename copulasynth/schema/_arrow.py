"""Arrow arrays in and out: the way of pyarrow and Polars tables, and of the Parquet writer."""

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from copulasynth._arrays import Bools
from copulasynth.errors import SchemaError
from copulasynth.schema._buffer import Buffer, code_count
from copulasynth.schema._raw import Raw
from copulasynth.schema.column import Column, Label

__all__ = ["arrow_array", "arrow_type", "level_array", "raw_of_arrow"]

IDENTIFIER_PREFIX = "id-"
IDENTIFIER_WIDTH = 7

_REMEDY = "cast it to a plain type, or drop it"


def raw_of_arrow(name: Label, array: pa.Array) -> Raw:
    """Read a pyarrow (chunked) array.

    Raises
    ------
    SchemaError
        If its type has no place in a synthetic table (lists, structs, binary, ...).
    """
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _dictionary(name, array)
    missing = array.is_null().to_numpy(zero_copy_only=False)
    raw = Raw(name, "null", str(kind), np.zeros(len(array)), "float64", missing)
    if pa.types.is_null(kind):
        return raw
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _text(raw, array)
    if pa.types.is_boolean(kind):
        raw.storage, raw.physical = "boolean", "bool"
        raw.levels = (False, True)
        raw.values = pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(np.int8)
    elif pa.types.is_decimal128(kind):
        raw.storage, raw.physical, raw.scale = "decimal", "int64", 10 ** max(kind.scale, 0)
        raw.values = _decimal_counts(name, array)
    elif pa.types.is_temporal(kind):
        _temporal(raw, array)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        _numbers(raw, array)
    else:
        raise SchemaError(f"column {name!r} has type {kind}, which is not supported; {_REMEDY}")
    if raw.missing is not None and not raw.missing.any():
        raw.missing = None
    return raw


def _numbers(raw: Raw, array: pa.Array) -> None:
    kind = array.type
    raw.storage = "integer" if pa.types.is_integer(kind) else "float"
    raw.physical = str(np.dtype(kind.to_pandas_dtype()))
    if raw.storage == "integer":
        raw.values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
        return
    raw.values = array.to_numpy(zero_copy_only=False).astype(raw.physical, copy=False)
    nan = np.isnan(raw.values)
    if raw.missing is not None and not raw.missing.any() and nan.any():
        raw.marker = "nan"
    elif raw.missing is not None and nan.sum() > raw.missing.sum():
        raw.note = f"column {raw.name!r} holds both null and NaN; both come back as null"
    raw.missing = nan


def _temporal(raw: Raw, array: pa.Array) -> None:
    kind = array.type
    if pa.types.is_interval(kind):
        raise SchemaError(f"column {raw.name!r} has type {kind}; {_REMEDY}")
    raw.physical = "int64"
    if pa.types.is_date(kind):
        raw.storage, raw.unit = "datetime", "D"
        array = array.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    else:
        raw.unit = kind.unit
        raw.storage = "duration" if pa.types.is_duration(kind) else "datetime"
        if pa.types.is_time(kind):
            raw.storage = "time"
            array = array.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
        elif pa.types.is_timestamp(kind):
            raw.timezone = kind.tz
        array = array.cast(pa.int64())
    raw.values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)


def _text(raw: Raw, array: pa.Array) -> Raw:
    coded = array.cast(pa.large_string()).dictionary_encode()
    _codes(raw, coded)
    raw.storage, raw.physical = "text", "str"
    return _sorted(raw, tuple(coded.dictionary.to_pylist()))


def _codes(raw: Raw, array: pa.Array) -> None:
    raw.missing = array.is_null().to_numpy(zero_copy_only=False)
    raw.values = pc.fill_null(array.indices, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    if raw.missing is not None and not raw.missing.any():
        raw.missing = None


def _sorted(raw: Raw, levels: tuple[Any, ...]) -> Raw:
    """Put levels that came in order of appearance into their natural order."""
    order = sorted(range(len(levels)), key=levels.__getitem__)
    rank = np.zeros(max(len(order), 1), dtype=np.int64)
    rank[order] = np.arange(len(order))
    raw.values = rank[raw.values] if raw.n else raw.values
    raw.levels = tuple(levels[i] for i in order)
    return raw


def _dictionary(name: Label, array: pa.Array) -> Raw:
    inner = raw_of_arrow(name, array.dictionary)
    if inner.missing is not None or inner.storage == "null":
        raise SchemaError(f"column {name!r}: a level of its dictionary is missing; {_REMEDY}")
    levels = inner.values.tolist()
    if inner.levels is not None:
        levels = [inner.levels[i] for i in levels]
    inner.dtype, inner.categorical, inner.ordered = str(array.type), True, array.type.ordered
    inner.levels, inner.marker = tuple(levels), "null"
    _codes(inner, array)
    return inner


def _decimal_counts(name: Label, array: pa.Array) -> NDArray[np.int64]:
    """Read 128-bit decimals as 64-bit counts of their last place."""
    array = pc.fill_null(array, pa.scalar(Decimal(0), array.type))
    words = np.frombuffer(array.buffers()[1], dtype="<i8")[2 * array.offset :][: 2 * len(array)]
    low, high = words[::2].copy(), words[1::2]
    if not np.array_equal(high, low >> 63):
        raise SchemaError(
            f"column {name!r} holds decimals of more than 18 digits; cast it to float or text"
        )
    return low


def arrow_type(column: Column) -> Any:
    """Return the Arrow type that holds a column without loss."""
    if column.categorical:
        found = re.fullmatch(r"dictionary<values=(.*), indices=(\w+), ordered=[01]>", column.dtype)
        index = pa.type_for_alias(found[2]) if found else pa.int32()
        return pa.dictionary(index, _plain_type(column, found[1] if found else ""), column.ordered)
    return _plain_type(column, column.dtype)


def _plain_type(column: Column, text: str) -> Any:
    """Return the type that `text` names or, for what only pandas knows, the nearest one."""
    if found := re.fullmatch(r"decimal128\((\d+), (-?\d+)\)", text):
        return pa.decimal128(int(found[1]), int(found[2]))
    if column.storage == "decimal" and not column.writing:
        return pa.decimal128(38, len(str(column.scale)) - 1)
    unit = column.unit if column.unit != "D" else "s"
    if column.storage == "datetime":
        if text in ("date32[day]", "date64[ms]") or column.unit == "D":
            return pa.date64() if text.startswith("date64") else pa.date32()
        return pa.timestamp(unit, column.timezone)
    if column.storage == "duration":
        return pa.duration(unit)
    if column.storage == "time":
        return pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    if column.storage == "text" or column.writing:
        names = {"large_string": pa.large_string(), "string_view": pa.string_view()}
        return names.get(text, pa.string())
    if column.storage == "null":
        return pa.null()
    return pa.bool_() if column.storage == "boolean" else pa.from_numpy_dtype(column.physical)


def arrow_array(column: Column, buffer: Buffer) -> Any:
    """Wrap a filled buffer as the Arrow array of its column (numbers without a copy).

    Levels become dictionary arrays only where the column is categorical; other text is taken
    from its levels.
    """
    kind = arrow_type(column)
    if column.kind == "identifier":
        return _identifiers(column, buffer, kind)
    if column.writing:
        return _written(column, buffer, kind)
    if not column.coded:
        return _plain_array(column, buffer.values, _hidden(column, buffer), kind)
    values = kind.value_type if column.categorical else kind
    levels = level_array(column, values)
    codes = pa.array(buffer.values, mask=buffer.mask)
    if column.categorical:
        return pa.DictionaryArray.from_arrays(
            codes.cast(kind.index_type), levels, ordered=kind.ordered
        )
    return levels.take(codes)


def _hidden(column: Column, buffer: Buffer) -> Bools | None:
    """Return the mask of nulls: NaN stays NaN where the column came with NaN."""
    return None if column.marker == "nan" and column.storage == "float" else buffer.mask


def level_array(column: Column, kind: pa.DataType) -> Any:
    """Return a coded column's levels as an Arrow array."""
    if column.storage in ("text", "boolean"):
        return pa.array(column.levels, kind)
    values: NDArray[Any] = np.array(column.levels, dtype=column.physical)
    return _plain_array(column, values, None, kind)


def _plain_array(
    column: Column, values: NDArray[Any], mask: Bools | None, kind: pa.DataType
) -> Any:
    if column.storage == "null":
        return pa.nulls(len(values), kind)
    if column.storage == "decimal":
        return _decimals(values, mask, kind)
    if pa.types.is_date32(kind):
        return pa.array(values.astype(np.int32), mask=mask).cast(kind)
    if pa.types.is_date64(kind):
        return pa.array(values.astype(np.int32), mask=mask).cast(pa.date32()).cast(kind)
    if column.storage in ("datetime", "duration", "time"):
        array = pa.array(values, mask=mask)
        return array.cast(pa.int32()).cast(kind) if kind.bit_width == 32 else array.cast(kind)
    return pa.array(values, kind, mask=mask)


def _decimals(counts: NDArray[Any], mask: Bools | None, kind: pa.DataType) -> pa.Array:
    """Write 64-bit counts as 128-bit decimals."""
    words = np.empty((len(counts), 2), dtype="<i8")
    words[:, 0] = counts
    words[:, 1] = counts >> 63
    valid = None if mask is None else pa.array(~mask).buffers()[1]
    return pa.Array.from_buffers(kind, len(counts), [valid, pa.py_buffer(words)])


def _identifiers(column: Column, buffer: Buffer, kind: pa.DataType) -> Any:
    if column.storage != "text":
        return _plain_array(column, buffer.values, buffer.mask, kind)
    digits = pc.utf8_lpad(pa.array(buffer.values).cast(pa.string()), IDENTIFIER_WIDTH, padding="0")
    return pc.binary_join_element_wise(IDENTIFIER_PREFIX, digits, "").cast(kind)


def _written(column: Column, buffer: Buffer, kind: pa.DataType) -> Any:
    """Write counts as the text of numbers, and missing codes as themselves."""
    counts = buffer.values
    special = [counts == code_count(k) for k in range(len(column.missing_codes))]
    plain = np.where(np.any(special, axis=0), 0, counts) if special else counts
    if column.scale == 1:
        text = pa.array(plain).cast(pa.string())
    else:
        places = len(str(column.scale)) - 1
        text = _decimals(plain, None, pa.decimal128(20, places)).cast(pa.string())
        if column.writing != "fixed":
            text = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
        if column.writing == "point":
            whole = pc.invert(pc.match_substring(text, "."))
            text = pc.if_else(whole, pc.binary_join_element_wise(text, "0", "."), text)
    for where, code in zip(special, column.missing_codes, strict=True):
        text = pc.if_else(pa.array(where), str(code), text)
    if buffer.mask is not None:
        text = pc.if_else(pa.array(buffer.mask), pa.scalar(None, pa.string()), text)
    return text.cast(kind)
