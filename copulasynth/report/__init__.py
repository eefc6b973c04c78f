"""Reports: one standalone HTML page, its figures, and what the console shows.

The page is loaded when first used: the console part needs nothing that only the page draws with.
"""

from copulasynth._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__)
