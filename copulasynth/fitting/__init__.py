"""From a name, knobs or the word "auto" to a fitted model, and how long that takes."""

from copulasynth.fitting.by_name import fit
from copulasynth.fitting.clock import expected

__all__ = ["expected", "fit"]
