"""Joint counts of columns on shared bins, and the measures that are made of them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from math import prod

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints, floats
from copulasynth._clock import step
from copulasynth.metrics.bins import Binned, bin_tables
from copulasynth.metrics.jackknife import group_counts, left_out
from copulasynth.metrics.reference import Measure
from copulasynth.metrics.table import GROUPS, Table

__all__ = [
    "Stat",
    "all_counts",
    "binned_measure",
    "joint_counts",
    "pair_items",
    "shares",
    "variation",
]

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
    codes, sizes = binned.codes[which], binned.sizes
    shape = tuple(sizes[j] for j in columns)
    return next(_counts([codes[j] for j in columns], shape, len(columns), groups))


def all_counts(binned: Binned, which: int, order: int, groups: Ints | None) -> Iterator[Floats]:
    """Yield the counts of every `order` columns, in the order of `itertools.combinations`."""
    return _counts(list(binned.codes[which]), binned.sizes, order, groups)


def _counts(
    codes: Sequence[Ints], sizes: tuple[int, ...], order: int, groups: Ints | None
) -> Iterator[Floats]:
    if groups is None:
        for key, shape in _keys(codes, sizes, order):
            step(f"counts of {order} columns")
            yield group_counts(key, prod(shape), None).reshape(-1, *shape)
        return
    # the groups are the first column of every table
    for key, shape in _keys(codes, sizes, order, before=(groups, (GROUPS,))):
        step(f"counts of {order} columns")
        yield left_out(np.bincount(key, minlength=prod(shape)).reshape(shape))


def _keys(
    codes: Sequence[Ints],
    sizes: tuple[int, ...],
    order: int,
    first: int = 0,
    before: tuple[Ints, tuple[int, ...]] | None = None,
) -> Iterator[tuple[Ints, tuple[int, ...]]]:
    """Yield the cells of the rows in the table of every `order` columns, and its shape.

    What tables have in common, their first columns, is made once.
    """
    for j in range(first, len(codes) - order + 1):
        key, shape = codes[j], sizes[j : j + 1]
        if before is not None:
            key, shape = before[0] * sizes[j] + key, (*before[1], *shape)
        if order == 1:
            yield key, shape
        else:
            yield from _keys(codes, sizes, order - 1, j + 1, (key, shape))


def binned_measure(
    stat: Stat, order: int, groups: int, *, atoms: bool = True, max_levels: int | None = MAX_LEVELS
) -> Measure:
    """Return a measure that applies `stat` to the joint counts of every `order` columns."""

    def measure(a: Table, b: Table) -> Floats:
        binned = bin_tables([a, b], groups=groups, atoms=atoms, max_levels=max_levels)
        counts = (all_counts(binned, i, order, t.groups) for i, t in enumerate((a, b)))
        return np.stack([stat(o, s) for o, s in zip(*counts, strict=True)], axis=1)

    return measure


def shares(counts: Floats) -> Floats:
    """Return the counts of every replicate over their sum."""
    return floats(counts / np.maximum(counts.sum(axis=_cells(counts), keepdims=True), 1))


def variation(o: Floats, s: Floats) -> Floats:
    """Return the total variation of two tables of counts, .5 sum |p - q|."""
    p, q = (shares(x.reshape(len(x), -1)) for x in (o, s))
    return floats(0.5 * np.abs(p - q).sum(axis=1))


def _cells(counts: Floats) -> tuple[int, ...]:
    return tuple(range(1, counts.ndim))
