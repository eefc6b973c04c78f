"""What every kind of rule answers when a model is made coarse."""

from functools import singledispatch

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.rules.api import FittedRule
from copulasynth.rules.coarse.api import Reach, Rewriting

__all__ = ["left_patterns", "outcomes", "rewritten"]


@singledispatch
def rewritten(rule: FittedRule, new: Rewriting) -> FittedRule:
    """Return a rule for the codes and numbers that are left.

    Raises
    ------
    ValueError
        If it cannot be said of them.
    """
    named = {*rule.makes, *rule.needs}
    if named & {*new.codes, *new.shifts}:
        raise ValueError(f"a rule of kind {type(rule).__name__} cannot be made coarse")
    return rule


@singledispatch
def outcomes(rule: FittedRule, j: int, reach: Reach) -> Ints | None:
    """Return the codes that a rule gives coordinate j, None if any."""
    return None


def left_patterns(
    levels: Floats, weights: Floats, part: int, new: Rewriting
) -> tuple[Floats, Floats]:
    """Return the patterns that are left, and their weights."""
    if part in new.codes:
        kept = new.codes[part].kept
        levels, weights = levels[kept], weights[kept] if weights.size else weights
    total = weights.sum()
    # shares of the patterns, not how often each occurred
    return levels, np.maximum(np.round(weights / total, 6), 1e-6) if weights.size else weights
