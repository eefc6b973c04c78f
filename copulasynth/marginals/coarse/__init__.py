"""Marginals that rest on enough rows: rare values go to their neighbours, numbers lose digits."""

from copulasynth.marginals.coarse import atoms, laws
from copulasynth.marginals.coarse.api import (
    Asked,
    Coarse,
    coarse_marginal,
    given_to,
    outward,
    shares_of,
)
from copulasynth.marginals.coarse.parts import KNOTS, WINDOW, atoms_of
from copulasynth.marginals.coarse.shifting import shifted

__all__ = [
    "KNOTS",
    "WINDOW",
    "Asked",
    "Coarse",
    "atoms",
    "atoms_of",
    "coarse_marginal",
    "given_to",
    "laws",
    "outward",
    "shares_of",
    "shifted",
]
