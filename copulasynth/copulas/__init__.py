"""Dependence: cells, latent scores, and one copula a file.

What needs scikit-learn or pyvinecopulib is imported on first use (PEP 562), so that a Gaussian
copula loads neither. A new copula of that kind adds its names to `_LAZY` and to the imports that
only type checkers read; a light one is imported like the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from copulasynth.copulas._api import NORMAL, UNIFORM, Cells, Copula, CopulaKnobs, Scale
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.correlation import nearest_correlation, shrinkage_intensity
from copulasynth.copulas.gaussian import Gaussian, GaussianCopula, fit_gaussian
from copulasynth.copulas.independence import Independence, IndependenceCopula
from copulasynth.copulas.latent import latent_scores
from copulasynth.copulas.ordering import order_levels
from copulasynth.copulas.student import Student, StudentCopula, fit_student

if TYPE_CHECKING:
    from copulasynth.copulas.blend import Blend as Blend
    from copulasynth.copulas.blend import BlendCopula as BlendCopula
    from copulasynth.copulas.calibrated import Calibrated as Calibrated
    from copulasynth.copulas.calibrated import CalibratedCopula as CalibratedCopula
    from copulasynth.copulas.diagnostics import kendall_plot as kendall_plot
    from copulasynth.copulas.diagnostics import rosenblatt_diagnostics as rosenblatt_diagnostics
    from copulasynth.copulas.diagnostics import tail_curve as tail_curve
    from copulasynth.copulas.gof import empirical_copula as empirical_copula
    from copulasynth.copulas.gof import goodness_of_fit as goodness_of_fit
    from copulasynth.copulas.mixture import Mixture as Mixture
    from copulasynth.copulas.mixture import MixtureCopula as MixtureCopula
    from copulasynth.copulas.tree import Tree as Tree
    from copulasynth.copulas.tree import TreeCopula as TreeCopula
    from copulasynth.copulas.vine import VineCopula as VineCopula
    from copulasynth.copulas.vine_fit import Vine as Vine
    from copulasynth.copulas.vine_pairs import PairCopula as PairCopula
    from copulasynth.copulas.vine_structure import Structure as Structure
    from copulasynth.copulas.vine_structure import structure_of_matrix as structure_of_matrix

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
    "Calibrated": "calibrated",
    "CalibratedCopula": "calibrated",
    "Mixture": "mixture",
    "MixtureCopula": "mixture",
    "PairCopula": "vine_pairs",
    "Structure": "vine_structure",
    "Tree": "tree",
    "TreeCopula": "tree",
    "Vine": "vine_fit",
    "VineCopula": "vine",
    "empirical_copula": "gof",
    "goodness_of_fit": "gof",
    "kendall_plot": "diagnostics",
    "rosenblatt_diagnostics": "diagnostics",
    "structure_of_matrix": "vine_structure",
    "tail_curve": "diagnostics",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
