"""Two halves of a table to fit to and to judge on, so that what can be seen is seen in both."""

from collections.abc import Iterator, Sequence

import numpy as np

from copulasynth._arrays import Floats, Ints

__all__ = ["halves"]

#: A stratum with so many rows in each half needs no care.
SAFE = 10


def halves(x: Floats, levelled: Sequence[bool], order: Ints, size: int) -> tuple[Ints, Ints]:
    """Return the rows to train on and those to judge with, each ascending.

    The first rows of a random order, but for rare strata: every level of a levelled variable,
    missing values of any, and values beside that of most rows. A stratum of two rows or more is on
    both sides, one of a single row is trained on, as far as the halves have room.

    Parameters
    ----------
    x : (n, d) float64
        Variables, NaN where missing.
    levelled : sequence of bool
        Variables whose values are levels.
    order : (n,) int64
        A random order of the rows.
    size : int
        Rows of each half, at most n / 2.

    Examples
    --------
    >>> x = np.array([[0.0], [0.0], [0.0], [0.0], [1.0], [1.0]])
    >>> train, held = halves(x, [True], np.arange(6), 3)
    >>> x[train, 0].tolist(), x[held, 0].tolist()
    ([0.0, 0.0, 1.0], [0.0, 0.0, 1.0])
    """
    n = len(x)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    side = np.minimum(place // size, 2)
    kept = np.full(n, -1, dtype=np.int64)
    for rows in sorted(_rare(x, levelled, side), key=len):
        for half in (0, 1)[: len(rows)]:
            free = rows[kept[rows] < 0]
            if (kept[rows] == half).any() or not free.size or (kept == half).sum() >= size:
                continue
            # a row that is there already, else the next in the order
            kept[free[np.argmin(place[free] + n * (side[free] != half))]] = half
    rest = order[kept[order] < 0]
    first, second = (np.flatnonzero(kept == half) for half in (0, 1))
    cut = size - first.size
    train = np.concatenate([first, rest[:cut]])
    held = np.concatenate([second, rest[cut : cut + size - second.size]])
    return np.sort(train), np.sort(held)


def _rare(x: Floats, levelled: Sequence[bool], side: Ints) -> Iterator[Ints]:
    """Yield the rows of every stratum that a half has hardly any of."""
    for j, levels in enumerate(levelled):
        strata = _strata(x[:, j], levels)
        seen = [np.bincount(strata[side == half], minlength=strata.max() + 1) for half in (0, 1)]
        for stratum in np.flatnonzero(np.minimum(*seen) < SAFE):
            rows = np.flatnonzero(strata == stratum)
            if rows.size:
                yield rows


def _strata(x: Floats, levels: bool) -> Ints:
    """Number the strata of a variable: levels, or the value of most rows and all others; gaps."""
    values, codes, counts = np.unique(x, return_inverse=True, return_counts=True, equal_nan=True)
    if levels:
        return codes
    gaps = np.isnan(values)
    common = np.where(gaps, 0, counts).argmax()
    most = counts[common] > 0.5 * counts[~gaps].sum()
    kinds: Ints = np.where(gaps, 2, np.where(most & (np.arange(values.size) != common), 1, 0))
    return kinds[codes]
