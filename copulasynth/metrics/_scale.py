"""Location and scale of a column that outliers do not move."""

import numpy as np

from copulasynth._arrays import Floats

__all__ = ["location_scale"]


def location_scale(x: Floats) -> tuple[float, float]:
    """Return median and a scale of a column: IQR / 1.349, else the standard deviation, else 1."""
    x = x[~np.isnan(x)]
    if x.size == 0:
        return 0.0, 1.0
    low, middle, high = np.quantile(x, [0.25, 0.5, 0.75])
    spread = (high - low) / 1.349 or x.std() or 1.0
    return float(middle), float(spread)
