"""Values that no synthetic column can hold, and what to do with a column that has them.

What can be held is read in :mod:`copulasynth.schema._objects` (Python objects) and
:mod:`copulasynth.schema._arrow` (Arrow types); all that is neither there nor here is refused too.
"""

import enum
import os
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from copulasynth.errors import SchemaError
from copulasynth.schema.column import Label

__all__ = ["is_broken", "refused_arrow", "refused_object", "refused_pandas"]

_ENTRIES = "give each of its entries a column of its own"
_PARTS = "make columns of its real and imaginary parts, cast to float"
_TEXT = "cast it to text with .astype(str)"
_LARGE = "cast it to float with .astype(float)"

#: Types of Python objects and the remedy; the first that fits counts.
_OBJECTS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    ((complex, np.complexfloating), _PARTS),
    (Fraction, _LARGE),
    (enum.Enum, "take its names with .map(lambda v: v.name)"),
    ((bytes, bytearray, memoryview), "decode it with .str.decode('utf-8')"),
    (pd.Period, "convert it with .map(lambda v: v.start_time)"),
    ((pd.Interval, os.PathLike), _TEXT),
    ((list, tuple, set, frozenset, dict, range, np.ndarray, pd.Series, pd.DataFrame), _ENTRIES),
)

_TYPES = pa.types
#: Tests of Arrow types and the remedy.
_ARROW: tuple[tuple[tuple[Any, ...], str], ...] = (
    ((_TYPES.is_run_end_encoded,), "decode it with pyarrow.compute.run_end_decode"),
    ((_TYPES.is_dictionary,), "cast its levels to string or to another plain type"),
    ((_TYPES.is_nested,), _ENTRIES),
    (
        (_TYPES.is_binary, _TYPES.is_large_binary, _TYPES.is_binary_view),
        "decode it by casting to string",
    ),
    ((_TYPES.is_fixed_size_binary,), "cast it to binary and then to string"),
    ((_TYPES.is_interval,), "cast it to a duration, or count its months"),
    ((lambda kind: isinstance(kind, pa.BaseExtensionType),), "take its storage, .storage"),
)


def is_broken(text: str) -> bool:
    """Whether a text holds half a character, a lone surrogate, which UTF-8 has no place for.

    >>> is_broken("\\ud800"), is_broken("\\U0001f4b0")
    (True, False)
    """
    return any("\ud800" <= c <= "\udfff" for c in text)


def refused_object(name: Label, value: object, row: int) -> SchemaError:
    """Return the error of an object that is no value of a column."""
    remedy = next((r for types, r in _OBJECTS if isinstance(value, types)), _TEXT)
    return SchemaError(
        f"column {name!r} holds {type(value).__name__} objects (first at row {row}), which are "
        f"not supported; {remedy}, or drop it"
    )


def refused_arrow(name: Label, array: pa.Array) -> SchemaError:
    """Return the error of an Arrow array that is no column."""
    remedies = (r for tests, r in _ARROW if any(test(array.type) for test in tests))
    remedy = next(remedies, "cast it to a plain type")
    # asked for the gaps of a dictionary of nulls, Arrow ends the process
    cells = array.indices if pa.types.is_dictionary(array.type) else array
    there = np.flatnonzero(~np.asarray(cells.is_null().to_numpy(zero_copy_only=False)))
    where = f" (first at row {there[0]})" if len(there) else ""
    return SchemaError(
        f"column {name!r} has type {array.type}{where}, which is not supported; {remedy}, or "
        "drop it"
    )


def refused_pandas(name: Label, dtype: Any) -> SchemaError:
    """Return the error of a pandas column whose type has no place in a synthetic table."""
    remedy = "cast it to numbers or text"
    if isinstance(dtype, pd.PeriodDtype):
        remedy = "convert it with .dt.to_timestamp()"
    elif isinstance(dtype, pd.SparseDtype):
        remedy = "convert it with .sparse.to_dense()"
    elif isinstance(dtype, pd.IntervalDtype):
        remedy = _TEXT
    elif getattr(dtype, "kind", "") == "c":
        remedy = _PARTS
    elif getattr(dtype, "kind", "") == "f":
        remedy = _LARGE
    return SchemaError(
        f"column {name!r} has dtype {dtype}, which is not supported; {remedy}, or drop it"
    )
