"""A marginal of pieces, with nothing between them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import TINY, Floats, frozen, put
from copulasynth.marginals._api import Marginal
from copulasynth.marginals._curve import check_points
from copulasynth.marginals._holes import Hole
from copulasynth.marginals.discrete import fit_discrete

__all__ = ["Pieces", "fit_pieces"]

#: Most pieces of a marginal.
MAX_PIECES = 100
#: Part of a hole by which a piece may reach into it, between this and half of it: the end of a
#: piece is no row.
REACH = 1 / 16


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """A law on each of several stretches, with the share of the rows that are there.

    Attributes
    ----------
    bases : tuple of Marginal
        From the lowest stretch to the highest; each keeps to its own.
    shares : (k,) float64
        Their probabilities.
    cuts : (k - 1,) float64
        A point of the hole between each two neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> from copulasynth.marginals import Parametric
    >>> low, high = (Parametric("uniform", ends, (0.0, 0.0)) for ends in ((0.0, 1.0), (8.0, 1.0)))
    >>> m = Pieces((low, high), np.array([0.5, 0.5]), np.array([4.0]))
    >>> m.quantile(np.array([0.25, 0.75])).tolist()
    [0.5, 8.5]
    >>> [f.tolist() for f in m.cell(np.array([3.0, 8.5]))]
    [[0.5, 0.75], [0.5, 0.75]]
    """

    bases: tuple[Marginal, ...]
    shares: Floats
    cuts: Floats
    _below: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.bases) <= MAX_PIECES:
            raise ValueError(f"bases: expected 1 to {MAX_PIECES} laws")
        shares = check_points("shares", self.shares, len(self.bases))
        cuts = check_points("cuts", self.cuts, len(self.bases) - 1)
        if (shares <= 0).any() or abs(shares.sum() - 1.0) > 1e-6:
            raise ValueError("shares: expected positive numbers with sum 1")
        if (np.diff(cuts) <= 0).any():
            raise ValueError("cuts: expected increasing numbers")
        below = np.concatenate([[0.0], np.cumsum(shares)])
        put(self, shares=shares, cuts=cuts, _below=frozen(below / below[-1]))

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,)."""
        x = np.asarray(x, dtype=np.float64)
        piece = np.searchsorted(self.cuts, x)
        lower, upper = np.empty(x.shape), np.empty(x.shape)
        for k, base in enumerate(self.bases):
            rows = piece == k
            for out, f in zip((lower, upper), base.cell(x[rows]), strict=True):
                out[rows] = self._below[k] + self.shares[k] * f
        return lower, upper

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,)."""
        u = np.asarray(u, dtype=np.float64)
        piece = np.searchsorted(self._below[1:-1], u)
        x = np.empty(u.shape)
        for k, base in enumerate(self.bases):
            rows = piece == k
            inner = (u[rows] - self._below[k]) / self.shares[k]
            x[rows] = base.quantile(np.clip(inner, TINY, 1.0 - TINY))
        return x


def fit_pieces(
    x: Floats,
    holes: list[Hole],
    fit: Callable[[Floats, float, float], Marginal],
    *,
    lower: float = -np.inf,
    upper: float = np.inf,
    step: float = 0.0,
) -> Pieces:
    """Fit a law to the values between each two holes.

    Parameters
    ----------
    x : (n,) float64
    holes : list of (float, float)
        In increasing order; no value lies inside.
    fit : callable
        From values and their bounds to a law within them.
    lower, upper : float
        Natural bounds.
    step : float
        Grid of the values, or 0.
    """
    cuts = np.array([0.5 * (low + high) for low, high in holes])
    ends = [_ends(hole, step) for hole in holes]
    lowers, uppers = [lower, *(e[1] for e in ends)], [*(e[0] for e in ends), upper]
    piece = np.searchsorted(cuts, x)
    groups = [x[piece == k] for k in range(len(cuts) + 1)]
    bases = tuple(
        fit_discrete(values) if values.min() == values.max() else fit(values, low, high)
        for values, low, high in zip(groups, lowers, uppers, strict=True)
    )
    return Pieces(bases, np.array([g.size / x.size for g in groups]), cuts)


def _ends(hole: Hole, step: float) -> Hole:
    """Return where the pieces on both sides end: on a coarse grid, or one of the values."""
    low, high = hole
    coarse = float(2.0 ** np.floor(np.log2(REACH * (high - low))))
    if step:
        coarse = step * max(np.floor(coarse / step), 1.0)
    reach = np.floor(low / coarse) * coarse + coarse, np.ceil(high / coarse) * coarse - coarse
    middle = 0.5 * (low + high)
    # on a huge offset the coarse grid is finer than the numbers themselves
    return (
        float(reach[0]) if low <= reach[0] < middle else low,
        float(reach[1]) if middle < reach[1] <= high else high,
    )
