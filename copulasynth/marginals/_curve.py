"""A monotone piecewise-linear distribution function with jumps and flat pieces.

Semi-parametric marginals differ in how they arrive at a curve of probabilities against values;
what they do with it is the same, and is here. A jump of F (an atom) is two points of one value, a
flat piece of F (a gap) two points of one probability.
"""

from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import TINY, Floats, floats, frozen, put


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points (u, x) of a distribution function, both non-decreasing, joined by straight lines.

    Derived and never stored: the values that own a curve rebuild it from their own fields.
    """

    u: Floats
    x: Floats
    _down_u: Floats = field(init=False, repr=False)
    _down_x: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # np.interp takes the last of several equal abscissae; the mirrored curve takes the first.
        # One of each gives F(x) and F(x-), and the left-continuous inverse, without a branch.
        put(self, _down_u=frozen(-self.u[::-1]), _down_x=frozen(-self.x[::-1]))

    def cell(self, x: Floats) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,)."""
        return -np.interp(-x, self._down_x, self._down_u), np.interp(x, self.x, self.u)

    def quantile(self, u: Floats) -> Floats:
        """Return inf{x : F(x) >= u}, (n,)."""
        return -np.interp(-u, self._down_u, self._down_x)


class Tabulated:
    """What every marginal does that keeps its distribution function as a curve."""

    __slots__ = ()
    _curve: Curve

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,); they differ at atoms only."""
        return self._curve.cell(x)

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,)."""
        return self._curve.quantile(u)


def curve(u: Floats, x: Floats, lower: float = -np.inf, upper: float = np.inf) -> Curve:
    """Make a curve of points that are monotone up to rounding, clipped to natural bounds."""
    u = np.maximum.accumulate(np.clip(u, 0.0, 1.0))
    u[0], u[-1] = 0.0, 1.0
    x = np.clip(np.maximum.accumulate(x), lower, upper)
    return Curve(frozen(u), frozen(x + 0.0))


def mix_atoms(
    atoms: Floats,
    shares: Floats,
    g: Floats,
    c: Floats,
    gap: float = 0.0,
    *,
    lower: float = -np.inf,
    upper: float = np.inf,
) -> Curve:
    """Mix atoms into a continuous distribution G given by the points (g, c).

    Atoms increase, and G has what their shares leave. Its points lie on an axis from which a piece
    of length `gap`, the step of a value grid, was cut out around each atom: so no rounded value of
    the continuous part can fall on an atom.
    """
    k = np.arange(atoms.size)
    cuts = atoms - 0.5 * gap - gap * k
    below = np.concatenate([[0.0], np.cumsum(shares)])
    rest = max(1.0 - below[-1], 0.0)
    left = rest * np.interp(cuts, c, g) + below[:-1] if c.size else below[:-1]
    n_below = np.searchsorted(cuts, c, side="left")
    h = 0.5 * gap
    g = g if c.size else c
    x = np.concatenate([c + gap * n_below, atoms - h, atoms, atoms, atoms + h])
    u = np.concatenate([rest * g + below[n_below], left, left, left + shares, left + shares])
    order = np.lexsort((u, x))
    if rest <= TINY:
        order = order[(order >= c.size + atoms.size) & (order < c.size + 3 * atoms.size)]
    return curve(u[order], x[order], lower, upper)


def check_points(name: str, values: Floats, size: int | None = None) -> Floats:
    """Return `values` as a frozen finite vector, for constructors that read untrusted files."""
    a = floats(values, ndim=1)
    if size is not None and a.size != size:
        raise ValueError(f"{name}: expected {size} numbers, got {a.size}")
    if not np.isfinite(a).all():
        raise ValueError(f"{name}: every number must be finite")
    return frozen(a)


def check_atoms(atoms: Floats, shares: Floats, *, alone: bool) -> tuple[Floats, Floats]:
    """Return atoms and their probabilities as `check_points`; `alone`: nothing else is there."""
    atoms = check_points("atoms", atoms)
    shares = check_points("shares", shares, atoms.size)
    if (np.diff(atoms) <= 0).any():
        raise ValueError("atoms: expected increasing numbers")
    total = shares.sum()
    if (shares <= 0).any() or total > 1 + 1e-6 or (alone and total < 1 - 1e-6):
        raise ValueError("shares: expected positive numbers with sum 1, or less beside others")
    return atoms, shares


def check_axis(scale: float, gap: float, lower: float, upper: float) -> None:
    """Refuse a scale, a step of the grid or natural bounds that are none."""
    if not (np.isfinite([scale, gap]).all() and scale > 0 and gap >= 0):
        raise ValueError("scale and gap: expected finite numbers, scale > 0 and gap >= 0")
    if not lower < upper:
        raise ValueError("lower: expected a number below upper")
