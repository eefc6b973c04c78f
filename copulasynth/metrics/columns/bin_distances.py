"""Distances between the binned columns: total variation and Jensen-Shannon."""

from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.metrics.alignment import align
from copulasynth.metrics.bins import bin_tables
from copulasynth.metrics.items import score_items
from copulasynth.metrics.jackknife import group_counts
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.schema import Schema

__all__ = ["jensen_shannon", "total_variation"]


def total_variation(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    groups: int = 10,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Total variation .5 sum |p - q| of every column on shared bins, gaps being levels.

    Parameters
    ----------
    groups : int
        Quantile groups of the pooled values of a numeric column.
    """
    return _by_bins("TV 1-way", _tv, real, synthetic, holdout, schema, groups, rng)


def jensen_shannon(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    groups: int = 10,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Jensen-Shannon distance (square root of the divergence in bits) on shared bins.

    References
    ----------
    Endres and Schindelin (2003), A new metric for probability distributions.
    """
    return _by_bins("Jensen-Shannon", _js, real, synthetic, holdout, schema, groups, rng)


def _by_bins(
    name: str,
    stat: Any,
    real: AnyTable,
    synthetic: AnyTable,
    holdout: AnyTable | None,
    schema: Schema | None,
    groups: int,
    rng: int | np.random.Generator | None,
) -> Score:
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)

    def measure(a: Table, b: Table, ga: Ints | None, gb: Ints | None) -> Floats:
        binned = bin_tables([a, b], groups=groups)
        out = []
        for x, y, size in zip(*binned.codes, binned.sizes, strict=True):
            p, q = group_counts(x, size, ga), group_counts(y, size, gb)
            out.append(stat(p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)))
        return np.stack(out, axis=1)

    return score_items(name, measure, tables, pd.DataFrame({"column": tables.real.names}), rng)


def _tv(p: Floats, q: Floats) -> Floats:
    return floats(0.5 * np.abs(p - q).sum(axis=-1))


def _js(p: Floats, q: Floats) -> Floats:
    h = (p + q) / 2
    bits = np.zeros_like(h)
    for part in (p, q):
        some = part > 0
        bits[some] += 0.5 * part[some] * np.log2(part[some] / h[some])
    return floats(np.sqrt(np.maximum(bits.sum(axis=-1), 0.0)))
