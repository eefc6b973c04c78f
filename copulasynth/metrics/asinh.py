"""The scale on which heavy-tailed columns are compared: outliers neither set nor dominate it."""

from collections.abc import Callable

import numpy as np

from copulasynth._arrays import Floats

__all__ = ["asinh_scale"]


def asinh_scale(x: Floats) -> Callable[[Floats], Floats]:
    """Return v -> asinh((v - median) / s), s being IQR / 1.349, else the deviation of x, else 1."""
    x = x[~np.isnan(x)]
    low, middle, high = np.quantile(x, [0.25, 0.5, 0.75]) if x.size else (0.0, 0.0, 0.0)
    spread = (high - low) / 1.349 or (x.std() if x.size else 0.0) or 1.0
    return lambda v: np.arcsinh((v - middle) / spread)
