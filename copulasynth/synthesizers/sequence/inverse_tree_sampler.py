"""How an inverted tree draws: a leaf, then every column on its own within it."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from copulasynth._arrays import EndlessFloats, Floats, Ints
from copulasynth.synthesizers.sequence.sampler import by_chunks
from copulasynth.synthesizers.training_rows import Layout, TrainingRows

__all__ = ["InverseTreeSampler"]


@dataclass(frozen=True, slots=True, eq=False)
class InverseTreeSampler:
    """Leaves of a tree: their training rows and, for uniform draws, their boxes.

    Attributes
    ----------
    target : int
        The variable that the tree explains.
    rows : TrainingRows
        Sorted by leaf. For uniform draws only the target and the states are kept, the rest is 0.
    offset : (leaves + 1,) int64
        Where the rows of each leaf begin.
    low, high : (leaves, d) float64
        The box of each leaf: ends of an interval for numbers (first and last grid number where
        values lie on a grid), positions in `codes` for nominal variables.
    codes : float64
        Levels that the leaves admit.
    """

    layout: Layout
    target: int
    within: Literal["empirical", "uniform"]
    rows: TrainingRows
    offset: Ints
    low: EndlessFloats
    high: EndlessFloats
    codes: Floats
    _leaf: Ints = field(init=False, repr=False)
    _values: Floats = field(init=False, repr=False)
    holds_training_rows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        n, d = self.rows.values.shape
        leaves = len(self.offset) - 1
        count = np.diff(self.offset)
        if d != self.layout.dim or not 0 <= self.target < d:
            raise ValueError("rows, layout and target differ in their variables")
        if self.offset[0] != 0 or self.offset[-1] != n or (count < 1).any():
            raise ValueError("every leaf needs a row")
        uniform = self.within == "uniform"
        for name in ("low", "high"):
            # An array without rows comes from a file without its second dimension.
            boxes = getattr(self, name).reshape(leaves * uniform, d)
            object.__setattr__(self, name, boxes)
        if (self.low > self.high).any():
            raise ValueError("a box is empty")
        nominal = [kind == "nominal" for kind in self.layout.kinds]
        if uniform and any(nominal) and self.high[:, nominal].max() > len(self.codes):
            raise ValueError("a box admits levels that are not listed")
        object.__setattr__(self, "_leaf", np.repeat(np.arange(leaves), count))
        object.__setattr__(self, "_values", np.ascontiguousarray(self.rows.x.T))

    @property
    def dim(self) -> int:
        return self.layout.dim

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return by_chunks(self._rows, self.dim, n, rng)

    def _rows(self, m: int, rng: np.random.Generator) -> Floats:
        leaf = self._leaf.take(rng.integers(len(self._leaf), size=m))
        start, count = self.offset.take(leaf), np.diff(self.offset).take(leaf)
        x = np.empty((self.dim, m))
        for c in np.unique(self.layout.columns):
            donor = start + (rng.random(m) * count).astype(np.int64)
            for j in np.flatnonzero(self.layout.columns == c):
                if (
                    self.within == "empirical"
                    or j == self.target
                    or self.layout.kinds[j] == "state"
                ):
                    x[j] = self._values[j].take(donor)
                else:
                    x[j] = self._in_box(int(j), leaf, rng)
        self.layout.blank(x)
        return x

    def _in_box(self, j: int, leaf: Ints, rng: np.random.Generator) -> Floats:
        """Draw uniform values of one variable within the boxes of the leaves."""
        low, high, u = self.low[:, j].take(leaf), self.high[:, j].take(leaf), rng.random(len(leaf))
        if self.layout.kinds[j] == "nominal":
            return self.codes.take((low + u * (high - low)).astype(np.int64))
        step = self.layout.steps[j]
        if step > 0.0:
            return np.asarray(step * (low + np.floor(u * (high - low + 1.0))))
        return low + u * (high - low)
