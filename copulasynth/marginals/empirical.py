"""The empirical distribution on at most 100 grid quantiles, joined by straight lines."""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from copulasynth._arrays import Endless, Floats, put
from copulasynth.marginals._axis import from_axis
from copulasynth.marginals._curve import (
    Curve,
    Tabulated,
    check_atoms,
    check_axis,
    check_points,
    mix_atoms,
)
from copulasynth.marginals._knots import MAX_KNOTS, find_atoms, fit_knots, squeeze

__all__ = ["Empirical", "fit_empirical"]


@dataclass(frozen=True, slots=True, eq=False)
class Empirical(Tabulated):
    """Atoms plus a piecewise-linear distribution function that never leaves the data's range.

    Attributes
    ----------
    atoms, shares, lower, upper, gap
        As of :class:`AtomSpline`.
    levels, points : (m,) float64
        Probabilities and quantiles of the rest, at most 100; each is a mean over neighbouring
        rows, so the law ends inside the sample's range.
    """

    atoms: Floats
    shares: Floats
    levels: Floats
    points: Floats
    lower: Endless = -np.inf
    upper: Endless = np.inf
    gap: float = 0.0
    _curve: Curve = field(init=False, repr=False)

    def __post_init__(self) -> None:
        levels = check_points("levels", self.levels)
        atoms, shares = check_atoms(self.atoms, self.shares, alone=levels.size == 0)
        points = check_points("points", self.points, levels.size)
        if (np.diff(levels) <= 0).any() or (np.diff(points) < 0).any():
            raise ValueError("levels, points: expected increasing numbers")
        if levels.size > MAX_KNOTS or (levels.size and (levels[0] < 0 or levels[-1] > 1)):
            raise ValueError(f"levels: expected at most {MAX_KNOTS} probabilities")
        check_axis(1.0, self.gap, self.lower, self.upper)
        g, c = levels, points
        if g.size:
            g = np.concatenate([[0.0], g, [1.0]])
            c = np.concatenate([c[:1], c, c[-1:]])
            # One rise in place of two jumps at the ends keeps F continuous.
            g = (g - g[1]) / (g[-2] - g[1]) if levels.size > 1 else g
        made = mix_atoms(
            atoms, shares, np.clip(g, 0, 1), c, self.gap, lower=self.lower, upper=self.upper
        )
        put(self, atoms=atoms, shares=shares, levels=levels, points=points, _curve=made)


def fit_empirical(
    x: Floats,
    *,
    step: float | None = None,
    lower: float = -np.inf,
    upper: float = np.inf,
    share: float = 0.005,
) -> Empirical:
    """Fit atoms and grid quantiles; the arguments are those of :func:`fit_atom_spline`.

    Examples
    --------
    >>> import numpy as np
    >>> m = fit_empirical(np.random.default_rng(1).exponential(size=1000))
    >>> m.points.size <= 100
    True
    """
    gap = step or 0.0
    found = find_atoms(x, share, gap, lower, upper)
    levels = points = np.empty(0)
    if found.rest.size:
        k = fit_knots(squeeze(found.rest, found.values, gap), -np.inf, np.inf, None)
        levels, points = ndtr(k.scores), from_axis(k.values, k.scale, k.centre)
    return Empirical(
        found.values, found.counts / x.size, levels, points, found.lower, found.upper, gap
    )
