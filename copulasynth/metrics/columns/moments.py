"""Means, standard deviations and missing rates of the columns, side by side."""

from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth import _masking as masking
from copulasynth._arrays import Floats, Ints
from copulasynth.metrics.asinh import asinh_scale
from copulasynth.metrics.items import each, score_items
from copulasynth.metrics.jackknife import group_sums
from copulasynth.metrics.score import Score
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable, Table

__all__ = ["missing_rate", "moments"]

# Standard deviations of a constant column, but for rounding, on a scale of order 1.
_FLAT = 1e-12


@metric
def missing_rate(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    """Absolute difference of the shares of missing cells, missing codes included.

    Only columns with a gap in some table are items; without any the score is 0.
    """
    tables, rng = aligned(real, synthetic, **shared)
    every = [t for t in (tables.real, tables.synthetic, tables.holdout) if t is not None]
    gappy = np.flatnonzero(np.any([(t.states != 0).any(axis=1) for t in every], axis=0))
    if gappy.size == 0:
        n = tables.synthetic.n
        return Score("missing rate", 0.0, 0.0, 0.0, 0.0, 0.0, n, note="no table has gaps")

    def measure(a: Table, b: Table) -> Floats:
        return np.abs(_share_missing(a, gappy) - _share_missing(b, gappy))

    items = pd.DataFrame(
        {
            "column": [tables.real.names[j] for j in gappy],
            "real": _told_missing(tables.real, gappy),
            "synthetic": _told_missing(tables.synthetic, gappy),
        }
    )
    return score_items("missing rate", measure, tables, items, rng)


@metric
def moments(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    """Difference of means in standard deviations plus |log ratio| of standard deviations.

    Both are taken on the scale asinh((x - median) / s) with s the interquartile range of the
    real column over 1.349, where they exist for every tail; the table shows means and standard
    deviations of the values themselves side by side, nan where few rows decide them. A column
    that is constant in one table only scores at least 1.
    """
    tables, rng = aligned(real, synthetic, **shared)
    ranked = tables.real.ranked
    scales = {j: asinh_scale(tables.real.numbers[j]) for j in ranked}

    def gap(a: Table, b: Table, j: int) -> Floats:
        return _moment_gap(*(_mean_sd(scales[j](t.numbers[j]), t.groups) for t in (a, b)))

    sides: dict[str, list[float]] = {}
    for role, t in (("real", tables.real), ("synthetic", tables.synthetic)):
        both = [_told_moments(t.present(j)) for j in ranked]
        sides |= {f"{role} mean": [m for m, _ in both], f"{role} sd": [s for _, s in both]}
    items = pd.DataFrame({"column": [tables.real.names[j] for j in ranked]} | sides)
    return score_items("moments", each(ranked, gap), tables, items, rng)


def _share_missing(table: Table, columns: Ints) -> Floats:
    rows = group_sums(np.ones((table.n, 1)), table.groups)
    return group_sums((table.states[columns] != 0).T, table.groups) / np.maximum(rows, 1)


def _told_missing(table: Table, columns: Ints) -> list[float]:
    gone = (table.states[columns] != 0).sum(axis=1)
    return [masking.share(int(count), table.n) for count in gone]


def _told_moments(x: Floats) -> tuple[float, float]:
    if not masking.tells(x):
        return np.nan, np.nan
    mean, sd = _mean_sd(x, None)
    return float(mean[0]), float(sd[0])


def _mean_sd(x: Floats, groups: Ints | None) -> tuple[Floats, Floats]:
    here = ~np.isnan(x)
    middle = float(np.median(x[here])) if here.any() else 0.0
    z = np.where(here, x - middle, 0.0)
    total = group_sums(np.stack([here, z, z**2], axis=1), groups)
    n = np.where(total[:, 0] > 0, total[:, 0], np.nan)
    mean = total[:, 1] / n
    return mean + middle, np.sqrt(np.maximum(total[:, 2] / n - mean**2, 0.0))


def _moment_gap(a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> Floats:
    (mean, sd), (mean_s, sd_s) = a, b
    shift = np.abs(mean_s - mean) / np.where(sd > _FLAT, sd, 1.0)
    flat = np.stack([sd <= _FLAT, sd_s <= _FLAT])
    ratio = np.abs(np.log(np.where(flat[1], 1.0, sd_s) / np.where(flat[0], 1.0, sd)))
    return shift + np.where(flat.any(axis=0), (flat[0] != flat[1]).astype(float), ratio)
