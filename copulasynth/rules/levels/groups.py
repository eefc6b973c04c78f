"""What the rows of a group have in common: values of coordinates that are the same in all."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, floats, freeze
from copulasynth.rules.levels.patterns import matched, put_patterns

__all__ = ["GroupRule"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupRule:
    """Coordinates have the values of a group, or of one of several that a part tells.

    Attributes
    ----------
    makes : tuple of int
        Coordinates that are the same in all rows of a group.
    levels : (K, m) float64
        Their values in each group; 0 where they are missing, as a state among them says.
    part : int
        The coordinate that says which group a row is of; -1 where there is one group only.
    """

    makes: tuple[int, ...]
    levels: Floats
    part: int = -1

    def __post_init__(self) -> None:
        freeze(self, "levels")
        levels = floats(self.levels, 2)
        if levels.shape[1] != len(self.makes) or not len(levels) or not np.isfinite(levels).all():
            raise ValueError("groups need finite levels, one column a coordinate that they make")
        if min((0, *self.makes)) < 0 or len({*self.makes, self.part}) <= len(self.makes):
            raise ValueError("a group names different coordinates, from 0 on")
        if self.part < 0 and len(levels) > 1:
            raise ValueError("several groups need a part that says which a row is of")

    @property
    def needs(self) -> tuple[int, ...]:
        return () if self.part < 0 else (self.part,)

    @property
    def rejects(self) -> bool:
        return False

    def make(self, x: Floats, /) -> None:
        if self.part >= 0:
            put_patterns(x, self.part, self.makes, self.levels)
            return
        for j, value in zip(self.makes, self.levels[0], strict=True):
            x[j] = value

    def split(self, x: Floats, /) -> None:
        if self.part >= 0:
            x[self.part] = matched(np.nan_to_num(x[list(self.makes)]), self.levels)

    def holds(self, x: Floats, /) -> Bools:
        own = x[list(self.makes)]
        if not len(own):
            return np.ones(x.shape[1], dtype=np.bool_)
        seen = ~np.isnan(matched(np.nan_to_num(own), self.levels))
        return seen | np.isnan(own).any(axis=0)
