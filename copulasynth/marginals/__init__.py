"""Univariate distributions: one a file, a frozen value and the function that fits it."""

from copulasynth.marginals._api import Marginal
from copulasynth.marginals._knots import value_ends
from copulasynth.marginals.catalogue import FAMILIES, Family
from copulasynth.marginals.count import COUNTS, Count, fit_count
from copulasynth.marginals.discrete import Discrete, fit_discrete
from copulasynth.marginals.empirical import Empirical, fit_empirical
from copulasynth.marginals.fit import FittedMarginal, fit_marginal
from copulasynth.marginals.gof import GofTest, goodness_of_fit
from copulasynth.marginals.gpd import GpdTail, fit_gpd_tail
from copulasynth.marginals.hurdle import Hurdle
from copulasynth.marginals.kernel import Kernel, fit_kernel
from copulasynth.marginals.mixture import NormalMixture, fit_mixture
from copulasynth.marginals.parametric import Parametric, fit_parametric
from copulasynth.marginals.registry import CHOICES, Choice, check_choice, check_marginals
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.spline import AtomSpline, fit_atom_spline
from copulasynth.marginals.truncated import Truncated

__all__ = [
    "CHOICES",
    "COUNTS",
    "FAMILIES",
    "AtomSpline",
    "Choice",
    "Count",
    "Discrete",
    "Empirical",
    "Family",
    "FittedMarginal",
    "GofTest",
    "GpdTail",
    "Hurdle",
    "Kernel",
    "Marginal",
    "NormalMixture",
    "Parametric",
    "Rounded",
    "Truncated",
    "check_choice",
    "check_marginals",
    "fit_atom_spline",
    "fit_count",
    "fit_discrete",
    "fit_empirical",
    "fit_gpd_tail",
    "fit_kernel",
    "fit_marginal",
    "fit_mixture",
    "fit_parametric",
    "goodness_of_fit",
    "value_ends",
]
