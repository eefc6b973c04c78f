"""Aggregated tables of real and synthetic rows for drawing: all that a report ever sees.

Every cell, quantile and rate rests on at least `k_min` rows; smaller ones are merged or masked.
"""

from copulasynth.metrics.summary.portray import PARTS, portray
from copulasynth.metrics.summary.values import (
    Association,
    ColumnPortrait,
    PairPortrait,
    Portrait,
    TailPanel,
)

__all__ = [
    "PARTS",
    "Association",
    "ColumnPortrait",
    "PairPortrait",
    "Portrait",
    "TailPanel",
    "portray",
]
