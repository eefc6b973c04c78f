"""Tables that do not fit in memory, judged: counts over all of their rows, and seeded samples."""

from copulasynth._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__)
