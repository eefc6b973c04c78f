"""Arrow arrays in and out: the way of pyarrow and Polars tables, and of the Parquet writer."""

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from copulasynth._arrays import LARGEST, Bools
from copulasynth.errors import SchemaError
from copulasynth.schema._raw import DECIMAL, SECONDS, Buffer, Raw, code_count, first
from copulasynth.schema._refused import refused_arrow
from copulasynth.schema.column import Column, Label
from copulasynth.schema.numbering import write_identifiers
from copulasynth.schema.patterns import read_pattern
from copulasynth.schema.writings import writing_of

__all__ = ["DIGITS", "arrow_array", "arrow_type", "decimal_array", "level_array", "raw_of_arrow"]

IDENTIFIER_PREFIX = "id-"
IDENTIFIER_WIDTH = 7

DIGITS = 18
"""Most digits of a decimal that is kept as a 64-bit count of its last place."""


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
    raw = Raw(name, "null", str(kind), np.zeros(len(array)), "float64", _nulls(array))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        _text(raw, array)
    elif pa.types.is_boolean(kind):
        raw.storage, raw.physical, raw.levels = "boolean", "bool", (False, True)
        raw.values = _filled(array.cast(pa.int8()))
    elif pa.types.is_decimal(kind):
        raw.storage, raw.physical, raw.scale = "decimal", "int64", 10 ** max(kind.scale, 0)
        raw.values = _filled(_decimal_counts(name, array))
    elif pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        _temporal(raw, array)
    elif pa.types.is_integer(kind):
        raw.storage, raw.physical, raw.values = "integer", str(kind), _filled(array)
    elif pa.types.is_floating(kind):
        _floats(raw, array)
    elif not pa.types.is_null(kind):
        raise refused_arrow(name, array)
    return raw


def _nulls(array: pa.Array) -> Bools:
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False))


def _filled(array: pa.Array) -> NDArray[Any]:
    return np.asarray(pc.fill_null(array, 0).to_numpy(zero_copy_only=False))


def _floats(raw: Raw, array: pa.Array) -> None:
    raw.storage, raw.physical = "float", str(np.dtype(array.type.to_pandas_dtype()))
    values = array.to_numpy(zero_copy_only=False).astype(raw.physical, copy=False)
    # squares of smaller numbers are zero, and quotients by them overflow
    tiny = (values != 0) & (np.abs(values) < 1.0 / LARGEST)
    raw.values = values
    if tiny.any():
        raw.values, raw.tiny = np.where(tiny, 0.0, values), tiny
        raw.note = f"column {raw.name!r}: numbers smaller than {1 / LARGEST:g} are taken for zero"
    nulls, nan = raw.missing.sum(), np.isnan(raw.values)
    if nan.any() and not nulls:
        raw.marker = "nan"
    elif nan.sum() > nulls:
        raw.note = f"column {raw.name!r} holds both null and NaN; both come back as null"
    raw.missing = nan


def _temporal(raw: Raw, array: pa.Array) -> None:
    kind = array.type
    raw.storage, raw.physical = "datetime", "int64"
    if pa.types.is_date(kind):
        raw.unit, array = "D", _whole_days(raw.name, array)
    else:
        raw.unit = kind.unit
    if pa.types.is_duration(kind):
        raw.storage = "duration"
    elif pa.types.is_time(kind):
        raw.storage = "time"
    elif pa.types.is_timestamp(kind):
        raw.timezone = _known_zone(raw.name, kind)
        _refuse_beyond_files(raw.name, array)
    width = pa.int32() if array.type.bit_width == 32 else pa.int64()
    raw.values = _filled(array.cast(width).cast(pa.int64()))


def _text(raw: Raw, array: pa.Array) -> None:
    """Read texts as codes of their levels, which are sorted."""
    coded = array.cast(pa.large_string()).dictionary_encode()
    order = pc.array_sort_indices(coded.dictionary)
    rank = np.append(np.argsort(order.to_numpy()), 0)
    raw.storage, raw.physical, raw.values = "text", "str", rank[_filled(coded.indices)]
    try:
        raw.levels = tuple(coded.dictionary.take(order).to_pylist())
    except UnicodeDecodeError as e:
        raise SchemaError(
            f"column {raw.name!r} holds text that is not UTF-8, such as {e.object!r}; take its "
            "bytes with .view('binary') and decode them by their own encoding"
        ) from e


def _whole_days(name: Label, array: pa.Array) -> pa.Array:
    try:
        return array.cast(pa.date32())
    except pa.ArrowInvalid as e:
        raise SchemaError(
            f"column {name!r} has type {array.type}, but not all of its values are whole days "
            f"({e}); cast it with .view('timestamp[ms]')"
        ) from e


def _refuse_beyond_files(name: Label, array: pa.Array) -> None:
    """Refuse seconds that Parquet cannot write."""
    seconds = array.cast(pa.int64()) if array.type.unit == "s" else pa.array([0])
    most = max((abs(v) for v in pc.min_max(seconds).as_py().values() if v is not None), default=0)
    if most > SECONDS:
        raise SchemaError(
            f"column {name!r} holds times beyond what a file can hold, such as {most:,} seconds "
            "from 1970; replace them by null, or cast the column to int64"
        )


def _known_zone(name: Label, kind: pa.DataType) -> str | None:
    try:
        pa.scalar(0, kind).cast(pa.string())
    except pa.ArrowInvalid as e:
        raise SchemaError(
            f"column {name!r} has the time zone {kind.tz!r}, which is not known; cast it to a "
            "zone such as 'Europe/Berlin' or 'UTC'"
        ) from e
    zone: str | None = kind.tz
    return zone


