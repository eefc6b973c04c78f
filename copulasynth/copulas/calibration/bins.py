"""Bins of copula variables on the uniform scale, and the tables of their pairs.

Levels and atoms keep bins of their own, continuous stretches are cut into equal shares, and a
variable behind a gate has one bin more, for where the gate is shut.
"""

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

import numpy as np

from copulasynth._arrays import Codes, Floats, Ints, freeze, frozen, put
from copulasynth.copulas.api import Cells
from copulasynth.copulas.tree.leaf_law import FEW_VALUES
from copulasynth.copulas.tree.order import find_gates

# A level that holds less than this shares a bin with its neighbours in the order.
LEAST = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """How each variable of (0, 1)^d falls into bins.

    Attributes
    ----------
    edges : tuple of d float64 arrays
        Interior edges, rising; bin k is (edges[k - 1], edges[k]].
    gate : (d,) int64
        Variable that says whether this one has a value, or -1.
    gate_low, gate_high : (d,) float64
        It has one where gate_low < u_gate <= gate_high and the gate has one.
    gated : tuple of int
        Variables behind a gate, each after its gate.
    """

    edges: tuple[Floats, ...]
    gate: Ints
    gate_low: Floats
    gate_high: Floats
    gated: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        d = len(self.edges)
        put(self, edges=tuple(frozen(e) for e in self.edges))
        freeze(self, "gate", "gate_low", "gate_high")
        if any(a.shape != (d,) for a in (self.gate, self.gate_low, self.gate_high)):
            raise ValueError("gates need one entry a variable")
        for e in self.edges:
            if e.ndim != 1 or (np.diff(e) <= 0).any() or not ((e > 0) & (e < 1)).all():
                raise ValueError("edges must rise within (0, 1)")
        if self.gate.min(initial=-1) < -1 or self.gate.max(initial=-1) >= d:
            raise ValueError("a gate is out of range")
        behind = {j: {int(k)} for j, k in enumerate(self.gate) if k >= 0}
        try:
            ordered = tuple(TopologicalSorter(behind).static_order())
        except CycleError as e:
            raise ValueError("a chain of gates must begin somewhere") from e
        put(self, gated=tuple(j for j in ordered if j in behind))

    @property
    def sizes(self) -> Ints:
        """Number of bins of each variable, (d,)."""
        return np.array(
            [len(e) + 1 + (g >= 0) for e, g in zip(self.edges, self.gate, strict=True)],
            dtype=np.int64,
        )

    def codes(self, u: Floats) -> Ints:
        """Return the bin of each entry of (d, n) u."""
        out = np.empty(u.shape, dtype=np.int64)
        for j, e in enumerate(self.edges):
            out[j] = np.searchsorted(e, u[j])
        for j in self.gated:
            self.shut(j, out, u[self.gate[j]], self.gate_low[j], self.gate_high[j])
        return out

    def shut(self, j: int, codes: Codes | Ints, gate: Floats, low: float, high: float) -> None:
        """Give rows that have no value the bin that says so, in place; the gate's are done."""
        k = self.gate[j]
        absent = (gate <= low) | (gate > high)
        if self.gate[k] >= 0:
            absent |= codes[k] == len(self.edges[k]) + 1
        codes[j][absent] = len(self.edges[j]) + 1


def bins_of(cells: Cells, bins: int) -> Bins:
    """Return bins that suit the cells of a table: levels, atoms, and `bins` equal shares."""
    gate, low, high = find_gates(cells)
    edges = tuple(
        _edges(cells.lower[:, j], cells.upper[:, j], bool(cells.nominal[j]), bins)
        for j in range(cells.dim)
    )
    return Bins(edges, gate, low, high)


def _edges(lower: Floats, upper: Floats, nominal: bool, bins: int) -> Floats:
    seen = (lower > 0) | (upper < 1)
    bottoms, first = np.unique(lower[seen], return_index=True)
    tops = upper[seen][first]
    width = tops - bottoms
    if len(tops) < 2:
        return np.empty(0)
    few = nominal or len(tops) <= FEW_VALUES
    own = width >= (LEAST if few else 0.5 / bins)
    edges = [*bottoms[own], *tops[own]]
    marks = np.arange(1, bins) / bins
    loose = tops[np.searchsorted(tops, marks - 1e-12).clip(max=len(tops) - 1)]
    inside = own[np.searchsorted(tops, marks - 1e-12).clip(max=len(tops) - 1)]
    edges += list(loose[~inside])
    e = np.unique(np.round(edges, 12))
    return e[(e > 1e-9) & (e < 1 - 1e-9)]
