"""One column's cells as treatments see them, and the way back to the column as it was stored."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Ints
from copulasynth.schema import Buffer, Column
from copulasynth.schema.column import Scalar, key, places_among
from copulasynth.schema.fill import stored_column
from copulasynth.schema.judged import Raw
from copulasynth.schema.writings import count_levels

__all__ = ["CODE", "PRESENT", "ColumnCells", "Number", "open_cells"]

#: One stored number, count of time or of a last place, of the type of its column.
Number = np.integer[Any] | np.floating[Any]

PRESENT, GAP, CODE = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class ColumnCells:
    """A column and its rows.

    Attributes
    ----------
    values : (n,) array
        Places among ``column.levels``; or numbers, counts of time or of the last place, exactly as
        they are stored. Anything where no value is present.
    state : (n,) int64
        0 present, 1 missing, 2 + k the missing code k of the column.
    """

    column: Column
    values: NDArray[Any]
    state: Ints

    @property
    def there(self) -> Bools:
        """Which rows have a value."""
        return np.asarray(self.state == PRESENT)

    @property
    def present(self) -> NDArray[Any]:
        """The values that are present, sorted."""
        return np.sort(self.values[self.there])

    def buffer(self) -> Buffer:
        """Return the rows as the table library will store them."""
        return stored_column(self.column, self.values, self.state)


def open_cells(column: Column, raw: Raw) -> ColumnCells:
    """Return a column as it was read."""
    state = np.zeros(raw.n, dtype=np.int64)
    values = raw.values
    if column.coded or column.written:
        levels, places = raw.distinct()
        special = places_among(column.missing_codes)
        states = [CODE + special[key(v)] if key(v) in special else PRESENT for v in levels]
        state = np.array([*states, PRESENT], dtype=np.int64)[places]
        values = np.array([*_stored(column, levels), 0], dtype=np.int64)[places]
    else:
        for k, code in enumerate(column.missing_codes):
            state[values == code] = CODE + k
    state[raw.missing] = GAP
    return ColumnCells(column, np.where(state == PRESENT, values, values.dtype.type(0)), state)


def _stored(column: Column, levels: tuple[Scalar, ...]) -> list[int]:
    """Return for every level what stands for it: its place, or its count where it is a number."""
    if column.coded:
        places = places_among(column.levels)
        return [places.get(key(level), 0) for level in levels]
    counts, known = count_levels(column, levels)
    return [int(c) for c in np.where(known, counts, 0)]
