"""Relations between columns: found, declared, checked on any table and held in every drawn row."""

from copulasynth.rules.api import Coordinates, FittedRule, Found, sorted_rules
from copulasynth.rules.excepted import Excepted
from copulasynth.rules.finding import find_rules, fit_rules
from copulasynth.rules.identity import find_identities, fit_identity
from copulasynth.rules.kinds import Derivation, Function, GroupedLinear, Linear, Lookup, Product

__all__ = [
    "Coordinates",
    "Derivation",
    "Excepted",
    "FittedRule",
    "Found",
    "Function",
    "GroupedLinear",
    "Linear",
    "Lookup",
    "Product",
    "find_identities",
    "find_rules",
    "fit_identity",
    "fit_rules",
    "sorted_rules",
]
