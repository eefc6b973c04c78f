"""Functional dependencies: variables that are exact functions of others, found and regenerated."""

from copulasynth.rules.kinds import Derivation, GroupedLinear, Linear, Lookup, Product, Rule
from copulasynth.rules.search import find_derivations, fit_rule, sorted_derivations

__all__ = [
    "Derivation",
    "GroupedLinear",
    "Linear",
    "Lookup",
    "Product",
    "Rule",
    "find_derivations",
    "fit_rule",
    "sorted_derivations",
]
