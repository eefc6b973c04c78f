"""The copulas, and parts of copulas, that a model file may hold."""

STORED = (
    "copulasynth.copulas.blend:BlendCopula",
    "copulasynth.copulas.calibration.bins:Bins",
    "copulasynth.copulas.calibration.calibrated:CalibratedCopula",
    "copulasynth.copulas.elliptical.gaussian:GaussianCopula",
    "copulasynth.copulas.elliptical.student:StudentCopula",
    "copulasynth.copulas.independence:IndependenceCopula",
    "copulasynth.copulas.mixture.copula:MixtureCopula",
    "copulasynth.copulas.tree.copula:TreeCopula",
    "copulasynth.copulas.tree.forest:Forest",
    "copulasynth.copulas.tree.linear_index:LinearIndex",
    "copulasynth.copulas.vine.copula:VineCopula",
)
