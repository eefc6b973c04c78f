"""The attacker: a forest that learns from half of the fits and is counted on the other half."""

from dataclasses import dataclass

import numpy as np
import scipy

from copulasynth._arrays import Bools, Floats, Ints, midranks
from copulasynth._judging import auc
from copulasynth.privacy.rates import level, seen

__all__ = ["Attacked", "area_interval", "attack", "epsilon_bound", "rate_bound"]

_TREES, _LEAF = 100, 2
#: Features that the forest sees: those that tell the two worlds apart best in the first half.
_FEATURES = 40
#: All limits of an audit hold at once this surely.
_CONFIDENCE = 0.95
_EDGE, _CHANCE = 1e-9, 0.5


@dataclass(frozen=True, slots=True)
class Attacked:
    """What an attack on one record achieved on fits that it did not learn from.

    AUC with its limits, chance, and the least AUC that is seen four times in five; the bound of
    epsilon; how often the record was found when it was in, and when it was not.
    """

    value: float
    low: float
    high: float
    reference: float
    smallest: float
    epsilon: float
    tpr: float
    fpr: float
    members: int
    others: int


def attack(x: Floats, inside: Bools, learnt: int, records: int, seed: int) -> Attacked:
    """Learn from the first fits who was in, fix a threshold there, and count on the others.

    Parameters
    ----------
    x : (fits, features) float64
    inside : (fits,) bool
        In which fits the record was.
    learnt : int
        Number of fits to learn from.
    records : int
        Number of records for which the limits are to hold at once.
    seed : int
    """
    from sklearn.ensemble import RandomForestClassifier

    kept = _telling(x[:learnt], inside[:learnt])
    forest = RandomForestClassifier(
        _TREES, min_samples_leaf=_LEAF, oob_score=True, random_state=seed, n_jobs=1
    ).fit(x[:learnt, kept], inside[:learnt])
    own = forest.oob_decision_function_[:, 1]
    error = (1 - _CONFIDENCE) / records
    threshold = _threshold(own, inside[:learnt], error)
    score, member = forest.predict_proba(x[learnt:, kept])[:, 1], inside[learnt:]
    value, _ = auc(score, member)
    m, k = int(member.sum()), int((~member).sum())
    low, high = area_interval(value, m, k, level(records))
    hits = int((score[member] > threshold).sum()), int((score[~member] > threshold).sum())
    least = _CHANCE + seen(float(np.sqrt((m + k + 1) / (12 * m * k))), level(records))
    bound = epsilon_bound(hits, (m, k), error)
    return Attacked(value, low, high, _CHANCE, least, bound, hits[0] / m, hits[1] / k, m, k)


def _telling(x: Floats, inside: Bools) -> Ints:
    """Return the places of the features whose ranks differ most between the two worlds."""
    ranks = midranks(x)
    apart = np.abs(ranks[inside].mean(axis=0) - ranks[~inside].mean(axis=0))
    spread = ranks.std(axis=0)
    told = np.where(spread > 0, apart / np.maximum(spread, 1e-12), -1.0)
    return np.argsort(-told, kind="stable")[:_FEATURES]


def _threshold(scores: Floats, inside: Bools, error: float) -> float:
    """Return the threshold, between two scores, that would bound epsilon from below the most."""
    values = np.unique(scores[~np.isnan(scores)])
    if values.size < 2:
        return float(values.mean()) if values.size else 0.5
    between = (values[1:] + values[:-1]) / 2
    sizes = int(inside.sum()), int((~inside).sum())
    bounds = [
        epsilon_bound(
            (int((scores[inside] > t).sum()), int((scores[~inside] > t).sum())), sizes, error
        )
        for t in between
    ]
    best = np.flatnonzero(np.asarray(bounds) == max(bounds))
    return float(between[best[len(best) // 2]])


def rate_bound(hits: int, n: int, error: float, *, upper: bool) -> float:
    """Return the one-sided limit of Clopper and Pearson (1934) of a rate.

    >>> round(rate_bound(0, 10, 0.05, upper=True), 4)
    0.2589
    """
    if upper:
        return 1.0 if hits == n else float(scipy.stats.beta.ppf(1 - error, hits + 1, n - hits))
    return 0.0 if hits == 0 else float(scipy.stats.beta.ppf(error, hits, n - hits + 1))


def epsilon_bound(hits: tuple[int, int], sizes: tuple[int, int], error: float) -> float:
    """Return the least epsilon that explains how often an attack says "in" with and without.

    If a method is epsilon-private, TPR <= e^eps FPR and TNR <= e^eps FNR. The rate with the record
    is bounded from below and that without from above, each with half of the error; both
    inequalities follow from these two.

    >>> epsilon_bound((5, 5), (10, 10), 0.05)
    0.0
    >>> round(epsilon_bound((64, 0), (64, 64), 0.05), 2)
    2.82
    """
    true = rate_bound(hits[0], sizes[0], error / 2, upper=False)
    false = rate_bound(hits[1], sizes[1], error / 2, upper=True)
    ratios = [(true, false), (1 - false, 1 - true)]
    logs = [float(np.log(up / down)) for up, down in ratios if up > 0 and down > 0]
    return max([0.0, *logs])


def area_interval(value: float, m: int, n: int, z: float) -> tuple[float, float]:
    """Return Newcombe's (2006, method 5) interval of an AUC; it stays within 0 and 1.

    At one half its error is that of the rank-sum test, and at 1 it is not zero.

    >>> [round(v, 3) for v in area_interval(0.5, 64, 64, 1.96)]
    [0.402, 0.598]
    >>> area_interval(1.0, 64, 64, 1.96)[0] < 0.98
    True
    """
    half = (m + n) / 2 - 1

    def beyond(t: float) -> float:
        spread = t * (1 - t) * (1 + half * ((1 - t) / (2 - t) + t / (1 + t))) / (m * n)
        return float(abs(value - t) - z * np.sqrt(spread))

    # at 0 and 1 the error is zero too, which is no limit
    inner = min(max(value, _EDGE), 1 - _EDGE)
    low = 0.0 if beyond(_EDGE) <= 0 else float(scipy.optimize.brentq(beyond, _EDGE, inner))
    high = 1.0 if beyond(1 - _EDGE) <= 0 else float(scipy.optimize.brentq(beyond, inner, 1 - _EDGE))
    return low, high
