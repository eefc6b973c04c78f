"""A parent that is made from what follows from it, where that would be lost by drawing the parent.

Interest is what is paid back less what was lent: a small difference of large numbers, of whose law
nothing is left where both are drawn. So the interest is drawn, the payment solved for and rounded
to cents, and all that follows from the payment follows as the rules say.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Endless, Floats, on_grid
from copulasynth.rules.identity.kinds import Derivation

__all__ = ["Backward"]


@dataclass(frozen=True, slots=True, eq=False)
class Backward:
    """A member of relations that is solved for a part: what follows from it, before it is rounded.

    Attributes
    ----------
    path : tuple of Derivation
        The first makes what the part is; each further one makes a parent of the one before it.
    made : int
        The parent of the last that is solved for.
    part : int
        Coordinate that is drawn in its place.
    lower, upper : float
        Bounds of what is made; a row that leaves them is drawn again.
    step : float
        Grid to which it is rounded, 0 for none.
    grid : float
        Grid on which the function of the path lies by itself, 0 for none.
    """

    path: tuple[Derivation, ...]
    made: int
    part: int
    lower: Endless = -np.inf
    upper: Endless = np.inf
    step: float = 0.0
    grid: float = 0.0

    def __post_init__(self) -> None:
        if not self.path or min(self.made, self.part) < 0:
            raise ValueError("what is solved for names coordinates, and derivations to solve")
        if any(to not in d.parents for d, to in self._links):
            raise ValueError("each derivation of a path makes a parent of the one before it")
        if self.part in {j for d in self.path for j in (d.target, *d.parents)}:
            raise ValueError("the part of what is solved for is no variable of its relations")
        if self.made in self.needs:
            raise ValueError("a variable cannot be solved for by itself")
        if not self.lower <= self.upper:
            raise ValueError("lower: expected a number up to upper")
        if not (0 <= self.step < np.inf and 0 <= self.grid < np.inf):
            raise ValueError("step and grid: expected numbers that are not negative")

    @property
    def _links(self) -> Iterator[tuple[Derivation, int]]:
        """The derivations of the path, each with the parent that the path goes on to."""
        places = [*(d.target for d in self.path), self.made]
        return zip(self.path, places[1:], strict=True)

    @property
    def makes(self) -> tuple[int, ...]:
        return (self.made,)

    @property
    def needs(self) -> tuple[int, ...]:
        others = (j for d, to in self._links for j in d.parents if j != to)
        return (self.part, *dict.fromkeys(others))

    @property
    def rejects(self) -> bool:
        return True

    def make(self, x: Floats, /) -> None:
        """Solve for the parent, in place, (D, n)."""
        y = x[self.part]
        for d, to in self._links:
            y = d.inverse(y, x, d.parents.index(to))
        y = on_grid(y, self.step)
        x[self.made] = np.where(np.isfinite(y), y, self._beyond)

    @property
    def _beyond(self) -> float:
        """A number beyond the bounds, if there are any: what cannot be solved is drawn again."""
        if np.isfinite(self.lower):
            return self.lower - abs(self.lower) - self.step - 1.0
        return self.upper + abs(self.upper) + self.step + 1.0 if np.isfinite(self.upper) else 0.0

    def split(self, x: Floats, /) -> None:
        """Fill in the part, (D, n): what the parents make, or what is known of it."""
        y = x[self.made]
        for d, to in [*self._links][::-1]:
            parents = x[list(d.parents)]
            parents[d.parents.index(to)] = y
            y = d.rule(parents)
        if self.grid > 0:
            y = np.round(y / self.grid) * self.grid
        x[self.part] = np.where(np.isnan(y), x[self.path[0].target], y)

    def holds(self, x: Floats, /) -> Bools:
        """Return where what is made lies in its bounds, half a step aside, or is not known."""
        y, slack = x[self.made], self.step / 2
        return np.asarray(~((y < self.lower - slack) | (y > self.upper + slack)))
