"""Inference from synthetic data: fit a model on every synthesis, combine, compare.

Nothing here knows how a synthesis was made; any list of tables will do.
"""

from copulasynth.inference.combine import RULES, Combined, combine
from copulasynth.inference.compare import FitComparison, compare_fits
from copulasynth.inference.fit import OriginalFit, SyntheticFit, fit_original, fit_synthetic

__all__ = [
    "RULES",
    "Combined",
    "FitComparison",
    "OriginalFit",
    "SyntheticFit",
    "combine",
    "compare_fits",
    "fit_original",
    "fit_synthetic",
]
