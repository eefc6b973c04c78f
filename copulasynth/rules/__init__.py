"""Relations between columns: found, declared, checked on any table and held in every drawn row."""

from copulasynth.rules.api import Coordinates, FittedRule, Found, sorted_rules
from copulasynth.rules.finding import find_rules, fit_rules
from copulasynth.rules.kinds import Derivation, Function, GroupedLinear, Linear, Lookup, Product
from copulasynth.rules.search import find_derivations, fit_rule, sorted_derivations

__all__ = [
    "Coordinates",
    "Derivation",
    "FittedRule",
    "Found",
    "Function",
    "GroupedLinear",
    "Linear",
    "Lookup",
    "Product",
    "find_derivations",
    "find_rules",
    "fit_rule",
    "fit_rules",
    "sorted_derivations",
    "sorted_rules",
]
