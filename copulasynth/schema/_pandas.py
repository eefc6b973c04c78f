"""pandas columns in and out, exactly as they came."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from copulasynth._arrays import Bools
from copulasynth.errors import SchemaError
from copulasynth.schema._arrow import arrow_array, arrow_type, level_array, raw_of_arrow
from copulasynth.schema._buffer import Buffer
from copulasynth.schema._raw import Raw, first
from copulasynth.schema.column import Column, Label

__all__ = ["pandas_array", "raw_of_pandas"]

_MARKERS: dict[str, Any] = {
    "None": None,
    "nan": np.nan,
    "NA": pd.NA,
    "NaT": pd.NaT,
    "null": None,
}
_ARROW = "arrow:"
_CATEGORY = "category:"


def raw_of_pandas(name: Label, series: Any) -> Raw:
    """Read a pandas Series.

    Raises
    ------
    SchemaError
        If its type has no place in a synthetic table, or an object column mixes types.
    """
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _categorical(name, series)
    if isinstance(dtype, pd.ArrowDtype):
        raw = raw_of_arrow(name, pa.array(series.array))
        raw.dtype = _ARROW + raw.dtype
        return raw
    if isinstance(dtype, pd.StringDtype):
        return _text(name, series, _string_name(dtype))
    if dtype.kind == "O" and isinstance(dtype, np.dtype):
        return _objects(name, series)
    raw = Raw(name, "null", str(dtype), np.empty(0), "float64", _missing(series))
    if isinstance(dtype, pd.DatetimeTZDtype) or dtype.kind in "mM":
        _times(raw, series)
    elif pd.api.types.is_bool_dtype(dtype):
        raw.storage, raw.physical, raw.levels = "boolean", "bool", (False, True)
        raw.values = _numbers(series, raw).view(np.int8)
    elif dtype.kind in "iuf" and not isinstance(dtype, pd.SparseDtype) and dtype.itemsize <= 8:
        raw.physical = str(getattr(dtype, "numpy_dtype", dtype))
        raw.storage = "float" if dtype.kind == "f" else "integer"
        raw.values = _numbers(series, raw)
    else:
        raise SchemaError(
            f"column {name!r} has dtype {dtype}, which is not supported; {_hint(dtype)}"
        )
    return raw


def _hint(dtype: Any) -> str:
    if isinstance(dtype, pd.PeriodDtype):
        return "convert it with .dt.to_timestamp(), or drop it"
    if isinstance(dtype, pd.SparseDtype):
        return "convert it with .sparse.to_dense()"
    return "cast it to numbers or text, or drop it"


def _missing(series: Any) -> Bools | None:
    missing = series.isna().to_numpy(dtype=bool)
    return missing if missing.any() else None


def _numbers(series: Any, raw: Raw) -> NDArray[Any]:
    if isinstance(series.dtype, np.dtype):
        return np.ascontiguousarray(series.to_numpy())
    filler: Any = np.nan if raw.storage == "float" else 0
    values: NDArray[Any] = series.to_numpy(dtype=raw.physical, na_value=filler)
    return values


def _times(raw: Raw, series: Any) -> None:
    dtype = series.dtype
    raw.storage = "datetime" if dtype.kind == "M" else "duration"
    raw.unit, raw.physical = np.datetime_data(getattr(dtype, "base", dtype))[0], "int64"
    if isinstance(dtype, pd.DatetimeTZDtype):
        raw.unit, raw.timezone = dtype.unit, str(dtype.tz)
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    values = series.to_numpy().view(np.int64)
    raw.values = values if raw.missing is None else np.where(raw.missing, 0, values)


def _string_name(dtype: Any) -> str:
    return f"{'str' if dtype.na_value is np.nan else 'string'}[{dtype.storage}]"


def _string_dtype(name: str) -> Any:
    kind, _, storage = name.rstrip("]").partition("[")
    return pd.StringDtype(storage, na_value=np.nan if kind == "str" else pd.NA)


def _text(name: Label, series: Any, dtype: str) -> Raw:
    """Read text as codes into its sorted distinct values."""
    codes, distinct = pd.factorize(series)
    levels = [str(v) for v in distinct]
    order = sorted(range(len(levels)), key=levels.__getitem__)
    rank = np.full(len(order) + 1, 0, dtype=np.int64)
    rank[order] = np.arange(len(order))
    raw = Raw(name, "text", dtype, rank[codes], "str", _missing(series))
    raw.levels = tuple(levels[i] for i in order)
    return raw


def _categorical(name: Label, series: Any) -> Raw:
    categories = series.cat.categories
    inner = raw_of_pandas(name, categories.to_series(index=range(len(categories))))
    levels = inner.values.tolist()  # noqa: PD011
    if inner.levels is not None:
        levels = [inner.levels[i] for i in levels]
    codes = series.cat.codes.to_numpy()
    inner.dtype = _CATEGORY + inner.dtype
    if inner.storage == "null":  # no categories at all
        inner.storage, inner.physical = "text", "str"
    inner.levels, inner.categorical, inner.ordered = tuple(levels), True, series.cat.ordered
    inner.missing = codes < 0 if (codes < 0).any() else None
    inner.values, inner.marker = np.maximum(codes, 0), "null"
    return inner


def _objects(name: Label, series: Any) -> Raw:
    """Read an object column whose values all have one type."""
    missing = _missing(series)
    marker, note = _marker(name, series, missing)
    found = pd.api.types.infer_dtype(series, skipna=True)
    raw: Raw
    if found == "empty" or (missing is not None and missing.all()):
        raw = Raw(name, "null", "object", np.zeros(len(series)), "float64")
    elif found == "string":
        raw = _text(name, series, "object")
    elif found in ("boolean", "integer", "floating", "date", "decimal"):
        try:
            raw = raw_of_arrow(name, pa.array(series.to_numpy(), from_pandas=True))
        except (pa.ArrowInvalid, OverflowError) as e:
            raise SchemaError(
                f"column {name!r} cannot be read: {e}; cast it to float or text"
            ) from e
    else:
        raise SchemaError(_mixed(name, series, missing, found))
    raw.dtype, raw.missing, raw.marker, raw.note = "object", missing, marker, note
    return raw


def _marker(name: Label, series: Any, missing: Bools | None) -> tuple[str, str]:
    """Return which object marks missing values, and a note if several do."""
    if missing is None:
        return "null", ""
    names = {id(None): "None", id(pd.NA): "NA", id(pd.NaT): "NaT"}
    kinds = pd.Series([names.get(id(v), "nan") for v in series.to_numpy()[missing]])
    counts = kinds.value_counts()
    marker = str(counts.index[0])
    if len(counts) == 1:
        return marker, ""
    listed = " and ".join(sorted(counts.index))
    return marker, f"column {name!r} marks missing values by {listed}; all come back as {marker}"


def _mixed(name: Label, series: Any, missing: Bools | None, found: str) -> str:
    """Say where an object column leaves its first type, or that its type is not supported."""
    types = series.map(type).to_numpy()
    rows = np.arange(len(types)) if missing is None else np.flatnonzero(~missing)
    start = types[rows[0]]
    other = types[rows] != start
    if not other.any():
        what = start.__name__
        hint = "use pd.to_datetime" if "datetime" in found else "cast it to numbers or text"
        return f"column {name!r} holds {what} objects, which are not supported; {hint}, or drop it"
    row = int(rows[first(other)])
    return (
        f"column {name!r} mixes types: {start.__name__} at row {rows[0]}, but "
        f"{types[row].__name__} at row {row} ({series.iloc[row]!r}). Make it one type, "
        f"for example df[{name!r}].astype(str)."
    )


def pandas_array(column: Column, buffer: Buffer) -> Any:
    """Wrap a filled buffer as the pandas array of its column, without a copy where possible."""
    if column.dtype.startswith(_ARROW):
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
        levels = pd.array(list(column.levels), dtype=_string_dtype(column.dtype))
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
    column = column.replace(dtype=column.dtype.removeprefix(_CATEGORY))
    if column.dtype.startswith(_ARROW):
        kind = arrow_type(
            column.replace(dtype=column.dtype.removeprefix(_ARROW), categorical=False)
        )
        return pd.Index(pd.arrays.ArrowExtensionArray(level_array(column, kind)))
    if column.storage == "text" and column.dtype != "object":
        return pd.Index(values, dtype=_string_dtype(column.dtype))
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
    array = arrow_array(column.replace(dtype=column.dtype.removeprefix(_ARROW)), buffer)
    return pd.arrays.ArrowExtensionArray(array)


def _written(column: Column, buffer: Buffer) -> Any:
    """Return identifiers, or numbers that are kept as text."""
    text = arrow_array(column.replace(dtype="string"), buffer)
    if column.dtype != "object":
        return pd.array(text, dtype=_string_dtype(column.dtype))
    objects = np.array(text.to_pandas(), dtype=object)
    if buffer.mask is not None:
        objects[buffer.mask] = _MARKERS[column.marker]
    return objects
