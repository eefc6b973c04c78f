"""Groups of columns of 0 and 1 whose sum does not vary, or never passes 1."""

from collections.abc import Iterator

import numpy as np

from copulasynth._arrays import Bools, Floats

__all__ = ["constant_sums", "exclusive"]

#: Variance of a direction of the columns, as a share of the mean one, that counts as none: as it
#: is, and where a few rows break a group.
NONE, LITTLE = 1e-9, 0.05

#: How far from 0 and 1 the weights of a group may lie before they are rounded.
ROUND = 0.2

#: Rows that two groups of ones would share by chance before they are said to avoid each other.
SHARED = 12.0

#: What they may share of that for all that.
BROKEN = 0.1


def constant_sums(b: Floats) -> Iterator[tuple[list[int], int]]:
    """Yield groups of three or more columns of (n, p), and the sum that they have in most rows.

    The covariance matrix sends the indicator vector of such a group to zero. Gauss elimination
    of a basis of what it sends to zero, pivots of frequent columns last, leaves one group a row.
    """
    whole = b[~np.isnan(b).any(axis=1)]
    if len(whole) < max(20, len(b) / 4):
        return
    spread = whole.std(axis=0)
    live = np.flatnonzero(spread > 0)
    if live.size < 3:
        return
    a = whole[:, live]
    values, vectors = np.linalg.eigh(np.cov(a.T))
    done: set[frozenset[int]] = set()
    for bound in (NONE, LITTLE):
        null = vectors[:, values <= bound * values.mean()].T
        for row in _echelon(null) if null.size else ():
            weights = np.round(row)
            group = live[weights == 1]
            near = np.abs(row - weights).max() <= ROUND and np.isin(weights, (0, 1)).all()
            if not near or group.size < 3 or frozenset(group.tolist()) in done:
                continue
            sums = whole[:, group].sum(axis=1)
            done.add(frozenset(group.tolist()))
            yield group.tolist(), int(np.median(sums))


def _echelon(basis: Floats) -> Floats:
    """Return the reduced echelon form of a basis, largest pivots first."""
    a = basis.copy()
    for k in range(len(a)):
        left = np.abs(a[k:])
        row, column = divmod(int(left.argmax()), left.shape[1])
        row += k
        a[[k, row]] = a[[row, k]]
        a[k] /= a[k, column]
        rest = np.arange(len(a)) != k
        a[rest] -= np.outer(a[rest, column], a[k])
    return a


def exclusive(b: Floats) -> Iterator[tuple[list[int], bool]]:
    """Yield groups of columns of (n, p) of which hardly a row has two ones.

    With each comes whether nearly every row has a 1. Columns join a group, the most telling
    first, if chance would have had `SHARED` rows or more with a 1 in both. Rare ones join only
    where they and others are all that is lacking: in rows in which the group has no 1.
    """
    known = ~np.isnan(b)
    ones = np.where(known, b, 0.0).astype(np.float32)
    both = (ones.T @ ones).astype(np.float64)
    share = ones.sum(axis=0, dtype=np.float64) / np.maximum(known.sum(axis=0), 1)
    together = known.astype(np.float32)
    expected = np.outer(share, share) * (together.T @ together)
    avoid = both <= BROKEN * expected
    np.fill_diagonal(avoid, False)
    left = set(range(b.shape[1]))
    for seed in np.argsort(-share, kind="stable").tolist():
        if seed not in left:
            continue
        group = _grown([seed], left, avoid, expected)
        if len(group) < 2:
            continue
        more, every = _completed(group, left, ones > 0, known)
        left -= set(more)
        yield sorted(more), every


def _grown(group: list[int], left: set[int], avoid: Bools, expected: Floats) -> list[int]:
    """Add the columns that avoid all others of the group, one after the other."""
    while True:
        inside = avoid[group].all(axis=0)
        gain = np.where(inside, expected[group].sum(axis=0), 0.0)
        gain[[j for j in range(len(gain)) if j not in left]] = 0.0
        best = int(gain.argmax())
        if gain[best] < SHARED:
            return group
        group = [*group, best]


def _completed(
    group: list[int], left: set[int], ones: Bools, known: Bools
) -> tuple[list[int], bool]:
    """Return the group with the rare columns that give every row a 1, if there are such."""
    whole = known[:, group].all(axis=1)
    bare: Bools = np.asarray(whole & ~ones[:, group].any(axis=1))
    more = list(group)
    for j in sorted(left.difference(group)):
        own = ones[:, j] & whole
        if own.any() and bare[own].all():
            more.append(j)
            bare &= ~own
    some = bare.sum() <= 0.005 * whole.sum()
    return (more, True) if some else (group, False)
