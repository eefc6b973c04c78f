"""The Cramér-von Mises distance of a column: the mean square gap between two cumulative curves."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from copulasynth.metrics.alignment import align
from copulasynth.metrics.items import score_items
from copulasynth.metrics.jackknife import group_counts
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import Table

__all__ = ["cramer_von_mises"]

Groups = NDArray[np.int64] | None


def cramer_von_mises(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    schema: Any = None,
    rng: int | np.random.Generator | None = None,
) -> Score:
    r"""Root of :math:`\int (F - G)^2 \, d(F + G)/2` of every ordered column; the score is the mean.

    Missing values are left out. A column that has values in one table only scores 1.

    Returns
    -------
    Score
        `table` has one row a column: value, jackknife interval, reference.

    References
    ----------
    Anderson (1962), On the distribution of the two-sample Cramér-von Mises criterion.

    Examples
    --------
    >>> a = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    >>> round(cramer_von_mises(a, a + 10, rng=0).value, 2)
    0.59
    """
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    ranked = tables.real.ranked

    def measure(a: Table, b: Table, ga: Groups, gb: Groups) -> NDArray[np.float64]:
        return np.stack([_distance(a.numbers[j], b.numbers[j], ga, gb) for j in ranked], axis=1)

    items = pd.DataFrame({"column": [tables.real.names[j] for j in ranked]})
    return score_items("Cramér-von Mises", measure, tables, items, np.random.default_rng(rng))


def _distance(
    x: NDArray[np.float64], y: NDArray[np.float64], gx: Groups, gy: Groups
) -> NDArray[np.float64]:
    """Return the distance of the present values, and without each group of rows."""
    here, there = ~np.isnan(x), ~np.isnan(y)
    if not here.any() or not there.any():
        replicates = 1 if gx is None else int(gx.max()) + 2
        return np.full(replicates, float(here.any() != there.any()))
    points, place = np.unique(np.concatenate([x[here], y[there]]), return_inverse=True)
    m = int(here.sum())
    shares = []
    for at, groups, mask in ((place[:m], gx, here), (place[m:], gy, there)):
        counts = group_counts(at, points.size, None if groups is None else groups[mask])
        shares.append(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    gap = np.cumsum(shares[0] - shares[1], axis=1)
    square = (gap**2 * (shares[0] + shares[1]) / 2).sum(axis=1)
    distance: NDArray[np.float64] = np.sqrt(square)
    return distance
