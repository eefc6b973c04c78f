"""Fitting the conditional laws of a Rosenblatt-tree copula, one variable after another."""

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.copulas.api import Cells
from copulasynth.copulas.tree.forest import Forest
from copulasynth.copulas.tree.grow import Grove, Inputs, inputs_of, line_input
from copulasynth.copulas.tree.linear_index import LinearIndex
from copulasynth.copulas.tree.lines import Lines
from copulasynth.copulas.tree.order import find_gates, greedy_order, rank_correlation
from copulasynth.errors import DataError

__all__ = ["fit_tree_parts"]


#: Order, forest, index, gate, gate_low and gate_high of a `TreeCopula` without its knots.
TreeParts = tuple[Ints, Forest, LinearIndex, Ints, Floats, Floats]


def fit_tree_parts(
    cells: Cells,
    *,
    leaf: int,
    bags: int,
    gap: float,
    group: int,
    parents: int,
    rng: np.random.Generator,
) -> TreeParts:
    """Fit the conditional laws of all variables in a greedy order."""
    n, d = cells.lower.shape
    if d < 1 or n < 2 * leaf:
        raise DataError(f"{n} rows of {d} variables are too few for leaves of {leaf} rows")
    gate, gate_low, gate_high = find_gates(cells)
    missing = (cells.lower <= 0) & (cells.upper >= 1)
    strength = rank_correlation(cells)
    order = greedy_order(strength, gate)
    lower, upper = cells.lower.copy(), cells.upper.copy()
    grove = Grove(leaf, bags, gap, group, rng)
    lines = Lines(cells, missing)
    inputs: dict[int, Inputs] = {}
    for p, j in enumerate(order):
        before = order[:p]
        if len(before) > parents:
            before = before[np.sort(np.argsort(-strength[j, before], kind="stable")[:parents])]
        nominal, seen = bool(cells.nominal[j]), ~missing[:, j]
        line = lines.fit(int(j), before, lower[:, j], upper[:, j], seen, nominal)
        here = [inputs[int(k)] for k in before]
        if line is not None:
            here.append(line_input(line, d))
        raw = grove.grow(here, lower[:, j], upper[:, j], seen, nominal, line, lines.region(j))
        if not seen.all():
            raw = rng.random(len(raw)) if gate[j] >= 0 else raw
            _place(lower[:, j], upper[:, j], seen, raw)
        lines.add(int(j), lower[:, j], upper[:, j])
        inputs[int(j)] = inputs_of(lower[:, j], upper[:, j], nominal, int(j))
    return order, grove.forest(), lines.index(), gate, gate_low, gate_high


def _place(lower: Floats, upper: Floats, seen: Bools, raw: Floats) -> None:
    """Give imputed points the observed cell they fall into, in place."""
    if not seen.any():
        lower[:], upper[:] = raw, raw
        return
    bottoms, first = np.unique(lower[seen], return_index=True)
    tops = upper[seen][first]
    at = np.clip(np.searchsorted(bottoms, raw, side="right") - 1, 0, len(bottoms) - 1)
    lower[~seen], upper[~seen] = bottoms[at], tops[at]
