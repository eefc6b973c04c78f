"""Conditional draws of a pair copula by table lookup, on the scale of normal scores.

Given independent scores w and c, a pair copula (U1, U2) with U2 = Phi(c) yields the two scores

    x = Phi^-1( h2^-1(Phi(w) | Phi(c)) )      the draw of the first variable,
    g = Phi^-1( h1(U2 | U1 = Phi(x)) )        the second variable given that draw.

For a Gaussian pair the map (w, c) -> (x, g) is a rotation by arcsin(rho); for others it is a
bent one. It keeps independent normals independent, so its arguments stay where a table is, and
both results share one lookup. Bilinear interpolation is exact for Gaussian pairs; elsewhere its
error is measured when the table is built.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Floats, open_unit, put
from copulasynth.copulas.vine.pairs import NONPARAMETRIC, PairCopula

# Scores beyond 5 (6e-7 of the draws) are extrapolated from the outermost cells.
EDGE = 5.0
# Nodes of a tll grid of g points lie 2 * 3.25 / (g - 1) apart; the density has kinks there, and
# a table that shares the nodes is about four times more accurate.
TLL_EDGE = 3.25
STEPS = (0.12, 0.06, 0.03)
# Mean absolute error of the conditional probabilities that lets a coarser table do; a million
# draws show deviations of 1 / sqrt(1e6) = 1e-3 in a distribution function.
GOOD = 2e-4
FAIR = 5e-4
POOR = 1e-3
PROBES = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Scratch:
    """Work space for chunks of a fixed number of rows."""

    a: Floats
    b: Floats
    i: Floats
    index: "np.ndarray[tuple[int], np.dtype[np.intp]]"
    cells: dict[int, "np.ndarray[tuple[int, int], np.dtype[np.float32]]"]

    @classmethod
    def of(cls, rows: int) -> "Scratch":
        return cls(
            a=np.empty(rows),
            b=np.empty(rows),
            i=np.empty(rows),
            index=np.empty(rows, dtype=np.intp),
            cells={k: np.empty((rows, k), dtype=np.float32) for k in (4, 8)},
        )


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """A pair copula as a drawing machine.

    Attributes
    ----------
    pair : PairCopula
    kind : "independent", "gaussian", "table" or "exact"
    first, step, size : float, float, int
        Regular grid of scores of the table.
    cells : ((size - 1)^2, 4 or 8) float32
        Coefficients of 1, p, q, pq in every cell, of x and then of g if it is needed, where p
        and q are the fractions of w and c in the cell.
    error : float
        Mean absolute error in probability that was measured.
    """

    pair: PairCopula
    kind: str
    first: float = 0.0
    step: float = 1.0
    size: int = 0
    cells: "np.ndarray[tuple[int, int], np.dtype[np.float32]] | None" = None
    error: float = 0.0

    def __call__(self, w: Floats, c: Floats, x: Floats, g: Floats | None, s: Scratch) -> None:
        """Write the draw to `x` and its companion to `g`; `x` may be `w`, nothing else overlaps."""
        if self.cells is not None:
            self._look_up(w, c, x, g, s)
        elif self.kind == "independent":
            if g is not None:
                g[:] = c
            x[:] = w
        elif self.kind == "gaussian":
            rho = float(self.pair.parameters[0])
            self._rotate(rho, w, c, x, g, s)
        else:
            x[:], companion = exact(self.pair, w, c, g is not None)
            if g is not None:
                g[:] = companion

    def _rotate(
        self, rho: float, w: Floats, c: Floats, x: Floats, g: Floats | None, s: Scratch
    ) -> None:
        other = math.sqrt(1.0 - rho * rho)
        if g is not None:
            np.multiply(c, other, out=g)
            np.multiply(w, rho, out=s.a)
            g -= s.a
        np.multiply(c, rho, out=s.a)
        np.multiply(w, other, out=x)
        x += s.a

    def _look_up(self, w: Floats, c: Floats, x: Floats, g: Floats | None, s: Scratch) -> None:
        assert self.cells is not None
        p, q, i, index = s.a, s.b, s.i, s.index
        top = self.size - 2.0
        np.multiply(w, 1.0 / self.step, out=p)
        p -= self.first / self.step
        np.multiply(c, 1.0 / self.step, out=q)
        q -= self.first / self.step
        # x serves as the second buffer of whole numbers: w was read already
        np.trunc(p, out=i)
        np.maximum(i, 0.0, out=i)
        np.minimum(i, top, out=i)
        p -= i
        np.trunc(q, out=x)
        np.maximum(x, 0.0, out=x)
        np.minimum(x, top, out=x)
        q -= x
        i *= self.size - 1
        i += x
        index[:] = i
        width = self.cells.shape[1]
        cell = s.cells[width]
        self.cells.take(index, axis=0, out=cell, mode="clip")
        if g is not None:
            _bilinear(cell[:, width - 4 :], p, q, g, i)
        _bilinear(cell, p, q, x, i)


def _bilinear(
    cell: "np.ndarray[tuple[int, int], np.dtype[np.float32]]",
    p: Floats,
    q: Floats,
    out: Floats,
    tmp: Floats,
) -> None:
    np.multiply(cell[:, 3], q, out=out)
    out += cell[:, 1]
    out *= p
    np.multiply(cell[:, 2], q, out=tmp)
    out += tmp
    out += cell[:, 0]


def exact(pair: PairCopula, w: Floats, c: Floats, both: bool) -> tuple[Floats, Floats]:
    """Return x and g (or an empty array) by the h-functions themselves."""
    u2 = open_unit(ndtr(c))
    u1 = open_unit(pair.inverse_h2(open_unit(ndtr(w)), u2))
    x = ndtri(u1)
    g = ndtri(open_unit(pair.h1(u1, u2))) if both else np.empty(0)
    return x, g


def tabulate(pair: PairCopula, both: bool, tolerance: float = GOOD) -> PairTable:
    """Tabulate a pair copula, and its companion if `both`, to a mean error in probability."""
    if pair.family == "indep":
        return PairTable(pair, "independent")
    if pair.family == "gaussian" and abs(pair.parameters[0]) < 1.0:
        return PairTable(pair, "gaussian")
    best = None
    for step in STEPS:
        best = _table(pair, both, step)
        if best.error <= tolerance:
            break
    if best is None or not best.error <= POOR:
        return PairTable(pair, "exact")
    return best


def _table(pair: PairCopula, both: bool, step: float) -> PairTable:
    nodes = _nodes(pair, step)
    k = len(nodes)
    w, c = np.repeat(nodes, k), np.tile(nodes, k)
    x, g = exact(pair, w, c, both)
    cells = [_coefficients(v.reshape(k, k)) for v in ((x, g) if both else (x,))]
    table = PairTable(
        pair,
        "table",
        first=float(nodes[0]),
        step=float(nodes[1] - nodes[0]),
        size=k,
        cells=np.ascontiguousarray(np.concatenate(cells, axis=1), dtype=np.float32),
    )
    put(table, error=_error(table, both))
    return table


def _nodes(pair: PairCopula, step: float) -> Floats:
    if pair.family in NONPARAMETRIC:
        wide = 2.0 * TLL_EDGE / (len(pair.parameters) - 1)
        step = wide / math.ceil(wide / step)
        below = math.floor((EDGE - TLL_EDGE) / step)
        inside = round(2.0 * TLL_EDGE / step)
        return np.asarray(-TLL_EDGE + step * np.arange(-below, inside + below + 1))
    half = math.ceil(EDGE / step)
    return np.asarray(step * np.arange(-half, half + 1))


def _coefficients(v: Floats) -> Floats:
    """Return the coefficients of 1, p, q, pq in each cell of a grid of values."""
    a, b, c, d = v[:-1, :-1], v[1:, :-1], v[:-1, 1:], v[1:, 1:]
    return np.stack([a, b - a, c - a, d - b - c + a], axis=-1).reshape(-1, 4)


def _error(table: PairTable, both: bool) -> float:
    """Return the mean absolute error in probability over a fixed set of normal points.

    The draw is judged by the conditional probability that it belongs to, not by its distance
    from the exact one: where the density is almost zero a quantile may move far at no cost.
    """
    w, c = _probes()
    x, g = np.empty_like(w), np.empty_like(w) if both else None
    table(w, c, x, g, Scratch.of(len(w)))
    u1, u2 = open_unit(ndtr(x)), ndtr(c)
    pair = table.pair
    error = float(np.mean(np.abs(pair.h2(u1, u2) - ndtr(w))))
    if g is not None:
        _, right = exact(pair, w, c, True)
        error = max(error, float(np.mean(np.abs(ndtr(g) - ndtr(right)))))
    return error


def _probes() -> tuple[Floats, Floats]:
    """Return the points of a Kronecker sequence in the plane, as scores (Roberts 2018)."""
    k = np.arange(1, PROBES + 1)
    golden = 1.32471795724474602596
    return ndtri((0.5 + k / golden) % 1.0), ndtri((0.5 + k / golden**2) % 1.0)
