"""All pairs of columns: their names, and their joint counts on shared bins."""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints
from copulasynth.metrics.bins import Binned, bin_tables
from copulasynth.metrics.jackknife import group_counts
from copulasynth.metrics.table import Table

__all__ = ["binned_measure", "joint_counts", "pair_items"]

# More levels than this make cells too small to compare; the rarest are pooled.
MAX_LEVELS = 30


def pair_items(names: list[str], columns: list[int]) -> pd.DataFrame:
    """Return one row a pair of the given columns, with the names of both."""
    pairs = list(combinations(columns, 2))
    return pd.DataFrame(
        {"first": [names[i] for i, _ in pairs], "second": [names[j] for _, j in pairs]}
    )


def joint_counts(
    binned: Binned, which: int, columns: tuple[int, ...], groups: Ints | None
) -> Floats:
    """Return counts of the cells of some columns, shape (replicates, *sizes)."""
    codes = binned.codes[which]
    sizes = [binned.sizes[j] for j in columns]
    key = np.zeros(codes.shape[1], dtype=np.int64)
    for j, size in zip(columns, sizes, strict=True):
        key = key * size + codes[j]
    return group_counts(key, int(np.prod(sizes)), groups).reshape(-1, *sizes)


def binned_measure(
    stat: Callable[[Floats, Floats], Floats], order: int, groups: int
) -> Callable[[Table, Table, Ints | None, Ints | None], Floats]:
    """Return a measure that applies `stat` to the joint counts of every `order` columns.

    `stat` takes counts of shape (replicates, *sizes) of both tables and returns (replicates,).
    """

    def measure(a: Table, b: Table, ga: Ints | None, gb: Ints | None) -> Floats:
        binned = bin_tables([a, b], groups=groups, max_levels=MAX_LEVELS)
        return np.stack(list(_each(binned, ga, gb)), axis=1)

    def _each(binned: Binned, ga: Ints | None, gb: Ints | None) -> Iterator[Floats]:
        for columns in combinations(range(len(binned.names)), order):
            o = joint_counts(binned, 0, columns, ga)
            s = joint_counts(binned, 1, columns, gb)
            yield stat(o, s)

    return measure
