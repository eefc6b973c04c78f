"""What a marginal that leaves is to rest on, and what comes back of it."""

from dataclasses import dataclass, replace
from functools import singledispatch

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth.marginals._api import Marginal

__all__ = ["NONE", "SHARE_DIGITS", "Asked", "Coarse", "coarse_marginal", "given_to", "outward",
           "shares_of", "short"]  # fmt: skip

#: Decimals of probabilities.
SHARE_DIGITS = 6
#: A count that was rounded may lie so much below a whole number.
SLACK = 0.01


@dataclass(frozen=True, slots=True)
class Asked:
    """What a marginal is to rest on.

    Attributes
    ----------
    rows : float
        Rows behind the whole marginal.
    k_min : int
        Fewest rows behind any part of it.
    listed : bool
        Whether values are codes of levels, which cannot be pooled to a mean.
    lower, upper : float
        Natural bounds, which no row made.
    step : float
        Step of the grid on which values are observed, or 0.
    """

    rows: float
    k_min: int
    listed: bool = False
    lower: float = -np.inf
    upper: float = np.inf
    step: float = 0.0

    def natural(self, bound: float, up: bool) -> bool:
        """Whether a bound is a natural one; that of rounded values is half a step beyond."""
        return bool(abs(bound - (self.upper if up else self.lower)) <= 0.5 * self.step)

    def few(self, share: Floats | float) -> Bools:
        """Return which shares of the marginal stand for too few rows."""
        return np.asarray(np.asarray(share) * self.rows < self.k_min - SLACK)

    def part(self, share: float) -> "Asked":
        """Return what is asked of a part of the marginal."""
        return replace(self, rows=self.rows * share)


@dataclass(frozen=True, slots=True, eq=False)
class Coarse:
    """A marginal that rests on enough rows, and where its values were before.

    Attributes
    ----------
    marginal : Marginal
    cells : (m, 3) float64
        For each value with a probability of its own: the first and the last of the former values
        that went into it, and what it is now.
    dropped : int
        How many values, pieces or components are no more.
    moved : float
        Probability of what was dropped.
    """

    marginal: Marginal
    cells: Floats
    dropped: int = 0
    moved: float = 0.0


NONE = np.empty((0, 3))


def given_to(counts: Floats, few: Bools) -> Ints:
    """Return for each of several neighbours which of them takes its place.

    What stands for few goes to the nearest that does not, the larger of two as near; the others
    keep their own. -1 where all stand for few.

    Examples
    --------
    >>> few = np.array([True, False, True, True, False])
    >>> given_to(np.array([1.0, 50.0, 2.0, 3.0, 60.0]), few).tolist()
    [1, 1, 1, 4, 4]
    """
    kept = np.flatnonzero(~few)
    if not kept.size:
        return np.full(len(counts), -1, dtype=np.int64)
    at = np.arange(len(counts))
    above = np.minimum(np.searchsorted(kept, at), kept.size - 1)
    below = np.maximum(np.searchsorted(kept, at, side="right") - 1, 0)
    up, down = np.abs(kept[above] - at), np.abs(at - kept[below])
    # the middle one of an odd number goes up or down as a whole
    larger = counts[kept[above]] > counts[kept[below]]
    return np.where((up < down) | ((up == down) & larger), kept[above], kept[below])


def outward(x: float, room: float, up: bool) -> float:
    """Return the next multiple of a power of ten within `room` beyond x: no row's own value.

    Examples
    --------
    >>> outward(1234.5, 60.0, True), outward(1234.5, 60.0, False)
    (1240.0, 1230.0)
    """
    if not (np.isfinite(x) and np.isfinite(room) and room > 0):
        return x
    step = 10.0 ** np.floor(np.log10(room))
    k = np.floor(x / step + 1.0) if up else np.ceil(x / step - 1.0)
    return float(f"{k * step:.12g}")


@singledispatch
def coarse_marginal(m: Marginal, asked: Asked) -> Coarse:
    """Return a marginal in which nothing rests on too few rows.

    Raises
    ------
    ValueError
        If nothing would be left, or the kind of marginal is not known.
    """
    raise ValueError(f"a marginal of kind {type(m).__name__} cannot be made coarse")


def shares_of(p: Floats) -> Floats:
    """Return probabilities with few digits that still add up to one.

    >>> shares_of(np.array([1 / 3, 2 / 3])).tolist()
    [0.333333, 0.666667]
    """
    out = np.maximum(np.round(p / p.sum(), SHARE_DIGITS), 10.0**-SHARE_DIGITS)
    most = int(np.argmax(out))
    out[most] = round(float(out[most] + 1.0 - out.sum()), 12)
    return floats(out)


def short(x: float, digits: int = 4) -> float:
    """Return a number with so many digits; infinite ones stay."""
    return float(f"{x:.{digits}g}") if np.isfinite(x) else x
