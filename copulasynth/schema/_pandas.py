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
    if inner.storage == "null":  # no categories at all
        inner.storage, inner.physical = "text", "str"
    codes = series.cat.codes.to_numpy()
    return inner.categories(CATEGORY + inner.dtype, bool(series.cat.ordered), codes, codes < 0)


def _objects(name: Label, series: pd.Series) -> Raw:
    """Read an object column whose values all have one type."""
    missing = series.isna().to_numpy(dtype=bool)
    found = pd.api.types.infer_dtype(series, skipna=True)
    if found == "empty" or missing.all():
        raw = Raw(name, "null", "object", np.zeros(len(series)), "float64", missing)
    elif found in ("string", "boolean", "integer", "floating", "date", "decimal"):
        try:
            raw = raw_of_arrow(name, pa.array(series.to_numpy(), from_pandas=True))
        except (pa.ArrowInvalid, OverflowError, UnicodeError) as e:
            raise SchemaError(
                f"column {name!r} cannot be read: {e}; cast it to float or text"
            ) from e
    else:
        raise SchemaError(_mixed(name, series, missing, found))
    raw.dtype, raw.missing = "object", missing
    raw.marker, raw.note = _marker(name, series.to_numpy()[missing])
    return raw


def _marker(name: Label, absent: NDArray[Any]) -> tuple[str, str]:
    """Return which object marks missing values, and a note if several do."""
    names = {id(None): "None", id(pd.NA): "NA", id(pd.NaT): "NaT"}
    counts = pd.Series([names.get(id(v), "nan") for v in absent], dtype=object).value_counts()
    marker = str(counts.index[0]) if len(counts) else "null"
    if len(counts) <= 1:
        return marker, ""
    listed = " and ".join(sorted(counts.index))
    return marker, f"column {name!r} marks missing values by {listed}; all come back as {marker}"


def _mixed(name: Label, series: pd.Series, missing: Bools, found: str) -> str:
    """Say where an object column leaves its first type, or that its type is not supported."""
    types = series.map(type).to_numpy()
    rows = np.flatnonzero(~missing)
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
