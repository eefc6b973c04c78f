"""How the scale of one variable of a copula changes when its marginal is made coarse."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints

__all__ = ["Change", "Marks"]

#: Points this close are one point: marks of trees are rounded to nine digits.
NEAR = 1e-8
#: A count that was rounded may lie so much below a whole number.
SLACK = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """The probabilities between which the values of a variable lay, and lie now.

    Attributes
    ----------
    was, now : (m,) float64
        Ends of the values that are left, from 0 to 1, before and after.
    closed : (k, 2) float64
        Stretches, before, that became one value each.
    rows : float
        Rows behind the variable.
    k_min : int
        Fewest rows behind anything that is left.
    """

    was: Floats
    now: Floats
    closed: Floats
    rows: float
    k_min: int

    @classmethod
    def of(cls, was: Floats, now: Floats, closed: Floats, rows: float, k_min: int) -> "Change":
        """Return the change with these ends, sorted, and with 0 and 1 among them."""
        order = np.argsort(was, kind="stable")
        old = np.r_[0.0, np.clip(was[order], 0.0, 1.0), 1.0]
        new = np.maximum.accumulate(np.r_[0.0, np.clip(now[order], 0.0, 1.0), 1.0])
        first = np.r_[True, np.diff(old) > NEAR]
        first[-1], first[1:-1] = True, first[1:-1] & (old[1:-1] < 1.0 - NEAR)
        return cls(old[first], new[first], closed, rows, k_min)

    @property
    def same(self) -> bool:
        """Whether every point stays where it is."""
        return not len(self.closed) and bool((np.abs(self.was - self.now) <= NEAR).all())

    def moved(self, u: Floats) -> Floats:
        """Return where points are now."""
        return np.asarray(np.interp(u, self.was, self.now))

    def few(self, width: Floats) -> Bools:
        """Return which stretches stand for too few rows."""
        return np.asarray(width * self.rows < self.k_min - SLACK)

    def open(self, u: Floats) -> Bools:
        """Return which points lie within no closed stretch."""
        out = np.ones(u.shape, dtype=bool)
        for low, high in self.closed:
            out &= (u <= low + NEAR) | (u >= high - NEAR)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Marks on the scale of a variable, those that stay of them, and where they are now.

    Attributes
    ----------
    kept : (m,) float64
        Those that stay, from 0 to 1, as they were.
    now : (m,) float64
        Where they are.
    loose : (m - 1,) bool
        Which of the stretches between them are no value of their own.
    change : Change
    """

    kept: Floats
    now: Floats
    loose: Bools
    change: Change

    @classmethod
    def of(cls, marks: Floats, loose: Bools, change: Change) -> "Marks":
        """Return the marks that lie between stretches of enough rows."""
        stay = change.open(marks)
        stay[[0, -1]] = True
        group = np.cumsum(stay)[:-1] - 1
        # a stretch is loose if one that is in it was, but for one that became a value
        mixed = np.zeros(int(group[-1]) + 1, dtype=bool)
        np.logical_or.at(mixed, group, loose)
        kept = marks[stay]
        inside = 0.5 * (kept[:-1] + kept[1:])
        for low, high in change.closed:
            mixed &= ~((inside > low) & (inside < high))
        now = np.round(change.moved(kept), 9)
        now[0], now[-1] = 0.0, 1.0
        return cls(*_joined(kept, now, mixed, change), change)

    def ends(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Return where stretches from low to high lie now; those of values take all of theirs."""
        last = len(self.loose) - 1
        first = np.clip(np.searchsorted(self.kept, low + NEAR, side="right") - 1, 0, last)
        final = np.clip(np.searchsorted(self.kept, high - NEAR) - 1, 0, last)
        down = np.where(self.loose[first], self.change.moved(low), self.now[first])
        up = np.where(self.loose[final], self.change.moved(high), self.now[final + 1])
        return down, up

    def nearest(self, u: Floats) -> Floats:
        """Return where points lie now; those within a value go to the nearer end of it."""
        last = len(self.loose) - 1
        at = np.clip(np.searchsorted(self.kept, u + NEAR, side="right") - 1, 0, last)
        below = u - self.kept[at] <= self.kept[at + 1] - u
        return np.where(self.loose[at], self.change.moved(u), self.now[at + ~below])

    def stretch(self, u: Floats) -> Ints:
        """Return the stretch of each point of the scale as it is now."""
        at = np.searchsorted(self.now, u, side="right") - 1
        return np.clip(at, 0, len(self.loose) - 1)


def _joined(
    kept: Floats, now: Floats, loose: Bools, change: Change
) -> tuple[Floats, Floats, Bools]:
    """Join values of too few rows to a neighbour, to another value rather than a loose stretch.

    Rows are counted where values were and where they are; what has no width any more goes too.
    """
    while len(kept) > 2:
        width = np.minimum(np.diff(kept), np.diff(now))
        thin = (change.few(width) & ~loose) | (np.diff(now) <= NEAR)
        few = np.flatnonzero(thin)
        if not few.size:
            break
        k = int(few[np.argmin(width[few])])
        beside = [i for i in (k - 1, k + 1) if 0 <= i < len(width)]
        other = min(beside, key=lambda i: (bool(loose[i]), not thin[i], width[i]))
        low = min(k, other)
        # one that has no width any more leaves the other what it was
        mixed = loose[other] | (loose[k] & (now[k + 1] - now[k] > NEAR))
        left = np.arange(len(kept)) != low + 1
        kept, now, loose = kept[left], now[left], loose[left[:-1]]
        loose[low] = mixed
    return kept, now, loose
