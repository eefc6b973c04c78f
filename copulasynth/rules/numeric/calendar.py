"""Time stamps as day or week, day of the week and time of day: each has a law of its own."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Endless, Floats, Ints, freeze, on_grid

__all__ = ["DAYS", "HOURS", "CalendarRule"]

DAYS, HOURS = 7, 24
#: Part of a day, or of a grid step, that rounding errors stay below.
SLACK = 1e-9
LARGEST = 1e300


@dataclass(frozen=True, slots=True, eq=False)
class CalendarRule:
    """Coordinate `time` is made from the number of a day or week and what is left of it.

    Days are counted from `origin`, the start of a Monday. A day starts `cut` after midnight: where
    there is business at midnight, days part at a quieter hour.

    Attributes
    ----------
    time, count : int
        What is made, and the part that counts days or weeks.
    weekday : int
        The part that tells the day of the week by its rank in `order`, or -1.
    rest : int
        The part that tells the time since midnight, or -1 where all days are whole. Without
        `weekday`, in weeks, it is the time since Monday began.
    per_day, origin, cut, step : float
        Units of `time` in a day, its value at the start of a Monday, the time from midnight to
        there, and its grid (0 for none).
    weekly : bool
        Whether `count` counts weeks.
    order : (7,) int64
        The day of the week, 0 for Monday, that each rank stands for.
    open : (7, 24) bool
        Hours after the start of a day in which time stamps can lie.
    lower, upper : float
        The first and the last day.
    """

    time: int
    count: int
    weekday: int
    rest: int
    per_day: float
    origin: float
    cut: float
    step: float
    weekly: bool
    order: Ints
    open: Bools
    lower: Endless = -np.inf
    upper: Endless = np.inf

    def __post_init__(self) -> None:
        used = [self.time, self.count, *(j for j in (self.weekday, self.rest) if j != -1)]
        if min(used) < 0 or len(set(used)) < len(used):
            raise ValueError("a calendar names different coordinates")
        if self.weekday >= 0 and not self.weekly:
            raise ValueError("days of the week need weeks that are counted")
        if not (0 < self.per_day <= LARGEST and 0 <= self.cut < self.per_day):
            raise ValueError("per_day, cut: expected a positive number, and a part of it")
        if not (abs(self.origin) <= LARGEST and 0 <= self.step <= LARGEST):
            raise ValueError("origin, step: expected finite numbers, and step at least 0")
        if np.sort(self.order).tolist() != list(range(DAYS)):
            raise ValueError("order: expected each day of the week once")
        if np.shape(self.open) != (DAYS, HOURS):
            raise ValueError(f"open: expected flags of shape {(DAYS, HOURS)}")
        if not self.lower <= self.upper:
            raise ValueError("lower: expected a number up to upper")
        freeze(self, "order", "open")

    @property
    def makes(self) -> tuple[int, ...]:
        return (self.time,)

    @property
    def needs(self) -> tuple[int, ...]:
        return tuple(j for j in (self.count, self.weekday, self.rest) if j >= 0)

    @property
    def rejects(self) -> bool:
        return True

    def make(self, x: Floats, /) -> None:
        day = x[self.count] * (DAYS if self.weekly else 1.0)
        if self.weekday >= 0:
            rank = np.clip(np.nan_to_num(x[self.weekday]), 0, DAYS - 1).astype(np.int64)
            day = day + self.order[rank]
        time = self.origin + day * self.per_day
        if self.rest >= 0:
            time = time + (x[self.rest] - self.cut)
        x[self.time] = on_grid(time, self.step)

    def split(self, x: Floats, /) -> None:
        day, rest = self.parted(x[self.time])
        weekday = np.mod(day, DAYS)
        x[self.count] = np.floor(day / DAYS) if self.weekly else day
        if self.weekday >= 0:
            known = ~np.isnan(day)
            rank = np.argsort(self.order)[weekday[known].astype(np.int64)]
            x[self.weekday] = np.nan
            x[self.weekday][known] = rank
        if self.rest >= 0:
            whole = self.weekly and self.weekday < 0
            x[self.rest] = rest + self.cut + (weekday * self.per_day if whole else 0.0)

    def holds(self, x: Floats, /) -> Bools:
        day, rest = self.parted(x[self.time])
        known = ~np.isnan(day)
        hour = np.clip(np.floor(rest[known] / self.per_day * HOURS + SLACK), 0, HOURS - 1)
        weekday = np.mod(day[known], DAYS)
        ok = np.ones(day.shape, dtype=np.bool_)
        ok[known] = self.open[weekday.astype(np.int64), hour.astype(np.int64)]
        return np.asarray(ok & ~((day < self.lower) | (day > self.upper)))

    def parted(self, time: Floats) -> tuple[Floats, Floats]:
        """Return the day of each time since `origin`, and the time since that day began."""
        since = time - self.origin
        day = np.floor(since / self.per_day + SLACK)
        return day, np.maximum(since - day * self.per_day, 0.0)
