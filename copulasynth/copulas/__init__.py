"""Dependence: cells, latent scores, and one copula a file.

Every name is imported on first use, so that a Gaussian copula loads neither scikit-learn nor
pyvinecopulib.
"""

from copulasynth._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__)
