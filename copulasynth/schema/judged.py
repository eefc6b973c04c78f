"""Tables that are only judged: of any maker, read by the columns of the real one, never refused.

A table that a model is fitted to must fit its schema, and `encode` says where it does not. A table
to be compared has often gone through another library or a CSV file: integers came back as floats,
dates and categories as text. Here such values are read as what the column says they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from copulasynth._arrays import LARGEST, Floats, Ints, floats
from copulasynth.errors import DataError, SchemaError
from copulasynth.schema._frames import Frame, Tabular, open_frame
from copulasynth.schema._pandas import raw_of_pandas
from copulasynth.schema._raw import Raw
from copulasynth.schema.column import SECOND, Column, Scalar
from copulasynth.schema.infer import infer_column
from copulasynth.schema.infer_text import IDENTIFIER_ROWS
from copulasynth.schema.writings import count_levels

__all__ = [
    "Frame",
    "Raw",
    "code_labels",
    "column_labels",
    "counts_rows",
    "judged_column",
    "label_of",
    "open_judged",
    "read_judged",
    "read_labels",
    "read_numbers",
    "sort_of",
    "stated_codes",
]

_SORTS = {"integer": "number", "float": "number", "decimal": "number", "boolean": "bool"}
_SORTS |= {"datetime": "time", "duration": "span", "time": "span", "null": "empty", "text": "text"}
_TRUTH = {"true": 1.0, "1": 1.0, "1.0": 1.0, "false": 0.0, "0": 0.0, "0.0": 0.0}


def open_judged(table: Tabular, what: str) -> Frame:
    """Open a table with text labels; a label that occurs again is told apart by its number.

    Raises
    ------
    DataError
        If `table` is no pandas, Polars or pyarrow table, or has no rows.
    """
    if isinstance(table, pd.DataFrame):
        table = table.set_axis(_distinct(table.columns), axis=1)
    elif isinstance(table, pa.Table):
        table = table.rename_columns(_distinct(table.column_names))
    try:
        frame = open_frame(table)
    except TypeError:
        raise DataError(
            f"the {what} table is a {type(table).__name__}. Pass a pandas, polars or pyarrow table."
        ) from None
    if frame.n == 0:
        raise DataError(f"the {what} table has no rows. Nothing can be measured on it.")
    return frame


def _distinct(names: Iterable[Any]) -> list[str]:
    out: dict[str, None] = {}
    for name in map(str, names):
        label, count = name, 1
        while label in out:
            count += 1
            label = f"{name}#{count}"
        out[label] = None
    return list(out)


def stated_codes(frames: Iterable[Frame], name: str) -> Sequence[Any] | None:
    """Return the missing codes of a column that the first table to state any has."""
    return next((frame.codes[name] for frame in frames if name in frame.codes), None)


def read_judged(frame: Frame, name: str) -> Raw:
    """Read a column, and one that no model could be fitted to as the nearest plain type."""
    try:
        return frame.read(name)
    except SchemaError:
        series = frame.table[name]
        if not isinstance(series, pd.Series):
            series = series.to_pandas()
        return raw_of_pandas(name, _plain(series))


def _plain(values: Any) -> Any:
    """Return numbers, times, categories of text or text."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return values.cat.rename_categories(_distinct(dtype.categories))
    if isinstance(dtype, pd.SparseDtype):
        return values.sparse.to_dense()
    if isinstance(dtype, pd.PeriodDtype):
        return values.dt.to_timestamp()
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found.startswith("datetime"):
        return pd.to_datetime(values, utc=True)
    if found.startswith("time"):
        return pd.to_timedelta(values.astype(object).map(str, na_action="ignore"))
    if found in ("integer", "floating", "mixed-integer-float", "decimal"):
        return pd.to_numeric(values).astype(np.float64)
    return values.astype(object).map(str, na_action="ignore").astype(object)


def judged_column(raw: Raw, codes: Sequence[Any] = ()) -> Column:
    """Return what a column of the real table is, where no schema says so.

    As :func:`copulasynth.schema.infer.infer_column`, but infinite and huge values count as gaps,
    free text is an identifier, and what a schema cannot hold is of kind "drop".
    """
    if raw.storage == "float" and raw.levels is None:
        huge = np.abs(np.asarray(raw.values, np.float64)) > LARGEST
        missing = huge if raw.missing is None else raw.missing | huge
        raw = replace(raw, values=np.where(huge, 0.0, raw.values), missing=missing)
    cast = {"integer": int, "float": float, "text": str}.get(raw.storage)
    usable = [code for code in codes if cast is str or _number(code) is not None]
    fitting = [cast(code) for code in usable] if cast else ()
    try:
        return infer_column(raw, None, fitting)[0]
    except SchemaError:
        return infer_column(raw, "identifier" if raw.storage == "text" else "drop")[0]


def counts_rows(raw: Raw) -> bool:
    """Tell whether whole numbers never repeat and go up from row to row, as identifiers do.

    Values in random order would do so with probability 1 / n!.
    """
    numbers = raw.storage == "integer" and raw.levels is None
    if not numbers or raw.n < IDENTIFIER_ROWS or raw.missing.any():
        return False
    return bool((np.diff(np.asarray(raw.values, dtype=np.float64)) > 0).all())


def _number(code: Any) -> float | None:
    try:
        return float(code)
    except (TypeError, ValueError):
        return None


def sort_of(values: Raw | Column) -> str:
    """Return "number", "bool", "time", "span", "text", "category", "ordered" or "empty"."""
    if values.storage == "null" or (isinstance(values, Raw) and not values.present.size):
        return "empty"
    if values.categorical:
        return "ordered" if values.ordered else "category"
    return _SORTS[values.storage]


