"""A linear index of earlier variables, and the shift by which a leaf law follows it.

A leaf of a tree is a block: within it, a tight monotone relation (a bill and last month's bill)
would be lost. So each ordered variable has one index, the ridge regression of its normal score on
those of the earlier ordered variables. Trees may split on it, and each leaf law moves along it on
the normal-score scale, within the continuous region of the variable: atoms stay where they are.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, freeze, frozen, put
from copulasynth._tabulated import FunctionTable, tabulated
from copulasynth.copulas.bin_lookup import BinLookup, bin_lookup

EDGE = 1e-9

#: Normal scores beyond this are as good as this one.
FAR = 9.0


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
    _tables: tuple[tuple[BinLookup, Floats], ...] = field(init=False, repr=False)

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
            tables.append((bin_lookup(ends, 0.0, 1.0), np.repeat(middle, 2)))
        put(self, _tables=tuple(tables))

    def score(self, j: int, u: Floats) -> Floats:
        """Return normal scores of u_j, those of an atom all at its middle."""
        lookup, middle = self._tables[j]
        if len(middle) == 0:
            return _normal(u)
        at = np.empty(len(u), dtype=np.intp)
        lookup(u, at)
        z = middle.take(at, mode="clip")
        loose = (at & 1 == 0).nonzero()[0]
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
        moving = ((u > low) & (u < self.high[j]) & (by != 0)).nonzero()[0]
        if len(moving) == 0:
            return u
        z = _normal((u[moving] - low) / width)
        z += by[moving]
        out = u.copy()
        out[moving] = low + width * _curves()[1](z, z)
        return out


def _normal(u: Floats) -> Floats:
    """Return the normal quantiles of uniforms, which are kept off 0 and 1."""
    return _curves()[0](u, np.empty_like(u))


@cache
def _curves() -> tuple[FunctionTable, FunctionTable]:
    """Return the normal quantiles and probabilities by lookup, within 1e-5 of a normal score."""
    return tabulated(lambda u: ndtri(np.clip(u, EDGE, 1 - EDGE)), 0.0, 1.0), tabulated(
        ndtr, -FAR, FAR
    )
