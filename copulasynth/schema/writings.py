"""Ways to write counts as text: numbers, dates, times of day, durations.

A writing reads a text only if writing what was read gives the same text again, byte for byte;
numbers with all of their digits, as programs write them, only to those that count.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copulasynth._arrays import Bools, Ints
from copulasynth.schema.column import Column, Scalar
from copulasynth.schema.dates import Dates
from copulasynth.schema.digits import NumberTexts
from copulasynth.schema.forms import Texts, number_form
from copulasynth.schema.spans import Spans

__all__ = ["Writing", "count_levels", "read_texts", "text_array", "writing_of"]


class Writing(Protocol):
    """A way to write counts as text."""

    @property
    def storage(self) -> str:
        """What the counts are, as columns store them."""

    @property
    def unit(self) -> str | None:
        """Unit of times and durations."""

    @property
    def scale(self) -> int:
        """Counts in 1."""

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest count that is written."""

    def write(self, counts: Ints) -> Texts:
        """Return an Arrow array of texts."""

    def guess(self, texts: Texts) -> Texts:
        """Return an Arrow array of counts, null where a text has none."""


def writing_of(column: Column) -> Writing:
    """Return how a column writes its counts."""
    form = column.writing
    if column.storage == "duration":
        return Spans(form)
    if column.storage == "decimal":
        numbers = number_form(form, column.places)
        assert numbers is not None
        return NumberTexts(numbers, form if form in ("shortest", "point") else "")
    return Dates(form, column.unit or "s", "time" if column.storage == "time" else "datetime")


def text_array(values: Sequence[Scalar]) -> Texts:
    """Return the texts among values as an Arrow array, null where a value is no text."""
    return pa.array([v if isinstance(v, str) else None for v in values], pa.string())


def read_texts(writing: Writing, texts: Texts) -> tuple[Ints, Bools]:
    """Return the counts of an Arrow array of texts, and which texts have one that writes them."""
    guessed = writing.guess(texts)
    counts = np.asarray(pc.fill_null(guessed, 0).to_numpy(zero_copy_only=False), dtype=np.int64)
    low, high = writing.limits
    there = np.asarray(guessed.is_valid().to_numpy(zero_copy_only=False))
    there &= (counts > low - 1) & (counts < high + 1)
    counts = np.where(there, counts, 0)
    written = writing.write(counts)
    alike = writing.same if isinstance(writing, NumberTexts) else pc.equal
    same = pc.fill_null(alike(texts, written), False)
    return counts, there & np.asarray(same.to_numpy(zero_copy_only=False))


def count_levels(column: Column, levels: Sequence[Scalar]) -> tuple[Ints, Bools]:
    """Return the counts of levels in a column's own writing, and which levels have one."""
    return read_texts(writing_of(column), text_array(levels))
