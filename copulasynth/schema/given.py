"""What columns are to be in conditional draws: values, sets and intervals, as variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, floats
from copulasynth.errors import DataError, SchemaError, no_column
from copulasynth.schema._frames import FrameLayout, make_frame, open_frame
from copulasynth.schema.column import Column
from copulasynth.schema.encode import encode_column
from copulasynth.schema.fill import allocate_column, fill_column
from copulasynth.schema.schema import Schema
from copulasynth.schema.variables import places_of
from copulasynth.schema.writings import count_levels

__all__ = [
    "Condition",
    "Interval",
    "between",
    "conditions_of",
    "parse_given",
    "refuse_off_grid",
    "shown",
]

PARSERS: dict[str, Any] = {
    "integer": int,
    "float": float,
    "decimal": Decimal,
    "boolean": {"true": True, "false": False, "1": True, "0": False}.__getitem__,
    "text": str,
    "datetime": pd.Timestamp,
    "duration": pd.Timedelta,
    "time": time.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Interval:
    """Values from `low` to `high`, both included; None leaves an end open."""

    low: object = None
    high: object = None


def between(low: object = None, high: object = None) -> Interval:
    """Return the interval from `low` to `high`, both included, for ``given=``.

    Either may be None: then the interval has no end there. Dates, durations and levels of an
    ordinal column have intervals too.

    Examples
    --------
    >>> import copulasynth as cs
    >>> cs.between(18, 30)
    Interval(low=18, high=30)
    """
    return Interval(low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """What one column is to be: one of `points`, inside `interval`, or absent in a certain way.

    Attributes
    ----------
    column : Column
    state, value : int or None
        Places of its variables.
    absent : tuple of float
        States that are allowed beside that of having a value.
    points : (k,) float64
        Values that are allowed, rising.
    interval : (float, float) or None
        Ends between which values are allowed, on the grid of the column.
    """

    column: Column
    state: int | None
    value: int | None
    absent: tuple[float, ...]
    points: Floats
    interval: tuple[float, float] | None

    @property
    def present(self) -> bool:
        """Whether the column may have a value."""
        return bool(self.points.size) or self.interval is not None

    @property
    def single(self) -> bool:
        """Whether there is one possibility only."""
        return self.interval is None and self.points.size + len(self.absent) == 1


def conditions_of(schema: Schema, given: object) -> tuple[Condition, ...]:
    """Return what is given as conditions on the variables of a schema.

    Parameters
    ----------
    schema : Schema
    given : mapping of column to what it is to be
        A value; a set, frozenset or list of values; :func:`between`. ``None`` asks for a
        missing value.

    Raises
    ------
    DataError
        If it is no mapping, or a column does not exist, is not modelled, or does not know a value.

    Examples
    --------
    >>> schema = Schema.infer(pd.DataFrame({"age": [31, 45, 27], "plan": ["a", "b", "a"]}))
    >>> age, plan = conditions_of(schema, {"age": between(30, None), "plan": {"b", "a"}})
    >>> age.interval, plan.points.tolist()
    ((30.0, inf), [0.0, 1.0])
    """
    if not isinstance(given, Mapping):
        raise DataError(
            "given is a mapping of column to a value, a set of values or cs.between(low, high), "
            f"such as {{'age': 30}}; got a {type(given).__name__}. For a table with one row for "
            "each row to be drawn use model.complete(table)."
        )
    return tuple(_condition(schema, name, asked) for name, asked in given.items())


def _condition(schema: Schema, name: Any, asked: object) -> Condition:
    column = schema.column(name)
    if not column.modelled:
        raise DataError(f"column {name!r} is {column.kind}; a value cannot be given for it")
    place = schema.columns.index(column)
    state, value = (places[place] for places in places_of(schema.columns))
    if isinstance(asked, Interval):
        return Condition(column, state, value, (), np.empty(0), _interval(column, asked))
    if isinstance(asked, tuple):
        raise DataError(
            f"column {name!r}: {asked!r} may be meant as an interval or as a set. Give "
            "cs.between(low, high), or a set or list of values."
        )
    if isinstance(asked, np.ndarray | pd.Series | pd.Index):
        asked = list(asked)
    values = list(asked) if isinstance(asked, set | frozenset | list) else [asked]
    if not values:
        raise DataError(f"column {name!r}: the set of given values is empty")
    codes = [_encode(column, v) for v in values]
    absent = tuple(sorted({s for _, s in codes if s > 0}))
    points = np.unique([x for x, s in codes if s == 0])
    if not column.coded:
        refuse_off_grid(column, points, values)
    return Condition(column, state, value, absent, floats(points), None)


def refuse_off_grid(column: Column, points: Floats, values: Sequence[object] = ()) -> None:
    """Refuse numbers that a column on a grid does not have; `values` are as somebody gave them.

    Raises
    ------
    DataError
        That names column, grid and values.
    """
    if not column.step:
        return
    grid = points / column.step
    off = np.abs(grid - np.rint(grid)) > 1e-6 * np.maximum(1.0, np.abs(grid))
    if off.any():
        values = values or points[off].tolist()
        what = "whole numbers" if column.step == 1 else f"multiples of {column.step:g}"
        raise DataError(
            f"column {column.name!r} holds {what}; give one of them, not "
            f"{', '.join(map(repr, values[:3]))}."
        )


def _interval(column: Column, asked: Interval) -> tuple[float, float]:
    """Return the ends of an interval, moved inwards to the grid of the column."""
    if column.measure == "nominal" and (asked.low, asked.high) != (None, None):
        raise DataError(
            f"column {column.name!r} is {column.kind}, whose levels have no order; give a set of "
            "levels in place of an interval."
        )
    ends = []
    for asked_end, side in ((asked.low, -1.0), (asked.high, 1.0)):
        x, state = (side * np.inf, 0.0) if asked_end is None else _encode(column, asked_end)
        if state:
            raise DataError(
                f"column {column.name!r}: {asked_end!r} is a missing value, which is no end of an "
                "interval; None leaves an end open."
            )
        if column.step and np.isfinite(x):
            grid = x / column.step
            x = (np.floor(grid + 1e-9) if side > 0 else np.ceil(grid - 1e-9)) * column.step
        ends.append(float(x))
    if ends[0] > ends[1]:
        raise DataError(
            f"column {column.name!r} has no value between {asked.low!r} and {asked.high!r}"
        )
    return ends[0], ends[1]


def _encode(column: Column, value: Any) -> tuple[float, float]:
    """Return value and state of one entry of a column."""
    if isinstance(value, set | frozenset | list | tuple | Mapping | Interval):
        raise DataError(
            f"column {column.name!r}: a set holds single values, got {type(value).__name__}"
        )
    timed = column.storage in ("datetime", "duration", "time") and not column.written
    if timed and isinstance(value, str):
        value = _parsed(column, value)
    try:
        frame = open_frame(pd.DataFrame({str(column.name): [value]}))
        x, state = encode_column(column, frame.read(str(column.name)), "error")
    except (DataError, SchemaError, TypeError) as e:
        raise DataError(_refusal(column, value)) from e
    return float(x[0]), float(state[0])


def _refusal(column: Column, value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return f"column {column.name!r} has no missing values, so none can be given for it."
    if column.coded:
        return f"column {column.name!r} has no level {value!r}. It has {_some_levels(column)}."
    return f"column {column.name!r} holds {column.storage} values; {value!r} is none."


def _some_levels(column: Column, most: int = 12) -> str:
    levels = [column.levels[k] for k in column.order]
    more = f" and {len(levels) - most} more" if len(levels) > most else ""
    return ", ".join(map(repr, levels[:most])) + more


def shown(column: Column, x: Sequence[float]) -> list[str]:
    """Return numbers of a column's variable as a person would write its values."""
    values = np.asarray(x, dtype=np.float64)
    if column.storage == "float" and column.decimals is None:
        return [f"{v:.6g}" for v in values]
    buffer = allocate_column(column, len(values))
    fill_column(column, buffer, slice(0, len(values)), values, None, 0)
    frame = make_frame((column,), [buffer], len(values), FrameLayout("pandas"))
    return [str(v) for v in frame.iloc[:, 0]]


