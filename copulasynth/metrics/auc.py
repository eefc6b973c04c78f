"""Area under the ROC curve, and an interval of a proportion."""

import numpy as np

from copulasynth._judging import auc

__all__ = ["auc", "wilson"]


def wilson(successes: float, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return Wilson's (1927) interval of a proportion.

    >>> [round(x, 4) for x in wilson(0, 10)]
    [0.0, 0.2775]
    """
    if n == 0:
        return np.nan, np.nan
    p = successes / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low = 0.0 if successes == 0 else float(middle - half)
    high = 1.0 if successes == n else float(middle + half)
    return low, high
