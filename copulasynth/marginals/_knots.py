"""Knots of the quantile spline: means over neighbouring rows, and slopes of the tails."""

from dataclasses import dataclass

import numpy as np
import scipy
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth.marginals._axis import axis_of, from_axis, to_axis
from copulasynth.marginals._tails import REACHES, ends, light_tail, tail_rows

MAX_KNOTS = 100
#: Least number of rows on an atom.
MIN_ROWS = 4
#: Least number of neighbouring rows that a knot is the mean of (all, if there are fewer).
WINDOW = 10
#: Blocks of rows; either tail may add knots of its own.
MAX_BLOCKS = MAX_KNOTS - 2 * (len(REACHES) + 1)
#: Share of the rows at either end that the slope of a tail is fitted to.
TAIL = 0.02
#: The quantile at 1 - 1/(10 n) is at most this many times as far from the centre as the mean of
#: the outermost window.
REACH = 3.0
#: Rows on either side that tell the density around a value, and how rare a heap is by chance.
AROUND, CHANCE = 20, 0.0005
#: From here on the axis is a logarithm to the last digit.
FLAT = 20.0
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


@dataclass(frozen=True, slots=True, eq=False)
class Atoms:
    """Values that many rows share, how many do, the other rows, and where the values must end.

    The least or greatest value is a bound if it is an atom: with so many rows on it and none
    beyond, there is next to nothing beyond (the probability of what was never seen is about the
    share of values seen once; I. J. Good (1953), Biometrika 40, 237-264).

    `low_tail` and `high_tail` are the rows that tell the shape of the tails, on the axis from
    which a piece was cut out around each atom, as it is there.
    """

    values: Floats
    counts: Ints
    rest: Floats
    lower: float
    upper: float
    low_tail: Floats
    high_tail: Floats

    def inner_bounds(self, gap: float) -> tuple[float, float]:
        """Return the bounds on the axis from which a piece was cut out around each atom."""
        return self.lower - 0.5 * gap, self.upper + 0.5 * gap - gap * self.values.size


def find_atoms(
    x: Floats, share: float, gap: float, lower: float = -np.inf, upper: float = np.inf
) -> Atoms:
    """Split values into atoms and the rest, sorted, and find where within the bounds they end.

    Atoms are shared by ``max(MIN_ROWS, share * n)`` rows, or are the least or greatest value and
    nothing can lie beyond them (:func:`copulasynth.marginals._tails.ends`).
    """
    ordered = np.sort(x)
    start = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > 0]))
    counts = np.diff(np.append(start, ordered.size))
    frequent = counts >= max(MIN_ROWS, share * ordered.size)
    values = ordered[start]
    frequent |= find_heaps(values, counts, MIN_ROWS, gap)
    floor, cap = ends(values, counts, MIN_ROWS, gap)
    frequent[0] |= floor
    frequent[-1] |= cap
    rest = ordered[np.repeat(~frequent, counts)]
    rows = tail_rows(values, counts, gap) if gap else rest
    return Atoms(
        values[frequent],
        counts[frequent],
        rest,
        max(lower, float(values[0])) if frequent[0] else lower,
        min(upper, float(values[-1])) if frequent[-1] else upper,
        rows,
        rows - gap * int(frequent.sum()),
    )


def find_heaps(values: Floats, counts: Ints, min_rows: int, gap: float) -> Bools:
    """Say which values are shared by more rows than the density around them explains.

    Rows around a value (the next `AROUND` on either side, less its own) tell how many a cell of
    the grid would hold by chance; a value is a heap if as many rows as it has would have a Poisson
    probability below `CHANCE`. Without a grid, rows of one value are no chance at all.
    """
    shared = counts >= min_rows
    if gap == 0.0 or not shared.any():
        return shared
    total = np.concatenate([[0], np.cumsum(counts)])
    k = np.arange(values.size)
    low = np.searchsorted(total, total[k] - AROUND, side="right") - 1
    high = np.searchsorted(total, total[k + 1] + AROUND, side="left")
    low, high = np.maximum(low, 0), np.minimum(high, values.size)
    rows = total[high] - total[low] - counts
    cells = np.maximum((values[high - 1] - values[low]) / gap, 1.0)
    return np.asarray(shared & (scipy.stats.poisson.sf(counts - 1, rows / cells) < CHANCE))


