"""Rows as features for scikit-learn's estimators: trees, forests, linear models."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from copulasynth._arrays import Bools, Floats
from copulasynth.metrics.mixed import MixedScale
from copulasynth.metrics.table import Table

__all__ = ["Features", "linear_features", "tree_features"]

# Histogram boosting takes at most 255 levels; one-hot columns beyond this would be noise.
_MOST_LEVELS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Features (n, p), the column each stands for, and which are level codes."""

    x: Floats
    column: tuple[int, ...]
    nominal: Bools


def tree_features(table: Table) -> Features:
    """Return numbers with gaps below all values, codes of levels, and the state of coded gaps.

    Levels past the 200th share a code.
    """
    parts, owner, nominal = [], [], []
    for j, column in enumerate(table.columns):
        state = table.states[j].astype(float)
        if column.ranked:
            parts.append(_below(table.numbers[j]))
        else:
            parts.append(np.where(state == 0, np.minimum(table.numbers[j], _MOST_LEVELS), -1) + 1)
        owner.append(j)
        nominal.append(not column.ranked)
        if len(column.states) > 2:
            parts.append(state)
            owner.append(j)
            nominal.append(False)
    return Features(np.stack(parts, axis=1), tuple(owner), np.array(nominal))


def _below(x: Floats) -> Floats:
    """Put missing values below all others, where a tree splits them off with one cut."""
    here = ~np.isnan(x)
    if not here.any():
        return np.zeros_like(x)
    low, high = x[here].min(), x[here].max()
    return np.where(here, x, low - (high - low or 1.0))


def linear_features(table: Table, scale: MixedScale) -> Features:
    """Return normal scores of numbers, indicators of levels and gaps, each standardised."""
    parts, owner = [], []
    for j, column in enumerate(table.columns):
        x, state = table.numbers[j], table.states[j]
        flags = [state == k for k in range(1, len(column.states))]
        if column.ranked:
            here = state == 0
            score = np.zeros(table.n)
            if scale.knots[j].size:
                rank = np.interp(x[here], scale.knots[j], scale.places[j])
                score[here] = ndtri(np.clip(rank, 1e-4, 1 - 1e-4))
            parts.append(score)
            owner.append(j)
        else:
            flags += [x == k for k in range(min(len(column.levels), _MOST_LEVELS))]
        for flag in flags:
            parts.append(flag.astype(float))
            owner.append(j)
    x = np.stack(parts, axis=1)
    spread = x.std(axis=0)
    keep = spread > 0
    x = (x[:, keep] - x[:, keep].mean(axis=0)) / spread[keep]
    owners = tuple(np.array(owner)[keep].tolist())
    return Features(x, owners, np.zeros(len(owners), dtype=bool))
