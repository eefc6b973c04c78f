"""Numbers rounded to a step, and dates to the begin of a unit, where that was asked for."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from copulasynth.errors import DataError
from copulasynth.privacy.treating.cells import ColumnCells
from copulasynth.schema import Column

__all__ = ["Step", "round_cells"]

#: A number, or a unit of time.
Step = float | str

_UNITS = {"year": "Y", "month": "M", "day": "D", "hour": "h", "minute": "m"}


def round_cells(cells: ColumnCells, step: Step) -> ColumnCells:
    """Return cells whose values are the nearest multiples of a step, or the begin of a unit.

    Raises
    ------
    DataError
        If the step is none for values of this kind.
    """
    column = cells.column
    if column.measure != "numeric" or column.storage in ("duration", "time", "null"):
        raise DataError(f"column {column.name!r} holds no numbers or dates to round; leave it out.")
    if column.storage == "datetime":
        return _begun(cells, step)
    size = _number(column, step)
    if column.storage == "float":
        # a step such as 0.25 has more places than its denominator has digits
        places = next((p for p in range(10) if size * 10**p % 1 == 0), 9)
        grid = column.replace(decimals=places, multiple=max(int(size * 10**places), 1))
        return replace(cells, column=grid, values=_nearest_floats(cells, size))
    places = column.places if column.storage == "decimal" else 0
    multiple = size * 10**places
    if multiple % 1 != 0:
        raise DataError(
            f"column {column.name!r} cannot be rounded to {step}: its values have {places} "
            "decimals; take a step that has no more."
        )
    grid = column.replace(decimals=places, multiple=int(multiple))
    return replace(cells, column=grid, values=_nearest_counts(cells, int(multiple)))


def _number(column: Column, step: Step) -> Fraction:
    try:
        size = Fraction(str(step))
    except ValueError:
        raise DataError(
            f"column {column.name!r} holds numbers; {step!r} is no step to round them to, "
            "give a number such as 100 or 0.5."
        ) from None
    if not 0 < size <= 10**15 or size.denominator > 10**9:
        raise DataError(
            f"column {column.name!r} is to be rounded to {step}: expected a number above 0 with at "
            "most nine decimals."
        )
    return size


def _nearest_floats(cells: ColumnCells, size: Fraction) -> Any:
    """Return the nearest multiples, each the float that its few digits are read as."""
    x = cells.values.astype(np.float64)
    k = np.rint(x * size.denominator / size.numerator)
    return (k * size.numerator / size.denominator).astype(cells.values.dtype) + 0


def _nearest_counts(cells: ColumnCells, size: int) -> Any:
    """Return the nearest multiples of whole numbers, half a step upwards unless none lies there."""
    x = cells.values
    if size == 1:
        return x
    info = np.iinfo(x.dtype)
    if size > info.max:
        raise DataError(f"column {cells.column.name!r} holds no number as large as its step.")
    rest = x % x.dtype.type(size)
    down = x - rest
    up = (rest >= size - size // 2) & (down <= info.max - size)
    return np.where(up, down + x.dtype.type(size), down)


def _begun(cells: ColumnCells, step: Step) -> ColumnCells:
    """Return times as the begin of their unit."""
    column = cells.column
    if step not in _UNITS:
        raise DataError(
            f"column {column.name!r} holds dates, which are rounded down to one of "
            f"{', '.join(_UNITS)}; got {step!r}."
        )
    unit = column.unit or "s"
    times = cells.values.astype(np.int64).view(f"M8[{unit}]")
    begin = times.astype(f"M8[{_UNITS[str(step)]}]").astype(times.dtype).astype(np.int64)
    # an end of the range has no begin in it
    values = np.where(begin <= cells.values, begin, cells.values)
    return replace(cells, column=column.replace(offset=0, scale=1), values=values)