def value_ends(x: Floats, step: float | None) -> tuple[float, float]:
    """Return the least and greatest value that the variable can have, or infinities."""
    found = find_atoms(x, 0.005, step or 0.0)
    return found.lower, found.upper


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
    return floats(rest - gap * np.searchsorted(atoms, rest) + gap * within)


def fit_knots(x: Floats, lower: float, upper: float, tails: tuple[Floats, Floats] | None) -> Knots:
    """Fit the knots of sorted values x, (m,), and tails with the shapes of `tails` if given."""
    m = x.size
    if m == 0:
        return Knots(x, x, 0.0, 1.0, (0.0, 0.0))
    quarter = np.interp([0.25, 0.5, 0.75], (np.arange(m) + 0.5) / m, x)
    scale, centre = axis_of(x, *map(float, quarter))
    y = to_axis(x, scale, centre)
    z = ndtri((np.arange(m) + 0.5) / m)
    edges = _blocks(m)
    rows = np.diff(np.append(edges, m))
    scores = np.add.reduceat(z, edges) / rows
    values = np.maximum.accumulate(np.add.reduceat(y, edges) / rows)
    knots = Knots(scores, values, centre, scale, (0.0, 0.0))
    if tails is None:
        return knots
    mirrored = Knots(-scores[::-1], -values[::-1], -centre, scale, (0.0, 0.0))
    below = _upper_tail(-x[::-1], -z[::-1], -y[::-1], mirrored, -lower, -tails[0][::-1])
    above = _upper_tail(x, z, y, knots, upper, tails[1])
    return Knots(
        np.concatenate([-below[0][::-1], scores, above[0]]),
        np.concatenate([-below[1][::-1], values, above[1]]),
        centre,
        scale,
        (below[2], above[2]),
    )


def _upper_tail(
    x: Floats, z: Floats, y: Floats, knots: Knots, bound: float, rows: Floats
) -> tuple[Floats, Floats, float]:
    """Return scores and values of knots above the outermost one, and the slope beyond them."""
    none = np.empty(0)
    score, value = float(knots.scores[-1]), float(knots.values[-1])
    outer = from_axis(knots.values[-2:], knots.scale, knots.centre)
    if outer.size == 2:
        light = light_tail(rows, knots.scores[-2:], outer, _tail(z, x), bound)
        if light is not None:
            far = to_axis(light[1], knots.scale, knots.centre)
            return light[0], np.maximum.accumulate(np.maximum(far, value)), 0.0
    end = float(to_axis(bound, knots.scale, knots.centre))
    return none, none, _tame(_tail(z, y), score, value, end, x.size)


def _blocks(m: int) -> Ints:
    """Return the first rows of at most MAX_BLOCKS blocks, about evenly spaced in normal score."""
    if m < 2 * WINDOW:
        return np.array([0])
    reach = -float(ndtri(WINDOW / m))
    inner = m * ndtr(np.linspace(-reach, reach, MAX_BLOCKS - 1))
    half = np.rint(inner[inner <= 0.5 * m]).astype(np.int64)
    edges = [0]
    for edge in half:
        if edge - edges[-1] >= WINDOW:
            edges.append(int(edge))
    mirrored = [m - e for e in reversed(edges[1:])]
    if mirrored and mirrored[0] - edges[-1] < WINDOW:
        mirrored = mirrored[1:]
    return np.array(edges + mirrored)


def _tail(z: Floats, y: Floats) -> float:
    """Return the slope of y against z over the last rows: the median of slopes between pairs.

    P. K. Sen (1968), Estimates of the regression coefficient based on Kendall's tau, JASA 63.
    """
    m = z.size
    k = int(min(m, max(2 * WINDOW, TAIL * m)))
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
        # beyond a few scales, REACH times as far is so much further on the axis
        near = np.arcsinh(REACH * max(np.sinh(min(value, FLAT)), 1.0)) - value
        limit = np.log(REACH) if value > FLAT else near
        slope = min(slope, float(limit) / (far - score))
    if np.isfinite(end):
        slope = min(slope, max(end - value, 0.0) / (LAST_SCORE - score))
    return slope
