"""Functional dependencies: variables that are exact functions of others, found and regenerated."""

from copulasynth.dependencies.rules import Derivation, Linear, Lookup, Product, Rule
from copulasynth.dependencies.search import find_derivations, fit_rule

__all__ = ["Derivation", "Linear", "Lookup", "Product", "Rule", "find_derivations", "fit_rule"]
