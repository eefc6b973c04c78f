"""What changes about coordinates when a model is made coarse, as rules are told it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints

__all__ = ["Codes", "Reach", "Rewriting"]


class Reach(Protocol):
    """What can still be drawn."""

    def codes(self, j: int, /) -> Ints:
        """Return the codes that coordinate j can still have."""

    def steps(self, edges: Floats, j: int, of: Callable[[Floats], Floats], /) -> Ints:
        """Return the steps of a function of `of` coordinate j on which it can still stand."""


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """The codes of a coordinate that are left, out of `size`; they are numbered anew."""

    kept: Ints
    size: int

    @property
    def same(self) -> bool:
        """Whether every code stays."""
        return len(self.kept) == self.size

    def of(self, codes: Floats) -> Floats:
        """Return the new numbers of codes, -1 of those that are no more."""
        at = np.minimum(np.searchsorted(self.kept, codes), len(self.kept) - 1)
        return np.where(self.kept[at] == codes, at, -1.0)

    def edges(self, edges: Floats) -> Floats:
        """Return points between codes as points between new numbers."""
        return np.asarray(np.searchsorted(self.kept, edges) - 0.5, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Rewriting:
    """How rules are to be written anew.

    Attributes
    ----------
    codes : mapping
        The coordinates whose codes are numbered anew.
    shifts : mapping
        What is added to the numbers of a coordinate.
    x : (D, n) float64
        Drawn coordinates on the former numbers, NaN where they are not looked at.
    weight : float
        Rows of the table that a drawn row stands for.
    k_min : int
    natural : (D, 2) float64
        Bounds that no row made.
    steps : (D,) float64
        Grids of the coordinates, or 0.
    left : Reach
    cells : mapping
        For the cells of a place which other cell each went into.
    """

    codes: Mapping[int, Codes]
    shifts: Mapping[int, float]
    x: Floats
    weight: float
    k_min: int
    natural: Floats
    steps: Floats
    left: Reach
    cells: Mapping[int, Ints] = field(default_factory=dict)

    def coded(self, j: int, values: Floats) -> Floats:
        """Return values of a coordinate as they are written now."""
        if j in self.codes:
            return self.codes[j].of(values)
        return values + self.shifts[j] if j in self.shifts else values

    def few(self, rows: Bools) -> bool:
        """Whether drawn rows stand for too few rows of the table."""
        return bool(rows.sum() * self.weight < self.k_min)

    def bound(self, j: int, bound: float, up: bool) -> float:
        """Return a bound of a coordinate, if it is natural or enough rows reach it, else none."""
        natural = float(self.natural[j, int(up)])
        if not np.isfinite(bound) or bound == natural:
            return bound + self.shifts.get(j, 0.0)
        own = self.x[j]
        if not self.few(np.abs(own - bound) <= 1e-9 * max(1.0, abs(bound))):
            return bound + self.shifts.get(j, 0.0)
        return natural
