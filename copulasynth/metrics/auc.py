"""Area under the ROC curve with the standard error of DeLong, DeLong and Clarke-Pearson (1988)."""

import numpy as np
from scipy import stats

from copulasynth._arrays import Bools, Floats

__all__ = ["auc", "wilson"]


def auc(scores: Floats, positive: Bools) -> tuple[float, float]:
    """Return P(score of a positive > score of a negative), ties one half, and its variance.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))[0]
    0.75
    """
    a, b = scores[positive], scores[~positive]
    m, n = a.size, b.size
    if m == 0 or n == 0:
        return np.nan, np.nan
    ranks = stats.rankdata(np.concatenate([a, b]))
    share_a = (ranks[:m] - stats.rankdata(a)) / n
    share_b = 1 - (ranks[m:] - stats.rankdata(b)) / m
    variance = share_a.var() / max(m - 1, 1) + share_b.var() / max(n - 1, 1)
    return float(share_a.mean()), float(variance)


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
