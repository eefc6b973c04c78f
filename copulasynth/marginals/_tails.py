"""Where tails end: caps and floors that rows pile up on, and light tails that thin out."""

import numpy as np
import scipy
from scipy.special import ndtr

from copulasynth._arrays import LARGEST, Floats, Ints

#: A shared extreme value is a cap if so many rows on one value, at the density of the rows beside
#: it, have a smaller probability than this.
CHANCE = 0.02
#: Rows on the next value of a grid, absent with a probability of exp(-3) = .05.
EXPECTED = 3.0
#: Rows beside an extreme value that tell the density there.
BESIDE = 20
#: A value of a grid that more than this share of the rows have tells nothing of the density.
HEAP = 0.03
#: Share of the rows, and least number of rows, that the shape of a tail is estimated from.
OUTER, LEAST = 0.1, 30
#: Steps in score from the outermost knot to the knots on a fitted tail; the last is the end.
REACHES = (0.25, 0.5, 1.0, 1.5, 2.25, 3.25)
END = 8.2
#: Minus the shape from which on a tail has an end point.
BOUNDED = 0.25


def ends(values: Floats, counts: Ints, min_rows: int, gap: float) -> tuple[bool, bool]:
    """Say whether the least and the greatest value are where the values must end.

    Such an extreme value is shared by `min_rows` or more rows, and either

    * it is a pile-up, as a cap of charges in cents is: the values beside it are shared by far
      fewer rows (:func:`pile_ups`); or
    * on a grid, rows on the next value beyond would be expected and there are none: the counts c
      of the last value and d of the one before it, carried on at their ratio, leave more than 3
      rows for the next, and nothing has a probability of 5 %. The youngest age of a table of
      adults is of this kind; the oldest one, which few rows share, is not.

    `values` (k,) are distinct and increasing, `counts` the rows on each.
    """
    down = -values[::-1], counts[::-1]
    floor, cap = pile_ups(values, counts, min_rows, gap)
    return (floor or _stops(values, counts, min_rows, gap), cap or _stops(*down, min_rows, gap))


def _stops(values: Floats, counts: Ints, min_rows: int, gap: float) -> bool:
    if counts.size < 2 or counts[0] < min_rows or values[1] - values[0] > 1.5 * gap:
        return False
    own, inner = float(counts[0]), float(counts[1])
    return own * own / max(own, inner) > EXPECTED


def pile_ups(values: Floats, counts: Ints, min_rows: int, gap: float) -> tuple[bool, bool]:
    """Say whether rows pile up on the least and on the greatest value: a floor, a cap.

    The rows on an extreme value are compared with a Poisson law whose mean is the average number
    of rows on each of the next values (those that hold the next 20 rows, or four times as many
    rows as the extreme one) or, on a dense grid, what the next two values lead to expect.

    Examples
    --------
    >>> import numpy as np
    >>> charges, rows = np.arange(35) / 7, np.array([40, 1, 2, 1] + [1] * 30 + [12])
    >>> pile_ups(charges, rows, 4, 0.01)
    (True, True)
    >>> pile_ups(np.arange(6.0), np.array([900, 400, 160, 60, 20, 5]), 4, 1.0)
    (False, False)
    """
    down = -values[::-1], counts[::-1]
    return _piled(values, counts, min_rows, gap), _piled(*down, min_rows, gap)


def _piled(values: Floats, counts: Ints, min_rows: int, gap: float) -> bool:
    own = int(counts[0])
    if own < min_rows or counts.size < 2:
        return False
    total = np.cumsum(counts[1:])
    beside = min(int(np.searchsorted(total, max(BESIDE, 4 * own))) + 1, total.size)
    expected = float(total[beside - 1]) / beside
    if counts.size > 2 and values[2] - values[0] < 2.5 * gap:
        next_one, after = float(counts[1]), float(counts[2])
        expected = max(expected, next_one * (next_one + 1.0) / (after + 1.0))
    return bool(scipy.stats.poisson.sf(own - 1, expected) < CHANCE)


def light_tail(
    x: Floats, scores: Floats, values: Floats, slope: float, bound: float
) -> tuple[Floats, Floats] | None:
    """Return knots of the upper tail of sorted values, or None if it is not a light one.

    A generalised Pareto law is fitted to the excesses over the start of the outer tenth by
    probability-weighted moments [1]_. Where its shape is below -.25 the tail has an end point,
    and survival falls to 0 there as that law says: uniform values stop where they stop. Between
    -.25 and 0 the tail is that of a normal law: straight in the normal score, as the excesses of
    light tails without an end look like this at every sample size. Other tails are heavy.

    The distance between the two outermost windows of rows has a say too, as rows may crowd at the
    very end: the tail goes on for at most twice, and at least half, of what it leads to expect.

    Parameters
    ----------
    x : (m,) float64
        Values in increasing order that tell the shape: all of them, or those of a grid from
        :func:`tail_rows`.
    scores, values : (2,) float64
        Means of the two outermost windows. The tail begins at the outermost; no row enters its
        knots alone.
    slope : float
        Slope of x against the normal score in the outer rows.
    bound : float
        Natural bound.

    References
    ----------
    .. [1] J. R. M. Hosking and J. R. Wallis (1987), Parameter and quantile estimation for the
       generalized Pareto distribution, Technometrics 29, 339-349.
    """
    shape, end = _end_point(x)
    if shape <= 0.0:
        return None
    score, value = float(scores[1]), float(values[1])
    spacing = value - float(values[0])
    z = np.array([*(score + r for r in REACHES if score + r < END - 0.2), END])
    slope = min(slope, 2.0 * spacing / (score - float(scores[0])))
    straight = value + slope * (z - score)
    if shape < BOUNDED and straight[-1] <= bound:
        return z, straight
    shape = max(shape, BOUNDED)
    fall = float(ndtr(-score) / ndtr(-scores[0])) ** shape
    reach = min(end - value, 2.0 * spacing * fall / (1.0 - fall), bound - value)
    reach = max(reach, min(0.5 * spacing, bound - value))
    if reach <= 0.0:
        return None
    return z, value + reach * (1.0 - (ndtr(-z) / ndtr(-score)) ** shape)


def _end_point(x: Floats) -> tuple[float, float]:
    """Return minus the shape of the upper tail, and its end if that is positive."""
    k = int(min(max(LEAST, OUTER * x.size), x.size // 2))
    if k < 10:
        return 0.0, np.inf
    threshold = float(x[-k - 1])
    excess = x[-k:] - threshold
    mean = float(excess.mean())
    # the moment E[X (1 - F)] with plotting positions (j - .35) / k
    weighted = float((excess * (1.0 - (np.arange(k) + 0.65) / k)).mean())
    rest = mean - 2.0 * weighted
    if not (0.0 < mean <= LARGEST and rest > 0.0):
        return 0.0, np.inf
    shape = mean / rest - 2.0
    # the asymptotic standard error under an exponential tail is sqrt(4 / (3 k))
    if shape < 0.5 * np.sqrt(4.0 / (3.0 * k)):
        return 0.0, np.inf
    return shape, threshold + 2.0 * mean * weighted / rest / shape


def tail_rows(values: Floats, counts: Ints, gap: float) -> Floats:
    """Return the rows of a grid that tell the shape of a tail, spread over their cells, sorted.

    Atoms of a grid that is dense belong to the tail as much as values of fewer rows do.
    """
    keep = counts <= max(HEAP * counts.sum(), 4)
    values, counts = values[keep], counts[keep]
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    inside = (place + 0.5) / np.repeat(counts, counts) - 0.5
    return np.repeat(values, counts) + gap * inside
