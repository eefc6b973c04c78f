"""Ranking the levels of a nominal input so that trees can split it at a threshold."""

import numpy as np

from copulasynth._arrays import Floats

__all__ = ["MANY_LEVELS", "level_ranks", "target_scores"]

MANY_LEVELS = 100
PROJECTIONS = 16


def target_scores(y: Floats, nominal: bool, rng: np.random.Generator) -> Floats:
    """Return the target as centred columns whose total variance is the impurity of a tree.

    A number is its own column, and levels have an indicator each, whose total variance is the Gini
    index. More than `MANY_LEVELS` levels have `PROJECTIONS` random ones instead: normal vectors
    whose distances are those of the indicators in expectation.
    """
    if not nominal:
        columns = y[:, None]
    else:
        levels, code = np.unique(y, return_inverse=True)
        points = np.eye(len(levels))
        if len(levels) > MANY_LEVELS:
            points = rng.standard_normal((len(levels), PROJECTIONS)) / np.sqrt(PROJECTIONS)
        columns = points[code]
    return np.asarray(columns - columns.mean(axis=0))


def level_ranks(codes: Floats, levels: int, scores: Floats) -> Floats:
    """Rank levels by the target they go with, (levels + 1,), the first entry for code -1.

    For one column of scores the order is that of the level means, among whose thresholds the best
    of all 2^(L-1) - 1 splits is (Fisher 1958; Breiman et al. 1984, theorem 4.5). For several, it
    is that of the level means along their first principal component, weighted by the number of
    rows (Coppersmith, Hong & Hosking 1999, Data Mining and Knowledge Discovery 3). Levels without
    rows rank where a mean level would.
    """
    code = codes.astype(np.int64) + 1
    count = np.bincount(code, minlength=levels + 1)
    means = (
        np.stack([np.bincount(code, weights=s, minlength=levels + 1) for s in scores.T], axis=1)
        / np.maximum(count, 1)[:, None]
    )
    if means.shape[1] > 1:
        _, _, axes = np.linalg.svd(means * np.sqrt(count)[:, None], full_matrices=False)
        # The sign of a singular vector is arbitrary; fix it so that platforms agree.
        axis = axes[0] * np.sign(axes[0][np.argmax(np.abs(axes[0]))])
        means = means @ axis[:, None]
    ranks = np.empty(levels + 1)
    ranks[np.argsort(means[:, 0], kind="stable")] = np.arange(levels + 1)
    return ranks
