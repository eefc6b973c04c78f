"""Read one column of any table: what kind of values it holds, and the values themselves."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, floats
from copulasynth.errors import DataError

__all__ = ["as_labels", "as_numbers", "kind_of", "parses_as_numbers", "to_frame"]


def to_frame(data: Any, what: str) -> pd.DataFrame:
    """Return a pandas, polars or pyarrow table as a pandas frame with distinct text names."""
    if not isinstance(data, pd.DataFrame):
        try:
            data = nw.from_native(data, eager_only=True).to_pandas()
        except TypeError:
            raise DataError(
                f"the {what} table is a {type(data).__name__}. "
                "Pass a pandas, polars or pyarrow table."
            ) from None
    if len(data) == 0:
        raise DataError(f"the {what} table has no rows. Nothing can be measured on it.")
    frame: pd.DataFrame = data.copy(deep=False)
    frame.columns = pd.Index(_distinct(str(name) for name in data.columns))
    return frame


def _distinct(names: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return out


def kind_of(values: pd.Series) -> str:
    """Return 'empty', 'bool', 'number', 'time', 'span', 'category', 'ordered' or 'text'."""
    if values.isna().all():
        return "empty"
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return "ordered" if kind.ordered else "category"
    for name, is_kind in (
        ("bool", pd.api.types.is_bool_dtype),
        ("number", pd.api.types.is_numeric_dtype),
        ("time", pd.api.types.is_datetime64_any_dtype),
        ("span", pd.api.types.is_timedelta64_dtype),
    ):
        if is_kind(kind):
            return name
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    return {
        "boolean": "bool",
        "integer": "number",
        "floating": "number",
        "mixed-integer-float": "number",
        "decimal": "number",
        "datetime": "time",
        "datetime64": "time",
        "date": "time",
        "timedelta": "span",
    }.get(inferred, "text")


def as_numbers(values: pd.Series) -> Floats:
    """Return numbers, times in seconds since 1970 and durations in seconds; nan where missing."""
    kind = kind_of(values)
    if kind == "empty":
        return np.full(len(values), np.nan)
    if kind == "time":
        times = pd.to_datetime(values, utc=True)
        return _seconds(times - pd.Timestamp("1970-01-01", tz="UTC"))
    if kind == "span":
        return _seconds(pd.to_timedelta(values))
    if kind == "bool":
        return floats(values.astype("boolean").to_numpy(dtype=np.float64, na_value=np.nan))
    return pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan).copy()


def _seconds(spans: pd.Series) -> Floats:
    return floats(spans.dt.total_seconds().to_numpy(dtype=np.float64, na_value=np.nan))


def parses_as_numbers(values: pd.Series) -> bool:
    """Tell whether every value that is there reads as a number."""
    parsed = pd.to_numeric(values.dropna().astype(str), errors="coerce")
    return bool(len(parsed)) and bool(parsed.notna().all())


def as_labels(values: pd.Series) -> pd.Series:
    """Return the values as text, whole numbers without decimals; None where missing."""
    codes, uniques = pd.factorize(values, use_na_sentinel=True)
    text = np.array([_label(value) for value in uniques], dtype=object)
    out = np.full(len(values), None, dtype=object)
    present = codes >= 0
    if present.any():
        out[present] = text[codes[present]]
    return pd.Series(out, dtype=object)


def _label(value: Any) -> str:
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)
