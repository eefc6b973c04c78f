"""Bootstrap samples of rows for proper synthesis, without new ties."""

from collections.abc import Sequence

import numpy as np

from copulasynth._arrays import Floats

__all__ = ["resampled"]


def resampled(x: Floats, rng: np.random.Generator, levelled: Sequence[bool] = ()) -> Floats:
    """Draw as many rows of `x` (n, d) with replacement, and part the copies of a unique value.

    Copies of a row would look like ties: a value drawn five times could pass for an atom, and be
    stored as one. So every copy but the first of a value that only one row has moves a random part
    of the way to the next larger value (a smoothed bootstrap; Silverman & Young 1987).

    `levelled` says which variables have levels as values, between which there is nothing.
    """
    rows = rng.integers(len(x), size=len(x))
    order = np.argsort(rows, kind="stable")
    copy = np.zeros(len(x), dtype=bool)
    copy[order[1:]] = np.diff(rows[order]) == 0
    out = x[rows]
    for j in range(x.shape[1]):
        values, counts = np.unique(x[~np.isnan(x[:, j]), j], return_counts=True)
        if values.size < 2 or (len(levelled) and levelled[j]):
            continue
        v, last = out[:, j], values.size - 1
        place = np.searchsorted(values, v[copy])
        alone = (place < last) & (counts[np.minimum(place, last)] == 1)
        target = np.flatnonzero(copy)[alone]
        gap = values[place[alone] + 1] - values[place[alone]]
        v[target] += gap * rng.random(target.size)
    return out
