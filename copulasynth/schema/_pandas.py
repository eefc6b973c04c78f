"""pandas columns as plain arrays."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from copulasynth.errors import SchemaError
from copulasynth.schema._arrow import raw_of_arrow
from copulasynth.schema._objects import raw_of_objects, zone_name
from copulasynth.schema._raw import Raw
from copulasynth.schema._refused import refused_pandas
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
        return raw_of_objects(name, series)
    if not _plain(dtype):
        raise refused_pandas(name, dtype)
    raw = raw_of_arrow(name, pa.array(series.array, from_pandas=True))
    raw.dtype, raw.marker = text_of(dtype), "null"
    if isinstance(dtype, pd.DatetimeTZDtype):
        raw.timezone = zone_name(name, dtype.tz)
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


def _categorical(name: Label, series: pd.Series) -> Raw:
    categories = series.cat.categories
    try:
        inner = raw_of_pandas(name, pd.Series(categories, dtype=categories.dtype))
    except SchemaError:
        raw_of_pandas(name, series.astype(object))  # names the row, where the level is in use
        raise
    if inner.storage == "null":  # no categories at all
        inner.storage, inner.physical = "text", "str"
    codes = series.cat.codes.to_numpy()
    return inner.categories(CATEGORY + inner.dtype, bool(series.cat.ordered), codes, codes < 0)