def _dictionary(name: Label, array: pa.Array) -> Raw:
    """Read a dictionary array, whose levels may be listed twice and may be missing."""
    kind = array.type
    if pa.types.is_string_view(kind.value_type) or pa.types.is_null(kind.value_type):
        raise refused_arrow(name, array)  # neither can be taken from, nor written to a file
    levels = pc.unique(array.dictionary.drop_null())
    if len(levels) < len(array.dictionary):
        codes = pc.index_in(array.dictionary, levels).take(array.indices)
        array = pa.DictionaryArray.from_arrays(codes, levels)
    inner = raw_of_arrow(name, array.dictionary)
    codes = _filled(array.indices).astype(np.int64)
    return inner.categories(str(kind), kind.ordered, codes, _nulls(array))


def _decimal_counts(name: Label, array: pa.Array) -> pa.Array:
    """Read decimals as 64-bit counts of their last place."""
    try:
        wide = array.cast(pa.decimal128(38, array.type.scale))
        return wide.view(pa.decimal128(38, 0)).cast(pa.int64())
    except pa.ArrowInvalid as e:
        counts = [(v or 0) * Decimal(10) ** array.type.scale for v in array.to_pylist()]
        beyond = [not -(2**63) <= count < 2**63 for count in counts]
        raise SchemaError(
            f"column {name!r} holds decimals of more than {DIGITS} digits (first at row "
            f"{first(np.array(beyond))}); cast it to float or text"
        ) from e


def arrow_type(column: Column) -> Any:
    """Return the Arrow type that holds a column without loss."""
    text = column.dtype.rpartition("arrow:")[2]  # before it stands what pandas wraps
    if column.categorical:
        found = re.fullmatch(r"dictionary<values=(.*), indices=(\w+), ordered=[01]>", text)
        index = pa.type_for_alias(found[2]) if found else pa.int32()
        return pa.dictionary(index, _plain_type(column, found[1] if found else ""), column.ordered)
    return _plain_type(column, text)


def _plain_type(column: Column, text: str) -> Any:
    """Return the type that `text` names or, for what only pandas knows, the nearest one."""
    if found := DECIMAL.fullmatch(text):
        return getattr(pa, found[1])(int(found[2]), int(found[3]))
    if column.storage == "decimal" and not column.writing:
        return pa.decimal128(38, column.places)
    if column.storage == "text" or column.writing:
        names = {"large_string": pa.large_string(), "string_view": pa.string_view()}
        return names.get(text, pa.string())
    unit = column.unit if column.unit != "D" else "s"
    if column.storage == "datetime":
        if column.unit == "D":
            return pa.date64() if text.startswith("date64") else pa.date32()
        zone = column.timezone or ""
        offset = zone[3:] if zone.startswith(("UTC+", "UTC-")) else zone  # as Arrow writes them
        return pa.timestamp(unit, offset or None)
    if column.storage == "duration":
        return pa.duration(unit)
    if column.storage == "time":
        return pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
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
    if column.written:
        return _written(column, buffer, kind)
    if not column.coded:
        # NaN stays NaN where the column came with NaN
        hidden = None if column.marker == "nan" and column.storage == "float" else buffer.mask
        return _plain_array(column, buffer.values, hidden, kind)
    codes = pa.array(buffer.values, mask=buffer.mask)
    if column.categorical:
        return pa.DictionaryArray.from_arrays(
            codes.cast(kind.index_type), level_array(column, kind.value_type), ordered=kind.ordered
        )
    # nothing can be taken from a view
    values = pa.string() if pa.types.is_string_view(kind) else kind
    return level_array(column, values).take(codes).cast(kind)


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
        return decimal_array(values, mask, kind)
    if column.storage in ("datetime", "duration", "time"):
        step = pa.date32() if pa.types.is_date(kind) else kind
        width = pa.int32() if step.bit_width == 32 else pa.int64()
        return pa.array(values, mask=mask).cast(width).cast(step).cast(kind)
    return pa.array(values, kind, mask=mask)


def decimal_array(counts: NDArray[Any], mask: Bools | None, kind: pa.DataType) -> pa.Array:
    """Write 64-bit counts as decimals."""
    found = pa.array(counts, pa.int64(), mask=mask).cast(pa.decimal128(19, 0))
    if pa.types.is_decimal128(kind):
        return found.view(kind)
    return found.view(pa.decimal128(38, kind.scale)).cast(kind)


def _identifiers(column: Column, buffer: Buffer, kind: pa.DataType) -> Any:
    if column.storage != "text":
        return _plain_array(column, buffer.values, buffer.mask, kind)
    pattern = read_pattern(column.writing) if column.writing else None
    if pattern is not None:
        return write_identifiers(pattern, buffer.values).cast(kind)
    digits = pc.utf8_lpad(pa.array(buffer.values).cast(pa.string()), IDENTIFIER_WIDTH, padding="0")
    return pc.binary_join_element_wise(IDENTIFIER_PREFIX, digits, "").cast(kind)


def _written(column: Column, buffer: Buffer, kind: pa.DataType) -> Any:
    """Write counts as the text of numbers or dates, and missing codes as themselves."""
    counts = buffer.values
    special = [counts == code_count(k) for k in range(len(column.missing_codes))]
    plain = np.where(np.any(special, axis=0), 0, counts) if special else counts
    text = writing_of(column).write(plain)
    for where, code in zip(special, column.missing_codes, strict=True):
        text = pc.if_else(pa.array(where), str(code), text)
    if buffer.mask is not None:
        text = pc.if_else(pa.array(buffer.mask), pa.scalar(None, pa.string()), text)
    return text.cast(kind)
