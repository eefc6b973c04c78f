"""What judges of rows share, wherever they stand: a cross-validated judge, its AUC, and copies."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth._lazy import unswept

__all__ = ["auc", "aucs", "closer", "learning", "one_thread", "out_of_fold", "placements"]


@dataclass(slots=True)
class _Threads:
    """Limits that are set, and how many blocks need them."""

    lock: Lock = field(default_factory=Lock)
    set: list[Any] = field(default_factory=list)
    within: int = 0


_LIMITS = _Threads()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep products of matrices to one thread, as a block or around a function.

    The rows that judges look at are few: threads spend more time waiting for each other, at full
    speed, than on their share of the work, and the last bits of sums depend on how many there are.
    """
    # imported here, because few programs judge
    from threadpoolctl import threadpool_limits

    # limits are of the process: where several threads judge, the last one takes all of them off
    limits = _LIMITS
    with limits.lock:
        limits.set.append(threadpool_limits(1))
        limits.within += 1
    try:
        yield
    finally:
        with limits.lock:
            limits.within -= 1
            while limits.set and not limits.within:
                limits.set.pop().restore_original_limits()


@contextmanager
def learning() -> Iterator[None]:
    """Keep scikit-learn's models to one thread too, as a block or around a function."""
    # what is loaded after the limit is set would not know of it
    with unswept():
        import sklearn.ensemble  # noqa: F401

    with one_thread():
        yield


def auc(scores: Floats, positive: Bools) -> tuple[float, float]:
    """Return P(score of a positive > score of a negative), ties one half, and its variance.

    The variance is that of DeLong, DeLong and Clarke-Pearson (1988).

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))[0]
    0.75
    """
    if positive.all() or not positive.any():
        return np.nan, np.nan
    above, below = placements(scores[positive], scores[~positive])
    variance = above.var() / max(above.size - 1, 1) + below.var() / max(below.size - 1, 1)
    return float(above.mean()), float(variance)


def aucs(scores: Floats, positive: Bools, choices: Sequence[Bools]) -> list[float]:
    """Return the area of each of several choices among rows, which are sorted once.

    It is nan where a choice has one class only.

    >>> scores, positive = np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])
    >>> aucs(scores, positive, [scores > 0, scores > 0.1, scores > 0.4])
    [0.75, 0.5, nan]
    """
    values, place = np.unique(scores, return_inverse=True)
    out = []
    for rows in choices:
        ours, theirs = place[rows & positive], place[rows & ~positive]
        count = np.bincount(theirs, minlength=values.size)
        below = (np.cumsum(count) - 0.5 * count)[ours] / max(theirs.size, 1)
        out.append(float(below.mean()) if ours.size and theirs.size else np.nan)
    return out


def placements(positive: Floats, negative: Floats) -> tuple[Floats, Floats]:
    """Return the share of negatives below each positive, and of positives above each negative.

    Ties count one half; the mean of either is the AUC.
    """
    m, n = positive.size, negative.size
    values, place = np.unique(np.concatenate([positive, negative]), return_inverse=True)
    ours = np.bincount(place[:m], minlength=values.size)
    theirs = np.bincount(place[m:], minlength=values.size)
    below_ours = (np.cumsum(theirs) - 0.5 * theirs)[place[:m]] / n
    below_theirs = (np.cumsum(ours) - 0.5 * ours)[place[m:]] / m
    return below_ours, 1 - below_theirs


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
