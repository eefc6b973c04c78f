"""Filled buffers as pandas arrays, of the types that came in."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from copulasynth._arrays import Bools
from copulasynth.schema._arrow import arrow_array, arrow_type, level_array
from copulasynth.schema._buffer import Buffer
from copulasynth.schema._pandas import ARROW, CATEGORY
from copulasynth.schema.column import Column

__all__ = ["pandas_array", "string_dtype"]

_MARKERS: dict[str, Any] = {
    "None": None,
    "nan": np.nan,
    "NA": pd.NA,
    "NaT": pd.NaT,
    "null": None,
}


def pandas_array(column: Column, buffer: Buffer) -> Any:
    """Wrap a filled buffer as the pandas array of its column, without a copy where possible."""
    if column.dtype.startswith(ARROW):
        return _arrow_extension(column, buffer)
    if column.writing or (column.kind == "identifier" and column.storage == "text"):
        return _written(column, buffer)
    if column.categorical:
        dtype = pd.CategoricalDtype(_categories(column), ordered=column.ordered)
        return pd.Categorical.from_codes(buffer.values, dtype=dtype, validate=False)
    if column.storage == "null":
        return _nothing(column, len(buffer.values))
    if not column.coded:
        return _wrap(column, buffer.values, buffer.mask)
    if column.storage == "text" and column.dtype != "object":
        levels = pd.array(list(column.levels), dtype=string_dtype(column.dtype))
        return levels.take(buffer.values, allow_fill=True)
    if column.dtype == "object":
        table = np.empty(len(column.levels) + 1, dtype=object)
        table[:-1] = _objects_of(column, _level_values(column))
        table[-1] = _MARKERS[column.marker]
        return table[buffer.values]  # noqa: PD011
    values = _level_values(column)
    filler = values if len(values) else np.zeros(1, dtype=values.dtype)
    return _wrap(column, filler[buffer.values], buffer.mask)  # noqa: PD011


def _level_values(column: Column) -> NDArray[Any]:
    if column.storage == "text":
        values = np.empty(len(column.levels), dtype=object)
        values[:] = column.levels
        return values
    return np.array(column.levels, dtype=column.physical)


def _categories(column: Column) -> Any:
    values = _level_values(column)
    column = column.replace(dtype=column.dtype.removeprefix(CATEGORY))
    if column.dtype.startswith(ARROW):
        kind = arrow_type(column.replace(dtype=column.dtype.removeprefix(ARROW), categorical=False))
        return pd.Index(pd.arrays.ArrowExtensionArray(level_array(column, kind)))
    if column.storage == "text" and column.dtype != "object":
        return pd.Index(values, dtype=string_dtype(column.dtype))
    if column.storage == "text" or column.dtype == "object":
        return pd.Index(_objects_of(column, values), dtype=object)
    return pd.Index(_wrap(column, values, None))


def _wrap(column: Column, values: NDArray[Any], mask: Bools | None) -> Any:
    """Give plain values the column's dtype."""
    dtype = column.dtype
    if dtype == "object":
        objects = _objects_of(column, values)
        if mask is not None:
            objects[mask] = _MARKERS[column.marker]
        return objects
    if column.storage in ("datetime", "duration"):
        counts = values.astype(np.int64, copy=mask is not None)
        if mask is not None:
            counts[mask] = np.iinfo(np.int64).min
        letter = "M" if column.storage == "datetime" else "m"
        times = counts.view(f"{letter}8[{column.unit}]")
        if column.timezone is None:
            return times
        return pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(column.timezone).array
    if dtype[0] in "IUFb" and dtype not in ("bool",):
        mask = np.zeros(len(values), dtype=bool) if mask is None else mask
        kind = {"F": pd.arrays.FloatingArray, "b": pd.arrays.BooleanArray}
        return kind.get(dtype[0], pd.arrays.IntegerArray)(values, mask)
    return values.astype(dtype, copy=False)


def _objects_of(column: Column, values: NDArray[Any]) -> NDArray[Any]:
    """Turn plain values into Python objects."""
    if column.storage == "datetime":
        return values.astype(np.int64).view("M8[D]").astype(object)
    if column.storage == "decimal":
        plain = column.replace(dtype="", categorical=False, kind="continuous", levels=(), order=())
        array = arrow_array(plain, Buffer(values))
        return np.array(array.to_pandas(), dtype=object)
    return values.astype(object)


def _nothing(column: Column, n: int) -> Any:
    if column.dtype != "object":
        return np.full(n, np.nan, dtype=column.dtype)
    return np.full(n, _MARKERS[column.marker], dtype=object)


def _arrow_extension(column: Column, buffer: Buffer) -> Any:
    array = arrow_array(column.replace(dtype=column.dtype.removeprefix(ARROW)), buffer)
    return pd.arrays.ArrowExtensionArray(array)


def _written(column: Column, buffer: Buffer) -> Any:
    """Return identifiers, or numbers that are kept as text."""
    text = arrow_array(column.replace(dtype="string"), buffer)
    if column.dtype != "object":
        return pd.array(text, dtype=string_dtype(column.dtype))
    objects: NDArray[Any] = np.array(text.to_pandas(), dtype=object)
    if buffer.mask is not None:
        objects[buffer.mask] = _MARKERS[column.marker]
    return objects


def string_dtype(name: str) -> Any:
    """Return pandas' text type of a name such as "str[pyarrow]"."""
    kind, _, storage = name.rstrip("]").partition("[")
    return pd.StringDtype(storage, na_value=np.nan if kind == "str" else pd.NA)
