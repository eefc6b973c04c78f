"""Tables that do not fit in memory, judged: counts over all of their rows, and seeded samples."""

from copulasynth.metrics.lakes.exact import counted
from copulasynth.metrics.lakes.sides import LakeOptions, LakeSides, refuse_lakes, sides_of

__all__ = ["LakeOptions", "LakeSides", "counted", "refuse_lakes", "sides_of"]
