"""Relations between columns: found, declared, checked on any table and held in every drawn row."""

from copulasynth.rules.api import Coordinates, FittedRule, Found, in_parting, sorted_rules
from copulasynth.rules.breaking import breaking
from copulasynth.rules.declared import (
    Calendar,
    Check,
    Combination,
    Identity,
    Lattice,
    Link,
    OneHot,
    Order,
    Place,
    Range,
    Tie,
    Unique,
    normalised,
)
from copulasynth.rules.finding import find_rules, fit_rules
from copulasynth.rules.identity.dated import Dated, stepped
from copulasynth.rules.identity.excepted import Excepted
from copulasynth.rules.identity.guarded import Guarded
from copulasynth.rules.identity.identity import find_identities, fit_identity
from copulasynth.rules.identity.kinds import (
    Derivation,
    Function,
    GroupedLinear,
    Linear,
    Lookup,
    Product,
)
from copulasynth.rules.identity.tied import tied
from copulasynth.rules.identity.turning import turned
from copulasynth.rules.identity.within import Within
from copulasynth.rules.numeric.bounds import BoundsRule

__all__ = [
    "BoundsRule",
    "Calendar",
    "Check",
    "Combination",
    "Coordinates",
    "Dated",
    "Derivation",
    "Excepted",
    "FittedRule",
    "Found",
    "Function",
    "GroupedLinear",
    "Guarded",
    "Identity",
    "Lattice",
    "Linear",
    "Link",
    "Lookup",
    "OneHot",
    "Order",
    "Place",
    "Product",
    "Range",
    "Tie",
    "Unique",
    "Within",
    "breaking",
    "find_identities",
    "find_rules",
    "fit_identity",
    "fit_rules",
    "in_parting",
    "normalised",
    "sorted_rules",
    "stepped",
    "tied",
    "turned",
]
