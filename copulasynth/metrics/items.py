"""Turn what a measure finds on columns or pairs into a score with interval and reference."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.jackknife import jackknife_se
from copulasynth.metrics.reference import Law, Measure, reference_values
from copulasynth.metrics.score import Z95, Score, interval
from copulasynth.metrics.table import Table

__all__ = ["each", "score_items"]

Item = TypeVar("Item")


def each(items: Sequence[Item], stat: Callable[[Table, Table, Item], Floats]) -> Measure:
    """Return the measure that applies `stat`, which returns (1 or 1 + groups,), to every item."""
    return lambda a, b: np.stack([stat(a, b, item) for item in items], axis=1)


def score_items(
    name: str,
    measure: Measure,
    tables: Aligned,
    items: pd.DataFrame,
    rng: np.random.Generator,
    *,
    law: Law = "distance",
    ideal: float = 0.0,
) -> Score:
    """Score a measure that has one value an item; the score is their mean.

    Parameters
    ----------
    measure : callable
        (real, synthetic) -> (1 or 1 + groups, items), depending on whether the tables are split.
    items : DataFrame
        One row an item, the columns that name it.
    law : {"distance", "squared", "scaled", "none"}
        How the null value depends on the numbers of rows, see `size_factor`.
    """
    n = tables.synthetic.n
    if len(items) == 0:
        note = "no column or pair to measure"
        return Score(name, np.nan, np.nan, np.nan, np.nan, ideal, n, items, note=note)
    found = measure(tables.real.split(rng), tables.synthetic.split(rng))
    null = reference_values(measure, tables, law, rng)
    value, se = _mean(found)
    half = Z95 * jackknife_se(found)
    table = items.assign(
        value=found[0],
        low=np.maximum(found[0] - half, 0.0),
        high=found[0] + half,
        reference=null,
    ).sort_values("value", ascending=False, ignore_index=True)
    return Score(name, value, *interval(value, se, 0.0), _mean(null[None])[0], ideal, n, table)


def _mean(found: Floats) -> tuple[float, float]:
    """Return the mean over items that are defined on all rows, and its standard error."""
    defined = ~np.isnan(found[0])
    if not defined.any():
        return np.nan, np.nan
    mean = np.nanmean(found[:, defined], axis=1)
    return float(mean[0]), float(jackknife_se(mean))
