"""Bins that all compared tables share: quantiles of the pooled values, every gap its own level."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.metrics.once import meanwhile
from copulasynth.metrics.table import ComparedColumn, Table

__all__ = ["Binned", "bin_tables", "level_places", "number_bins"]


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """Level codes of several tables on shared bins.

    Parameters
    ----------
    names : tuple of str
    labels : tuple of tuples of str
        Labels of the levels of each column.
    codes : tuple of ndarray of int64, shape (d, n)
        One array a table.
    """

    names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    codes: tuple[Ints, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of levels of each column."""
        return tuple(len(labels) for labels in self.labels)


def bin_tables(
    tables: Sequence[Table],
    *,
    groups: int = 5,
    atoms: bool = True,
    max_levels: int | None = None,
) -> Binned:
    """Bin every column of aligned tables.

    Numbers fall into [lo, hi) between the unique type-7 quantiles of the values of all tables
    together, the last interval closed. A missing value and each missing code are levels of their
    own. Bins taken from each table alone would call two different laws alike.

    Parameters
    ----------
    tables : sequence of Table
    groups : int
        Number of quantile groups of a numeric column.
    atoms : bool
        Give a value that fills a whole quantile group, such as the zeros of a usage column, a
        level of its own. Without this a column of 80 % zeros is one single bin.
    max_levels : int, optional
        Keep the commonest levels of a nominal column and pool the others.
    """
    columns = tables[0].columns
    if max_levels is not None and all(len(c.levels) <= max_levels for c in columns):
        max_levels = None  # pools nothing
    of = (part for table in tables for part in (table.numbers, table.states))
    how = groups, atoms, max_levels
    return meanwhile("bins", lambda: _binned(tables, *how), columns, *how, *of)


def _binned(tables: Sequence[Table], groups: int, atoms: bool, max_levels: int | None) -> Binned:
    d = len(tables[0].columns)
    coded = [_bin_column(tables, j, groups, atoms, max_levels) for j in range(d)]
    codes = tuple(np.stack([parts[i] for _, parts in coded]) for i in range(len(tables)))
    return Binned(tuple(tables[0].names), tuple(labels for labels, _ in coded), codes)


def _bin_column(
    tables: Sequence[Table], j: int, groups: int, atoms: bool, max_levels: int | None
) -> tuple[tuple[str, ...], list[Ints]]:
    column = tables[0].columns[j]
    values = [table.numbers[j] for table in tables]
    if column.kind == "numeric":
        labels, codes = _bin_numbers(values, groups, atoms)
    else:
        labels, codes = _group_levels(column, values, max_levels)
    width = len(labels)
    for table, code in zip(tables, codes, strict=True):
        state = table.states[j].astype(np.int64)
        gap = state != 0
        code[gap] = width + state[gap] - 1
    return (*labels, *column.states[1:]), codes


def _bin_numbers(values: list[Floats], groups: int, atoms: bool) -> tuple[list[str], list[Ints]]:
    labels, points = number_bins(values, groups, atoms)
    return labels, [np.searchsorted(points, x, side="right").astype(np.int64) for x in values]


def number_bins(values: list[Floats], groups: int, atoms: bool) -> tuple[list[str], Floats]:
    """Return the labels of the bins of numbers, and the points at which all but the first begin."""
    pooled = np.concatenate([x[~np.isnan(x)] for x in values])
    if pooled.size == 0:
        return [], np.empty(0)
    # Type-7 quantiles, duplicates kept.
    edges = np.quantile(pooled, np.arange(groups + 1) / groups)
    cuts, repeats = np.unique(edges, return_counts=True)
    # Breaks are pairs (value, side): a level starts at the value (0) or just above it (1).
    breaks = [(float(c), 0) for c in cuts[:-1]]
    if atoms:
        breaks += [(float(c), side) for c in cuts[repeats > 1] for side in (0, 1)]
    breaks = sorted(set(breaks)) or [(float(cuts[0]), 0)]
    if breaks[-1] == (float(cuts[-1]), 1):
        breaks.pop()
    points = np.array([np.nextafter(x, np.inf) if side else x for x, side in breaks[1:]])
    return _interval_labels(breaks, float(cuts[-1])), points


def _interval_labels(breaks: list[tuple[float, int]], top: float) -> list[str]:
    labels = []
    for (low, side), (high, end) in pairwise([*breaks, (top, 1)]):
        if low == high:
            labels.append(f"{low:g}")
        else:
            labels.append(f"{'[' if side == 0 else '('}{low:g},{high:g}{']' if end else ')'}")
    return labels


def _group_levels(
    column: ComparedColumn, values: list[Floats], max_levels: int | None
) -> tuple[list[str], list[Ints]]:
    labels = list(column.levels)
    counts = sum(np.bincount(x[~np.isnan(x)].astype(int), minlength=len(labels)) for x in values)
    labels, place = level_places(labels, np.asarray(counts), max_levels)
    if not labels:
        return [], [np.zeros(x.size, dtype=np.int64) for x in values]
    return labels, [place[np.nan_to_num(x).astype(np.int64)] for x in values]


def level_places(labels: list[str], counts: Ints, max_levels: int | None) -> tuple[list[str], Ints]:
    """Return the levels that are kept, and the place of each level among them."""
    place = np.arange(len(labels))
    if max_levels is None or len(labels) <= max_levels:
        return labels, place
    keep = np.sort(np.argsort(-counts, kind="stable")[: max_levels - 1])
    place = np.full(len(labels), keep.size)
    place[keep] = np.arange(keep.size)
    return [*(labels[k] for k in keep), "(other levels)"], place
