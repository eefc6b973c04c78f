"""Top and bottom codes: bounds that enough rows reach, and the cells beyond them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth.privacy.treating.cells import ColumnCells, Number
from copulasynth.privacy.treating.done import Done
from copulasynth.privacy.treating.inward import inward, written
from copulasynth.schema import Column

__all__ = ["Bounds", "bounds_of", "clip_ends", "middle"]

#: How many times as many rows as must be a round bound may cut off, and digits more that it gets.
MOST, FINER = 4, 8


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a column is cut off, and how far inwards it must be so that enough rows are there.

    Attributes
    ----------
    low, high : number
        Stored values; the least and the largest one where nothing is to be cut off.
    deepest, highest : number
        The k-th smallest and the k-th largest value: a lower bound may be no lower than the one, an
        upper bound no higher than the other.
    """

    low: Number
    high: Number
    deepest: Number
    highest: Number


def bounds_of(cells: ColumnCells, k_min: int) -> Bounds:
    """Return the bounds of a column of at least `k_min` numbers or times.

    At an end that enough rows share nothing is cut off: a zero is a natural bound. Else the bound
    is the k-th outermost value where enough rows share it, or where the column counts in few whole
    numbers, and otherwise the next round number towards the middle.
    """
    x, column = cells.present, cells.column
    low, high = _end(column, x, k_min, up=True), _end(column, x, k_min, up=False)
    low, high = min(low, x[-1]), max(high, x[0])
    if low > high:  # fewer than twice k_min rows: what they all share is one value
        low = high = middle(column, x)
    natural = _shared(x, x[0], k_min), _shared(x, x[-1], k_min)
    ends = x[0] if natural[0] else x[k_min - 1], x[-1] if natural[1] else x[-k_min]
    return Bounds(low, high, *ends)


def _shared(x: NDArray[Any], value: Number, k_min: int) -> bool:
    """Tell whether at least `k_min` of the sorted values equal one."""
    return bool(np.searchsorted(x, value, "right") - np.searchsorted(x, value, "left") >= k_min)


def _end(column: Column, x: NDArray[Any], k_min: int, *, up: bool) -> Number:
    outermost: Number = x[0] if up else x[-1]
    value: Number = x[k_min - 1] if up else x[-k_min]
    if _shared(x, outermost, k_min):
        return outermost
    whole = column.discrete and column.decimals == 0 and column.storage != "datetime"
    if whole or _shared(x, value, k_min):
        return value
    return _round_end(column, x, value, k_min, up)


def _round_end(column: Column, x: NDArray[Any], value: Number, k_min: int, up: bool) -> Number:
    """Return the roundest bound that cuts off few rows beyond the k-th outermost.

    Where many rows stand close to the end, as with a basic fee, a rounder one would cut off all.
    """
    spread = _apart(x[x.size // 2], value)
    bound = value
    for _ in range(FINER):
        bound = _like(x, inward(column, value, spread, up=up))
        cut = (
            np.searchsorted(x, bound, "left") if up else x.size - np.searchsorted(x, bound, "right")
        )
        if cut <= MOST * k_min:
            break
        spread /= 10
    return bound


def _apart(a: Number, b: Number) -> float:
    """Return how far two values lie apart, whatever their type can hold."""
    return float(abs(a.item() - b.item())) if a.dtype.kind == "f" else abs(int(a) - int(b))


def _like(x: NDArray[Any], value: float | Number) -> Number:
    found: Number = x.dtype.type(value)
    return found


def middle(column: Column, x: NDArray[Any], k_min: int = 0) -> Number:
    """Return a value in the middle that is not one row's: rounded, unless enough rows share it."""
    half: Number = x[(x.size - 1) // 2]
    if k_min and _shared(x, half, k_min):
        return half
    return _like(x, inward(column, half, _apart(half, x[0]), up=False))


def clip_ends(
    cells: ColumnCells, bounds: Bounds, before: ColumnCells
) -> tuple[ColumnCells, list[Done]]:
    """Set what lies beyond the bounds to them; cells count that differ from those `before`."""
    below = cells.there & (cells.values < bounds.low)
    above = cells.there & (cells.values > bounds.high)
    values = np.where(below, bounds.low, np.where(above, bounds.high, cells.values))
    found = replace(cells, values=values.astype(cells.values.dtype))
    parts = (
        (below, bounds.low, "bottom code", "below"),
        (above, bounds.high, "top code", "above"),
    )
    done = []
    for where, bound, treatment, side in parts:
        changed = where & (found.values != before.values)
        if changed.any():
            at = written(cells.column, bound)
            told = f"values {side} {at} became {at}"
            behind = found.there & (found.values == bound)
            done.append(Done.of(cells, treatment, told, changed, behind))
    return found, done
