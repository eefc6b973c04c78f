"""The default marginal: atoms, and a monotone quantile spline for the rest."""

from dataclasses import dataclass, field

import numpy as np
import scipy
from scipy.special import ndtr

from copulasynth._arrays import Endless, Floats, put
from copulasynth.marginals._axis import FARTHEST, from_axis
from copulasynth.marginals._curve import (
    Curve,
    Tabulated,
    check_atoms,
    check_axis,
    check_points,
    mix_atoms,
)
from copulasynth.marginals._knots import MAX_KNOTS, find_atoms, fit_knots, squeeze

__all__ = ["AtomSpline", "fit_atom_spline"]

#: Normal scores at which the spline is tabulated, up to the ends of the unit interval in floats.
GRID = np.linspace(-8.2, 8.2, 1641)
GRID_U = ndtr(GRID)

#: Decimals of scores and asinh values, and of shares: numbers are rounded when they are fitted, so
#: that a model file holds no digits that mean nothing.
SCORE_DIGITS, DIGITS, SHARE_DIGITS = 5, 7, 9


@dataclass(frozen=True, slots=True, eq=False)
class AtomSpline(Tabulated):
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
    lower: Endless = -np.inf
    upper: Endless = np.inf
    gap: float = 0.0
    _curve: Curve = field(init=False, repr=False)

    def __post_init__(self) -> None:
        scores = check_points("scores", self.scores)
        atoms, shares = check_atoms(self.atoms, self.shares, alone=scores.size == 0)
        knots = check_points("knots", self.knots, scores.size)
        if (np.diff(scores) <= 0).any() or (np.diff(knots) < 0).any():
            raise ValueError("scores and knots: expected increasing numbers")
        if scores.size > MAX_KNOTS or np.abs(scores).max(initial=0.0) > 9:
            raise ValueError(f"scores: expected at most {MAX_KNOTS} normal scores within 9")
        if not (np.isfinite(self.centre) and np.abs(knots).max(initial=0.0) <= FARTHEST):
            raise ValueError(f"centre, knots: expected a finite number, values within {FARTHEST}")
        check_axis(self.scale, self.gap, self.lower, self.upper)
        if not all(0 <= t < FARTHEST for t in self.tails):
            raise ValueError(f"tails: expected numbers of at least 0 and below {FARTHEST}")
        put(self, atoms=atoms, shares=shares, scores=scores, knots=knots)
        put(self, _curve=self._tabulate())

    def _tabulate(self) -> Curve:
        c = np.empty(0)
        if self.scores.size:
            y = _spline(self.scores, self.knots, self.tails, GRID)
            c = from_axis(y, self.scale, self.centre)
        return mix_atoms(
            self.atoms, self.shares, GRID_U, c, self.gap, lower=self.lower, upper=self.upper
        )


def _spline(scores: Floats, knots: Floats, tails: tuple[float, float], z: Floats) -> Floats:
    """Evaluate the monotone interpolant with straight tails at the scores z."""
    y = np.full_like(z, knots[0])
    if scores.size > 1:
        y = scipy.interpolate.PchipInterpolator(scores, knots)(np.clip(z, scores[0], scores[-1]))
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
    share : float
        A value is an atom if at least ``max(4, share * n)`` rows have it, or at least 4 and far
        more than the density around it explains, as round numbers often have.

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
    found = find_atoms(x, share, gap, lower, upper)
    inner = squeeze(found.rest, found.values, gap)
    tails = (found.low_tail, found.high_tail)
    knots = fit_knots(inner, *found.inner_bounds(gap), tails)
    return AtomSpline(
        atoms=found.values,
        shares=np.round(found.counts / x.size, SHARE_DIGITS),
        scores=np.round(knots.scores, SCORE_DIGITS),
        knots=np.round(knots.values, DIGITS),
        centre=knots.centre,
        scale=knots.scale,
        tails=knots.tails,
        lower=found.lower,
        upper=found.upper,
        gap=gap,
    )
