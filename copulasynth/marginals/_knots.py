"""Knots of the quantile spline: means over neighbouring rows, and slopes of the tails."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Floats, Ints

__all__ = ["MAX_KNOTS", "Knots", "coarse", "find_atoms", "fit_knots", "squeeze"]

MAX_KNOTS = 100
#: Share of the rows at either end that the slope of a tail is fitted to.
TAIL = 0.02
#: The quantile at 1 - 1/(10 n) is at most this many times as far from the centre as the mean of
#: the outermost window.
REACH = 3.0
#: The score where floats in (0, 1) end; a tail with a natural bound stays inside up to here.
LAST_SCORE = 8.3


@dataclass(frozen=True, slots=True, eq=False)
class Knots:
    """Scores and asinh values of the knots, and what belongs to them."""

    scores: Floats
    values: Floats
    centre: float
    scale: float
    tails: tuple[float, float]

    @classmethod
    def none(cls) -> "Knots":
        return cls(np.empty(0), np.empty(0), 0.0, 1.0, (0.0, 0.0))


def find_atoms(ordered: Floats, rows: float) -> tuple[Floats, Ints, Floats]:
    """Split sorted values into those that `rows` rows or more share, their counts, and the rest."""
    start = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > 0]))
    counts = np.diff(np.append(start, ordered.size))
    frequent = counts >= rows
    values = ordered[start]
    return values[frequent], counts[frequent], ordered[np.repeat(~frequent, counts)]


def squeeze(rest: Floats, atoms: Floats, gap: float) -> Floats:
    """Cut a piece of length `gap` around each atom out of the axis, and spread ties over cells.

    `rest` is sorted. On a grid, the k-th of m rows with one value stands at the (k - 1/2)/m-th
    part of the value's cell: rounding gives the value back, and the spline sees no steps.
    """
    if gap == 0.0 or rest.size == 0:
        return rest
    start = np.flatnonzero(np.concatenate([[True], np.diff(rest) > 0]))
    counts = np.diff(np.append(start, rest.size))
    place = np.arange(rest.size) - np.repeat(start, counts)
    within = (place + 0.5) / np.repeat(counts, counts) - 0.5
    inner: Floats = rest - gap * np.searchsorted(atoms, rest) + gap * within
    return inner


def fit_knots(x: Floats, lower: float, upper: float, window: int) -> Knots:
    """Fit the knots of sorted values x, (m,)."""
    m = x.size
    quarter = np.interp([0.25, 0.5, 0.75], (np.arange(m) + 0.5) / m, x)
    centre, scale = float(quarter[1]), float(quarter[2] - quarter[0]) / 1.35
    if scale <= 0.0:
        scale = float(x.std()) or 0.01 * abs(centre) or 1.0
    scale, centre = coarse(scale, centre)
    y = np.arcsinh((x - centre) / scale)
    z = ndtri((np.arange(m) + 0.5) / m)
    edges = _blocks(m, window)
    rows = np.diff(np.append(edges, m))
    scores = np.add.reduceat(z, edges) / rows
    values = np.maximum.accumulate(np.add.reduceat(y, edges) / rows)
    slopes = _tail(-z[::-1], -y[::-1], window), _tail(z, y, window)
    ends = [np.arcsinh((b - centre) / scale) for b in (lower, upper)]
    below = _tame(slopes[0], -float(scores[0]), -float(values[0]), -float(ends[0]), m)
    above = _tame(slopes[1], float(scores[-1]), float(values[-1]), float(ends[1]), m)
    return Knots(scores, values, centre, scale, (below, above))


def coarse(scale: float, centre: float) -> tuple[float, float]:
    """Return the scale and centre on a coarse grid of irrational numbers.

    Any will do for the asinh; a quantile of a small table would be one of its rows.
    """
    scale = float(2.0 ** ((np.floor(4.0 * np.log2(scale)) + 0.5) / 4.0))
    return scale, (float(np.floor(16.0 * centre / scale)) + 0.5) * scale / 16.0


def _blocks(m: int, window: int) -> Ints:
    """Return the first rows of at most MAX_KNOTS blocks, about evenly spaced in normal score."""
    if m < 2 * window:
        return np.array([0])
    reach = -float(ndtri(window / m))
    inner = m * ndtr(np.linspace(-reach, reach, MAX_KNOTS - 1))
    half = np.rint(inner[inner <= 0.5 * m]).astype(np.int64)
    edges = [0]
    for edge in half:
        if edge - edges[-1] >= window:
            edges.append(int(edge))
    mirrored = [m - e for e in reversed(edges[1:])]
    if mirrored and mirrored[0] - edges[-1] < window:
        mirrored = mirrored[1:]
    return np.array(edges + mirrored)


def _tail(z: Floats, y: Floats, window: int) -> float:
    """Return the slope of y against z over the last rows: the median of slopes between pairs.

    P. K. Sen (1968), Estimates of the regression coefficient based on Kendall's tau, JASA 63.
    """
    m = z.size
    k = int(min(m, max(2 * window, TAIL * m)))
    i = np.unique(np.linspace(m - k, m - 1, min(k, 60)).astype(np.int64))
    a, b = np.triu_indices(i.size, 1)
    if a.size == 0:
        return 0.1
    rise, run = y[i[b]] - y[i[a]], z[i[b]] - z[i[a]]
    return float(np.median(rise / run))


def _tame(slope: float, score: float, value: float, end: float, m: int) -> float:
    """Hold the slope of an upper tail that starts at (score, value) within reach and bound."""
    slope = max(slope, 1e-6)
    far = -float(ndtri(1.0 / (10.0 * max(m, 2))))
    if far > score:
        limit = np.arcsinh(REACH * max(np.sinh(value), 1.0))
        slope = min(slope, float(limit - value) / (far - score))
    if np.isfinite(end):
        slope = min(slope, max(end - value, 0.0) / (LAST_SCORE - score))
    return slope
