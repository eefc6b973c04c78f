"""What judges of rows share, wherever they stand: a cross-validated judge, its AUC, and copies."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import stats

from copulasynth._arrays import Bools, Floats, Ints

__all__ = ["auc", "closer", "out_of_fold"]


def auc(scores: Floats, positive: Bools) -> tuple[float, float]:
    """Return P(score of a positive > score of a negative), ties one half, and its variance.

    The variance is that of DeLong, DeLong and Clarke-Pearson (1988).

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


def out_of_fold(
    make: Callable[[], Any], x: Floats, y: Bools, folds: int, seed: int
) -> Iterator[tuple[Any, Ints, Floats]]:
    """Yield, for each fold, a classifier fitted to the others, the fold's rows, and their scores.

    Parameters
    ----------
    make : callable
        Returns an unfitted classifier with ``predict_proba``.
    x : (n, p) float64
    y : (n,) bool
    folds : int
    seed : int
        Of the folds, which are shuffled and stratified.
    """
    # the import costs half a second, and few programs judge
    from sklearn.model_selection import StratifiedKFold

    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(x, y):
        judge = make().fit(x[train], y[train])
        yield judge, test, judge.predict_proba(x[test])[:, 1]


def closer(to_train: Floats, to_fresh: Floats, tie: Floats | float, slack: float = 0.0) -> Floats:
    """Return 1 for each row closer to the training rows than to fresh ones, `tie` for ties.

    Distances that differ by no more than `slack` tie.
    """
    near = np.abs(to_train - to_fresh) <= slack
    share: Floats = np.where(near, tie, (to_train < to_fresh).astype(np.float64))
    return share
