"""Rules of a table: found, declared, and held in every drawn row."""

from copulasynth.rules.excepted import Excepted
from copulasynth.rules.identity import find_identities, fit_identity
from copulasynth.rules.kinds import Derivation, Function, GroupedLinear, Linear, Lookup, Product

__all__ = [
    "Derivation",
    "Excepted",
    "Function",
    "GroupedLinear",
    "Linear",
    "Lookup",
    "Product",
    "find_identities",
    "fit_identity",
]
