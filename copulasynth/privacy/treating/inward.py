"""Bounds that give no value away: the next round number towards the middle."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from copulasynth.privacy.treating.cells import Number
from copulasynth.schema.column import SECOND, Column

__all__ = ["inward", "written"]

#: A bound is as coarse as a tenth of the way from the middle of the column allows.
_PART = 10
_CALENDAR = (("Y", 366 * 86_400), ("M", 31 * 86_400), ("D", 86_400), ("h", 3600), ("m", 60))


def inward(column: Column, value: float | Number, spread: float, *, up: bool) -> float | Number:
    """Return the nearest round number above (`up`) or below a stored value.

    Parameters
    ----------
    spread : number
        Way from the value to the middle of the column, in the same unit, from 0.

    Examples
    --------
    >>> column = Column("income", "continuous", "float", "float64", decimals=2)
    >>> inward(column, 8437.25, 6000.0, up=False), inward(column, 12.31, 40.0, up=True)
    (8400.0, 13.0)
    """
    if column.storage == "datetime":
        return _date(column, int(value), int(spread), up)
    if column.storage in ("duration", "time"):
        second = SECOND[column.unit or "s"]
        steps = [s * second for s in (86_400, 3600, 60, 1)]
        fitting = (s for s in steps if s * _PART <= spread and s % column.scale == 0)
        return _on_grid(column, int(value), next(fitting, column.scale), up)
    if column.storage == "float":
        return _real(column, value, float(spread), up)
    base = column.multiple
    if column.storage == "decimal":
        base *= max(column.scale // 10 ** (column.decimals or 0), 1)
    step = base * 10 ** max(_power(Fraction(int(spread), _PART * base)), 0)
    return _on_grid(column, int(value), step, up, 0)


def _power(x: Fraction) -> int:
    """Return the largest power of ten that a number holds, 0 where it is smaller than 1."""
    return len(str(int(x))) - 1


def _on_grid(column: Column, value: int, step: int, up: bool, offset: int | None = None) -> int:
    start = column.offset if offset is None else offset
    return start + (-((start - value) // step) if up else (value - start) // step) * step


def _real(column: Column, value: float | Number, spread: float, up: bool) -> float | Number:
    """Return a float on a grid of decimals, such as a text of few digits would be read."""
    width = spread or abs(float(value)) or 1.0
    power = math.floor(math.log10(width)) - 1
    unit = Fraction(1)
    if column.decimals is not None:
        unit = Fraction(column.multiple)
        least = -column.decimals
        power = max(power - len(str(column.multiple)) + 1, least)
    step = unit * Fraction(10) ** power
    kind, exact = type(value), Fraction(float(value))
    near = round(exact / step)
    if kind(float(near * step)) == value:
        return value
    k = math.ceil(exact / step) if up else math.floor(exact / step)
    found = kind(float(k * step))
    if found < value if up else found > value:
        found = kind(float((k + (1 if up else -1)) * step))
    return found


def _date(column: Column, value: int, spread: int, up: bool) -> int:
    """Return the begin of a year, month, day, hour or minute, on the grid of the column."""
    unit = column.unit or "s"
    second = SECOND[unit]
    seconds = spread * 86_400 if unit == "D" else spread // second
    coarse = next((name for name, length in _CALENDAR if length * _PART <= seconds), unit)
    time = np.array(value, dtype=np.int64).view(f"M8[{unit}]")
    begin = time.astype(f"M8[{coarse}]")
    if up and begin.astype(time.dtype) < time:
        begin = begin + 1
    found = int(begin.astype(time.dtype).astype(np.int64))
    found = _on_grid(column, found, column.scale, up)
    inside = value <= found <= value + spread if up else value - spread <= found <= value
    return found if inside else value


def written(column: Column, value: float | Number) -> str:
    """Return a bound as a person writes it.

    >>> written(Column("signup", "datetime", "datetime", "date32", unit="D"), 18262)
    '2020-01-01'
    """
    if column.storage == "datetime":
        time = np.array(value, dtype=np.int64).view(f"M8[{column.unit or 's'}]")
        return str(time).removesuffix("T00:00:00")
    if column.storage in ("duration", "time"):
        seconds = int(value) / SECOND[column.unit or "s"]
        return str(pd.Timedelta(seconds, "s")).removesuffix(" 00:00:00")
    if column.storage == "decimal":
        return f"{Decimal(int(value)) / column.scale:.{column.decimals or 0}f}"
    return str(value.item() if isinstance(value, np.generic) else value)
