"""Rosenblatt-tree copula: every conditional law u_j | u_1, .., u_(j-1) is a bag of trees.

The order of drawing, the trees and the leaf laws together are the inverse Rosenblatt transform
(Rosenblatt 1952, Ann. Math. Statist. 23:470) of a copula, up to the uniformity of its margins,
which a stored monotone map of each variable restores. See docs/decisions on what that is and
what it is not.
"""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, floats, freeze
from copulasynth.copulas.api import UNIFORM, Scale, Summary
from copulasynth.copulas.margins import check_knots, even, even_density, even_scale, uneven_rows
from copulasynth.copulas.tree.forest import Forest, fetch
from copulasynth.copulas.tree.linear_index import LinearIndex

__all__ = ["TreeCopula"]

CHUNK = 4096


class TreeState:
    """What has been drawn so far: raw values, normal scores, and the index in the last row.

    Parameters
    ----------
    copula : TreeCopula
    n : int
        Rows.
    width : int, optional
        Rows that the scores have room for, at least n. Matrix products take all of them: BLAS
        may round the same rows differently in a product of another width.
    """

    def __init__(self, copula: "TreeCopula", n: int, width: int | None = None) -> None:
        self.copula = copula
        self.raw = np.zeros((copula.dim + 1, n))
        self.score = np.zeros((copula.dim, n if width is None else width))
        self.offsets = copula.forest.offsets(n)

    def look(self, j: int) -> Floats:
        """Write the linear index of variable j into the last row, and return it."""
        weights = self.copula.index.weights[j]
        used = np.flatnonzero(weights)
        line: Floats = self.raw[-1]
        line[:] = (weights[used] @ self.score[used])[: len(line)]
        return line

    def reach(self, p: int, j: int) -> tuple[Ints, Floats]:
        """Return the leaves of every tree and by how much each moves its law, (bags, n)."""
        forest = self.copula.forest
        index = self.look(j)
        leaves = forest.leaves(p, self.raw, self.offsets)
        return leaves, forest.slope[leaves] * (index - forest.centre[leaves])

    def shut(self, j: int) -> Bools:
        """Return where the gate of variable j is shut."""
        k = self.copula.gate[j]
        if k < 0:
            return np.zeros(self.raw.shape[1], dtype=np.bool_)
        gate = self.raw[k]
        return np.asarray((gate <= self.copula.gate_low[j]) | (gate > self.copula.gate_high[j]))

    def put(self, j: int, u: Floats, w: Floats) -> None:
        """Store variable j; where its gate is shut its value means nothing, and is w."""
        self.raw[j] = np.where(self.shut(j), w, u) if self.copula.gate[j] >= 0 else u
        if self.copula.index.used[j]:
            self.score[j, : self.raw.shape[1]] = self.copula.index.score(j, self.raw[j])


