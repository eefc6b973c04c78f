"""Dates that keep to some days of the month, such as its first or its last day."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, freeze

__all__ = ["LAST", "SLACK", "MonthRule", "months_of"]

#: Stands for the last day of a month, whichever it is; other days are their numbers.
LAST = 0
#: Part of a day that rounding errors stay below.
SLACK = 1e-9


def months_of(day: Floats) -> tuple[Ints, Ints, Ints]:
    """Return months since January 1970 of days since then, the day of the month, and days left."""
    whole = np.floor(day + SLACK).astype(np.int64)
    month = whole.astype("M8[D]").astype("M8[M]")
    first, following = (
        m.astype("M8[D]").astype(np.int64) for m in (month, month + np.timedelta64(1, "M"))
    )
    return month.astype(np.int64), whole - first + 1, following - 1 - whole


@dataclass(frozen=True, slots=True, eq=False)
class MonthRule:
    """Coordinate `time` is made from the number of a month, and which of its days it is.

    Attributes
    ----------
    time, count : int
        What is made, and the part that counts every `every`-th month from `phase` on.
    which : int
        The part that tells the day by its rank in `days`, or -1 where there is but one.
    per_day, origin : float
        Units of `time` in a day, and its value when 1970 began.
    every, phase : int
        1 for all months, 3 for quarters, 12 for years; and the first of them in 1970.
    days : (k,) int64
        Days of the month, :data:`LAST` for its last one.
    """

    time: int
    count: int
    which: int
    per_day: float
    origin: float
    every: int
    phase: int
    days: Ints

    def __post_init__(self) -> None:
        used = [self.time, self.count, *([self.which] if self.which != -1 else [])]
        if min(used) < 0 or len(set(used)) < len(used):
            raise ValueError("a calendar of months names different coordinates")
        if not (0 < self.per_day < np.inf and np.isfinite(self.origin)):
            raise ValueError("per_day, origin: expected a positive number and a finite one")
        if not 0 <= self.phase < self.every:
            raise ValueError("phase: expected a number from 0 on, below every")
        freeze(self, "days")
        if not self.days.size or self.days.min() < 0 or self.days.max() > 31:
            raise ValueError("days: expected days of a month, 0 for its last one")
        if (self.which == -1) != (len(self.days) == 1):
            raise ValueError("which: expected a part that tells several days apart")

    @property
    def makes(self) -> tuple[int, ...]:
        return (self.time,)

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.count,) if self.which < 0 else (self.count, self.which)

    @property
    def rejects(self) -> bool:
        return False

    def make(self, x: Floats, /) -> None:
        known = ~np.isnan(x[self.count])
        month = np.round(x[self.count][known]).astype(np.int64) * self.every + self.phase
        rank = np.zeros(month.shape, dtype=np.int64)
        if self.which >= 0:
            rank = np.clip(np.nan_to_num(x[self.which][known]), 0, len(self.days) - 1).astype(int)
        first, following = (
            (month + k).astype("M8[M]").astype("M8[D]").astype(np.int64) for k in (0, 1)
        )
        own = self.days[rank]
        # a month of few days ends on its last one
        day = np.where(own == LAST, following - 1, np.minimum(first + own - 1, following - 1))
        x[self.time] = np.nan
        x[self.time][known] = self.origin + day * self.per_day

    def split(self, x: Floats, /) -> None:
        known, month, rank = self._parted(x[self.time])
        x[self.count] = np.nan
        x[self.count][known] = np.floor((month - self.phase) / self.every)
        if self.which >= 0:
            x[self.which] = np.nan
            x[self.which][known] = np.where(rank < 0, np.nan, rank)

    def holds(self, x: Floats, /) -> Bools:
        known, month, rank = self._parted(x[self.time])
        ok = np.ones(known.shape, dtype=np.bool_)
        since = (x[self.time][known] - self.origin) / self.per_day
        whole = np.abs(since - np.round(since)) < SLACK * np.maximum(1.0, np.abs(since))
        ok[known] = whole & (rank >= 0) & ((month - self.phase) % self.every == 0)
        return ok

    def _parted(self, time: Floats) -> tuple[Bools, Ints, Ints]:
        """Return which times are known, their months, and the ranks of their days or -1."""
        known = ~np.isnan(time)
        month, day, left = months_of((time[known] - self.origin) / self.per_day)
        rank = np.full(month.shape, -1)
        for k, own in enumerate(self.days.tolist()):
            rank[(left == 0) if own == LAST else (day == own)] = k
        return known, month, rank
