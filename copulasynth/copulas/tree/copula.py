"""Rosenblatt-tree copula: every conditional law u_j | u_1, .., u_(j-1) is a bag of trees.

The order of drawing, the trees and the leaf laws together are the inverse Rosenblatt transform
(Rosenblatt 1952, Ann. Math. Statist. 23:470) of a copula, up to the uniformity of its margins,
which a stored monotone map of each variable restores. See docs/decisions on what that is and
what it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Codes, Floats, Ints, freeze, frozen, put
from copulasynth.copulas.api import UNIFORM, Copula, Scale, Summary
from copulasynth.copulas.bin_lookup import BinLookups
from copulasynth.copulas.margins import even, even_density, even_scale, knots_of, uneven_rows
from copulasynth.copulas.tree.compact import CompactForest, Points
from copulasynth.copulas.tree.forest import Forest, fetch
from copulasynth.copulas.tree.linear_index import LinearIndex
from copulasynth.copulas.tree.masks import masks_of
from copulasynth.copulas.tree.notes import Note, notes_of
from copulasynth.copulas.tree.state import TreeState, density_at, moved_back
from copulasynth.copulas.tree.weighted import weighted_rows

__all__ = ["CHUNK", "TreeCopula", "at_once", "binned_rows"]

#: Rows that have a stream of random numbers of their own, and such chunks that are drawn at once:
#: more of them leave the caches near to the core, fewer spend their time on calls.
CHUNK, TOGETHER = 16384, 2


@dataclass(frozen=True, slots=True, eq=False)
class TreeCopula:
    """A fitted Rosenblatt-tree copula.

    Attributes
    ----------
    order : (d,) int64
        The order in which variables are drawn.
    points : Points
        Where laws of each variable may begin and end.
    trees : CompactForest
        The trees of each variable, which test those drawn before it.
    index : LinearIndex
        Linear indices that leaf laws follow; trees know the index of their variable as number d.
    gate : (d,) int64
        The variable that says whether variable j has a value at all, or -1. Where it says no,
        u_j is independent of everything.
    gate_low, gate_high : (d,) float64
        u_j has a value where gate_low < u_gate <= gate_high.
    counts : (d, k) int64
        How many of a pilot's draws fell into each of k equal steps: mapping by their distribution
        function makes the margins uniform. A single step leaves them as the trees draw them.
    forest : Forest
        The trees as they are walked: row j of its roots holds those of variable j.
    knots : (d, k + 1) float64
        Distribution functions of `counts`.
    rank : (d,) int64
        How many of the variables that an index looks at are drawn before each one.
    weights : (d, m) float64
        Those of the index, one column for each of these m variables, in the order of drawing.
    """

    order: Ints
    points: Points
    trees: CompactForest
    index: LinearIndex
    gate: Ints
    gate_low: Floats
    gate_high: Floats
    counts: Ints
    forest: Forest = field(init=False, repr=False)
    knots: Floats = field(init=False, repr=False)
    rank: Ints = field(init=False, repr=False)
    weights: Floats = field(init=False, repr=False)

    mapped = True

    def __post_init__(self) -> None:
        freeze(self, "order", "gate", "gate_low", "gate_high", "counts")
        d = len(self.order)
        if d < 1 or sorted(self.order.tolist()) != list(range(d)):
            raise ValueError("order must be a permutation of the variables")
        if len(self.points.marks) != d:
            raise ValueError("the points do not fit the number of variables")
        put(self, forest=self.trees.forest(self.points), knots=knots_of(self.counts, d))
        if any(a.shape != (d,) for a in (self.gate, self.gate_low, self.gate_high)):
            raise ValueError("gates need one entry a variable")
        place = np.empty(d, dtype=np.int64)
        place[self.order] = np.arange(d)
        for j in np.flatnonzero(self.gate >= 0):
            if self.gate[j] >= d or place[self.gate[j]] >= place[j]:
                raise ValueError("a gate must be a variable that is drawn earlier")
        if len(self.index.low) != d:
            raise ValueError("the index does not fit the number of variables")
        used = self.index.used[self.order]
        put(self, rank=frozen((np.cumsum(used) - used)[place]))
        put(self, weights=frozen(self.index.weights[:, self.order[used]]))

    @property
    def dim(self) -> int:
        return len(self.order)

    @property
    def holds_interpreter(self) -> bool:
        return True

    def scale(self, j: int, /) -> Scale:
        """Return the scale of `draw`: what the trees draw, whose margins are not uniform yet."""
        return even_scale(UNIFORM, self.knots[j])

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        """Draw n rows as (dim, n), prefix-stable; each entry asks one random tree of its bag."""
        return self.draw_binned(n, None, rng)[0]

    def draw_binned(
        self, n: int, wanted: BinLookups | None, rng: np.random.Generator
    ) -> tuple[Floats, Codes]:
        """Draw n rows as `draw` does, and the bins (dim, n) that they fall in if any are wanted."""
        return self.draw_chunks(n, wanted, rng.spawn(-(-n // CHUNK)))

    def draw_chunks(
        self, n: int, wanted: BinLookups | None, sources: Sequence[np.random.Generator]
    ) -> tuple[Floats, Codes]:
        """Draw n rows and their bins, `CHUNK` of them, or what is left, from each source."""
        bins, notes = np.empty((self.dim, n), dtype=np.int16), notes_of(self, wanted)
        step = CHUNK * TOGETHER
        drawn = [
            self._draw(bins[:, a : a + step], notes, sources[a // CHUNK : (a + step) // CHUNK])
            for a in range(0, n, step)
        ]
        return drawn[0] if len(drawn) == 1 else np.hstack([np.empty((self.dim, 0)), *drawn]), bins

    def _draw(
        self, bins: Codes, notes: tuple[Note, ...], sources: Sequence[np.random.Generator]
    ) -> Floats:
        """Draw the first rows of chunks, whose random numbers are all drawn; fill `bins`."""
        n = bins.shape[1]
        uniforms = np.empty((len(sources), CHUNK))
        state, masks = TreeState(self, n, CHUNK), masks_of(self.forest)
        codes = masks.codes(n)
        bags = self.forest.roots.shape[1]
        for j in self.order:
            # a uniform's leading digit names the tree, the others are uniform still
            for source, row in zip(sources, uniforms, strict=True):
                source.random(out=row)
            w = uniforms.ravel()[:n]
            w *= bags
            whole = np.floor(w)
            w -= whole
            index = state.look(j)
            leaf = masks.leaves(j, whole.astype(codes.dtype), codes, state.raw, state.offsets)
            u, score = self.forest.pick(leaf, w), None
            if j in self.trees.moving:
                line = fetch(self.forest.line, leaf)
                by = index - line.imag
                by *= line.real
                if self.gate[j] < 0 and self.index.everywhere(j):
                    u, score = self.index.shift_all(u, by)
                else:
                    u = self.index.shift(j, u, by)
            u = state.place(j, u, w)
            noted = notes[j].write(u, codes, bins[j])
            if self.index.used[j]:
                state.note(j, notes[j].score(u, noted) if score is None else score)
        return state.raw[:-1]

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows, (n, d); the bag's mean law is inverted by bisection."""
        w = np.asarray(w, dtype=np.float64)
        state = TreeState(self, len(w))
        out = np.empty_like(w)
        for j in self.order:
            leaves, by = state.reach(j)
            low, high = np.zeros(len(w)), np.ones(len(w))
            for _ in range(54):
                mid = 0.5 * (low + high)
                below = self.forest.cdf(leaves, moved_back(self.index, j, mid, by)) < w[:, j]
                low, high = np.where(below, mid, low), np.where(below, high, mid)
            state.put(j, 0.5 * (low + high), w[:, j])
            out[:, j] = even(state.raw[j], self.knots[j])
        return out

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows to independent uniforms, (n, d) -> (n, d)."""
        raw = uneven_rows(u, self.knots)
        state = TreeState(self, raw.shape[1])
        w = np.empty((raw.shape[1], self.dim))
        for j in self.order:
            leaves, by = state.reach(j)
            w[:, j] = self.forest.cdf(leaves, moved_back(self.index, j, raw[j], by))
            state.put(j, raw[j], raw[j])
            w[:, j] = np.where(state.shut(j), raw[j], w[:, j])
        return w

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density of each row."""
        raw = uneven_rows(u, self.knots)
        state = TreeState(self, raw.shape[1])
        total = np.zeros(raw.shape[1])
        for j in self.order:
            leaves, by = state.reach(j)
            density = density_at(self.index, self.forest, j, raw[j], leaves, by)
            state.put(j, raw[j], raw[j])
            with np.errstate(divide="ignore"):
                total += np.log(np.where(state.shut(j), 1.0, density)) + np.log(
                    even_density(raw[j], self.knots[j])
                )
        return total

    def candidates(
        self, lower: Floats, upper: Floats, m: int, /, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw m weighted rows inside each box, in the order of the trees."""
        low, high = uneven_rows(lower.T, self.knots), uneven_rows(upper.T, self.knots)
        raw, weight = np.empty((*lower.shape, m)), np.empty((lower.shape[1], m))
        # what a block has drawn stays in the cache
        for k in range(0, len(weight), max(CHUNK // m, 1)):
            rows = slice(k, k + max(CHUNK // m, 1))
            state = TreeState(self, weight[rows].size)
            raw[:, rows], weight[rows] = weighted_rows(state, low[:, rows], high[:, rows], m, rng)
        for j, k in enumerate(self.knots):
            point = lower[j] == upper[j]
            weight[point] += np.log(even_density(raw[j, point], k))
            raw[j] = even(raw[j], k)
        return raw, weight

    def summary(self) -> Summary:
        """Return the kind: what trees say of pairs, their draws say."""
        return Summary("tree")


def at_once(copula: Copula) -> int:
    """Return how many chunks of rows of a copula are best drawn at once."""
    return TOGETHER if isinstance(copula, TreeCopula) else 1


def binned_rows(
    copula: Copula, lookups: BinLookups, n: int, *sources: np.random.Generator
) -> tuple[Floats, Codes]:
    """Draw n rows (d, n) of a copula, and their bins: trees look these up with what they ask.

    Where there are several sources, each gives `CHUNK` rows of a tree copula.
    """
    if isinstance(copula, TreeCopula):
        return copula.draw_chunks(n, lookups, [source.spawn(1)[0] for source in sources])
    x = copula.draw(n, *sources)
    return x, lookups.codes(x)
