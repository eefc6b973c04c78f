"""Rank several methods by one metric, methods that noise cannot tell apart being tied."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from copulasynth.metrics.score import Z95, Score

__all__ = ["rank_methods"]


def rank_methods(scores: Mapping[str, Mapping[str, Score]]) -> pd.DataFrame:
    """Return the rank of every method on every metric: 1 plus the methods clearly better.

    A method is clearly better where the difference exceeds 1.96 times the root of the summed
    squared standard errors (half interval widths over 1.96). Methods that are no worse than the
    reference, that is as good as fresh real rows, all count as equal to it.

    Parameters
    ----------
    scores : mapping of method to mapping of metric to Score

    Returns
    -------
    DataFrame
        One row a method, one column a metric, and `mean`; the best mean first.

    Examples
    --------
    >>> def score(value):
    ...     return Score("KS", value, value - 0.01, value + 0.01, 0.0, 0.0, 100)
    >>> rank_methods({"a": {"ks": score(0.1)}, "b": {"ks": score(0.105)}, "c": {"ks": score(0.3)}})
        ks  mean
    a  1.0   1.0
    b  1.0   1.0
    c  3.0   3.0
    """
    metrics = list(dict.fromkeys(name for found in scores.values() for name in found))
    ranks = {metric: _ranks({m: s.get(metric) for m, s in scores.items()}) for metric in metrics}
    table = pd.DataFrame(ranks, index=list(scores), dtype=float)
    # A metric that ties everybody, or that nobody has, says nothing about the order.
    table["mean"] = table.mean(axis=1) if metrics else np.nan
    return table.sort_values("mean", kind="stable")


def _ranks(found: Mapping[str, Score | None]) -> dict[str, float]:
    usable = {m: s for m, s in found.items() if s is not None and np.isfinite(s.value)}
    out = dict.fromkeys(found, np.nan)
    for method, score in usable.items():
        rivals = [other for name, other in usable.items() if name != method]
        out[method] = 1.0 + sum(_clearly_better(rival, score) for rival in rivals)
    return out


def _clearly_better(a: Score, b: Score) -> bool:
    gap = _loss(b) - _loss(a)
    spread = np.hypot(_error(a), _error(b))
    return bool(gap > Z95 * spread + 1e-12)


def _loss(score: Score) -> float:
    """Return the distance from perfect, no smaller than that of fresh real rows."""
    return float(np.fmax(score.distance, score.distance_of(score.reference)))


def _error(score: Score) -> float:
    width = score.high - score.low
    return width / (2 * Z95) if np.isfinite(width) else 0.0
