"""Univariate distributions: one a file, a frozen value and the function that fits it."""

from copulasynth.marginals._api import Marginal
from copulasynth.marginals.discrete import Discrete, fit_discrete
from copulasynth.marginals.fit import FittedMarginal, fit_marginal
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.spline import AtomSpline, fit_atom_spline

__all__ = [
    "AtomSpline",
    "Discrete",
    "FittedMarginal",
    "Marginal",
    "Rounded",
    "fit_atom_spline",
    "fit_discrete",
    "fit_marginal",
]
