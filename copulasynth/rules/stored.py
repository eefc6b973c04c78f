"""The rules that a model file may hold."""

__all__ = ["STORED"]

STORED = (
    "copulasynth.rules.bounds:BoundsRule",
    "copulasynth.rules.calendar:CalendarRule",
    "copulasynth.rules.combination:CombinationRule",
    "copulasynth.rules.excepted:Excepted",
    "copulasynth.rules.formula:Expression",
    "copulasynth.rules.guarded:Guarded",
    "copulasynth.rules.kinds:Derivation",
    "copulasynth.rules.kinds:GroupedLinear",
    "copulasynth.rules.kinds:Linear",
    "copulasynth.rules.kinds:Lookup",
    "copulasynth.rules.kinds:Product",
    "copulasynth.rules.lattice:LatticeRule",
    "copulasynth.rules.link:LinkRule",
    "copulasynth.rules.one_hot:OneHotRule",
    "copulasynth.rules.order:OrderRule",
    "copulasynth.rules.place:PlaceRule",
)
