"""Distances between the binned columns: total variation and Jensen-Shannon."""

from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, floats
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.items import score_items
from copulasynth.metrics.pair_counts import Stat, binned_measure, shares, variation
from copulasynth.metrics.score import Score
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable

__all__ = ["jensen_shannon", "jensen_shannon_of", "total_variation"]


@metric
def total_variation(
    real: AnyTable, synthetic: AnyTable, *, groups: int = 10, **shared: Unpack[Shared]
) -> Score:
    """Total variation .5 sum |p - q| of every column on shared bins, gaps being levels.

    Parameters
    ----------
    groups : int
        Quantile groups of the pooled values of a numeric column.
    """
    return _by_bins("TV 1-way", variation, groups, *aligned(real, synthetic, **shared))


@metric
def jensen_shannon(
    real: AnyTable, synthetic: AnyTable, *, groups: int = 10, **shared: Unpack[Shared]
) -> Score:
    """Jensen-Shannon distance (square root of the divergence in bits) on shared bins.

    References
    ----------
    Endres and Schindelin (2003), A new metric for probability distributions.
    """
    tables, rng = aligned(real, synthetic, **shared)
    return _by_bins("Jensen-Shannon", jensen_shannon_of, groups, tables, rng)


def _by_bins(
    name: str, stat: Stat, groups: int, tables: Aligned, rng: np.random.Generator
) -> Score:
    measure = binned_measure(stat, 1, groups, max_levels=None)
    return score_items(name, measure, tables, pd.DataFrame({"column": tables.real.names}), rng)


def jensen_shannon_of(o: Floats, s: Floats) -> Floats:
    """Return the distance of two tables of counts, the square root of the divergence in bits."""
    p, q = shares(o), shares(s)
    h = (p + q) / 2
    bits = np.zeros_like(h)
    for part in (p, q):
        some = part > 0
        bits[some] += 0.5 * part[some] * np.log2(part[some] / h[some])
    return floats(np.sqrt(np.maximum(bits.sum(axis=-1), 0.0)))
