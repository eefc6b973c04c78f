"""Dependence: cells, latent scores, and one copula a file.

What needs scikit-learn or pyvinecopulib is imported on first use (PEP 562), so that a Gaussian
copula loads neither. A new copula of that kind adds its names to `_LAZY` and to the imports that
only type checkers read; a light one is imported like the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from copulasynth.copulas.api import NORMAL, UNIFORM, Cells, Copula, CopulaKnobs, Scale
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.elliptical.correlation import nearest_correlation, shrinkage_intensity
from copulasynth.copulas.elliptical.gaussian import Gaussian, GaussianCopula, fit_gaussian
from copulasynth.copulas.elliptical.latent import latent_scores
from copulasynth.copulas.elliptical.student import Student, StudentCopula, fit_student
from copulasynth.copulas.independence import Independence, IndependenceCopula
from copulasynth.schema.level_order import order_levels

if TYPE_CHECKING:
    from copulasynth.copulas.blend import Blend as Blend
    from copulasynth.copulas.blend import BlendCopula as BlendCopula
    from copulasynth.copulas.calibration.calibrated import Calibrated as Calibrated
    from copulasynth.copulas.calibration.calibrated import CalibratedCopula as CalibratedCopula
    from copulasynth.copulas.checks.diagnostics import kendall_plot as kendall_plot
    from copulasynth.copulas.checks.diagnostics import (
        rosenblatt_diagnostics as rosenblatt_diagnostics,
    )
    from copulasynth.copulas.checks.diagnostics import tail_curve as tail_curve
    from copulasynth.copulas.checks.gof import empirical_copula as empirical_copula
    from copulasynth.copulas.checks.gof import goodness_of_fit as goodness_of_fit
    from copulasynth.copulas.mixture.copula import Mixture as Mixture
    from copulasynth.copulas.mixture.copula import MixtureCopula as MixtureCopula
    from copulasynth.copulas.tree.copula import Tree as Tree
    from copulasynth.copulas.tree.copula import TreeCopula as TreeCopula
    from copulasynth.copulas.vine.copula import VineCopula as VineCopula
    from copulasynth.copulas.vine.fit import Vine as Vine
    from copulasynth.copulas.vine.pairs import PairCopula as PairCopula
    from copulasynth.copulas.vine.structure import Structure as Structure
    from copulasynth.copulas.vine.structure import structure_of_matrix as structure_of_matrix

__all__ = [
    "NORMAL",
    "UNIFORM",
    "Blend",
    "BlendCopula",
    "Calibrated",
    "CalibratedCopula",
    "Cells",
    "Copula",
    "CopulaKnobs",
    "Gaussian",
    "GaussianCopula",
    "Independence",
    "IndependenceCopula",
    "Mixture",
    "MixtureCopula",
    "PairCopula",
    "Scale",
    "Structure",
    "Student",
    "StudentCopula",
    "Tree",
    "TreeCopula",
    "Vine",
    "VineCopula",
    "cells_of",
    "empirical_copula",
    "fit_gaussian",
    "fit_student",
    "goodness_of_fit",
    "kendall_plot",
    "latent_scores",
    "nearest_correlation",
    "order_levels",
    "rosenblatt_diagnostics",
    "shrinkage_intensity",
    "structure_of_matrix",
    "tail_curve",
]

#: Public name -> the module of this package that defines it, imported on first use.
_LAZY: dict[str, str] = {
    "Blend": "blend",
    "BlendCopula": "blend",
    "Calibrated": "calibration.calibrated",
    "CalibratedCopula": "calibration.calibrated",
    "Mixture": "mixture.copula",
    "MixtureCopula": "mixture.copula",
    "PairCopula": "vine.pairs",
    "Structure": "vine.structure",
    "Tree": "tree.copula",
    "TreeCopula": "tree.copula",
    "Vine": "vine.fit",
    "VineCopula": "vine.copula",
    "empirical_copula": "checks.gof",
    "goodness_of_fit": "checks.gof",
    "kendall_plot": "checks.diagnostics",
    "rosenblatt_diagnostics": "checks.diagnostics",
    "structure_of_matrix": "vine.structure",
    "tail_curve": "checks.diagnostics",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
