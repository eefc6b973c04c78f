"""Tables as they were given, not yet aligned: names, and cells as texts."""

import numpy as np

from copulasynth._arrays import Bools
from copulasynth.errors import DataError, did_you_mean
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.schema.judged import Frame, label_of, open_judged, read_judged

__all__ = ["cells_of", "names_of", "open_given", "rows_of_one"]


def open_given(table: AnyTable, what: str = "given") -> Frame:
    """Open a table whose cells are as they were given.

    Raises
    ------
    DataError
        If it was aligned, is no table, or has no rows.
    """
    if isinstance(table, Table):
        raise DataError("identifiers and units are read from tables as given, not aligned ones.")
    return open_judged(table, what)


def names_of(table: AnyTable) -> list[str]:
    """Return the names of the columns."""
    return [str(name) for name in open_given(table).names]


def rows_of_one(table: AnyTable, unit: str) -> int:
    """Return the most rows that one unit has, 1 where the unit is a row.

    So many times `k_min` rows are of `k_min` units at least, whichever they are.

    Raises
    ------
    DataError
        If the table has no such column.
    """
    if unit == "row":
        return 1
    frame = open_given(table)
    names = [str(name) for name in frame.names]
    if unit not in names:
        raise DataError(f"the unit: {did_you_mean(unit, names)}")
    raw = read_judged(frame, unit)
    places = np.asarray(raw.distinct()[1])[~np.asarray(raw.missing, dtype=np.bool_)]
    return int(np.bincount(places, minlength=1).max(initial=1))


def cells_of(frame: Frame, name: str) -> tuple[list[str], Bools]:
    """Return the cells of a column as texts, and which of them are missing."""
    raw = read_judged(frame, name)
    levels, places = raw.distinct()
    labels = [label_of(level) for level in levels]
    return [labels[k] for k in places], np.asarray(raw.missing, dtype=np.bool_)
