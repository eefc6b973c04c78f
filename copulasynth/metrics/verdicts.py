"""A score in words: worse than real rows, as real rows, or better than fresh ones."""

import numpy as np

from copulasynth.metrics.score import Score

__all__ = ["verdict"]


def verdict(score: Score) -> str:
    """Return 'as real rows' where noise explains the distance to the reference, else 'worse'.

    The noise of the reference is taken to be as large as that of the value. 'better' means
    better than fresh real rows: on a fidelity metric that is a sign of copying. A score that says
    what a value `below` its ideal means is called that where its interval lies below it.
    """
    if not np.isfinite([score.value, score.reference]).all():
        return "not measured"
    if score.below and score.high < score.ideal:
        return score.below
    spread = (score.high - score.low) / 2 * np.sqrt(2)
    gap = score.distance - score.distance_of(score.reference)
    if not np.isfinite(spread) or abs(gap) <= spread + 1e-12:
        return "as real rows"
    return "worse" if gap > 0 else "better"
