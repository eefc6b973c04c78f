"""Say quickly which variables may be linear functions of which others, a few rows aside.

Correlations alone decide it: what all other variables leave of one is a diagonal of their inverse,
and the parents are added one after the other by what they explain (Chen, Billings & Luo 1989,
Orthogonal least squares methods and their application to non-linear system identification).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.pursuit import PARENTS

__all__ = ["Screen"]

#: Rows from which correlations are taken.
ROWS = 2000

#: So many rows without gaps, or five a variable, and the others are left aside.
WHOLE = 100

#: Smallest eigenvalue of the correlations, without and with gaps.
RIDGE, GAPPY = 1e-12, 3e-3

#: What others may leave of the variance of a variable to be looked at: rows that break a rule
#: leave something of it too.
UNEXPLAINED = 0.1

#: The same where a few rows have nearly all that is left: half of the others lie closer than this
#: share of its root mean square.
UNEXPLAINED_PEAKED, PEAKED = 0.5, 0.3

#: Eight tenths of the values lie within a range; what is so many times further out is set aside.
FAR = 20.0

#: Parents that add less to what is left than this share end the search, two in turn.
IDLE = 0.02

#: A parent adds something if it explains this share of the variance.
GAIN = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """Correlations of numbers, and what they leave of each other.

    Attributes
    ----------
    correlations : (d, d) float64
    most : (d,) float64
        What parents may leave of each variance, as a share.
    hopeful : (d,) bool
        Whether a variable may be a linear function of others.
    """

    correlations: Floats
    most: Floats
    hopeful: Bools

    @classmethod
    def of(cls, x: Floats, room: Floats) -> "Screen":
        """Return the screen of numbers (n, d), NaN where unknown, rounded by `room`, (n, d)."""
        every = max(1, len(x) // ROWS)
        x, room = x[::every], room[::every]
        gaps = np.isnan(x) | _far(x)
        whole = ~gaps.any(axis=1)
        if np.count_nonzero(whole) >= max(WHOLE, 5 * x.shape[1]):
            x, room, gaps = x[whole], room[whole], gaps[whole]
        z, scale = _standard(x, gaps)
        seen = 1.0 - gaps
        pairs = seen.T @ seen
        correlations = (z.T @ z) / np.maximum(pairs, 1.0)
        correlations[pairs < 20] = 0.0
        values, axes = np.linalg.eigh(correlations)
        floor = GAPPY if gaps.any() else RIDGE
        inverse = (axes / np.maximum(values, floor)) @ axes.T
        share = room / np.where(scale > 0, scale, 1.0)
        typical = np.nan_to_num(np.nanmedian(share, axis=0)) if len(x) else np.zeros(x.shape[1])
        hopeful, peaked = scale > 0, np.zeros(len(scale), dtype=bool)
        if not gaps.any():
            left = np.abs(z @ inverse / np.diag(inverse))
            mean = np.sqrt((left**2).mean(axis=0))
            half = np.median(left, axis=0)
            hopeful &= (half <= 2 * typical + 1e-4) | (half <= PEAKED * mean)
            peaked = half <= PEAKED * mean
        most = np.where(peaked, UNEXPLAINED_PEAKED, UNEXPLAINED + np.minimum(typical**2, 0.5))
        hopeful &= 1.0 / np.diag(inverse) <= most
        return cls(correlations, most, hopeful)

    def growing(self, j: int, allowed: list[int]) -> Iterator[list[int]]:
        """Yield ever more parents of variable j, once they explain nearly all of its variance."""
        c, r = self.correlations, self.correlations[:, j]
        left = r.copy()
        room = np.ones(len(r))
        open_ = np.zeros(len(r), dtype=bool)
        open_[allowed] = True
        used: list[int] = []
        axes = np.empty((0, len(r)))
        unexplained, idle = 1.0, 0
        for _ in range(min(PARENTS, len(allowed))):
            gain = np.where(open_ & (room > 1e-9), left**2 / np.maximum(room, 1e-9), -1.0)
            k = int(np.argmax(gain))
            if gain[k] < GAIN:
                return
            # one step of a Cholesky factorisation: what k holds beyond the parents before it
            axis = (c[k] - axes[:, k] @ axes) / np.sqrt(room[k])
            left = left - axis * (left[k] / np.sqrt(room[k]))
            room = room - axis**2
            axes = np.vstack([axes, axis])
            open_[k] = False
            used.append(k)
            unexplained -= float(gain[k])
            idle = idle + 1 if gain[k] < IDLE * unexplained else 0
            if idle > 1 and unexplained > UNEXPLAINED:
                return
            if unexplained <= self.most[j]:
                yield list(used)


def _far(x: Floats) -> Bools:
    """Return what lies far outside: codes such as 9999 in place of numbers say nothing of these."""
    known = (~np.isnan(x)).sum(axis=0)
    ordered = np.sort(x, axis=0)
    low, middle, high = (
        np.take_along_axis(ordered, np.minimum(known * k // 10, len(x) - 1)[None], axis=0)[0]
        for k in (1, 5, 9)
    )
    with np.errstate(all="ignore"):
        return np.asarray((high > low) & (np.abs(x - middle) > FAR * (high - low)))


def _standard(x: Floats, gaps: Bools) -> tuple[Floats, Floats]:
    """Return standardised numbers with 0 in gaps, and standard deviations."""
    known = np.maximum((~gaps).sum(axis=0), 1)
    # absurd numbers overflow; what is not a number then is no candidate
    with np.errstate(all="ignore"):
        z = np.where(gaps, 0.0, x)
        z = np.where(gaps, 0.0, z - z.sum(axis=0) / known)
        scale = np.sqrt((z**2).sum(axis=0) / known)
        scale[~np.isfinite(scale)] = 0.0
        z = np.where(scale > 0, z / np.where(scale > 0, scale, 1.0), 0.0)
    return z, scale
