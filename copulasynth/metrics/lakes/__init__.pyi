from copulasynth.metrics.lakes.exact import counted as counted
from copulasynth.metrics.lakes.sides import LakeOptions as LakeOptions
from copulasynth.metrics.lakes.sides import LakeSides as LakeSides
from copulasynth.metrics.lakes.sides import refuse_lakes as refuse_lakes
from copulasynth.metrics.lakes.sides import sides_of as sides_of
