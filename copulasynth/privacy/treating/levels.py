"""Levels of few rows: merged with others, and taken off the list of levels."""

from dataclasses import replace

import numpy as np

from copulasynth._arrays import Bools, Ints
from copulasynth.errors import DataError
from copulasynth.privacy.treating.cells import ColumnCells
from copulasynth.privacy.treating.done import Done
from copulasynth.schema.column import Scalar

__all__ = ["check_levels", "is_thin", "level_counts", "merge_levels"]

_NAMES = ("other", "other levels", "all other levels")


def check_levels(cells: ColumnCells, k_min: int) -> None:
    """Refuse a column in which no level has enough rows.

    Raises
    ------
    DataError
        With what to do about it.
    """
    if is_thin(cells, k_min):
        raise DataError(
            f"column {cells.column.name!r} has no level of at least {k_min} rows: drop it (--drop, "
            "drop=), group its levels, make it an identifier in the schema, or name it among the "
            "public columns."
        )


def is_thin(cells: ColumnCells, k_min: int) -> bool:
    """Whether a column has enough rows, but no level has."""
    counts = level_counts(cells)
    return bool(counts.sum() >= k_min and not (counts >= k_min).any())


def level_counts(cells: ColumnCells) -> Ints:
    """Return the rows of each level."""
    return np.bincount(cells.values[cells.there], minlength=len(cells.column.levels))


def merge_levels(cells: ColumnCells, k_min: int) -> tuple[ColumnCells, list[Done]]:
    """Merge every level of fewer than `k_min` rows, where some level has more.

    Levels in order go to the nearest level of enough rows. Texts without order become a level
    "other" where they have enough rows together. Else, and where levels are no text, they go to
    the most frequent level: no more than the few cells change, where a kept level that joined them
    would lose its name for many rows.
    """
    counts = level_counts(cells)
    rare = (counts > 0) & (counts < k_min)
    if not rare.any():
        return _listed(cells, counts)
    to, what, more = _targets(cells, counts, rare, k_min)
    moved = cells.there & rare[cells.values]
    levels = (*cells.column.levels, *more)
    order = (*cells.column.order, *range(counts.size, len(levels)))
    column = cells.column.replace(levels=levels, order=order)
    found = replace(cells, column=column, values=np.where(cells.there, to[cells.values], 0))
    behind = found.there & np.isin(found.values, to[rare])
    told = f"levels of fewer than {k_min} rows became {what}"
    return _shortened(found, level_counts(found)), [Done.of(cells, "levels", told, moved, behind)]


def _targets(
    cells: ColumnCells, counts: Ints, rare: Bools, k_min: int
) -> tuple[Ints, str, tuple[Scalar, ...]]:
    """Return the new place of each level, what that is in words, and levels that are new."""
    to, column = np.arange(counts.size), cells.column
    if column.measure == "ordinal":
        to[rare] = _nearest(counts, rare, _ranks(cells), k_min)
        return to, "their neighbour", ()
    if column.storage == "text" and counts[rare].sum() >= k_min:
        name = _free_name(column.levels)
        to[rare] = counts.size
        return to, f"the level {name!r}", (name,)
    to[rare] = counts.argmax()
    return to, "the most frequent one", ()


def _ranks(cells: ColumnCells) -> Ints:
    """Return the place of each level in the order of the column."""
    ranks = np.zeros(len(cells.column.levels), dtype=np.int64)
    ranks[list(cells.column.order)] = np.arange(len(cells.column.order))
    return ranks


def _nearest(counts: Ints, rare: Bools, ranks: Ints, k_min: int) -> Ints:
    """Return for each rare level the nearest kept one, of two the one of more rows."""
    kept = np.flatnonzero(counts >= k_min)
    kept = kept[np.lexsort((ranks[kept], -counts[kept]))]
    apart = np.abs(ranks[rare][:, None] - ranks[kept][None, :])
    return np.asarray(kept[apart.argmin(axis=1)])


def _free_name(levels: tuple[Scalar, ...]) -> str:
    taken = {str(level).strip().casefold() for level in levels}
    numbered = (f"other levels {k}" for k in range(2, len(levels) + 3))
    return next(name for name in (*_NAMES, *numbered) if name not in taken)


def _listed(cells: ColumnCells, counts: Ints) -> tuple[ColumnCells, list[Done]]:
    """Take levels without rows off the list that a categorical column keeps."""
    places = list(cells.column.default_order)
    if not cells.column.categorical or (counts[places] > 0).all():
        return cells, []
    told = "levels that no row has left the list of levels"
    nothing = np.zeros(cells.state.size, dtype=np.bool_)
    return _shortened(cells, counts), [Done.of(cells, "levels", told, nothing, cells.there)]


def _shortened(cells: ColumnCells, counts: Ints) -> ColumnCells:
    """Leave out levels that no row has."""
    column = cells.column
    keep = counts > 0
    keep[list(column.code_places)] = True
    place = np.cumsum(keep) - 1
    ranked = [int(place[i]) for i in column.order if keep[i]]
    levels = tuple(level for level, kept in zip(column.levels, keep, strict=True) if kept)
    value = column.value if column.value in levels else None
    column = column.replace(levels=levels, order=tuple(ranked), value=value)
    return replace(cells, column=column, values=np.where(cells.there, place[cells.values], 0))
