"""Fit a table's joint distribution, draw as many rows as you need, and judge them honestly.

>>> import copulasynth as cs
>>> df = cs.datasets.simulate_telecom(500, rng=1)
>>> model = cs.fit(df, copula="gaussian", rng=1)
>>> model.sample(3, rng=7).shape
(3, 22)
"""

from copulasynth._lazy import attach

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = attach(__name__, "__version__")
