"""Fitting a Rosenblatt-tree copula: choices, and the conditional laws one after another."""

from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Bools, Floats, Seed, generator
from copulasynth._clock import step
from copulasynth._knobs import check, is_real, whole
from copulasynth.copulas.api import Cells
from copulasynth.copulas.margins import even_counts, unmapped
from copulasynth.copulas.tree.copula import TreeCopula
from copulasynth.copulas.tree.grow import Grove, Inputs, inputs_of, line_input
from copulasynth.copulas.tree.lines import DIGITS, Lines
from copulasynth.copulas.tree.order import find_gates, greedy_order, rank_correlation
from copulasynth.copulas.tree.rounding import compact
from copulasynth.copulas.tree.sizes import leaf_choices, leaf_sizes, leaf_within
from copulasynth.errors import DataError

__all__ = ["Tree"]

#: Equal steps of the maps that make margins uniform.
STEPS = 64


@dataclass(frozen=True, slots=True)
class Tree:
    """Choices for a Rosenblatt-tree copula.

    Parameters
    ----------
    leaf : int, optional
        Fewest rows of a bag in a leaf; larger is smoother and farther from the data. Without it
        leaves grow with the rows, see :func:`copulasynth.copulas.tree.sizes.leaf_sizes`, and each
        variable has this size, half or twice it, whichever tells rows outside the bag best.
    bags : int
        Trees a variable, each grown on its own bootstrap sample; each row asks one of them.
    gap : float
        Widest hole in u that neighbouring values of a leaf may fill together.
    group : int, optional
        Fewest neighbouring values that share a uniform piece of a leaf law. Without it ten, and
        more where pieces of many rows and variables would make a model file too large.
    parents : int
        Most variables that one variable's trees look at: those most rank-correlated with it.
    pilot : int
        Draws that say how margins lie, so that they can be made uniform; 0 leaves them as the trees
        draw them, for who makes them uniform later.

    Examples
    --------
    >>> import numpy as np
    >>> from copulasynth.copulas.cells import cells_of
    >>> x = np.random.default_rng(1).multivariate_normal([0, 0], [[1, .9], [.9, 1]], 500)
    >>> tree = Tree(bags=4).fit(cells_of(x, np.array([False, False])), rng=2)
    >>> u = tree.draw(2000, np.random.default_rng(3))
    >>> bool(np.corrcoef(u)[0, 1] > .8)
    True
    """

    leaf: int | None = None
    bags: int = 2
    gap: float = 0.03
    group: int | None = None
    parents: int = 40
    pilot: int = 1 << 17

    def __post_init__(self) -> None:
        for name in ("leaf", "group"):
            if getattr(self, name) is not None:
                whole(self, name, getattr(self, name), 1)
        whole(self, "bags", self.bags, 1)
        check(
            is_real(self.gap) and 0 < self.gap <= 1, self, "gap", self.gap, "above 0 and at most 1"
        )
        whole(self, "parents", self.parents, 1)
        whole(self, "pilot", self.pilot, 0)

    def rough(self) -> "Tree":
        """Return knobs of trees without a pilot."""
        return replace(self, pilot=0)

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> TreeCopula:
        """Fit the trees to the cells of a table.

        Raises
        ------
        DataError
            If there are no variables or fewer rows than two leaves.
        """
        rng = generator(rng)
        plain = _grown(self, cells, rng)
        if not self.pilot:
            return plain
        return replace(plain, counts=even_counts(plain.draw(self.pilot, rng), STEPS))


def _grown(knobs: Tree, cells: Cells, rng: np.random.Generator) -> TreeCopula:
    """Fit the conditional laws of all variables in a greedy order; margins stay as they come."""
    n, d = cells.lower.shape
    leaves, group = _sizes(knobs, cells)
    if d < 1 or n < 2 * leaves[0]:
        raise DataError(f"{n} rows of {d} variables are too few for leaves of {leaves[0]} rows")
    gate, gate_low, gate_high = find_gates(cells)
    missing = (cells.lower <= 0) & (cells.upper >= 1)
    strength = rank_correlation(cells)
    order = greedy_order(strength, gate)
    lower, upper = cells.lower.copy(), cells.upper.copy()
    grove = Grove(leaves, knobs.bags, knobs.gap, group, rng)
    lines = Lines(cells, group)
    inputs: dict[int, Inputs] = {}
    for p, j in enumerate(order):
        step(f"tree {p + 1:,} of {d:,}")
        before = order[:p]
        if len(before) > knobs.parents:
            closest = np.argsort(-strength[j, before], kind="stable")[: knobs.parents]
            before = before[np.sort(closest)]
        seen = ~missing[:, j]
        response = lines.fit(int(j), before, lower[:, j], upper[:, j], seen)
        here = [inputs[int(k)] for k in before]
        if response.heaps is not None and grove.tell_apart(here, response):
            response = lines.keep_heaps(int(j), response)
        if response.line is not None:
            here.append(line_input(response.line, d))
        raw = grove.grow(here, response)
        if not seen.all():
            raw = rng.random(len(raw)) if gate[j] >= 0 else raw
            _place(lower[:, j], upper[:, j], seen, raw)
        known = (
            np.where(seen, a, b)
            for a, b in ((response.lower, lower[:, j]), (response.upper, upper[:, j]))
        )
        lines.add(int(j), *known)
        inputs[int(j)] = inputs_of(lower[:, j], upper[:, j], bool(cells.nominal[j]), int(j))
    points = lines.points()
    gates = (gate, np.round(gate_low, DIGITS), np.round(gate_high, DIGITS))
    trees = compact(grove.forest(), order, points)
    return TreeCopula(order, points, trees, lines.index(), *gates, unmapped(d))


def _sizes(knobs: Tree, cells: Cells) -> tuple[tuple[int, ...], int]:
    """Return the fewest rows of leaves and of a piece: those asked for, or what suits the table.

    Of several sizes of leaves the first one suits the table, and each variable may choose.
    """
    leaf, group = leaf_sizes(cells.n, cells.dim, knobs.bags)
    group = group if knobs.group is None else knobs.group
    if knobs.leaf is not None:
        return (knobs.leaf,), group
    levels = np.array([len(np.unique(column)) for column in cells.lower.T])
    known = np.mean((cells.lower > 0.0) | (cells.upper < 1.0), axis=0)
    within = leaf_within(leaf, group, cells.n, knobs.bags, levels, known)
    return leaf_choices(within), group


def _place(lower: Floats, upper: Floats, seen: Bools, raw: Floats) -> None:
    """Give imputed points the observed cell they fall into, in place."""
    if not seen.any():
        lower[:], upper[:] = raw, raw
        return
    bottoms, first = np.unique(lower[seen], return_index=True)
    tops = upper[seen][first]
    at = np.clip(np.searchsorted(bottoms, raw, side="right") - 1, 0, len(bottoms) - 1)
    lower[~seen], upper[~seen] = bottoms[at], tops[at]
