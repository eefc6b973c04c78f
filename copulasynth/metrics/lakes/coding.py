"""Batches of rows as the codes that the columns of two compared tables share."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError
from copulasynth.metrics.level_lists import levels_of
from copulasynth.metrics.table import ComparedColumn
from copulasynth.schema import Column, Schema
from copulasynth.schema.judged import (
    Frame,
    judged_column,
    label_of,
    open_judged,
    read_judged,
    read_labels,
    read_numbers,
    stated_codes,
)

__all__ = ["ColumnCoder", "States", "coders_of", "opened_batch"]

#: Levels of a column that can be counted.
LEVELS = 100_000
States = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class ColumnCoder:
    """A column that both tables have, and how its values are read.

    Attributes
    ----------
    compared : ComparedColumn
        As the samples show it.
    column : Column
    codes : tuple
        Values that mean another kind of missing.
    """

    compared: ComparedColumn
    column: Column
    codes: tuple[Any, ...]

    @property
    def name(self) -> str:
        return self.compared.name

    @property
    def numeric(self) -> bool:
        return self.compared.kind == "numeric"

    @property
    def states(self) -> int:
        """How many states a cell can have: present, missing, each code, infinite."""
        return 3 + len(self.codes)

    def numbers(self, frame: Frame) -> tuple[Floats, States]:
        """Return numbers, NaN where there is none, and states.

        Raises
        ------
        DataError
            If values are no such numbers.
        """
        read = read_numbers(self.column, read_judged(frame, self.name), self.codes)
        if read is None:
            raise DataError(
                f"column {self.name!r} holds numbers in the sampled rows, and others elsewhere; "
                "write it in one type, or leave it out"
            )
        x, state = read
        infinite = np.isinf(x)
        state[infinite] = self.states - 1
        return np.where(state == 0, x, np.nan), state

    def labels(self, frame: Frame) -> tuple[list[str], Ints]:
        """Return labels of distinct values, and the place of each row's, -1 where missing."""
        return read_labels(self.column, read_judged(frame, self.name))

    def levels(self, counts: Sequence[Counter[str]]) -> list[str]:
        """Return all levels of both tables.

        Raises
        ------
        DataError
            If they are too many to be counted.
        """
        levels = levels_of(self.column, counts, list(map(label_of, self.codes)))
        if len(levels) > LEVELS:
            raise DataError(
                f"column {self.name!r} has more than {LEVELS:,} levels, which nobody compares; "
                "leave it out by a schema, as kind 'identifier' or 'drop'"
            )
        return levels

    def coded(self, frame: Frame, places: Mapping[str, int]) -> tuple[Ints, Ints]:
        """Return the place of each row's level, 0 where there is none, and states."""
        labels, at = self.labels(frame)
        special = {label_of(code): 2 + k for k, code in enumerate(self.codes)}
        code = np.array([*(places.get(label, 0) for label in labels), 0], dtype=np.int64)
        state = np.array([*(special.get(label, 0) for label in labels), 1], dtype=np.int64)
        return code[at], state[at]


def opened_batch(batch: pa.RecordBatch) -> Frame:
    """Return a batch as a table to be read."""
    return open_judged(pa.Table.from_batches([batch]), "judged")


def coders_of(
    columns: Sequence[ComparedColumn], samples: Sequence[Any], schema: Schema | None
) -> tuple[ColumnCoder, ...]:
    """Return how the compared columns of samples are read, as :func:`metrics.align` does."""
    known = {str(c.name): c for c in schema.columns} if schema is not None else {}
    frames = [open_judged(table, "judged") for table in samples]
    return tuple(_coder(c, frames, known.get(c.name)) for c in columns)


def _coder(compared: ComparedColumn, frames: list[Frame], declared: Column | None) -> ColumnCoder:
    name = compared.name
    raws = [read_judged(frame, name) for frame in frames]
    codes = () if declared is not None else stated_codes(frames, name) or ()
    full = [raw for raw in raws if raw.present.size]
    column = declared
    if column is None or column.storage == "null":
        column = judged_column((full or raws)[0], codes)
    return ColumnCoder(compared, column, tuple(codes or column.missing_codes))