def label_of(value: object) -> str:
    """Return a value as text, whole numbers without decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def read_numbers(
    column: Column, raw: Raw, codes: Sequence[Any] = ()
) -> tuple[Floats, NDArray[np.int8]] | None:
    """Return a column's numbers and states, or None where its values are no such numbers.

    Returns
    -------
    values : (n,) float64
        Numbers, times as seconds since 1970 (UTC), durations in seconds; NaN where missing.
    states : (n,) int8
        0 present, 1 missing, 2 + k where the value is ``codes[k]``.
    """
    want = _SORTS[column.storage]
    have = _SORTS[raw.storage] if raw.present.size else "empty"
    if have not in ("text", "empty", want) and {have, want} != {"bool", "number"}:
        return None
    if raw.levels is None:
        x = _counted(raw, raw.values)
        state = np.zeros(raw.n, dtype=np.int8)
    else:
        each = _read(column, raw.levels) if column.written else None
        each = _values(raw, raw.levels, want) if each is None else each
        special = {str(code): 2 + k for k, code in enumerate(codes)}
        states = np.array([*(special.get(label_of(v), 0) for v in raw.levels), 0], dtype=np.int8)
        places = raw.values  # noqa: PD011
        x, state = np.append(each, np.nan)[places], states[places]
    state[raw.missing] = 1
    strange = np.isnan(x) & (state == 0)
    if raw.levels is not None and strange.any() and not column.stray:
        return None
    state[strange] = 1
    for k, code in enumerate(codes):
        if (number := _number(code)) is not None:
            state[(state == 0) & (x == number)] = 2 + k
    return np.where(state == 0, x, np.nan), state


def _read(column: Column, levels: Sequence[Scalar]) -> Floats | None:
    """Return texts as numbers, in seconds where they are times, in the form of a column.

    NaN where a text has another form; None where all have.
    """
    if not all(isinstance(v, str) for v in levels):
        return None
    counts, known = count_levels(column, levels)
    return _counted(column, np.where(known, counts, np.nan)) if known.any() else None


def _counted(like: Raw | Column, values: Any) -> Floats:
    """Return stored values as numbers, times and durations as seconds."""
    x = np.asarray(values, dtype=np.float64)
    if like.unit is not None:
        return x * 86_400 if like.unit == "D" else x / SECOND[like.unit]
    return x / like.scale if like.storage == "decimal" else x


def _values(like: Raw | Column, levels: Sequence[Scalar], sort: str) -> Floats:
    """Return stored levels as numbers of a sort; NaN for texts that are none."""
    if like.storage != "text":
        return _counted(like, levels)
    if sort == "bool":
        return floats([_TRUTH.get(str(v).casefold(), np.nan) for v in levels])
    texts = pd.Series(levels, dtype=object)
    if sort == "number":
        return floats(pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64))
    if sort == "time":
        times = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601")
        spans = times - pd.Timestamp(0, tz="UTC")
    else:
        spans = pd.to_timedelta(texts, errors="coerce")
    return floats(spans.dt.total_seconds().to_numpy(dtype=np.float64))


def read_labels(column: Column, raw: Raw) -> tuple[list[str], Ints]:
    """Return labels of the distinct values, and each row's place among them (-1 where missing).

    A value of another type than the column's takes the label of the level that it equals as a
    number, truth value or time: 1.0 for the text "01", "true" for True.
    """
    levels, places = raw.distinct()
    labels = _labels(raw, levels)
    if column.levels and raw.storage != column.storage:
        labels = _matched(column, raw, levels, labels)
    return labels, np.where(raw.missing, -1, places)


def _labels(like: Raw | Column, levels: Sequence[Scalar]) -> list[str]:
    """Return stored levels as the text that a person would write."""
    if like.storage == "datetime":
        times = pd.DatetimeIndex(np.array(levels).astype(f"M8[{like.unit}]"), tz="UTC")
        zoned = times.tz_convert(like.timezone) if like.timezone else times.tz_localize(None)
        return [str(t.date() if like.unit == "D" else t) for t in zoned]
    if like.storage in ("duration", "time"):
        return list(map(str, pd.TimedeltaIndex(np.array(levels).astype(f"m8[{like.unit}]"))))
    if like.storage == "decimal":
        levels = _counted(like, levels).tolist()
    return [label_of(level) for level in levels]


def code_labels(column: Column) -> tuple[str, ...]:
    """Return what the codes of a column of levels are called, in their order."""
    labels = _labels(column, column.levels)
    return tuple(labels[i] for i in column.order)


def column_labels(column: Column) -> list[str]:
    """Return the labels of a column's levels, in their order, without its missing codes."""
    return [_labels(column, column.levels)[i] for i in column.default_order]


def _matched(column: Column, raw: Raw, levels: Sequence[Scalar], labels: list[str]) -> list[str]:
    own = _labels(column, column.levels)
    sorts = {_SORTS[side.storage] for side in (column, raw)} - {"text", "empty"}
    if sorts == {"bool", "number"}:
        sorts = {"bool"}
    if len(sorts) != 1:
        return labels
    (sort,) = sorts
    keys = _values(column, column.levels, sort)
    known = {k: label for k, label in zip(keys, own, strict=True) if (keys == k).sum() == 1}
    values = _values(raw, levels, sort)
    return [
        label if label in own else known.get(value, label)
        for label, value in zip(labels, values, strict=True)
    ]
