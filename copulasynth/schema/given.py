"""Values that columns are to take in conditional draws, as variables."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.schema._frames import open_frame
from copulasynth.schema.column import Column
from copulasynth.schema.encode import encode_column
from copulasynth.schema.schema import Schema
from copulasynth.schema.variables import places_of

__all__ = ["encode_given", "parse_given"]

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


def encode_given(schema: Schema, given: Mapping[Any, Any]) -> Floats:
    """Return given values as variables, (d,), NaN where nothing is given.

    Parameters
    ----------
    schema : Schema
    given : mapping of column to value
        ``None`` asks for a missing value.

    Raises
    ------
    DataError
        If a column does not exist or is not modelled, or does not know the value.

    Examples
    --------
    >>> schema = Schema.infer(pd.DataFrame({"age": [31, 45, 27], "plan": ["a", "b", "a"]}))
    >>> encode_given(schema, {"plan": "b"}).tolist()
    [nan, 1.0]
    """
    out = np.full(len(schema.variables), np.nan)
    states, values = places_of(schema.columns)
    for name, value in given.items():
        column = schema.column(name)
        if not column.modelled:
            raise DataError(f"column {name!r} is {column.kind}; a value cannot be given for it")
        frame = open_frame(pd.DataFrame({str(name): [value]}))
        x, state = encode_column(column, frame.read(str(name)), "error")
        place = schema.columns.index(column)
        if states[place] is not None:
            out[states[place]] = state[0]
        if values[place] is not None:
            out[values[place]] = x[0]
    return out


def parse_given(schema: Schema, texts: Mapping[str, str]) -> dict[Any, Any]:
    """Return values of the columns' own types from texts; an empty text is a missing value."""
    labels = {str(c.name): c for c in schema.columns}
    unknown = [name for name in texts if name not in labels]
    if unknown:
        raise DataError(f"there is no column {unknown[0]!r}; the model has {list(labels)}")
    return {labels[name].name: _parse(labels[name], text) for name, text in texts.items()}


def _parse(column: Column, text: str) -> Any:
    if text == "":
        return None
    try:
        return PARSERS[column.storage](text.lower() if column.storage == "boolean" else text)
    except (KeyError, ValueError, ArithmeticError) as e:
        raise DataError(
            f"column {column.name!r} holds {column.storage} values; {text!r} is none"
        ) from e
