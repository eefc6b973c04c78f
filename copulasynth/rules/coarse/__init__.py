"""Rules for what is left of codes and numbers when a model is made coarse."""

from copulasynth.rules.coarse.api import Codes, Reach, Rewriting
from copulasynth.rules.coarse.links import side_bounds
from copulasynth.rules.coarse.rewriting import outcomes, rewritten

__all__ = ["Codes", "Reach", "Rewriting", "outcomes", "rewritten", "side_bounds"]
