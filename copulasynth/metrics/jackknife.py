"""Standard errors by leaving out one random group of rows at a time, on counts or on sums."""

import numpy as np
from numpy.typing import ArrayLike

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.metrics.table import GROUPS

__all__ = ["group_counts", "group_sums", "jackknife_se", "left_out"]


def group_counts(keys: Ints, cells: int, groups: Ints | None) -> Floats:
    """Count the keys 0..cells-1: row 0 in all rows, row g + 1 without the rows of group g."""
    if groups is None:
        return np.bincount(keys, minlength=cells)[None].astype(np.float64)
    by_group = np.bincount(groups * cells + keys, minlength=GROUPS * cells)
    return left_out(by_group.reshape(GROUPS, cells))


def group_sums(rows: ArrayLike, groups: Ints | None) -> Floats:
    """Sum over rows (axis 0) in the same manner as `group_counts`."""
    x = np.asarray(rows, dtype=np.float64)
    if groups is None:
        return floats(x.sum(axis=0)[None])
    return left_out(np.stack([x[groups == g].sum(axis=0) for g in range(GROUPS)]))


def left_out(by_group: Floats | Ints) -> Floats:
    """Return sums over all groups (row 0), and over all but each, from those of each."""
    out = np.empty((len(by_group) + 1, *by_group.shape[1:]))
    total = by_group.sum(axis=0)
    out[0] = total
    np.subtract(total, by_group, out=out[1:])
    return out


def jackknife_se(replicates: Floats) -> Floats:
    """Return the delete-a-group jackknife standard error over axis 0, row 0 being the full value.

    With both tables split, the groups of one number are left out of both at once; the variances
    of the two independent tables add up. Efron and Stein (1981); Shao and Tu (1995), section 2.3.

    >>> x = np.arange(20.0)
    >>> means = np.concatenate([[x.mean()], (x.sum() - x) / 19])
    >>> bool(np.isclose(jackknife_se(means), x.std(ddof=1) / 20**0.5))
    True
    """
    left = replicates[1:]
    if len(left) == 0:
        return np.full(replicates.shape[1:], np.nan)
    g = len(left)
    return floats(np.sqrt((g - 1) / g * ((left - left.mean(axis=0)) ** 2).sum(axis=0)))
