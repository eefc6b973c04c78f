"""The rules that a model file may hold."""

__all__ = ["STORED"]

STORED = (
    "copulasynth.rules.bounds:Bounds",
    "copulasynth.rules.excepted:Excepted",
    "copulasynth.rules.formula:Expression",
    "copulasynth.rules.kinds:Derivation",
    "copulasynth.rules.kinds:GroupedLinear",
    "copulasynth.rules.kinds:Linear",
    "copulasynth.rules.kinds:Lookup",
    "copulasynth.rules.kinds:Product",
)
