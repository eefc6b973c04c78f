"""What has been drawn of rows of a tree copula so far, and what their next variable is like."""

from typing import TYPE_CHECKING

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth.copulas.tree.forest import Forest
from copulasynth.copulas.tree.linear_index import LinearIndex

if TYPE_CHECKING:
    from copulasynth.copulas.tree.copula import TreeCopula


class TreeState:
    """What has been drawn so far: raw values, normal scores, and the index in the last row.

    Parameters
    ----------
    copula : TreeCopula
    n : int
        Rows.
    tile : int, optional
        Rows of which matrix products are made, n if it is not given; those of the last tile that
        are not there are zeros. BLAS may round the same rows differently in a product of another
        width.
    """

    def __init__(self, copula: "TreeCopula", n: int, tile: int | None = None) -> None:
        self.copula = copula
        self.raw = np.empty((copula.dim + 1, n))
        # in the order of drawing: an index is a product with the first rows, without a copy
        self.tile = max(n, 1) if tile is None else tile
        self.score = np.zeros((copula.weights.shape[1], -(-n // self.tile) * self.tile))
        self.offsets = copula.forest.offsets(n)

    def look(self, j: int) -> Floats:
        """Write the linear index of variable j into the last row, and return it."""
        line: Floats = self.raw[-1]
        weights = self.copula.weights[j, : self.copula.rank[j]]
        if weights.any():
            for a in range(0, len(line), self.tile):
                rows = slice(a, a + self.tile)
                part = line[rows]
                part[:] = (weights @ self.score[: len(weights), rows])[: len(part)]
        else:
            line[:] = 0.0
        return line

    def reach(self, j: int) -> tuple[Ints, Floats]:
        """Return the leaves of every tree and by how much each moves its law, (bags, n)."""
        forest = self.copula.forest
        index = self.look(j)
        leaves = forest.leaves(j, self.raw, self.offsets)
        return leaves, forest.slope[leaves] * (index - forest.centre[leaves])

    def shut(self, j: int) -> Bools:
        """Return where the gate of variable j, or one in the chain behind it, is shut."""
        k = self.copula.gate[j]
        if k < 0:
            return np.zeros(self.raw.shape[1], dtype=np.bool_)
        gate = self.raw[k]
        outside = (gate <= self.copula.gate_low[j]) | (gate > self.copula.gate_high[j])
        return np.asarray(outside | self.shut(k) if self.copula.gate[k] >= 0 else outside)

    def put(self, j: int, u: Floats, w: Floats) -> None:
        """Store variable j; where its gate is shut its value means nothing, and is w."""
        raw = self.place(j, u, w)
        if self.copula.index.used[j]:
            self.note(j, self.copula.index.score(j, raw))

    def place(self, j: int, u: Floats, w: Floats) -> Floats:
        """Store the values of variable j as `put` does, without their scores, and return them."""
        raw: Floats = self.raw[j]
        raw[:] = np.where(self.shut(j), w, u) if self.copula.gate[j] >= 0 else u
        return raw

    def note(self, j: int, score: Floats) -> None:
        """Store the normal scores of variable j."""
        self.score[self.copula.rank[j], : len(score)] = score


def moved_back(index: LinearIndex, j: int, u: Floats, by: Floats) -> Floats:
    """Return where u_j stood before each tree of the bag moved it, (bags, n)."""
    return np.stack([index.shift(j, u, -b) for b in by])


def density_at(
    index: LinearIndex, forest: Forest, j: int, u: Floats, leaves: Ints, by: Floats
) -> Floats:
    """Return the bag's mean density, the leaf laws moved by `by` normal scores."""
    before = moved_back(index, j, u, by)
    inside, z = index.position(j, u)
    change = np.ones_like(by)
    start = z - by[:, inside]
    change[:, inside] = np.exp(0.5 * (z * z - start * start))
    return floats((forest.density(leaves, before) * change).mean(axis=0))
