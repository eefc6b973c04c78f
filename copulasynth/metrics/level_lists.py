"""The levels of a column in all compared tables, in the order in which they are shown."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from copulasynth.schema import Column
from copulasynth.schema.judged import column_labels

__all__ = ["levels_of"]


def levels_of(column: Column, counts: Iterable[Counter[str]], codes: Sequence[str]) -> list[str]:
    """Return the levels of a column in order: those that it lists, and then what occurs beside."""
    listed = column_labels(column) if column.categorical or column.kind == "ordinal" else []
    rest = {label for found in counts for label in +found} - {*listed, *codes}
    return [*(v for v in listed if v not in codes), *sorted(rest, key=_place)]


def _place(level: str) -> tuple[float, str]:
    """Sort numbers by size and before texts."""
    try:
        return float(level), level
    except ValueError:
        return math.inf, level
