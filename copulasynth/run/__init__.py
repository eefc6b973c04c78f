"""One file in, one folder out: a run file is read, checked, done, and repeated to the byte."""

from copulasynth.run.checks import read_spec
from copulasynth.run.execute import Finished, run_spec
from copulasynth.run.spec import Spec

__all__ = ["Finished", "Spec", "read_spec", "run_spec"]
