"""Time stamps, and tests whether they follow the hours of the day or the days of the week."""

import numpy as np
from scipy.special import betaincc, fdtrc

from copulasynth._arrays import Floats, Ints
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.calendar import DAYS, HOURS

__all__ = ["MANY_WEEKS", "STANDING", "Clock", "Stamps"]

#: Units of a variable in a day, its value at a midnight, and the day of the week that begins
#: there, 0 for Monday.
Clock = tuple[float, float, int]

#: Probability below which a law of hours or weekdays is no chance.
CHANCE = 1e-6
#: Least strength of a law of hours, the squared lengths of mean directions, and of weekdays,
#: chi-square over rows.
HOURLY, DAILY = 0.02, 0.01
#: Days with rows, and days from the first to the last, that tell hours and weekdays.
LEAST_DAYS, MANY_WEEKS, MOST_RANGE = 10, 56, 200_000
#: Directions: of the day as a whole, and of a half, third and fourth of it with more days.
ROUGH, FINE, MANY_DAYS = 1, 4, 40
#: Rows in the first and in the last week that make their ends known.
STANDING = 10


class Stamps:
    """A time stamp as days since a Monday and parts of the day, where it is known."""

    def __init__(self, x: Floats, j: int, per_day: float, origin: float, step: float) -> None:
        self.j, self.per_day, self.origin, self.step = j, per_day, origin, step
        since = (x[~np.isnan(x)] - origin) / per_day
        self.day = np.floor(since + 1e-9).astype(np.int64)
        self.part = np.maximum(since - self.day, 0.0)

    @classmethod
    def of(cls, c: Coordinates, j: int, clock: Clock) -> "Stamps":
        per_day, midnight, weekday = clock
        origin = midnight - weekday * per_day
        return cls(np.asarray(c.x[:, j]), j, per_day, origin, c.variables[j].step or 0.0)

    @property
    def whole(self) -> bool:
        """Whether all days are whole, or time stamps coarser."""
        return self.step >= 0.999 * self.per_day or not (self.part > 1e-9).any()

    @property
    def range(self) -> int:
        return int(np.ptp(self.day)) + 1 if self.day.size else 0

    def keeps_hours(self) -> bool:
        if self.whole or self.range < LEAST_DAYS + 2:
            return False
        # days that the range of the times cuts off are not whole
        inner = (self.day > self.day.min()) & (self.day < self.day.max())
        _, which = np.unique(self.day[inner], return_inverse=True)
        days = int(which.max(initial=-1)) + 1
        if days < LEAST_DAYS:
            return False
        tries = (ROUGH, FINE) if days >= MANY_DAYS else (ROUGH,)
        return any(_points(self.part[inner], which, days, k) for k in tries)

    def keeps_weekdays(self) -> bool:
        if not MANY_WEEKS <= self.range <= MOST_RANGE or self.step > 1.001 * self.per_day:
            return False
        first = int(self.day.min())
        y = np.sqrt(np.bincount(self.day - first))
        group = (first + np.arange(y.size)) % DAYS
        sizes = np.bincount(group, minlength=DAYS)
        means = np.bincount(group, y, DAYS) / sizes
        between = float((sizes * (means - y.mean()) ** 2).sum()) / (DAYS - 1)
        within = float(((y - means[group]) ** 2).sum()) / (y.size - DAYS)
        share = np.bincount(self.day % DAYS, minlength=DAYS) / self.day.size
        strength = DAYS * float(((share - 1 / DAYS) ** 2).sum())
        chance = fdtrc(DAYS - 1, y.size - DAYS, between / max(within, 1e-12))
        return bool(strength >= DAILY and chance < CHANCE)

    def cut_at(self, cut: float) -> "Stamps":
        """Return the same times with days that start at a part of the day after midnight."""
        x = np.asarray(self.origin + (self.day + self.part) * self.per_day, dtype=np.float64)
        return Stamps(x, self.j, self.per_day, self.origin + cut * self.per_day, self.step)

    def table(self) -> Ints:
        """Return the rows in each hour of each day of the week, (7, 24)."""
        hour = np.minimum((self.part * HOURS + 1e-9).astype(np.int64), HOURS - 1)
        cells = np.bincount((self.day % DAYS) * HOURS + hour, minlength=DAYS * HOURS)
        return cells.reshape(DAYS, HOURS)

    def ends(self) -> tuple[float, float]:
        """Return the first and the last day, where enough rows stand in their weeks."""
        low, high = int(self.day.min()), int(self.day.max())
        early = np.count_nonzero(self.day < low + DAYS) >= STANDING
        late = np.count_nonzero(self.day > high - DAYS) >= STANDING
        return float(low) if early else -np.inf, float(high) if late else np.inf


def _points(part: Floats, which: Ints, days: int, most: int) -> bool:
    """Whether the rows of the days point the same way more than chance and a little allow."""
    angle = 2j * np.pi * part
    turns = [np.exp(k * angle) for k in range(1, most + 1)]
    if sum(abs(t.mean()) ** 2 for t in turns) < HOURLY:
        return False
    size = np.sqrt(np.bincount(which, minlength=days))
    sums = [np.bincount(which, v, days) / size for t in turns for v in (t.real, t.imag)]
    m = np.column_stack(sums)
    ones = np.ones(days)
    share = float(ones @ (m @ np.linalg.lstsq(m, ones)[0])) / days
    return bool(betaincc(most, 0.5 * days - most, min(max(share, 0.0), 1.0)) < CHANCE)
