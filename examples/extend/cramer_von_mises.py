"""The Cramér-von Mises distance of a column: the mean square gap between two cumulative curves."""

from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from copulasynth.metrics.items import each, score_items
from copulasynth.metrics.jackknife import group_counts
from copulasynth.metrics.score import Score
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import GROUPS, AnyTable, Table

__all__ = ["cramer_von_mises"]


@metric
def cramer_von_mises(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    r"""Root of :math:`\int (F - G)^2 \, d(F + G)/2` of every ordered column; the score is the mean.

    Missing values are left out. A column that has values in one table only scores 1.

    References
    ----------
    Anderson (1962), On the distribution of the two-sample Cramér-von Mises criterion.

    Examples
    --------
    >>> a = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    >>> round(cramer_von_mises(a, a + 10, rng=0).value, 2)
    0.59
    """
    tables, rng = aligned(real, synthetic, **shared)
    ranked = tables.real.ranked
    items = pd.DataFrame({"column": [tables.real.names[j] for j in ranked]})
    return score_items("Cramér-von Mises", each(ranked, _distance), tables, items, rng)


def _distance(a: Table, b: Table, j: int) -> NDArray[np.float64]:
    """Return the distance of the present values, and without each group of rows."""
    x, y = a.present(j), b.present(j)
    if not x.size or not y.size:
        return np.full(1 if a.groups is None else 1 + GROUPS, float(x.size != y.size))
    points, place = np.unique(np.concatenate([x, y]), return_inverse=True)
    shares = []
    for at, t in ((place[: x.size], a), (place[x.size :], b)):
        groups = None if t.groups is None else t.groups[t.states[j] == 0]
        counts = group_counts(at, points.size, groups)
        shares.append(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    gap = np.cumsum(shares[0] - shares[1], axis=1)
    square = (gap**2 * (shares[0] + shares[1]) / 2).sum(axis=1)
    distance: NDArray[np.float64] = np.sqrt(square)
    return distance
