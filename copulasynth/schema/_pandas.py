"""pandas columns as plain arrays."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from copulasynth._arrays import Bools
from copulasynth.errors import SchemaError
from copulasynth.schema._arrow import raw_of_arrow
from copulasynth.schema._raw import Raw, first
from copulasynth.schema.column import Label

__all__ = ["ARROW", "CATEGORY", "raw_of_pandas", "text_of"]

ARROW = "arrow:"
CATEGORY = "category:"


def raw_of_pandas(name: Label, series: pd.Series) -> Raw:
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
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        return _objects(name, series)
    if not _plain(dtype):
        raise SchemaError(
            f"column {name!r} has dtype {dtype}, which is not supported; {_hint(dtype)}"
        )
    raw = raw_of_arrow(name, pa.array(series.array, from_pandas=True))
    raw.dtype, raw.marker = text_of(dtype), "null"
    if isinstance(dtype, pd.DatetimeTZDtype):
        raw.timezone = _zone(name, dtype.tz)
    return raw


def _plain(dtype: Any) -> bool:
    """Whether a dtype holds text, truth values, times, or numbers of at most 64 bits."""
    if isinstance(dtype, pd.StringDtype | pd.DatetimeTZDtype):
        return True
    if isinstance(dtype, pd.SparseDtype):
        return False
    return dtype.kind in "mMb" or (dtype.kind in "iuf" and dtype.itemsize <= 8)


def text_of(dtype: Any) -> str:
    """Return the name of a dtype, with the storage of text and what marks its gaps."""
    if isinstance(dtype, pd.StringDtype):
        return f"{'str' if dtype.na_value is np.nan else 'string'}[{dtype.storage}]"
    return str(dtype)


def _hint(dtype: Any) -> str:
    if isinstance(dtype, pd.PeriodDtype):
        return "convert it with .dt.to_timestamp(), or drop it"
    if isinstance(dtype, pd.SparseDtype):
        return "convert it with .sparse.to_dense()"
    return "cast it to numbers or text, or drop it"


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


def _categorical(name: Label, series: pd.Series) -> Raw:
    categories = series.cat.categories
    inner = raw_of_pandas(name, pd.Series(categories, dtype=categories.dtype))
    levels = inner.values.tolist()  # noqa: PD011
    if inner.levels is not None:
        levels = [inner.levels[i] for i in levels]
    codes = series.cat.codes.to_numpy()
    inner.dtype = CATEGORY + inner.dtype
    if inner.storage == "null":  # no categories at all
        inner.storage, inner.physical = "text", "str"
    inner.levels, inner.categorical = tuple(levels), True
    inner.ordered = bool(series.cat.ordered)
    inner.missing = codes < 0 if (codes < 0).any() else None
    inner.values, inner.marker = np.maximum(codes, 0), "null"
    return inner


def _objects(name: Label, series: pd.Series) -> Raw:
    """Read an object column whose values all have one type."""
    absent = series.isna().to_numpy(dtype=bool)
    missing = absent if absent.any() else None
    marker, note = _marker(name, series, missing)
    found = pd.api.types.infer_dtype(series, skipna=True)
    if found == "empty" or absent.all():
        raw = Raw(name, "null", "object", np.zeros(len(series)), "float64")
    elif found in ("string", "boolean", "integer", "floating", "date", "decimal"):
        try:
            raw = raw_of_arrow(name, pa.array(series.to_numpy(), from_pandas=True))
        except (pa.ArrowInvalid, OverflowError, UnicodeError) as e:
            raise SchemaError(
                f"column {name!r} cannot be read: {e}; cast it to float or text"
            ) from e
    else:
        raise SchemaError(_mixed(name, series, missing, found))
    raw.dtype, raw.missing, raw.marker, raw.note = "object", missing, marker, note
    return raw


def _marker(name: Label, series: pd.Series, missing: Bools | None) -> tuple[str, str]:
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


def _mixed(name: Label, series: pd.Series, missing: Bools | None, found: str) -> str:
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
