"""Distances between the distribution functions of a column: Kolmogorov-Smirnov, Wasserstein-1."""

from collections.abc import Callable
from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth import _masking as masking
from copulasynth._arrays import Floats
from copulasynth.metrics.asinh import asinh_scale
from copulasynth.metrics.items import each, score_items
from copulasynth.metrics.jackknife import group_counts
from copulasynth.metrics.score import Score
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import GROUPS, AnyTable, Table

__all__ = ["ks", "wasserstein"]


@metric
def ks(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    """Kolmogorov-Smirnov distance max |F - G| of every ordered column; the score is the mean.

    Missing values are left out (see `missing_rate`). A column that has values in one table only
    scores 1.

    References
    ----------
    Massey (1951), The Kolmogorov-Smirnov test for goodness of fit.

    Examples
    --------
    >>> a = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    >>> ks(a, a + 2, rng=0).value
    0.5
    """
    tables, rng = aligned(real, synthetic, **shared)
    ranked = tables.real.ranked
    measure = each(ranked, lambda a, b, j: _distances(a, b, j)[0])
    items = pd.DataFrame({"column": [tables.real.names[j] for j in ranked]})
    return score_items("KS", measure, tables, items, rng)


@metric
def wasserstein(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    r"""Wasserstein-1 distance :math:`\int |F - G|` of every ordered column; the score is the mean.

    Values are first put on the scale asinh((x - median) / s) with s the interquartile range of
    the real column over 1.349, so that the far tail of one column does not hide all others.
    The column `raw` of the table is the distance in the units of the column, nan where few rows
    decide it.

    References
    ----------
    Vallender (1974), Calculation of the Wasserstein distance between probability distributions
    on the line.
    """
    tables, rng = aligned(real, synthetic, **shared)
    ranked = tables.real.ranked
    scales = {j: asinh_scale(tables.real.numbers[j]) for j in ranked}
    measure = each(ranked, lambda a, b, j: _distances(a, b, j, scales[j])[1])
    raw = {}
    for j in ranked:
        told = all(masking.tells(t.present(j)) for t in (tables.real, tables.synthetic))
        found = _distances(tables.real, tables.synthetic, j)[1][0] if told else np.nan
        raw[tables.real.names[j]] = found
    items = pd.DataFrame({"column": list(raw)})
    score = score_items("Wasserstein-1", measure, tables, items, rng)
    if score.table is not None and raw:
        score.table.insert(2, "raw", score.table["column"].map(raw))
    return score


def _distances(
    a: Table, b: Table, j: int, scale: Callable[[Floats], Floats] = np.asarray
) -> tuple[Floats, Floats]:
    """Return KS and Wasserstein-1 distances of the present values, one a replicate."""
    x, y = a.present(j), b.present(j)
    if not x.size or not y.size:
        replicates, worst = 1 if a.groups is None else 1 + GROUPS, float(x.size != y.size)
        return np.full(replicates, worst), np.full(replicates, np.nan if worst else 0.0)
    points, place = np.unique(scale(np.concatenate([x, y])), return_inverse=True)
    cdfs = []
    for at, t in ((place[: x.size], a), (place[x.size :], b)):
        groups = None if t.groups is None else t.groups[t.states[j] == 0]
        counts = group_counts(at, points.size, groups)
        total = counts.sum(axis=1, keepdims=True)
        cdfs.append(np.cumsum(counts, axis=1) / np.maximum(total, 1))
    gap = np.abs(cdfs[0] - cdfs[1])
    return gap.max(axis=1), gap[:, :-1] @ np.diff(points)
