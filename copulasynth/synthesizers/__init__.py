"""Synthesizers: frozen settings whose ``fit`` returns a model of a table; one method a file."""

from copulasynth._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__)
