"""Joint counts of columns on shared bins, and the measures that are made of them."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.metrics.bins import Binned, bin_tables
from copulasynth.metrics.jackknife import group_counts
from copulasynth.metrics.reference import Measure
from copulasynth.metrics.table import Table

__all__ = ["Stat", "binned_measure", "joint_counts", "pair_items", "shares", "variation"]

#: Counts of both tables over the same cells, (replicates, *sizes), to one number a replicate.
Stat = Callable[[Floats, Floats], Floats]

# More levels than this make cells too small to compare; the rarest are pooled.
MAX_LEVELS = 30


def pair_items(names: list[str]) -> pd.DataFrame:
    """Return one row a pair, with the names of both columns."""
    return pd.DataFrame(list(combinations(names, 2)), columns=["first", "second"])


def joint_counts(
    binned: Binned, which: int, columns: tuple[int, ...], groups: Ints | None
) -> Floats:
    """Return counts of the cells of some columns, shape (replicates, *sizes)."""
    codes = binned.codes[which]
    sizes = [len(binned.labels[j]) for j in columns]
    key = np.zeros(codes.shape[1], dtype=np.int64)
    for j, size in zip(columns, sizes, strict=True):
        key = key * size + codes[j]
    return group_counts(key, int(np.prod(sizes)), groups).reshape(-1, *sizes)


def binned_measure(
    stat: Stat, order: int, groups: int, *, atoms: bool = True, max_levels: int | None = MAX_LEVELS
) -> Measure:
    """Return a measure that applies `stat` to the joint counts of every `order` columns."""

    def measure(a: Table, b: Table) -> Floats:
        binned = bin_tables([a, b], groups=groups, atoms=atoms, max_levels=max_levels)
        sets = combinations(range(len(binned.names)), order)
        counts = (
            [joint_counts(binned, i, columns, t.groups) for i, t in enumerate((a, b))]
            for columns in sets
        )
        return np.stack([stat(o, s) for o, s in counts], axis=1)

    return measure


def shares(counts: Floats) -> Floats:
    """Return the counts of every replicate over their sum."""
    return floats(counts / np.maximum(counts.sum(axis=_cells(counts), keepdims=True), 1))


def variation(o: Floats, s: Floats) -> Floats:
    """Return the total variation of two tables of counts, .5 sum |p - q|."""
    return floats(0.5 * np.abs(shares(o) - shares(s)).sum(axis=_cells(o)))


def _cells(counts: Floats) -> tuple[int, ...]:
    return tuple(range(1, counts.ndim))
