"""A score in words: worse than real rows, as real rows, or better than fresh ones."""

import numpy as np

from copulasynth.metrics.score import Score

__all__ = ["LEGEND", "MARKS", "marked", "verdict"]

#: Signs of verdicts where there is no room for words; they differ without colours too.
MARKS = {"worse": "▼", "slightly worse": "▽", "better": "△"}
LEGEND = "▼ worse, ▽ slightly worse, △ better than fresh real rows"


def verdict(score: Score) -> str:
    """Return 'as real rows' where noise explains the distance to the reference, else 'worse'.

    The noise of the reference is taken to be as large as that of the value. 'slightly worse' is
    more than noise, and as an interval not beyond the `leeway` of what learns without keeping
    rows. 'better' means better than fresh real rows: on a fidelity metric that is a sign of
    copying. A score that says what a value `below` its ideal means is called that where its
    interval lies below it.
    """
    if not np.isfinite([score.value, score.reference]).all():
        return "not measured"
    if score.below and score.high < score.ideal:
        return score.below
    half = (score.high - score.low) / 2
    gap = score.distance - score.distance_of(score.reference)
    if not np.isfinite(half) or abs(gap) <= half * np.sqrt(2) + 1e-12:
        return "as real rows"
    if gap < 0:
        return "better"
    return "slightly worse" if gap - half <= score.leeway else "worse"


def marked(score: Score, text: str) -> str:
    """Return the text of a score with the sign of its verdict, if that has one."""
    return f"{text} {MARKS.get(verdict(score), '')}".rstrip()
