"""Calibrated copulas that rest on enough rows: bins of few are joined to a neighbour."""

from dataclasses import replace

import numpy as np

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.copulas.api import Copula
from copulasynth.copulas.calibration.bins import Bins
from copulasynth.copulas.calibration.calibrated import MOST, CalibratedCopula
from copulasynth.copulas.calibration.pair_tables import layout
from copulasynth.copulas.coarse.change import Marks

__all__ = ["coarse_calibrated", "edge_marks"]


def edge_marks(bins: Bins, j: int) -> Floats:
    """Return the ends of the bins of variable j, from 0 to 1."""
    return floats(np.r_[0.0, bins.edges[j], 1.0])


def coarse_calibrated(
    copula: CalibratedCopula, base: Copula, marks: tuple[Marks, ...], gates: tuple[Marks, ...]
) -> CalibratedCopula:
    """Return the copula over another base, with the bins that are left.

    `marks` are those of the bins of each variable, `gates` where the values of gates lie.
    """
    bins, d = copula.bins, copula.dim
    ends = np.stack([bins.gate_low, bins.gate_high])
    for j in range(d):
        g = int(bins.gate[j])
        if g >= 0:
            ends[:, j] = gates[g].nearest(ends[:, j])
    fewer = replace(
        bins, edges=tuple(m.now[1:-1] for m in marks), gate_low=ends[0], gate_high=ends[1]
    )
    joins = [_joins(bins, fewer, m, j) for j, m in enumerate(marks)]
    shapes = bins.sizes[copula.pairs]
    start = layout(shapes)
    factors = [
        _table(copula.factors[start[k] : start[k + 1]].reshape(shapes[k]), joins[i], joins[j])
        for k, (i, j) in enumerate(copula.pairs.tolist())
    ]
    numbers = np.concatenate([np.empty(0, dtype=np.int64), *(f.ravel() for f in factors)])
    bound, kept = round(copula.bound, 3), round(copula.acceptance, 3)
    return CalibratedCopula(base, fewer, copula.pairs, numbers, bound, kept, copula.counts)


def _joins(old: Bins, new: Bins, marks: Marks, j: int) -> Floats:
    """Return the weights (new, old) with which former bins make those of now."""
    ends = edge_marks(old, j)
    middle = 0.5 * (ends[1:] + ends[:-1])
    to = np.clip(np.searchsorted(marks.kept, middle) - 1, 0, len(marks.kept) - 2)
    width = np.diff(ends)
    # a bin of few rows says nothing of one that it joins
    few = marks.change.few(width)
    enough = np.bincount(to, ~few, len(marks.kept) - 1) > 0
    width = np.where(few & enough[to], 0.0, width)
    gated = int(old.gate[j] >= 0)
    weights = np.zeros((int(new.sizes[j]), int(old.sizes[j])))
    weights[to, np.arange(len(width))] = width
    if gated:
        weights[-1, -1] = 1.0
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _table(factors: Ints, first: Floats, second: Floats) -> Ints:
    """Return the log factors of joined cells: their mean, which no few rows can dominate."""
    mean = first @ factors @ second.T
    numbers: Ints = np.rint(np.clip(mean, -MOST, MOST)).astype(np.int64)
    return numbers
