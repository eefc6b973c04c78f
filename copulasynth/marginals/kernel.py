"""A kernel density estimate on the asinh scale, kept as a distribution function on a grid."""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from copulasynth._arrays import Floats, floats, frozen
from copulasynth.marginals._curve import Curve, check_points, mix_atoms
from copulasynth.marginals._knots import coarse, find_atoms, squeeze

__all__ = ["Kernel", "fit_kernel"]

POINTS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """Atoms plus a smooth law given by F on a regular grid of asinh((x - centre) / scale).

    Attributes
    ----------
    atoms, shares : (k,) float64
        Values that many rows share, and their probabilities.
    levels : (m,) float64
        F of the rest on the grid, from 0 to 1; no kernel centre is kept.
    start, end : float
        First and last point of the grid.
    centre, scale, bandwidth : float
        Location and scale inside the asinh, and the kernel's standard deviation on that scale.
    lower, upper : float
        Natural bounds; mass beyond them stands on them.
    gap : float
        Step of the value grid, or 0, as in :class:`AtomSpline`.
    """

    atoms: Floats
    shares: Floats
    levels: Floats
    start: float
    end: float
    centre: float
    scale: float
    bandwidth: float
    lower: float = -np.inf
    upper: float = np.inf
    gap: float = 0.0
    _curve: Curve = field(init=False, repr=False)

    def __post_init__(self) -> None:
        atoms = check_points("atoms", self.atoms)
        shares = check_points("shares", self.shares, atoms.size)
        levels = check_points("levels", self.levels)
        if (np.diff(atoms) <= 0).any() or (np.diff(levels) < 0).any():
            raise ValueError("atoms, levels: expected increasing numbers")
        if not 2 <= levels.size <= 10_000 or levels[0] < 0 or levels[-1] > 1:
            raise ValueError("levels: expected 2 to 10,000 probabilities")
        if (shares <= 0).any() or shares.sum() >= 1:
            raise ValueError("shares: expected positive numbers with a sum below 1")
        numbers = [self.start, self.end, self.centre, self.scale, self.gap]
        if not np.isfinite(numbers).all() or self.scale <= 0 or self.gap < 0:
            raise ValueError("start, end, centre, scale, gap: expected finite numbers, scale > 0")
        if not (-100 < self.start < self.end < 100 and self.lower < self.upper):
            raise ValueError("start and lower: expected numbers below end and upper")
        for name, value in [("atoms", atoms), ("shares", shares), ("levels", levels)]:
            object.__setattr__(self, name, value)
        c = self.centre + self.scale * np.sinh(np.linspace(self.start, self.end, levels.size))
        made = mix_atoms(atoms, shares, levels, c, self.gap, lower=self.lower, upper=self.upper)
        object.__setattr__(self, "_curve", made)

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,)."""
        return self._curve.cell(x)

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,)."""
        return self._curve.quantile(u)


def fit_kernel(
    x: Floats,
    *,
    step: float | None = None,
    lower: float = -np.inf,
    upper: float = np.inf,
    share: float = 0.005,
    min_rows: int = 4,
) -> Kernel:
    """Fit a Gaussian kernel density estimate, bandwidth by Silverman's rule, reflected at bounds.

    B. W. Silverman (1986), Density estimation for statistics and data analysis, equation 3.31.

    Raises
    ------
    ValueError
        If nothing but atoms is there.
    """
    gap = step or 0.0
    found = find_atoms(np.sort(x), share, min_rows, gap)
    atoms, counts, rest = found.values, found.counts, found.rest
    lower, upper = max(lower, found.lower), min(upper, found.upper)
    if rest.size == 0:
        raise ValueError("a kernel estimate needs values that are not atoms")
    inner = squeeze(rest, atoms, gap)
    low, mid, high = np.quantile(inner, [0.25, 0.5, 0.75])
    spread = float(high - low) / 1.35 or float(inner.std()) or abs(float(mid)) or 1.0
    scale, centre = coarse(spread, float(mid))
    y = np.arcsinh((inner - centre) / scale)
    spread = float(np.subtract(*np.quantile(y, [0.75, 0.25]))) / 1.34
    width = min(float(y.std()), spread) or float(y.std()) or 1.0
    bandwidth = 0.9 * width * y.size**-0.2
    bounds = [
        np.arcsinh((b - centre) / scale) for b in _inner_bounds(lower, upper, gap, atoms.size)
    ]
    # Outward to quarters: the extreme rows must not be readable from the ends.
    start = max(np.floor(4 * (float(y[0]) - 4 * bandwidth)) / 4, float(bounds[0]))
    end = min(np.ceil(4 * (float(y[-1]) + 4 * bandwidth)) / 4, float(bounds[1]))
    grid = np.linspace(start, end, POINTS)
    return Kernel(
        atoms=atoms,
        shares=counts / x.size,
        levels=frozen(_smooth(y, grid, bandwidth, bounds)),
        start=float(start),
        end=float(end),
        centre=centre,
        scale=scale,
        bandwidth=bandwidth,
        lower=lower,
        upper=upper,
        gap=gap,
    )


def _inner_bounds(lower: float, upper: float, gap: float, k: int) -> tuple[float, float]:
    return lower - 0.5 * gap, upper + 0.5 * gap - gap * k


def _smooth(y: Floats, grid: Floats, bandwidth: float, bounds: list[Floats]) -> Floats:
    """Return the smoothed distribution function on the grid; values are binned finely first."""
    edges = np.linspace(float(y[0]), float(y[-1]) + 1e-12, 1025)
    weights = np.histogram(y, edges)[0] / y.size
    mids = 0.5 * (edges[1:] + edges[:-1])
    f = ndtr((grid[:, None] - mids) / bandwidth) @ weights
    if np.isfinite(bounds[0]):
        f += ndtr((grid[:, None] - (2 * bounds[0] - mids)) / bandwidth) @ weights
    if np.isfinite(bounds[1]):
        f += ndtr((grid[:, None] - (2 * bounds[1] - mids)) / bandwidth) @ weights
    f = np.maximum.accumulate(f - f[0])
    return floats(f / f[-1])
