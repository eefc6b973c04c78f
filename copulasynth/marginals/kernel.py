"""A kernel density estimate on the asinh scale, kept as a distribution function on a grid."""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from copulasynth._arrays import Endless, Floats, floats, put
from copulasynth.marginals._axis import FARTHEST, axis_of, from_axis, to_axis
from copulasynth.marginals._curve import (
    Curve,
    Tabulated,
    check_atoms,
    check_axis,
    check_points,
    mix_atoms,
)
from copulasynth.marginals._knots import find_atoms, squeeze

__all__ = ["Kernel", "fit_kernel"]

POINTS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Kernel(Tabulated):
    """Atoms plus a smooth law given by F on a regular grid of asinh((x - centre) / scale).

    Attributes
    ----------
    atoms, shares, lower, upper, gap
        As of :class:`AtomSpline`; mass beyond the bounds stands on them.
    levels : (m,) float64
        F of the rest on the grid, from 0 to 1; no kernel centre is kept.
    start, end : float
        First and last point of the grid.
    centre, scale, bandwidth : float
        Location and scale inside the asinh, and the kernel's standard deviation on that scale.
    """

    atoms: Floats
    shares: Floats
    levels: Floats
    start: float
    end: float
    centre: float
    scale: float
    bandwidth: float
    lower: Endless = -np.inf
    upper: Endless = np.inf
    gap: float = 0.0
    _curve: Curve = field(init=False, repr=False)

    def __post_init__(self) -> None:
        atoms, shares = check_atoms(self.atoms, self.shares, alone=False)
        levels = check_points("levels", self.levels)
        if (np.diff(levels) < 0).any():
            raise ValueError("levels: expected increasing numbers")
        if not 2 <= levels.size <= 10_000 or levels[0] < 0 or levels[-1] > 1:
            raise ValueError("levels: expected 2 to 10,000 probabilities")
        if shares.sum() >= 1:
            raise ValueError("shares: expected positive numbers with a sum below 1")
        check_axis(self.scale, self.gap, self.lower, self.upper)
        if not (np.isfinite(self.centre) and -FARTHEST < self.start < self.end < FARTHEST):
            raise ValueError("centre, start, end: expected a finite centre and start below end")
        c = from_axis(np.linspace(self.start, self.end, levels.size), self.scale, self.centre)
        made = mix_atoms(atoms, shares, levels, c, self.gap, lower=self.lower, upper=self.upper)
        put(self, atoms=atoms, shares=shares, levels=levels, _curve=made)


def fit_kernel(
    x: Floats,
    *,
    step: float | None = None,
    lower: float = -np.inf,
    upper: float = np.inf,
    share: float = 0.005,
) -> Kernel:
    """Fit a Gaussian kernel density estimate, bandwidth by Silverman's rule, reflected at bounds.

    B. W. Silverman (1986), Density estimation for statistics and data analysis, equation 3.31.

    Raises
    ------
    ValueError
        If nothing but atoms is there.
    """
    gap = step or 0.0
    found = find_atoms(x, share, gap, lower, upper)
    if found.rest.size == 0:
        raise ValueError("a kernel estimate needs values that are not atoms")
    inner = squeeze(found.rest, found.values, gap)
    low, mid, high = np.quantile(inner, [0.25, 0.5, 0.75])
    scale, centre = axis_of(inner, float(low), float(mid), float(high))
    y = to_axis(inner, scale, centre)
    spread = float(np.subtract(*np.quantile(y, [0.75, 0.25]))) / 1.34
    width = min(float(y.std()), spread) or float(y.std()) or 1.0
    bandwidth = 0.9 * width * y.size**-0.2
    ends = found.inner_bounds(gap)
    bounds = [to_axis(b, scale, centre) for b in ends]
    # Outward to quarters: the extreme rows must not be readable from the ends.
    start = max(np.floor(4 * (float(y[0]) - 4 * bandwidth)) / 4, float(bounds[0]))
    end = min(np.ceil(4 * (float(y[-1]) + 4 * bandwidth)) / 4, float(bounds[1]))
    grid = np.linspace(start, end, POINTS)
    return Kernel(
        atoms=found.values,
        shares=found.counts / x.size,
        levels=_smooth(y, grid, bandwidth, bounds),
        start=float(start),
        end=float(end),
        centre=centre,
        scale=scale,
        bandwidth=bandwidth,
        lower=found.lower,
        upper=found.upper,
        gap=gap,
    )


def _smooth(y: Floats, grid: Floats, bandwidth: float, bounds: list[Floats]) -> Floats:
    """Return the smoothed distribution function on the grid; values are binned finely first."""
    edges = np.linspace(float(y[0]), float(y[-1]) + 1e-12, 1025)
    weights = np.histogram(y, edges)[0] / y.size
    mids = 0.5 * (edges[1:] + edges[:-1])
    f = ndtr((grid[:, None] - mids) / bandwidth) @ weights
    for bound in filter(np.isfinite, bounds):
        f += ndtr((grid[:, None] - (2 * bound - mids)) / bandwidth) @ weights
    f = np.maximum.accumulate(f - f[0])
    return floats(f / f[-1])
