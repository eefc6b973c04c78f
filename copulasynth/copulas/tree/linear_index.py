"""A linear index of earlier variables, and the shift by which a leaf law follows it.

A leaf of a tree is a block: within it, a tight monotone relation (a bill and last month's bill)
would be lost. So each ordered variable has one index, the ridge regression of its normal score on
those of the earlier ordered variables. Trees may split on it, and each leaf law moves along it on
the normal-score scale, within the continuous region of the variable: atoms stay where they are.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, freeze, frozen, put

EDGE = 1e-9

# Huber's constant for 95 % efficiency under a normal law, and rounds of reweighting.
HUBER = 1.345
ROUNDS = 8


@dataclass(frozen=True, slots=True, eq=False)
class LinearIndex:
    """Index weights, continuous regions and atoms of d variables.

    Attributes
    ----------
    weights : (d, d) float64
        Row j holds the coefficients of the other variables' scores in the index of variable j.
    low, high : (d,) float64
        The continuous region of u_j in which leaf laws move; low = high where there is none.
    atom_low, atom_high : tuples of d float64 arrays
        Cells of levels and atoms, rising; within one, every u has the score of its middle.
    used : (d,) bool
        Whether any index looks at the variable.
    """

    weights: Floats
    low: Floats
    high: Floats
    atom_low: tuple[Floats, ...]
    atom_high: tuple[Floats, ...]
    used: Bools = field(init=False, repr=False)
    _tables: tuple[tuple[Floats, Floats], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        d = len(self.low)
        freeze(self, "weights", "low", "high")
        if self.weights.shape != (d, d) or not np.isfinite(self.weights).all():
            raise ValueError("weights must be a finite (d, d) matrix")
        if self.high.shape != (d,) or not ((self.low >= 0) & (self.high >= self.low)).all():
            raise ValueError("a region must lie in [0, 1]")
        if (self.high > 1).any() or len(self.atom_low) != d or len(self.atom_high) != d:
            raise ValueError("a region must lie in [0, 1], atoms need one entry a variable")
        put(self, used=frozen((self.weights != 0).any(axis=0)))
        tables = []
        for a, b in zip(self.atom_low, self.atom_high, strict=True):
            ends = np.column_stack([a, b]).ravel() if a.shape == b.shape else np.array([1.0, 0.0])
            if (np.diff(ends) < 0).any() or ((ends < 0) | (ends > 1)).any():
                raise ValueError("atoms must be rising cells in [0, 1]")
            middle = _normal(0.5 * (a + b))
            tables.append((ends, np.repeat(middle, 2)))
        put(self, _tables=tuple(tables))

    def score(self, j: int, u: Floats) -> Floats:
        """Return normal scores of u_j, those of an atom all at its middle."""
        ends, middle = self._tables[j]
        if len(ends) == 0:
            return _normal(u)
        at = np.searchsorted(ends, u)
        z = middle.take(at, mode="clip")
        loose = np.flatnonzero(at & 1 == 0)
        z[loose] = _normal(u[loose])
        return z

    def position(self, j: int, u: Floats) -> tuple[Bools, Floats]:
        """Return where u_j lies in its region, and its normal score within the region there."""
        low, high = self.low[j], self.high[j]
        inside: Bools = (u > low) & (u < high)
        t = (u[inside] - low) / (high - low) if high > low else u[inside]
        return inside, _normal(t)

    def shift(self, j: int, u: Floats, by: Floats) -> Floats:
        """Move u_j by normal scores within its region; leave what lies outside."""
        low, width = self.low[j], self.high[j] - self.low[j]
        moving = np.flatnonzero((u > low) & (u < self.high[j]) & (by != 0))
        if len(moving) == 0:
            return u
        z = _normal((u[moving] - low) / width)
        z += by[moving]
        out = u.copy()
        out[moving] = low + width * ndtr(z, out=z)
        return out


def _normal(u: Floats) -> Floats:
    """Return the normal quantiles of uniforms, which are kept off 0 and 1."""
    inside = np.clip(u, EDGE, 1 - EDGE)
    return ndtri(inside, out=inside)


def main_region(lower: Floats, upper: Floats, wide: Bools) -> tuple[float, float]:
    """Return the widest stretch of (0, 1) without levels and atoms, if it holds a fifth."""
    bottoms = np.r_[np.unique(lower[wide]), 1.0]
    tops = np.r_[0.0, np.unique(upper[wide])]
    k = int(np.argmax(bottoms - tops))
    if bottoms[k] - tops[k] < 0.2:
        return 0.0, 0.0
    return float(tops[k]), float(bottoms[k])


def fit_weights(x: Floats, y: Floats, ridge: float) -> Floats:
    """Regress y on the columns of x by Huber's estimator with a ridge.

    Real relations hold tightly for most rows and not at all for some; least squares would follow
    the latter (Huber 1964, Ann. Math. Statist. 35:73). The ridge is in rows of unit variance.
    """
    w = np.ones(len(y))
    beta = np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        dx, dy = x - w @ x / w.sum(), y - w @ y / w.sum()
        gram = (dx.T * w) @ dx
        gram[np.diag_indices_from(gram)] += ridge
        beta = np.linalg.solve(gram, dx.T @ (w * dy))
        w = huber_weights(dy - dx @ beta)
    return beta


def huber_weights(residual: Floats) -> Floats:
    """Return min(1, c s / |r|) with s the median absolute residual, scaled to a normal's sd."""
    size = np.abs(residual)
    scale = HUBER * max(1.4826 * float(np.median(size)), 1e-9)
    return np.minimum(1.0, scale / np.maximum(size, 1e-300))
