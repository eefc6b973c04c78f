"""Numbers whose last digits have a law of their own: most are multiples of 100, or end in .99."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Endless, Floats, Ints, even_points, freeze

__all__ = ["OTHER", "LatticeRule"]

#: Stands for all residues that are not listed.
OTHER = -1
LARGEST = 1e300
#: Part of a unit that rounding errors stay below, and the same beside the size of a number.
SLACK, RELATIVE = 1e-6, 1e-14
#: Units so fine that floats cannot tell the numbers between them are none.
WIDEST = 1e-5
#: Steps to the nearest residue that is not listed, at most.
AWAY = 64


@dataclass(frozen=True, slots=True, eq=False)
class LatticeRule:
    """Coordinate `value` is the number nearest to `size` whose residue is the one of its class.

    Numbers are counted in units, and their residues taken by a modulus. Values that many rows
    share are atoms: their size is the value itself, and they have no class. The size of any other
    value is spread over the distance to its neighbours of the same class, so that its law is
    smooth.

    Attributes
    ----------
    value, size, digits : int
        What is made, and the parts: roughly how large it is, and the rank of its class.
    unit : float
        What is counted: the grid of the values, or a coarser one that most are on.
    modulus : int
        Units from one number of a class to the next.
    residues : (k,) int64
        Residue of each class, or -1 for all others.
    step : float
        Grid of the values of other residues, or 0.
    atoms : (m,) float64
        Values that keep themselves, increasing.
    lower, upper : float
        Natural bounds of the values.
    """

    value: int
    size: int
    digits: int
    unit: float
    modulus: int
    residues: Ints
    step: float
    atoms: Floats
    lower: Endless = -np.inf
    upper: Endless = np.inf

    def __post_init__(self) -> None:
        used = self.value, self.size, self.digits
        if min(used) < 0 or len(set(used)) < len(used):
            raise ValueError("a lattice names three different coordinates")
        if not (0 < self.unit <= LARGEST and 0 <= self.step <= LARGEST):
            raise ValueError("unit, step: expected finite numbers, and unit above 0")
        if not 1 <= self.modulus <= 10**15:
            raise ValueError("modulus: expected a positive whole number")
        r = self.residues
        if r.ndim != 1 or not r.size or np.unique(r).size < r.size:
            raise ValueError("residues: expected different numbers")
        if r.min() < OTHER or r.max() >= self.modulus:
            raise ValueError("residues: expected numbers below the modulus, or -1")
        if self.atoms.ndim != 1 or not (np.abs(self.atoms) <= LARGEST).all():
            raise ValueError("atoms: expected finite numbers")
        if (np.diff(self.atoms) <= 0).any() or not self.lower <= self.upper:
            raise ValueError("atoms, bounds: expected increasing numbers")
        freeze(self, "residues", "atoms")

    @property
    def makes(self) -> tuple[int, ...]:
        return (self.value,)

    @property
    def needs(self) -> tuple[int, ...]:
        return self.size, self.digits

    @property
    def rejects(self) -> bool:
        return False

    def make(self, x: Floats, /) -> None:
        size = x[self.size]
        rank = np.clip(np.nan_to_num(x[self.digits]), 0, self.residues.size - 1).astype(np.int64)
        residue = self.residues[rank]
        made = np.where(residue == OTHER, self._off(size), self._nearest(size, residue))
        atom = self._atom(size)
        x[self.value] = np.where(atom, size, made)

    def split(self, x: Floats, /) -> None:
        value = x[self.value]
        rank = self.rank(value)
        known = rank >= 0
        x[self.digits] = np.where(known, rank, np.nan)
        on = np.zeros(value.shape, dtype=bool)
        on[known] = self.residues[rank[known]] != OTHER
        length = np.where(on, self.unit * self.modulus, self.step)
        spread = value + length * _even(value)
        spread = np.where(spread < self.lower, 2 * self.lower - spread, spread)
        spread = np.where(spread > self.upper, 2 * self.upper - spread, spread)
        x[self.size] = np.where(known, spread, value)

    def holds(self, x: Floats, /) -> Bools:
        value = x[self.value]
        rank = self.rank(value)
        ok = rank < 0
        ok[~ok] = self.residues[rank[~ok]] != OTHER
        return np.asarray(ok)

    def rank(self, value: Floats) -> Ints:
        """Return the rank of the class of each value, -1 for atoms and what is not known."""
        k, on = self._counted(value)
        residue = np.where(on, np.mod(k, self.modulus), OTHER).astype(np.int64)
        order = np.argsort(self.residues)
        at = np.searchsorted(self.residues[order], residue)
        rank = order[np.minimum(at, order.size - 1)]
        other = np.flatnonzero(self.residues == OTHER)
        rank = np.where(self.residues[rank] == residue, rank, other[0] if other.size else -1)
        return np.where(self._atom(value) | np.isnan(value), -1, rank)

    def _counted(self, value: Floats) -> tuple[Floats, Bools]:
        """Return the values in whole units, and whether they are whole."""
        k = value / self.unit
        whole = np.round(k)
        return np.nan_to_num(whole), whole_units(k, self.step > 0)

    def _atom(self, value: Floats) -> Bools:
        if not self.atoms.size:
            return np.zeros(value.shape, dtype=bool)
        at = np.searchsorted(self.atoms, value)
        last = self.atoms.size - 1
        near = self.atoms[np.stack([np.maximum(at - 1, 0), np.minimum(at, last)])]
        room = 10 * RELATIVE * np.abs(near) + 1e-3 * self.step
        return np.asarray((np.abs(near - value) <= room).any(axis=0))

    def _nearest(self, size: Floats, residue: Ints) -> Floats:
        """Return the nearest number of a residue, within the bounds."""
        m = self.modulus
        k = m * np.round((size / self.unit - residue) / m) + residue
        k = k + m * ((k * self.unit < self.lower) - 1.0 * (k * self.unit > self.upper))
        return _decimal(k, self.unit)

    def _off(self, size: Floats) -> Floats:
        """Return the size on the grid, moved away from the residues that are classes."""
        if not self.step:
            return size
        k = np.round(size / self.step)
        listed = self.residues[self.residues != OTHER]
        if self.unit == self.step and 0 < listed.size < self.modulus:
            sign = np.where(size / self.step >= k, 1.0, -1.0)
            for away in range(1, AWAY):
                bad = np.isin(np.mod(k, self.modulus), listed)
                if not bad.any():
                    break
                k = np.where(bad, k + sign * away, k)
                sign = np.where(bad, -sign, sign)
        return np.clip(_decimal(k, self.step), self.lower, self.upper)


def whole_units(k: Floats, rounded: bool = False) -> Bools:
    """Return which numbers of units are whole, up to the last digits of floats."""
    room = np.clip(RELATIVE * np.abs(k), SLACK if rounded else RELATIVE, WIDEST)
    return np.asarray(np.abs(k - np.round(k)) <= room)


def _decimal(k: Floats, unit: float) -> Floats:
    """Return so many units, as decimal numbers are read."""
    per_unit = round(1.0 / unit) if unit < 1.0 else 0
    exact = per_unit > 0 and abs(unit * per_unit - 1.0) < 1e-9
    return np.asarray((k / per_unit if exact else k * unit) + 0.0)


def _even(value: Floats) -> Floats:
    """Return numbers in (-1/2, 1/2) that are evenly spread among equal and near values."""
    spread = np.empty(value.shape)
    spread[np.argsort(value, kind="stable")] = even_points(value.size) - 0.5
    return spread