@dataclass(frozen=True, slots=True, eq=False)
class TreeCopula:
    """A fitted Rosenblatt-tree copula.

    Attributes
    ----------
    order : (d,) int64
        The order in which variables are drawn.
    forest : Forest
        Row p of its roots holds the trees of variable `order[p]`, which test earlier variables.
    index : LinearIndex
        Linear indices that leaf laws follow; trees know the index of their variable as number d.
    gate : (d,) int64
        The variable that says whether variable j has a value at all, or -1. Where it says no,
        u_j is independent of everything.
    gate_low, gate_high : (d,) float64
        u_j has a value where gate_low < u_gate <= gate_high.
    knots : (d, k) float64
        Distribution function of what the trees draw at equal steps, 0 to 1: mapping by it makes
        the margins uniform.
    """

    order: Ints
    forest: Forest
    index: LinearIndex
    gate: Ints
    gate_low: Floats
    gate_high: Floats
    knots: Floats

    def __post_init__(self) -> None:
        freeze(self, "order", "gate", "gate_low", "gate_high", "knots")
        d = len(self.order)
        if not isinstance(self.forest, Forest) or not isinstance(self.index, LinearIndex):
            raise TypeError("forest and index must be a Forest and a LinearIndex")
        if d < 1 or sorted(self.order.tolist()) != list(range(d)):
            raise ValueError("order must be a permutation of the variables")
        if self.forest.roots.shape[0] != d or int(self.forest.feature.max(initial=-1)) > d:
            raise ValueError("the forest does not fit the number of variables")
        if any(a.shape != (d,) for a in (self.gate, self.gate_low, self.gate_high)):
            raise ValueError("gates need one entry a variable")
        place = np.empty(d, dtype=np.int64)
        place[self.order] = np.arange(d)
        for j in np.flatnonzero(self.gate >= 0):
            if self.gate[j] >= d or place[self.gate[j]] >= place[j]:
                raise ValueError("a gate must be a variable that is drawn earlier")
        if len(self.index.low) != d:
            raise ValueError("the index does not fit the number of variables")
        check_knots(self.knots, d)

    @property
    def dim(self) -> int:
        return len(self.order)

    def scale(self, j: int, /) -> Scale:
        """Return the scale of `draw`: what the trees draw, whose margins are not uniform yet."""
        return even_scale(UNIFORM, self.knots[j])

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n), prefix-stable; each entry asks one random tree of its bag."""
        out = np.empty((self.dim, n))
        for k, child in enumerate(rng.spawn(-(-n // CHUNK))):
            self._draw_chunk(out[:, k * CHUNK : (k + 1) * CHUNK], child)
        return out

    def _draw_chunk(self, out: Floats, rng: np.random.Generator) -> None:
        """Fill `out` with the first rows of the chunk, whose random numbers are all drawn."""
        n = out.shape[1]
        state = TreeState(self, n, CHUNK)
        bags = self.forest.roots.shape[1]
        for p, j in enumerate(self.order):
            w = rng.random(CHUNK)[:n]
            bag = rng.integers(bags, size=CHUNK)[:n]
            index = state.look(j)
            roots = fetch(self.forest.roots[p], bag)
            leaf = self.forest.descend(roots, state.raw, state.offsets)
            u = self.forest.pick(leaf, w)
            if self.index.low[j] < self.index.high[j]:
                by = index - fetch(self.forest.centre, leaf)
                by *= fetch(self.forest.slope, leaf)
                u = self.index.shift(j, u, by)
            state.put(j, u, w)
            out[j] = state.raw[j]

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows, (n, d); the bag's mean law is inverted by bisection."""
        w = np.asarray(w, dtype=np.float64)
        state = TreeState(self, len(w))
        out = np.empty_like(w)
        for p, j in enumerate(self.order):
            leaves, by = state.reach(p, j)
            low, high = np.zeros(len(w)), np.ones(len(w))
            for _ in range(54):
                mid = 0.5 * (low + high)
                below = self.forest.cdf(leaves, self._back(j, mid, by)) < w[:, j]
                low, high = np.where(below, mid, low), np.where(below, high, mid)
            state.put(j, 0.5 * (low + high), w[:, j])
            out[:, j] = even(state.raw[j], self.knots[j])
        return out

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows to independent uniforms, (n, d) -> (n, d)."""
        raw = uneven_rows(u, self.knots)
        state = TreeState(self, raw.shape[1])
        w = np.empty((raw.shape[1], self.dim))
        for p, j in enumerate(self.order):
            leaves, by = state.reach(p, j)
            w[:, j] = self.forest.cdf(leaves, self._back(j, raw[j], by))
            state.put(j, raw[j], raw[j])
            w[:, j] = np.where(state.shut(j), raw[j], w[:, j])
        return w

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density of each row."""
        raw = uneven_rows(u, self.knots)
        state = TreeState(self, raw.shape[1])
        total = np.zeros(raw.shape[1])
        for p, j in enumerate(self.order):
            leaves, by = state.reach(p, j)
            density = self._density(j, raw[j], leaves, by)
            state.put(j, raw[j], raw[j])
            with np.errstate(divide="ignore"):
                total += np.log(np.where(state.shut(j), 1.0, density)) + np.log(
                    even_density(raw[j], self.knots[j])
                )
        return total

    def summary(self) -> Summary:
        """Return the kind: what trees say of pairs, their draws say."""
        return Summary("tree")

    def _back(self, j: int, u: Floats, by: Floats) -> Floats:
        """Return where u_j stood before each tree of the bag moved it, (bags, n)."""
        return np.stack([self.index.shift(j, u, -b) for b in by])

    def _density(self, j: int, u: Floats, leaves: Ints, by: Floats) -> Floats:
        """Return the bag's mean density, the leaf laws moved by `by` normal scores."""
        before = self._back(j, u, by)
        inside, z = self.index.position(j, u)
        change = np.ones_like(by)
        start = z - by[:, inside]
        change[:, inside] = np.exp(0.5 * (z * z - start * start))
        return floats((self.forest.density(leaves, before) * change).mean(axis=0))
