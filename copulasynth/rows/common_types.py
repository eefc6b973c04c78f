"""One type for a column that files store in several."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copulasynth.errors import DataError
from copulasynth.schema import column_names, raw_of_arrow

__all__ = ["as_type", "unified_schema"]

UNITS = ("s", "ms", "us", "ns")
#: What intervals become, which DuckDB makes of durations, and the microseconds of a day.
INTERVAL, DAY = pa.duration("us"), 86_400_000_000


def as_type(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return an array of another type that holds its values."""
    if array.type == kind:
        return array
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_interval(array.type):
        array = _durations(array)
    # of floats and decimals the nearest is taken; whole numbers have to be what they were
    exact = pa.types.is_integer(array.type) or not pa.types.is_floating(kind)
    return pc.cast(array, kind, safe=exact)


def _durations(array: pa.Array) -> pa.Array:
    """Return intervals of months, days and nanoseconds as durations, a day being 24 hours.

    Raises
    ------
    ArrowInvalid
        If one has months, or parts of microseconds.
    """
    # 32 bits of months, 32 of days, 64 of nanoseconds
    raw = np.frombuffer(array.buffers()[1], np.int64, 2 * len(array), 16 * array.offset)
    here = array.is_valid().to_numpy(zero_copy_only=False)
    months, days = np.where(here, raw[::2], 0).view(np.int32).reshape(-1, 2).T
    micros, rest = np.divmod(np.where(here, raw[1::2], 0), 1000)
    if months.any() or rest.any():
        raise pa.ArrowInvalid(
            "months have no length of their own" if months.any() else "it has parts of microseconds"
        )
    return pa.array(days.astype(np.int64) * DAY + micros, mask=~here).cast(INTERVAL)


def plain(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values: of a dictionary, of texts however they are kept."""
    if kind == pa.month_day_nano_interval():
        return INTERVAL
    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    return kind


def unified_schema(
    found: Mapping[str, pa.Schema], otherwise: pa.DataType | None = None
) -> pa.Schema:
    """Return the schema that holds the rows of every part of a table.

    Parameters
    ----------
    found : mapping
        The schema of each part, by the name that messages have for it; the first has the order.
    otherwise : DataType, optional
        The type of columns whose types have none in common.

    Raises
    ------
    DataError
        If a part lacks a column, or types have nothing in common.
    SchemaError
        If a column has a type that no table may have, or two have one name.
    """
    for schema in found.values():
        if len(set(schema.names)) < len(schema.names):
            column_names(schema.empty_table())
    names = dict.fromkeys(name for schema in found.values() for name in schema.names)
    for part, schema in found.items():
        if any(name not in schema.names for name in names):
            raise DataError(_lacking(part, schema.names, found, names))
    fields = []
    for name in names:
        _refuse_undecoded(name, found)
        kinds = {part: plain(schema.field(name).type) for part, schema in found.items()}
        common = _unified(list(dict.fromkeys(kinds.values())))
        if common is None and otherwise is None:
            raise DataError(_differing(name, kinds))
        made = pa.field(name, common or otherwise)
        raw_of_arrow(name, pa.nulls(0, made.type))  # refuses what it refuses in memory
        fields.append(made)
    return pa.schema(fields)


def _refuse_undecoded(name: str, found: Mapping[str, pa.Schema]) -> None:
    """Refuse dictionaries whose values Arrow cannot give back."""
    for kind in dict.fromkeys(schema.field(name).type for schema in found.values()):
        if pa.types.is_dictionary(kind):
            raw_of_arrow(name, pa.nulls(0, kind))


def _lacking(
    part: str, own: Sequence[str], found: Mapping[str, pa.Schema], names: Iterable[str]
) -> str:
    """Return what is said of a part that lacks columns, which it may call otherwise."""
    name = next(n for n in names if n not in own)
    other = next(p for p, schema in found.items() if name in schema.names)
    if not set(own) & set(found[other].names):
        told = [", ".join(map(repr, list(some)[:3])) for some in (own, found[other].names)]
        return (
            f"{part} has the columns {told[0]}, and {other} has {told[1]}, of which none is the "
            "same: write the same names into all files, or leave the file out"
        )
    alike = next((n for n in own if n.strip().casefold() == name.strip().casefold()), None)
    if alike is not None and alike not in found[other].names:
        return (
            f"{part} calls a column {alike!r}, and {other} calls it {name!r}; write the same name "
            "into all files"
        )
    return (
        f"{part} lacks column {name!r}, which {other} has; add it there (empty where nothing is "
        "known), or leave the file out"
    )


def _differing(name: str, kinds: Mapping[str, pa.DataType]) -> str:
    apart = {kind: part for part, kind in kinds.items() if not pa.types.is_null(kind)}
    told = ", ".join(f"{kind} in {part}" for kind, part in list(apart.items())[:3])
    return f"column {name!r} has types that no one type holds: {told}; write it in one type"


def _unified(kinds: Sequence[pa.DataType]) -> pa.DataType | None:
    """Return the type that holds the values of several, or None."""
    kinds = [k for k in kinds if not pa.types.is_null(k)]
    if not kinds:
        return pa.null()
    if len(kinds) == 1:
        return kinds[0]
    if all(map(_is_number, kinds)):
        return _number(kinds)
    if all(pa.types.is_timestamp(k) or pa.types.is_date(k) for k in kinds):
        return _time(kinds)
    if all(map(pa.types.is_duration, kinds)):
        return pa.duration(_finest(kinds))
    return None


def _is_number(kind: pa.DataType) -> bool:
    return any(
        is_so(kind) for is_so in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    )


def _number(kinds: Sequence[pa.DataType]) -> pa.DataType:
    decimals = [k for k in kinds if pa.types.is_decimal(k)]
    plain_ones = [k for k in kinds if not pa.types.is_decimal(k)]
    if decimals and not any(map(pa.types.is_floating, plain_ones)):
        whole = max([k.precision - k.scale for k in decimals] + [19] * bool(plain_ones))
        scale = max(k.scale for k in decimals)
        wide = pa.decimal128 if whole + scale <= 38 else pa.decimal256
        return wide(whole + scale, scale)
    if decimals or (any(map(pa.types.is_floating, kinds)) and any(map(pa.types.is_integer, kinds))):
        return pa.float64()
    if any(map(pa.types.is_signed_integer, kinds)) and any(map(pa.types.is_uint64, kinds)):
        return pa.int64()
    return pa.from_numpy_dtype(np.result_type(*(k.to_pandas_dtype() for k in plain_ones)))


def _time(kinds: Sequence[pa.DataType]) -> pa.DataType | None:
    times = [k for k in kinds if pa.types.is_timestamp(k)]
    if not times:
        return pa.date32()
    zones = {k.tz for k in times}
    # a day has no zone
    if len(zones) > 1 or (zones != {None} and len(times) < len(kinds)):
        return None
    return pa.timestamp(_finest(times), zones.pop())


def _finest(kinds: Sequence[pa.DataType]) -> str:
    return UNITS[max(UNITS.index(k.unit) for k in kinds)]
