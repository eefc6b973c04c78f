"""Distances between the distribution functions of a column: Kolmogorov-Smirnov, Wasserstein-1."""

from typing import Any

import numpy as np
import pandas as pd

from copulasynth import _masking as masking
from copulasynth._arrays import Floats, Ints
from copulasynth.metrics._scale import location_scale
from copulasynth.metrics.alignment import align
from copulasynth.metrics.items import score_items
from copulasynth.metrics.jackknife import group_counts
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.schema import Schema

__all__ = ["ks", "wasserstein"]


def ks(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Kolmogorov-Smirnov distance max |F - G| of every ordered column; the score is the mean.

    Missing values are left out (see `missing_rate`). A column that has values in one table only
    scores 1.

    Returns
    -------
    Score
        `table` has one row a column: value, jackknife interval, reference.

    References
    ----------
    Massey (1951), The Kolmogorov-Smirnov test for goodness of fit.

    Examples
    --------
    >>> a = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    >>> ks(a, a + 2, rng=0).value
    0.5
    """
    return _by_column("KS", _ks_of, real, synthetic, holdout, schema, rng)


def wasserstein(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
) -> Score:
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
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    score = _by_column("Wasserstein-1", _wasserstein_of, real, synthetic, holdout, schema, rng)
    if score.table is None or len(score.table) == 0:
        return score
    raw = {}
    for j in tables.real.ranked:
        x, y = tables.real.numbers[j], tables.synthetic.numbers[j]
        told = all(masking.tells(v[~np.isnan(v)]) for v in (x, y))
        raw[tables.real.names[j]] = _distances(x, y)[1][0] if told else np.nan
    score.table.insert(2, "raw", score.table["column"].map(raw))
    return score


def _by_column(
    name: str,
    stat: Any,
    real: AnyTable,
    synthetic: AnyTable,
    holdout: AnyTable | None,
    schema: Schema | None,
    rng: int | np.random.Generator | None,
) -> Score:
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    ranked = tables.real.ranked
    scales = {j: location_scale(tables.real.numbers[j]) for j in ranked}

    def measure(a: Table, b: Table, ga: Ints | None, gb: Ints | None) -> Floats:
        return np.stack(
            [stat(a.numbers[j], b.numbers[j], ga, gb, scales[j]) for j in ranked], axis=1
        )

    items = pd.DataFrame({"column": [tables.real.names[j] for j in ranked]})
    return score_items(name, measure, tables, items, rng)


def _ks_of(x: Floats, y: Floats, gx: Ints | None, gy: Ints | None, _: Any) -> Floats:
    return _distances(x, y, gx, gy)[0]


def _wasserstein_of(
    x: Floats, y: Floats, gx: Ints | None, gy: Ints | None, scale: tuple[float, float]
) -> Floats:
    middle, spread = scale
    a, b = (np.arcsinh((v - middle) / spread) for v in (x, y))
    return _distances(a, b, gx, gy)[1]


def _distances(
    x: Floats, y: Floats, gx: Ints | None = None, gy: Ints | None = None
) -> tuple[Floats, Floats]:
    """Return KS and Wasserstein-1 distances of the present values, one a replicate."""
    here = [~np.isnan(v) for v in (x, y)]
    replicates = 1 if gx is None else 1 + int(gx.max()) + 1
    if not here[0].any() or not here[1].any():
        worst = float(here[0].any() != here[1].any())
        return np.full(replicates, worst), np.full(replicates, np.nan if worst else 0.0)
    points, place = np.unique(np.concatenate([x[here[0]], y[here[1]]]), return_inverse=True)
    m = int(here[0].sum())
    cdfs = []
    for at, g, mask in ((place[:m], gx, here[0]), (place[m:], gy, here[1])):
        counts = group_counts(at, points.size, None if g is None else g[mask])
        total = counts.sum(axis=1, keepdims=True)
        cdfs.append(np.cumsum(counts, axis=1) / np.maximum(total, 1))
    gap = np.abs(cdfs[0] - cdfs[1])
    return gap.max(axis=1), gap[:, :-1] @ np.diff(points)