def parse_given(schema: Schema, texts: Mapping[str, str]) -> dict[Any, Any]:
    """Return what texts ask of columns, in the columns' own types.

    ``18..30`` is an interval, each end of which may be left out, ``a|b`` a set; an empty text is a
    missing value. A level that is written like this is itself.
    """
    labels = {str(c.name): c for c in schema.columns}
    unknown = [name for name in texts if name not in labels]
    if unknown:
        raise DataError(no_column(unknown[0], labels))
    return {labels[name].name: _parse(labels[name], text) for name, text in texts.items()}


def _parse(column: Column, text: str) -> Any:
    if column.storage == "text" and text in column.levels:
        return text
    low, dots, high = text.partition("..")
    if dots and column.measure != "nominal":
        return Interval(_parse_one(column, low), _parse_one(column, high))
    if "|" in text:
        return {_parse_one(column, part) for part in text.split("|")}
    return _parse_one(column, text)


def _parse_one(column: Column, text: str) -> Any:
    if text == "":
        return None
    # dates, and prices with their currency, are given as the column writes them
    if column.written and count_levels(column, [text])[1][0]:
        return text
    return _parsed(column, text)


def _parsed(column: Column, text: str) -> Any:
    try:
        value = PARSERS[column.storage](text.lower() if column.storage == "boolean" else text)
        if column.storage == "datetime" and column.timezone and value.tzinfo is None:
            value = value.tz_localize(column.timezone)
    except (KeyError, ValueError, ArithmeticError) as e:
        raise DataError(
            f"column {column.name!r} holds {column.storage} values; {text!r} is none"
        ) from e
    return value
