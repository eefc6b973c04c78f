"""Filled buffers as pandas arrays, of the types that came in."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from copulasynth._arrays import Bools
from copulasynth.schema._arrow import arrow_array, arrow_type, decimal_array, level_array
from copulasynth.schema._pandas import ARROW, CATEGORY
from copulasynth.schema._raw import Buffer
from copulasynth.schema.column import Column

__all__ = ["pandas_array", "string_dtype"]

_MARKERS: dict[str, Any] = {"null": None, "None": None, "nan": np.nan, "NA": pd.NA, "NaT": pd.NaT}


def pandas_array(column: Column, buffer: Buffer) -> Any:
    """Wrap a filled buffer as the pandas array of its column, without a copy where possible."""
    if column.dtype.startswith(ARROW):
        array = arrow_array(column.replace(dtype=column.dtype.removeprefix(ARROW)), buffer)
        return pd.arrays.ArrowExtensionArray(array)
    marker = _MARKERS[column.marker] if column.dtype == "object" else None
    if column.categorical:
        levels = _levels(column)
        dtype = pd.CategoricalDtype(pd.Index(levels, dtype=levels.dtype), ordered=column.ordered)
        return pd.Categorical.from_codes(buffer.values, dtype=dtype, validate=False)
    if column.storage == "null":
        filler = marker if column.dtype == "object" else np.nan
        return np.full(len(buffer.values), filler, dtype=column.dtype)
    if column.coded:
        levels = _levels(column)
        if column.dtype == "object":
            return np.append(levels, [marker])[buffer.values]  # noqa: PD011
        return pd.api.extensions.take(levels, buffer.values, allow_fill=True)
    if column.storage == "text" or column.writing:
        array = arrow_array(column.replace(dtype="string"), buffer)
        if column.dtype != "object":
            return pd.array(array, dtype=string_dtype(column.dtype))
        return _marked(np.array(array.to_pandas(), dtype=object), buffer.mask, marker)
    if column.dtype == "object":
        return _marked(_objects(column, buffer.values), buffer.mask, marker)
    return _wrap(column, buffer.values, buffer.mask)


def _marked(objects: NDArray[Any], mask: Bools | None, marker: Any) -> NDArray[Any]:
    """Put what marks a missing value where it is missing."""
    if mask is not None:
        objects[mask] = marker
    return objects


def _levels(column: Column) -> Any:
    """Return a coded column's levels as an array of their own dtype."""
    column = column.replace(dtype=column.dtype.removeprefix(CATEGORY))
    if column.dtype.startswith(ARROW):
        kind = arrow_type(column.replace(dtype=column.dtype.removeprefix(ARROW), categorical=False))
        return pd.arrays.ArrowExtensionArray(level_array(column, kind))
    if column.storage == "text" and column.dtype != "object":
        return pd.array(list(column.levels), dtype=string_dtype(column.dtype))
    physical = object if column.storage == "text" else column.physical
    values: NDArray[Any] = np.array(column.levels, dtype=physical)
    return _objects(column, values) if column.dtype == "object" else _wrap(column, values, None)


def _objects(column: Column, values: NDArray[Any]) -> NDArray[Any]:
    """Turn plain values into Python objects."""
    if column.unit == "D":
        return values.astype(np.int64).view("M8[D]").astype(object)
    if column.storage in ("datetime", "duration"):
        # as pandas' own objects, which are datetimes and timedeltas of Python too
        return np.array([*pd.Series(_wrap(column, values, None)), None], dtype=object)[:-1]
    if column.storage == "time":
        return np.array(pa.array(values, pa.time64(column.unit)).to_pandas(), dtype=object)
    if column.storage == "decimal":
        kind = pa.decimal128(38, column.places)
        return np.array(decimal_array(values, None, kind).to_pandas(), dtype=object)
    return values.astype(object)


def _wrap(column: Column, values: NDArray[Any], mask: Bools | None) -> Any:
    """Give plain values the column's dtype."""
    dtype = column.dtype
    if column.storage in ("datetime", "duration"):
        counts = values.astype(np.int64, copy=mask is not None)
        if mask is not None:
            counts[mask] = np.iinfo(np.int64).min
        letter = "M" if column.storage == "datetime" else "m"
        times = counts.view(f"{letter}8[{column.unit}]")
        if column.timezone is None:
            return times
        return pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(column.timezone).array
    if dtype[0] in "IUFb" and dtype != "bool":
        mask = np.zeros(len(values), dtype=bool) if mask is None else mask
        kind = {"F": pd.arrays.FloatingArray, "b": pd.arrays.BooleanArray}
        return kind.get(dtype[0], pd.arrays.IntegerArray)(values, mask)
    return values.astype(dtype, copy=False)


def string_dtype(name: str) -> Any:
    """Return pandas' text type of a name such as "str[pyarrow]"."""
    kind, _, storage = name.rstrip("]").partition("[")
    return pd.StringDtype(storage, na_value=np.nan if kind == "str" else pd.NA)
