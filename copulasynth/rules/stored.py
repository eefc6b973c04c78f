"""The rules that a model file may hold."""

__all__ = ["STORED"]

STORED = (
    "copulasynth.rules.identity.backward:Backward",
    "copulasynth.rules.numeric.bounds:BoundsRule",
    "copulasynth.rules.numeric.calendar:CalendarRule",
    "copulasynth.rules.levels.combination:CombinationRule",
    "copulasynth.rules.identity.contrast:Contrast",
    "copulasynth.rules.identity.dated:Dated",
    "copulasynth.rules.identity.elapsed:Elapsed",
    "copulasynth.rules.identity.elapsed:Later",
    "copulasynth.rules.identity.excepted:Excepted",
    "copulasynth.rules.words.formula:Expression",
    "copulasynth.rules.identity.guarded:Guarded",
    "copulasynth.rules.numeric.gap:GapRule",
    "copulasynth.rules.levels.groups:GroupRule",
    "copulasynth.rules.identity.kinds:Derivation",
    "copulasynth.rules.identity.kinds:GroupedLinear",
    "copulasynth.rules.identity.kinds:Linear",
    "copulasynth.rules.identity.kinds:Lookup",
    "copulasynth.rules.identity.kinds:Product",
    "copulasynth.rules.numeric.dates:DateRule",
    "copulasynth.rules.numeric.hours:HoursRule",
    "copulasynth.rules.numeric.lattice:LatticeRule",
    "copulasynth.rules.links.link:LinkRule",
    "copulasynth.rules.identity.spanned:Spanned",
    "copulasynth.rules.identity.within:Within",
    "copulasynth.rules.levels.one_hot:OneHotRule",
    "copulasynth.rules.numeric.monthly:MonthRule",
    "copulasynth.rules.numeric.order:OrderRule",
    "copulasynth.rules.numeric.place:PlaceRule",
)
