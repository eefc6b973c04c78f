"""Two coordinates as a cell of a k-d tree and a point in it, so that empty country stays empty."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, freeze, on_grid

__all__ = ["PlaceRule"]

LARGEST, MOST_CELLS = 1e300, 100_000
#: Part of a box that rounding errors stay below.
SLACK = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class PlaceRule:
    """Coordinates `across` and `up` lie in the box of a cell, at a part of its width and height.

    Attributes
    ----------
    across, up : int
        What is made.
    cell, right, above : int
        The parts: rank of the cell, and the parts of its width and height.
    axes, cuts, lefts, rights : (m,) int64 and float64
        The nodes of the tree: which coordinate is compared with what, and where rows go that do
        not exceed it, and where all others. A number below 0 stands for cell ``-1 - number``;
        a node comes before those below it.
    boxes : (k, 4) float64
        Least and greatest `across`, least and greatest `up` of each cell.
    steps : (float, float)
        Grids of `across` and `up`, or 0.
    """

    across: int
    up: int
    cell: int
    right: int
    above: int
    axes: Ints
    cuts: Floats
    lefts: Ints
    rights: Ints
    boxes: Floats
    steps: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        used = self.across, self.up, self.cell, self.right, self.above
        if min(used) < 0 or len(set(used)) < len(used):
            raise ValueError("a place names five different coordinates")
        nodes = self.axes, self.cuts, self.lefts, self.rights
        cells = len(self.boxes)
        if self.boxes.shape != (cells, 4) or any(a.shape != (cells - 1,) for a in nodes):
            raise ValueError("boxes: expected 4 numbers a cell, and a node less than cells")
        if not 1 <= cells <= MOST_CELLS or not np.isin(self.axes, (0, 1)).all():
            raise ValueError(f"axes: expected 0 or 1, and at most {MOST_CELLS} cells")
        if not all((np.abs(a) <= LARGEST).all() for a in (self.boxes, self.cuts)):
            raise ValueError("boxes, cuts: expected finite numbers")
        if (self.boxes[:, ::2] > self.boxes[:, 1::2]).any():
            raise ValueError("boxes: expected the least before the greatest")
        if not all(0 <= s <= LARGEST for s in self.steps):
            raise ValueError("steps: expected numbers of at least 0")
        below = np.concatenate([self.lefts, self.rights])
        if sorted(below.tolist()) != [*range(-cells, 0), *range(1, cells - 1)][: below.size]:
            raise ValueError("lefts, rights: expected every node and every cell once")
        at = np.arange(cells - 1)
        if any(((a >= 0) & (a <= at)).any() for a in (self.lefts, self.rights)):
            raise ValueError("lefts, rights: expected a node before those below it")
        freeze(self, "axes", "cuts", "lefts", "rights", "boxes")

    @property
    def makes(self) -> tuple[int, ...]:
        return self.across, self.up

    @property
    def needs(self) -> tuple[int, ...]:
        return self.cell, self.right, self.above

    @property
    def rejects(self) -> bool:
        return False

    def make(self, x: Floats, /) -> None:
        cell = np.clip(np.nan_to_num(x[self.cell]), 0, len(self.boxes) - 1).astype(np.int64)
        for k, (made, part) in enumerate(((self.across, self.right), (self.up, self.above))):
            low, high = self.boxes[cell, 2 * k], self.boxes[cell, 2 * k + 1]
            value = low + np.clip(x[part], 0.0, 1.0) * (high - low)
            x[made] = on_grid(value, self.steps[k])

    def split(self, x: Floats, /) -> None:
        known = ~np.isnan(x[self.across] + x[self.up])
        cell = self.cells(x[self.across][known], x[self.up][known])
        x[[self.cell, self.right, self.above]] = np.nan
        x[self.cell, known] = cell
        for k, (made, part) in enumerate(((self.across, self.right), (self.up, self.above))):
            low, high = self.boxes[cell, 2 * k], self.boxes[cell, 2 * k + 1]
            width = np.where(high > low, high - low, np.inf)
            x[part, known] = np.clip((x[made, known] - low) / width, 0.0, 1.0)

    def holds(self, x: Floats, /) -> Bools:
        ok = np.isnan(x[self.across] + x[self.up])
        known = ~ok
        cell = self.cells(x[self.across][known], x[self.up][known])
        inside = np.ones(cell.size, dtype=bool)
        for k, made in enumerate((self.across, self.up)):
            low, high = self.boxes[cell, 2 * k], self.boxes[cell, 2 * k + 1]
            room = SLACK * (high - low) + (0.5 + SLACK) * self.steps[k]
            inside &= (x[made, known] >= low - room) & (x[made, known] <= high + room)
        ok[known] = inside
        return np.asarray(ok)

    def cells(self, across: Floats, up: Floats) -> Ints:
        """Return the cell of each point, (n,)."""
        points = np.stack([across, up])
        node = (
            np.zeros(across.size, dtype=np.int64)
            if self.axes.size
            else -np.ones(across.size, dtype=np.int64)
        )
        while (rows := np.flatnonzero(node >= 0)).size:
            at = node[rows]
            left = points[self.axes[at], rows] <= self.cuts[at]
            node[rows] = np.where(left, self.lefts[at], self.rights[at])
        return -1 - node
