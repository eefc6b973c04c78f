"""A table as it was given, or that of a path: readers are loaded when there is one."""

import os
from typing import Any

import pandas as pd

from copulasynth.schema import Tabular

__all__ = ["TableOrPath", "held", "opened"]

#: A table of pandas, Polars or pyarrow, or a file of one.
TableOrPath = Tabular | str | os.PathLike[str]


def opened(table: object) -> Any:
    """Return a table as it is, or that of a file if it is a path."""
    if not isinstance(table, str | os.PathLike):
        return table
    from copulasynth.rows.reader import read_table

    return read_table(table)


def held(*tables: object) -> bool:
    """Whether all are DataFrames of pandas or None, and none a path or to be read in pieces."""
    return all(table is None or isinstance(table, pd.DataFrame) for table in tables)
