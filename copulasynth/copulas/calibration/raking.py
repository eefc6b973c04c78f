"""Raking: log factors of pair tables that tilt a pool of draws to target tables."""

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth._clock import step as tell
from copulasynth.copulas.calibration.pair_tables import Index, PairTables

#: Share of the step to its target that a table takes in a sweep, on the log scale.
DAMP = 0.7

#: Sweeps end where one brings the tables nearer to their targets by less than this share.
NEARER = 0.05

#: Sweeps at the end that look at margins alone.
MARGIN_SWEEPS = 5


def rake(
    index: Index, target: PairTables, *, ridge: float, share: float, sweeps: int
) -> tuple[Floats, float]:
    """Scale one table of a pool of draws after the other to its target, under a cap on weights.

    Iterative proportional fitting (Deming and Stephan 1940, Ann. Math. Statist. 11:427). Draws are
    to be kept with probability w / cap, so a few large weights would leave few rows; what is fitted
    are therefore the tables under weights min(w, cap), and where the cap takes from one cell, the
    factors of the others make up for it. Sweeps end where another hardly helps; the last ones fit
    margins only.

    `index` (p, n) is the cell of each draw in each of the p tables; `ridge` a probability that
    counts beside that of a cell, so that cells of few draws move little; `share` the least mean of
    min(w, cap) / cap. Returned are log factors, laid out as the tables, and the log of the cap.
    """
    theta, w = np.zeros(len(target.values)), np.ones(index.shape[1])
    last = np.inf
    for k in range(sweeps if len(index) else 0):
        tell(f"sweep {k + 1} over {len(index):,} tables")
        w /= weight_cap(w, share)
        away = 0.0
        for q, row in enumerate(index):
            # as wide as NumPy would make it twice
            goal, cell = target.table(q).ravel(), row.astype(np.intp)
            now = _capped_shares(cell, w, goal.size)
            away += float(np.abs(goal - now).sum())
            step = DAMP * _log_ratio(goal, now, ridge)
            theta[target.start[q] : target.start[q + 1]] += step
            _weigh(w, step, cell)
        if away > (1.0 - NEARER) * last:
            break
        last = away
    margins = _margins(index, target)
    for _ in range(MARGIN_SWEEPS):
        w /= weight_cap(w, share)
        for q, axis, code, goal in margins:
            step = _log_ratio(goal, _capped_shares(code, w, goal.size), ridge)
            factors = theta[target.start[q] : target.start[q + 1]].reshape(target.shapes[q])
            factors += np.expand_dims(step, 1 - axis)
            _weigh(w, step, code)
    score = scores(theta, index, target.start)
    top = float(score.max())
    return theta, top + float(np.log(weight_cap(np.exp(score - top), share)))


def _margins(index: Index, target: PairTables) -> list[tuple[int, int, Ints, Floats]]:
    """Return where the factors of each variable stand, its bin in each draw, and its target.

    The factors are those of the first table that the variable is in, along one of its axes; the
    target is the mean of the margins of all of its tables, which noise lets differ a little.
    """
    out = []
    for v in np.unique(target.pairs):
        places = np.argwhere(target.pairs == v).tolist()
        goal = np.mean([target.table(q).sum(axis=1 - axis) for q, axis in places], axis=0)
        q, axis = places[0]
        code = np.divmod(index[q], target.shapes[q, 1])[axis]
        out.append((q, axis, code.astype(np.intp), goal))
    return out


def _capped_shares(cell: Ints, w: Floats, size: int) -> Floats:
    """Return the share of each cell under weights that are capped at 1."""
    now = np.bincount(cell, np.minimum(w, 1.0), minlength=size)
    return np.asarray(now / now.sum())


def _weigh(w: Floats, step: Floats, cell: Ints) -> None:
    """Multiply weights by the factors of their cells, in place."""
    w *= np.exp(step).take(cell, mode="clip")


def scores(factors: Floats, index: Index, start: Ints) -> Floats:
    """Return the log weight of each draw, the sum of the log factors of its cells, (n,)."""
    out = np.zeros(index.shape[1])
    for q, cell in enumerate(index):
        out += factors[start[q] : start[q + 1]][cell]
    return out


def acceptance_rate(score: Floats, bound: float) -> float:
    """Return the share of draws that are kept under a bound on their log weight."""
    return float(np.exp(np.minimum(score - bound, 0.0)).mean())


def _log_ratio(goal: Floats, now: Floats, ridge: float) -> Floats:
    """Return log(goal / now), both raised by the ridge; 0 where there are no draws to weigh."""
    return np.where(now > 0, np.log((goal + ridge) / (now + ridge)), 0.0)


def weight_cap(w: Floats, share: float) -> float:
    """Return the largest weight, or the cap c below it where the mean of min(w, c) / c is a share.

    Examples
    --------
    >>> weight_cap(np.array([1.0, 1.0, 1.0, 9.0]), 0.5)
    3.0
    """
    s = np.sort(w)
    n = len(s)
    # under c = s[k], rows k, k + 1, .. are kept for certain
    lesser = np.concatenate([[0.0], np.cumsum(s[:-1])])
    kept = (lesser / s + n - np.arange(n)) / n
    if kept[-1] >= share:
        return float(s[-1])
    k = int(np.argmax(kept < share))
    return float(lesser[k] / (share * n - (n - k)))
