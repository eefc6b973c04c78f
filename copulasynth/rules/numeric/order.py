"""One variable that is never greater than another: a start and an end, a part and a whole."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Endless, Floats, on_grid

__all__ = ["OrderRule"]

#: Part of a grid step that rounding errors stay below.
SLACK = 1e-6
#: Largest origin, unit and step of a file that is read.
LARGEST = 1e300


@dataclass(frozen=True, slots=True, eq=False)
class OrderRule:
    """Coordinate `low` is at most `high`, or below it, where both are there.

    Values are compared as ``origin + unit * x``. The one that is made lies at a gap from the other
    that is a part of its own: the steps on the grid of the one that is made between it and the
    nearest value that obeys. So a tie is a gap of 0, and adding the gap to any other value breaks
    nothing. In place of the gap the part can be the ratio of the one that is made to the other.
    Without a part rows that break the order are drawn again.

    Attributes
    ----------
    low, high : int
    part : int
        Coordinate of the gap or the ratio, or -1.
    upward : bool
        Whether `high` is made from `low` and the part, and not `low` from `high`.
    ratio : bool
        Whether the part is a ratio.
    strict : bool
        Whether equal values break the rule.
    loose : bool
        Whether a share of the rows may break it; the gap can be negative then.
    origins, units, steps : (float, float)
        Of `low` and of `high`; a step of 0 is no grid.
    lower, upper : float
        Bounds of the one that is made; a row that leaves them is drawn again.
    """

    low: int
    high: int
    part: int = -1
    upward: bool = True
    ratio: bool = False
    strict: bool = False
    loose: bool = False
    origins: tuple[float, float] = (0.0, 0.0)
    units: tuple[float, float] = (1.0, 1.0)
    steps: tuple[float, float] = (0.0, 0.0)
    lower: Endless = -np.inf
    upper: Endless = np.inf

    def __post_init__(self) -> None:
        if min(self.low, self.high) < 0 or self.part < -1:
            raise ValueError("an order names two coordinates, and may name a part")
        if self.low == self.high or self.part in (self.low, self.high):
            raise ValueError("the coordinates of an order differ")
        if not all(abs(v) <= LARGEST for v in self.origins):
            raise ValueError("origins: expected finite numbers")
        if not all(1 / LARGEST <= v <= LARGEST for v in self.units):
            raise ValueError("units: expected positive numbers")
        if not all(0 <= v <= LARGEST for v in self.steps):
            raise ValueError("steps: expected numbers of at least 0")
        if self.ratio and self.part < 0:
            raise ValueError("a ratio needs a part")
        if not self.lower <= self.upper:
            raise ValueError("lower: expected a number up to upper")

    @property
    def made(self) -> int:
        """The coordinate that lies at a gap from the other."""
        return self.high if self.upward else self.low

    @property
    def base(self) -> int:
        """The coordinate that the gap is counted from."""
        return self.low if self.upward else self.high

    @property
    def makes(self) -> tuple[int, ...]:
        return () if self.part < 0 else (self.made,)

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.low, self.high) if self.part < 0 else (self.base, self.part)

    @property
    def rejects(self) -> bool:
        return not self.loose

    @property
    def step(self) -> float:
        """The grid of the one that is made, and of its gap."""
        return self.steps[1] if self.upward else self.steps[0]

    def make(self, x: Floats, /) -> None:
        if self.part >= 0:
            x[self.made] = self.at(x[self.base], x[self.part])

    def split(self, x: Floats, /) -> None:
        if self.part >= 0:
            gap = self.gap(x[self.base], x[self.made])
            # beyond 2**53 a tie may seem to be a step below
            x[self.part] = gap if self.ratio or self.loose else np.maximum(gap, 0.0)

    def holds(self, x: Floats, /) -> Bools:
        made = x[self.made]
        ok = self.obeyed(x[self.low], x[self.high])
        if self.part >= 0 and not self.loose:
            ok &= ~((made < self.lower) | (made > self.upper))
        return ok

    def obeyed(self, low: Floats, high: Floats) -> Bools:
        """Return whether values obey, (n,); those that are not known do."""
        gap = self.distance(low, high)
        return ~(gap <= self.slack if self.strict else gap < -self.slack)

    @property
    def slack(self) -> float:
        """A distance that is none."""
        return 0.25 * min(s * u for s, u in zip(self.steps, self.units, strict=True))

    def distance(self, low: Floats, high: Floats) -> Floats:
        """Return how far `high` lies above `low`, in units of neither."""
        between = self.origins[1] - self.origins[0]
        return np.asarray(self.units[1] * high - self.units[0] * low + between)

    def gap(self, base: Floats, made: Floats) -> Floats:
        """Return the part: how far the made value lies from the nearest one that obeys."""
        if self.ratio:
            base = self._value(base, not self.upward)
            return np.asarray(self._value(made, self.upward) / np.where(base == 0.0, np.nan, base))
        gap = made - self._nearest(base) if self.upward else self._nearest(base) - made
        return on_grid(gap, self.step)

    def at(self, base: Floats, gap: Floats) -> Floats:
        """Return the value at a gap from the nearest one that obeys, or at a ratio to the base."""
        nearest = self._nearest(base)
        if self.ratio:
            own = 1 if self.upward else 0
            value = self._value(base, not self.upward) * gap - self.origins[own]
            value = on_grid(value / self.units[own], self.step)
            if self.loose:
                return value
            return np.maximum(value, nearest) if self.upward else np.minimum(value, nearest)
        return on_grid(nearest + gap if self.upward else nearest - gap, self.step)

    def _value(self, x: Floats, high: bool) -> Floats:
        """Return the numbers of `low` or of `high` that compare, and have a ratio."""
        return np.asarray(self.origins[high] + self.units[high] * x)

    def _nearest(self, base: Floats) -> Floats:
        """Return the value nearest to the base that the made one may have, on its grid."""
        own, other = (1, 0) if self.upward else (0, 1)
        value = self.units[other] * base + (self.origins[other] - self.origins[own])
        value = value / self.units[own]
        if self.step == 0.0:
            return np.asarray(value)
        k = value / self.step
        if self.upward:
            k = np.floor(k + SLACK) + 1.0 if self.strict else np.ceil(k - SLACK)
        else:
            k = np.ceil(k - SLACK) - 1.0 if self.strict else np.floor(k + SLACK)
        return np.asarray(k * self.step)
