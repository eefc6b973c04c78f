"""Gaps and missing codes of few rows, and values where hardly any row has one."""

from dataclasses import replace

import numpy as np

from copulasynth._arrays import Ints
from copulasynth.privacy.treating.cells import CODE, PRESENT, ColumnCells, Number
from copulasynth.privacy.treating.done import Done

__all__ = ["fill_gaps", "merged_states"]


def merged_states(cells: ColumnCells, k_min: int) -> Ints:
    """Return the state of every row, where each state has no row or at least `k_min`.

    That hardly anybody's value is missing, or missing for one reason, is a rare level as any other
    is. A rare kind of missing becomes the most frequent kind if all together have enough rows. Else
    the rows get a value, as most rows have one. Values that fewer than `k_min` rows have are left
    out: the row is then as most rows are.
    """
    counts = np.bincount(cells.state, minlength=CODE + len(cells.column.missing_codes))
    rare = (counts > 0) & (counts < k_min)
    absent = counts[1:]
    to = np.arange(counts.size)
    if absent.sum() >= k_min or rare[PRESENT]:
        to[rare] = 1 + int(absent.argmax())
    else:
        to[rare] = PRESENT
    return np.asarray(to[cells.state])


def fill_gaps(
    cells: ColumnCells, state: Ints, value: int | Number, what: str
) -> tuple[ColumnCells, list[Done]]:
    """Return the cells in their new states, where a value is needed with the one given."""
    if (state == cells.state).all():
        return cells, []
    there = state == PRESENT
    filled, left = there & ~cells.there, ~there & cells.there
    values = np.where(left, cells.values.dtype.type(0), cells.values)
    values[filled] = value
    other = (state != cells.state) & ~filled & ~left
    parts = (
        (filled, there, f"gaps of few rows were filled with {what}"),
        (left, ~there, "values that few rows have were left out"),
        (other, ~there, "rare kinds of missing became the most frequent kind"),
    )
    done = [Done.of(cells, "gaps", told, at, by) for at, by, told in parts if at.any()]
    return _known(replace(cells, values=values, state=state)), done


def _known(cells: ColumnCells) -> ColumnCells:
    """Leave out missing codes that no row has: the list of levels would name them."""
    codes, state = cells.column.missing_codes, cells.state
    held = [k for k in range(len(codes)) if (state == CODE + k).any()]
    if not cells.column.coded or len(held) == len(codes):
        return cells
    to = np.arange(CODE + len(codes))
    to[[CODE + k for k in held]] = CODE + np.arange(len(held))
    lost = [place for k, place in enumerate(cells.column.code_places) if k not in held]
    column = cells.column.replace(
        missing_codes=tuple(codes[k] for k in held), order=(*cells.column.order, *lost)
    )
    return replace(cells, column=column, state=to[state])
