"""pandas columns as plain arrays."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from copulasynth._arrays import Bools
from copulasynth.errors import SchemaError
from copulasynth.schema._arrow import raw_of_arrow
from copulasynth.schema._raw import Raw, first
from copulasynth.schema.column import Label

__all__ = ["ARROW", "CATEGORY", "raw_of_pandas"]

ARROW = "arrow:"
CATEGORY = "category:"


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
        raw.dtype = ARROW + raw.dtype
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
        raw.unit, raw.timezone = dtype.unit, _zone(raw.name, dtype.tz)
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    values = series.to_numpy().view(np.int64)
    raw.values = values if raw.missing is None else np.where(raw.missing, 0, values)


def _zone(name: Label, zone: Any) -> str:
    """Return the name that makes a time zone again."""
    try:
        pd.DatetimeTZDtype("ns", str(zone))
    except (KeyError, ValueError, TypeError) as e:
        raise SchemaError(
            f"column {name!r} has the time zone {zone!r}, which has no name that pandas knows; use "
            ".dt.tz_convert with a name such as 'Europe/Berlin' or 'UTC'"
        ) from e
    return str(zone)


def _string_name(dtype: Any) -> str:
    return f"{'str' if dtype.na_value is np.nan else 'string'}[{dtype.storage}]"


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
    inner.dtype = CATEGORY + inner.dtype
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
