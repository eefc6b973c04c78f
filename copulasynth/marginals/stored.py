"""The marginals that a model file may hold."""

STORED = (
    "copulasynth.marginals.count:Count",
    "copulasynth.marginals.discrete:Discrete",
    "copulasynth.marginals.empirical:Empirical",
    "copulasynth.marginals.gpd:GpdTail",
    "copulasynth.marginals.hurdle:Hurdle",
    "copulasynth.marginals.kernel:Kernel",
    "copulasynth.marginals.mixture:NormalMixture",
    "copulasynth.marginals.parametric:Parametric",
    "copulasynth.marginals.pieces:Pieces",
    "copulasynth.marginals.rounded:Rounded",
    "copulasynth.marginals.spline:AtomSpline",
    "copulasynth.marginals.truncated:Truncated",
)
