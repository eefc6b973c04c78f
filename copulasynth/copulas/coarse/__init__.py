"""Copulas that rest on enough rows: what few rows made is joined to its neighbours."""

from copulasynth.copulas.coarse.change import Change
from copulasynth.copulas.coarse.copulas import Support, coarse_copula, supports

__all__ = ["Change", "Support", "coarse_copula", "supports"]
