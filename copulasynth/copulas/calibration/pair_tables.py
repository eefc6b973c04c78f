"""Tables of pairs of binned variables, observed and drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.copulas.api import Cells
from copulasynth.copulas.calibration.bins import Bins

Index = NDArray[np.int32]

#: Steps of fitting margins, and the least sum that is divided by.
MARGIN_STEPS, TINY = 50, 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class PairTables:
    """Cell probabilities of pairs of binned variables, laid end to end.

    Attributes
    ----------
    pairs : (p, 2) int64
    shapes : (p, 2) int64
        Bins of the first and of the second variable.
    start : (p + 1,) int64
        Table q is values[start[q]:start[q + 1]], the second variable fastest.
    values : float64
    """

    pairs: Ints
    shapes: Ints
    start: Ints
    values: Floats

    def table(self, q: int) -> Floats:
        """Return table q as a matrix, a view of the values."""
        a, b = self.shapes[q]
        return self.values[self.start[q] : self.start[q + 1]].reshape(a, b)

    def pick(self, chosen: Ints) -> "PairTables":
        """Return some of the tables."""
        values = [self.values[self.start[q] : self.start[q + 1]] for q in chosen]
        shapes = self.shapes[chosen]
        start = layout(shapes)
        return PairTables(self.pairs[chosen], shapes, start, np.concatenate([*values, np.empty(0)]))


def layout(shapes: Ints) -> Ints:
    """Return where each table starts, and the total length, (p + 1,)."""
    start = np.zeros(len(shapes) + 1, dtype=np.int64)
    np.cumsum(shapes[:, 0] * shapes[:, 1], out=start[1:])
    return start


def pair_tables(codes: Ints, sizes: Ints, pairs: Ints) -> PairTables:
    """Tabulate (d, n) bin codes for every pair, as probabilities."""
    return _tabulate(codes, None, sizes, pairs)[0]


def observed_tables(cells: Cells, bins: Bins, pairs: Ints) -> tuple[PairTables, Ints]:
    """Tabulate the observed cells for every pair, and count the rows behind each table.

    Rows in which a variable is missing without a gate that says so are left out of its tables.
    Those left may be rows of their own kind; what they say of the pair is then the association
    alone, and the table gets the margins that each variable has among all rows that show it.
    Tables with margins that differ from each other could not all be reached.
    """
    codes = bins.codes(np.ascontiguousarray(cells.mid.T))
    known = ((cells.lower > 0) | (cells.upper < 1)).T | (bins.gate >= 0)[:, None]
    tables, rows = _tabulate(codes, known, bins.sizes, pairs)
    margins = [
        np.bincount(c[k], minlength=size) / max(int(k.sum()), 1)
        for c, k, size in zip(codes, known, bins.sizes, strict=True)
    ]
    for q, (a, b) in enumerate(pairs):
        if 0 < rows[q] < cells.n:
            table = tables.table(q)
            table[:] = with_margins(table + 0.5 / rows[q] / table.size, margins[a], margins[b])
    return tables, rows


def with_margins(table: Floats, first: Floats, second: Floats) -> Floats:
    """Return the table of positive numbers with given margins and the same odds ratios.

    Iterative proportional fitting (Deming and Stephan 1940, Ann. Math. Statist. 11:427).

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> with_margins(np.array([[0.6, 0.2], [0.1, 0.1]]), half, half).round(3).tolist()
    [[0.317, 0.183], [0.183, 0.317]]
    """
    for _ in range(MARGIN_STEPS):
        table = table * (first / np.maximum(table.sum(axis=1), TINY))[:, None]
        table = table * (second / np.maximum(table.sum(axis=0), TINY))
    return table


def _tabulate(
    codes: Ints, known: Bools | None, sizes: Ints, pairs: Ints
) -> tuple[PairTables, Ints]:
    shapes = sizes[pairs]
    start = layout(shapes)
    values, rows = np.empty(start[-1]), np.empty(len(pairs), dtype=np.int64)
    for q, (a, b) in enumerate(pairs):
        cell = codes[a] * sizes[b] + codes[b]
        if known is not None:
            cell = cell[known[a] & known[b]]
        rows[q] = len(cell)
        count = np.bincount(cell, minlength=start[q + 1] - start[q])
        values[start[q] : start[q + 1]] = count / max(rows[q], 1)
    return PairTables(pairs, shapes, start, values), rows


def cell_index(codes: Ints, tables: PairTables) -> Index:
    """Return the cell of each draw in the table of every pair, (p, n)."""
    out = np.empty((len(tables.pairs), codes.shape[1]), dtype=np.int32)
    short, sizes = codes.astype(np.int32), tables.shapes.astype(np.int32)
    for q, (a, b) in enumerate(tables.pairs):
        np.multiply(short[a], sizes[q, 1], out=out[q])
        out[q] += short[b]
    return out
