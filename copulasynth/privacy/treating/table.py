"""Tables of any library with some of their columns, or rows, replaced."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, cast

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from copulasynth._arrays import Bools
from copulasynth.errors import DataError
from copulasynth.privacy.treating.cells import ColumnCells
from copulasynth.schema import Schema, Tabular
from copulasynth.schema.column import Label
from copulasynth.schema.judged import Frame

__all__ = ["LABEL", "kept_rows", "labelled", "with_columns", "without_columns"]

#: The column that says what rows are.
LABEL = "label"
Library = Literal["pandas", "polars", "pyarrow"]


def with_columns(table: Tabular, frame: Frame, columns: Mapping[Label, ColumnCells]) -> Any:
    """Return a table in which some columns are others; the rest are as they were given."""
    if isinstance(table, pd.DataFrame):
        out = table.copy(deep=False)
        for name, cells in columns.items():
            series = _alone(frame, cells).iloc[:, 0]
            out.isetitem(frame.names.index(str(name)), series.set_axis(table.index))
        return out
    if isinstance(table, pa.Table):
        arrow = table
        for name, cells in columns.items():
            place = arrow.column_names.index(str(name))
            array = _alone(frame, cells).column(0)
            field = arrow.schema.field(place)
            kept = field if field.type == array.type else pa.field(str(name), array.type)
            arrow = arrow.set_column(place, kept, array)
        return arrow
    parts = [nw.from_native(_alone(frame, cells))[str(name)] for name, cells in columns.items()]
    return nw.from_native(table).with_columns(*parts).to_native()


def _alone(frame: Frame, cells: ColumnCells) -> Any:
    """Return one column as a table of its library."""
    return Schema((cells.column,), cast(Library, frame.layout.library)).assemble([cells.buffer()])


def kept_rows(table: Tabular, out: Bools) -> Any:
    """Return a table without some rows."""
    if isinstance(table, pd.DataFrame):
        return table[~out]
    if isinstance(table, pa.Table):
        return table.filter(pa.array(~out))
    return nw.from_native(table)[np.flatnonzero(~out).tolist()].to_native()


def without_columns(table: Tabular, names: Collection[str]) -> Any:
    """Return a table without some columns."""
    if isinstance(table, pd.DataFrame):
        return table.loc[:, [str(name) not in names for name in table.columns]]
    return nw.from_native(table).drop(*names).to_native()


def labelled(table: Tabular, text: str) -> tuple[Any, int]:
    """Return a table with a last column that says what its rows are, and the cells of it.

    Raises
    ------
    DataError
        If the table has a column of that name with anything else in it.
    """
    frame = nw.from_native(table, eager_only=True)
    names = list(map(str, frame.columns))
    if LABEL in names:
        if set(frame[LABEL].unique().to_list()) == {text}:
            return table, 0
        raise DataError(
            f"the table has a column {LABEL!r} already; rename or drop it, so that one can say "
            "what the rows are."
        )
    return frame.with_columns(nw.lit(text).alias(LABEL)).to_native(), len(frame)
