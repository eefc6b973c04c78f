"""Turn what a measure finds on columns or pairs into a score with interval and reference."""

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.jackknife import jackknife_se, split_groups
from copulasynth.metrics.reference import Law, Measure, reference_values
from copulasynth.metrics.score import Score

__all__ = ["Z95", "interval", "score_items"]

Z95 = 1.959963984540054


def interval(value: Floats, se: Floats, lower: float = -np.inf) -> tuple[Floats, Floats]:
    """Return the normal 95 % interval, clipped from below."""
    return np.maximum(value - Z95 * se, lower), value + Z95 * se


def score_items(
    name: str,
    measure: Measure,
    tables: Aligned,
    items: pd.DataFrame,
    rng: np.random.Generator,
    *,
    law: Law = "distance",
    ideal: float = 0.0,
    note: str = "",
) -> Score:
    """Score a measure that has one value an item; the score is their mean.

    Parameters
    ----------
    measure : callable
        (real, synthetic, groups of real, groups of synthetic) -> (1 or 1 + groups, items).
    items : DataFrame
        One row an item, the columns that name it.
    law : {"distance", "squared", "scaled", "none"}
        How the null value depends on the numbers of rows, see `size_factor`.
    """
    real, synthetic = tables.real, tables.synthetic
    if len(items) == 0:
        empty = note or "no column or pair to measure"
        return Score(name, np.nan, np.nan, np.nan, np.nan, ideal, synthetic.n, items, note=empty)
    found = measure(real, synthetic, split_groups(real.n, rng), split_groups(synthetic.n, rng))
    null = reference_values(measure, real, tables.holdout, synthetic.n, law, rng)
    mean, se = _mean(found)
    low, high = interval(mean[0], jackknife_se(mean), 0.0)
    each_low, each_high = interval(found[0], se, 0.0)
    table = items.assign(value=found[0], low=each_low, high=each_high, reference=null)
    return Score(
        name,
        float(mean[0]),
        float(low),
        float(high),
        float(_mean(null[None])[0][0]),
        ideal,
        synthetic.n,
        table.sort_values("value", ascending=False, ignore_index=True),
        note=note,
    )


def _mean(found: Floats) -> tuple[Floats, Floats]:
    """Return the mean over defined items of every replicate, and each item's standard error."""
    defined = ~np.isnan(found[0])
    if not defined.any():
        return np.full(len(found), np.nan), np.full(found.shape[1], np.nan)
    return np.nanmean(found[:, defined], axis=1), jackknife_se(found)
