"""Which numbers are never greater than which others, by more than chance."""

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.numeric.trial import known, thinned

__all__ = ["EVIDENCE", "LEAST", "evident_orders", "reduced"]

#: Log of the probability below which no order is by chance, less two logs of the columns.
EVIDENCE = -15.0
#: Share of the pairs of rows that break the order if either variable goes its own way. With
#: fewer, ranges hardly overlap: the marginals nearly hold the order without a rule.
OVERLAP = 0.005
#: Rows on which an order is tried first, and how far rows are shifted against each other there.
SCREEN, SHIFTS = 256, (17, 43, 71, 101)
#: Rows told at least.
LEAST = 20


def evident_orders(x: Floats) -> Bools:
    """Return which columns are at most which others in all rows, beyond chance, (d, d)."""
    d = x.shape[1]
    limit = EVIDENCE - 2.0 * np.log(d)
    held = np.zeros((d, d), dtype=bool)
    for i, j in np.argwhere(_screened(x)).tolist():
        held[i, j] = _evident(x[:, i], x[:, j], limit)
    return np.asarray(held & ~held.T)


def reduced(held: Bools) -> Bools:
    """Return orders without those that follow from two others."""
    return np.asarray(held & ~(held.astype(np.int64) @ held.astype(np.int64) > 0))


def _screened(x: Floats) -> Bools:
    """Return which pairs may be in order, (d, d): few rows show that nearly all are not."""
    y = thinned(x, SCREEN)
    shifted = np.concatenate([y] * len(SHIFTS))
    rolled = np.concatenate([np.roll(y, s, axis=0) for s in SHIFTS])
    hopeful = np.zeros((y.shape[1], y.shape[1]), dtype=bool)
    for i in range(y.shape[1]):
        never: Bools = ~np.any(y[:, i : i + 1] > y, axis=0)
        never[i] = False
        if never.any():
            free = (rolled[:, i : i + 1] > shifted[:, never]).mean(axis=0)
            hopeful[i, never] = free >= 0.25 * OVERLAP
    return hopeful


def _evident(a: Floats, b: Floats, limit: float) -> bool:
    """Whether a <= b in all rows, and neither by chance nor because the ranges tell."""
    if (a > b).any():
        return False
    rows = known(a, b)
    a, b = thinned(a[rows]), thinned(b[rows])
    if a.size < LEAST:
        return False
    able = (b > b.min()) & (a < a.max())
    a, b = np.sort(a[able]), np.sort(b[able])
    if a.size < LEAST:
        return False
    below, before = np.searchsorted(a, b, "right"), np.arange(a.size)
    if 1.0 - below.mean() / a.size < OVERLAP:
        return False
    # of the values left over, so many may go with the least, the next, ... of the other column
    chance = np.log((below - before) / (a.size - before)).sum()
    return bool(chance < limit)
