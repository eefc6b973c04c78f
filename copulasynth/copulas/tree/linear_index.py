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

EDGE = 1e-9

#: Normal scores beyond this are as good as this one; the largest that a value has.
FAR, LAST = 9.0, -float(ndtri(EDGE))


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
    ends : tuple of d float64 arrays
        Where atoms begin and end.
    middles : tuple of d float64 arrays
        Normal scores of the pieces between these ends: NaN where a piece is no atom.
    """

    weights: Floats
    low: Floats
    high: Floats
    atom_low: tuple[Floats, ...]
    atom_high: tuple[Floats, ...]
    used: Bools = field(init=False, repr=False)
    ends: tuple[Floats, ...] = field(init=False, repr=False)
    middles: tuple[Floats, ...] = field(init=False, repr=False)

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
        tables, middles = [], []
        for a, b in zip(self.atom_low, self.atom_high, strict=True):
            ends = np.column_stack([a, b]).ravel() if a.shape == b.shape else np.array([1.0, 0.0])
            if (np.diff(ends) < 0).any() or ((ends < 0) | (ends > 1)).any():
                raise ValueError("atoms must be rising cells in [0, 1]")
            middle = np.full(len(ends) + 1, np.nan)
            middle[1::2] = _normal(0.5 * (a + b))
            tables.append(frozen(ends))
            middles.append(frozen(middle))
        put(self, ends=tuple(tables), middles=tuple(middles))

    def score(self, j: int, u: Floats) -> Floats:
        """Return normal scores of u_j, those of an atom all at its middle."""
        return scored(u, self.middles[j][np.searchsorted(self.ends[j], u)])

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
        z = _normal((u.take(moving) - low) / width)
        z += by.take(moving)
        out = u.copy()
        out[moving] = low + width * _curves()[1](z, z)
        return out

    def everywhere(self, j: int) -> bool:
        """Return whether u_j moves within all of (0, 1)."""
        return bool(self.low[j] == 0.0 and self.high[j] == 1.0 and not self.ends[j].size)

    def shift_all(self, u: Floats, by: Floats) -> tuple[Floats, Floats]:
        """Move values of a variable that moves everywhere; return them and their normal scores."""
        z = _normal(u)
        z += by
        np.clip(z, -LAST, LAST, out=z)
        out = _curves()[1](z, np.empty_like(z))
        still = (by == 0).nonzero()[0]
        out[still] = u[still]
        return out, z


def scored(u: Floats, z: Floats | None = None) -> Floats:
    """Return normal scores: `z`, which is written to, or those of `u` where it is NaN."""
    loose = () if z is None else np.isnan(z).nonzero()[0]
    if z is None or len(loose) == len(z):
        return _normal(u)
    z[loose] = _normal(u.take(loose))
    return z


def _normal(u: Floats) -> Floats:
    """Return the normal quantiles of uniforms, which are kept off 0 and 1."""
    return _curves()[0](u, np.empty_like(u))


@cache
def _curves() -> tuple[FunctionTable, FunctionTable]:
    """Return the normal quantiles and probabilities by lookup, within 1e-5 of a normal score."""
    return tabulated(lambda u: ndtri(np.clip(u, EDGE, 1 - EDGE)), 0.0, 1.0), tabulated(
        ndtr, -FAR, FAR
    )
