"""Fit a linear function that holds in nearly all rows, whatever the others do."""

import numpy as np
from scipy.special import gammaln

from copulasynth._arrays import Bools, Floats, on_grid
from copulasynth.rules.identity.pursuit import EVIDENCE, ROOM, ROUNDING, exact, least_squares

__all__ = [
    "ALLOWED",
    "DIFFERENT",
    "DIFFERENT_ROUNDED",
    "by_chance",
    "explained",
    "halfway",
    "promising",
    "settled",
]

#: Share of the rows that may break a rule which is found.
ALLOWED = 0.02

#: Rows kept in each round of fitting anew, and rounds.
KEPT, ROUNDS = 0.95, 8

#: The worst of the rows kept must come so much closer each time, or they follow no rule.
FALLS = 0.9

#: Different rows that a rule needs for each number fitted in it, and where it is rounded besides.
DIFFERENT, DIFFERENT_ROUNDED = 2, 6

#: Rows on which parents are tried first.
TRIED = 400

#: Share of the rows that its most frequent value does not explain which a rule may leave too.
LEFT = 0.1

#: So near to the middle between two values a function says neither; if it does so in more than this
#: share of the rows, one way of rounding must explain this share of them.
MIDWAY, MOSTLY, ONE_WAY = 0.01, 0.25, 0.9


def promising(a: Floats, y: Floats, room: Floats) -> bool:
    """Whether a few of the rows follow a linear function of a but for a share of exceptions."""
    every = max(1, y.size // TRIED)
    a, y, room = a[::every], y[::every], room[::every]
    constant, weights = least_squares(a, y)
    left = np.abs(y - constant - a @ weights)
    # most rows of a rule are left far closer than those that break it
    typical = 4 * np.median(room) + 0.4 * np.sqrt((left**2).mean())
    return bool(np.median(left) <= typical) and explained(a, y, room, 3 * ALLOWED) is not None


def settled(
    a: Floats, y: Floats, room: Floats, allowed: float = ALLOWED
) -> tuple[float, Floats, Bools] | None:
    """Return a constant, weights and the rows that they explain, if those are nearly all.

    Rows that fit worst are left out and the others fitted anew until nothing changes: Rousseeuw &
    Van Driessen (2006), Computing LTS regression for large data sets.

    Parameters
    ----------
    a : (n, p) float64
    y : (n,) float64
    room : (n,) float64
        How far each row may miss, half a step for rounding.
    """
    obeys = explained(a, y, room, allowed)
    if obeys is None:
        return None
    fit = exact(a[obeys], y[obeys], room[obeys])
    constant, weights = least_squares(a[obeys], y[obeys]) if fit is None else fit
    wide = ROOM / ROUNDING if fit is None else 1.0
    obeys = np.abs(y - constant - a @ weights) <= wide * room
    if np.mean(obeys) < 1 - allowed:
        return None
    return constant, weights, obeys


def explained(a: Floats, y: Floats, room: Floats, allowed: float) -> Bools | None:
    """Return the rows that one linear function explains, if they are all but a share."""
    kept = np.ones(y.size, dtype=bool)
    found, worst = None, np.inf
    for _ in range(ROUNDS):
        constant, weights = least_squares(a[kept], y[kept])
        miss = np.abs(y - constant - a @ weights) / room
        obeys = miss <= ROOM / ROUNDING
        before = kept
        if np.mean(obeys) >= 1 - allowed:
            # once more with these alone: a row next to those that obey was let in by the others
            found = kept = np.asarray(obeys)
        elif found is None:
            before_worst, worst = worst, float(np.quantile(miss, KEPT))
            if worst > FALLS * before_worst:
                break
            kept = miss <= worst
        if (kept == before).all() or np.count_nonzero(kept) <= a.shape[1] + 1:
            break
    return found


def by_chance(a: Floats, y: Floats, obeys: Bools, tries: float, different: int = DIFFERENT) -> bool:
    """Whether a rule may hold by chance, or explains nothing that a constant would not.

    The rows with the rarest values are what the p + 1 numbers can have been fitted to. Each other
    has its value by chance with the share of that value. The logarithm of the number of rules that
    were tried, and of ways to choose the exceptions, is added.
    """
    n, p = a.shape
    broken = n - int(np.count_nonzero(obeys))
    a, y = a[obeys], y[obeys]
    some = np.column_stack([a, y])[:: max(1, y.size // TRIED)]
    if len(np.unique(some, axis=0)) < different * (p + 1):
        return True
    _, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    if broken > LEFT * (y.size - counts.max()):
        return True
    chance = np.sort(np.log(counts[place] / n))[p + 1 :].sum()
    choices = gammaln(n + 1) - gammaln(broken + 1) - gammaln(n - broken + 1)
    return bool(chance + choices + tries > EVIDENCE)


def halfway(y: Floats, made: Floats, step: float) -> bool:
    """Whether a function lies midway between values in most rows, and no way of rounding tells y.

    What is one of two neighbours at will (the age of a pupil: year + 5 or year + 6) is no function.
    """
    if step <= 0:
        return False
    lower = np.floor(made / step)
    ties = np.abs(made / step - lower - 0.5) < MIDWAY
    if np.count_nonzero(ties) <= MOSTLY * y.size:
        return False
    lower = lower[ties]
    up = np.round(y[ties] / step) > lower
    # 0.35 * 97 is less than 33.95 by an error of arithmetic, and rounded by that
    falls = np.round(on_grid(made[ties], step) / step) > lower
    ways = (True, False, lower % 2 == 1, lower >= 0, falls)
    told = max(float(np.mean(up == way)) for way in ways)
    return told < ONE_WAY
