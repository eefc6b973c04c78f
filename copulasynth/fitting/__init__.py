"""From a name, knobs or the word "auto" to a fitted model, and how long that takes."""

from copulasynth.fitting.by_name import check_settings, fit
from copulasynth.fitting.clock import expected
from copulasynth.fitting.lake import check_where

__all__ = ["check_settings", "check_where", "expected", "fit"]
