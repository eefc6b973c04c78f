"""A derivation that its target keeps to within some steps: shares of a hundred, each rounded.

Parts that were rounded one by one do not sum to their total, but to a step or two beside it. What
they are off by is a coordinate of its own, so that it has its law.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from copulasynth._arrays import Bools, Floats, on_grid
from copulasynth.rules.identity.kinds import Derivation
from copulasynth.schema.column import Variable

__all__ = ["Within", "within"]

#: Up to so many different values of what rows are off by are a list of values.
LIST = 20


@dataclass(frozen=True, slots=True, eq=False)
class Within:
    """A derivation with one part: what the target is off by, at most the derivation's room.

    Attributes
    ----------
    derivation : Derivation
    off : int
        The coordinate of the part.
    """

    derivation: Derivation
    off: int

    def __post_init__(self) -> None:
        if self.off < 0 or self.off in (self.derivation.target, *self.derivation.parents):
            raise ValueError("what a row is off by is a part of its own")

    @property
    def makes(self) -> tuple[int, ...]:
        return self.derivation.makes

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.off, *self.derivation.parents)

    @property
    def rejects(self) -> bool:
        return True

    def make(self, x: Floats, /) -> None:
        """Fill in the target: what is derived, and what it is off by."""
        d = self.derivation
        y = d.of(x) + x[self.off]
        x[d.target] = on_grid(y, d.step)

    def split(self, x: Floats, /) -> None:
        """Fill in what the target is off by."""
        d = self.derivation
        off = x[d.target] - d.of(x)
        x[self.off] = on_grid(off, d.step)

    def obeys(self, x: Floats) -> Bools:
        """Return where the target is near what its parents make it, or where that is not known."""
        return self.derivation.obeys(x)

    def holds(self, x: Floats, /) -> Bools:
        """Return whether each row obeys within the range, (n,)."""
        return self.derivation.holds(x)


def within(d: Derivation, x: Floats, variable: Variable, taken: int) -> tuple[Within, Variable]:
    """Return the rule, whose part follows the `taken` coordinates of x, (n, D), and the part."""
    rule = Within(d, taken)
    off = np.vstack([x.T, np.full(len(x), np.nan)])
    rule.split(off)
    own = off[taken]
    few = np.unique(own[own == own]).size <= LIST
    kind: Literal["discrete", "continuous"] = "discrete" if few else "continuous"
    name = f"{variable.name} [off]"
    return rule, Variable(name, variable.column, kind, 0, d.step or None, -d.room, d.room)
