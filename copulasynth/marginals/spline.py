"""The default marginal: atoms, and a monotone quantile spline for the rest."""

from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtr

from copulasynth._arrays import Floats, frozen
from copulasynth.marginals._curve import Curve, check_points, mix_atoms
from copulasynth.marginals._knots import MAX_KNOTS, Knots, find_atoms, fit_knots, squeeze

__all__ = ["AtomSpline", "fit_atom_spline"]

#: Normal scores at which the spline is tabulated, up to the ends of the unit interval in floats.
GRID = np.linspace(-8.2, 8.2, 1641)
GRID_U = ndtr(GRID)


@dataclass(frozen=True, slots=True, eq=False)
class AtomSpline:
    """Atoms plus a monotone quantile spline on the asinh x normal-score scale.

    With probability `shares[k]` the value is `atoms[k]`. Otherwise it is
    ``centre + scale * sinh(y(z))`` of a standard normal score z, where y is the monotone cubic
    interpolant [1]_ of the knots and goes on in straight lines, of slopes `tails`, beyond the
    first and the last. Linear in that space means a normal tail near the centre and a lognormal
    one far from it. A tail that is lighter than exponential has its outer knots on a fitted tail
    with an end point or of a normal law instead, up to the ends of the unit interval in floats.
    Neither goes beyond a least or greatest value that is an atom.

    Attributes
    ----------
    atoms, shares : (k,) float64
        Values that many rows share (strictly increasing) and their probabilities.
    scores, knots : (m,) float64
        Normal scores (strictly increasing) and asinh values (non-decreasing), at most 100. Each
        is a mean over neighbouring rows or lies on a fitted tail; empty if the atoms are
        everything.
    centre, scale : float
        Location and scale inside the asinh.
    tails : (float, float)
        Slopes below the first knot and above the last.
    lower, upper : float
        Natural bounds, or a floor or cap that rows were found to stand on; no value lies outside.
    gap : float
        Step of the value grid, or 0. The spline lives on an axis from which a piece of this
        length was cut out around each atom, so that rounding adds nothing to an atom.

    References
    ----------
    .. [1] F. N. Fritsch and J. Butland (1984), A method for constructing local monotone piecewise
       cubic interpolants, SIAM J. Sci. Stat. Comput. 5, 300-304.
    """

    atoms: Floats
    shares: Floats
    scores: Floats
    knots: Floats
    centre: float
    scale: float
    tails: tuple[float, float]
    lower: float = -np.inf
    upper: float = np.inf
    gap: float = 0.0
    _curve: Curve = field(init=False, repr=False)

    def __post_init__(self) -> None:
        atoms = check_points("atoms", self.atoms)
        shares = check_points("shares", self.shares, atoms.size)
        scores = check_points("scores", self.scores)
        knots = check_points("knots", self.knots, scores.size)
        if (
            (np.diff(atoms) <= 0).any()
            or (np.diff(scores) <= 0).any()
            or (np.diff(knots) < 0).any()
        ):
            raise ValueError("atoms, scores and knots: expected increasing numbers")
        total = shares.sum()
        if (shares <= 0).any() or total > 1 + 1e-6 or (scores.size == 0 and total < 1 - 1e-6):
            raise ValueError(
                "shares: expected positive numbers with sum 1, or less beside a spline"
            )
        if scores.size > MAX_KNOTS or np.abs(scores).max(initial=0.0) > 9:
            raise ValueError(f"scores: expected at most {MAX_KNOTS} normal scores within 9")
        if np.abs(knots).max(initial=0.0) > 100:
            raise ValueError("knots: expected asinh values within 100")
        if not (np.isfinite([self.centre, self.scale, self.gap]).all() and self.scale > 0):
            raise ValueError("centre, scale and gap: expected finite numbers, scale > 0")
        if self.gap < 0 or not all(0 <= t < 50 for t in self.tails):
            raise ValueError("gap and tails: expected numbers of at least 0, tails below 50")
        if not self.lower < self.upper:
            raise ValueError("lower: expected a number below upper")
        for name, value in [("atoms", atoms), ("shares", shares), ("scores", scores)]:
            object.__setattr__(self, name, value)
        object.__setattr__(self, "knots", knots)
        object.__setattr__(self, "_curve", self._tabulate())

    def _tabulate(self) -> Curve:
        c = np.empty(0)
        if self.scores.size:
            y = _spline(self.scores, self.knots, self.tails, GRID)
            c = self.centre + self.scale * np.sinh(np.clip(y, -200.0, 200.0))
        return mix_atoms(
            self.atoms, self.shares, GRID_U, c, self.gap, lower=self.lower, upper=self.upper
        )

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,); they differ at atoms only."""
        return self._curve.cell(x)

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,)."""
        return self._curve.quantile(u)


def _spline(scores: Floats, knots: Floats, tails: tuple[float, float], z: Floats) -> Floats:
    """Evaluate the monotone interpolant with straight tails at the scores z."""
    y = np.full_like(z, knots[0])
    if scores.size > 1:
        y = PchipInterpolator(scores, knots)(np.clip(z, scores[0], scores[-1]))
    below, above = z - scores[0], z - scores[-1]
    y = y + tails[0] * np.minimum(below, 0.0) + tails[1] * np.maximum(above, 0.0)
    return np.asarray(y, dtype=np.float64)


def fit_atom_spline(
    x: Floats,
    *,
    step: float | None = None,
    lower: float = -np.inf,
    upper: float = np.inf,
    share: float = 0.005,
    min_rows: int = 4,
    window: int = 10,
) -> AtomSpline:
    """Fit atoms and a monotone quantile spline.

    Parameters
    ----------
    x : (n,) float64
        Observed values, no NaN.
    step : float, optional
        Step of the grid on which the values lie.
    lower, upper : float
        Natural bounds.
    share, min_rows : float, int
        A value is an atom if at least ``max(min_rows, share * n)`` rows have it, or at least
        `min_rows` and far more than the density around it explains, as round numbers often have.
    window : int
        Least number of neighbouring rows that a knot is the mean of (all, if there are fewer).

    Raises
    ------
    ValueError
        If x is empty or a value lies outside the bounds.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> x = np.where(rng.random(5000) < 0.4, 0.0, rng.lognormal(3, 1, 5000))
    >>> m = fit_atom_spline(x, lower=0.0)
    >>> m.atoms.tolist(), m.shares.round(2).tolist(), m.scores.size <= 100
    ([0.0], [0.4], True)
    """
    if x.size == 0:
        raise ValueError("expected at least one value")
    if x.min() < lower or x.max() > upper:
        raise ValueError(f"expected values within [{lower}, {upper}]")
    gap = step or 0.0
    found = find_atoms(np.sort(x), share, min_rows, gap)
    lower, upper = max(lower, found.lower), min(upper, found.upper)
    h = 0.5 * gap
    inner = squeeze(found.rest, found.values, gap)
    top = upper + h - gap * found.values.size
    tails = (found.low_tail, found.high_tail)
    knots = fit_knots(inner, lower - h, top, window, tails) if inner.size else Knots.none()
    return AtomSpline(
        atoms=found.values,
        shares=found.counts / x.size,
        scores=frozen(knots.scores),
        knots=frozen(knots.values),
        centre=knots.centre,
        scale=knots.scale,
        tails=knots.tails,
        lower=lower,
        upper=upper,
        gap=gap,
    )
