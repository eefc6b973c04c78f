"""Fitting the linear indices of a tree copula, and the slopes of its leaves along them."""

from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.copulas.api import Cells
from copulasynth.copulas.tree.compact import Points, loose_stretches
from copulasynth.copulas.tree.freed import TOLD, freed_places
from copulasynth.copulas.tree.leaf_law import heap_share, wide_cells
from copulasynth.copulas.tree.linear_index import EDGE, LinearIndex
from copulasynth.copulas.tree.response import Response
from copulasynth.copulas.tree.robust import ROUNDS, fit_weights, huber_weights, scale_of

# Decimals of the ends of levels and atoms, and of the weights of indices.
DIGITS, WEIGHT_DIGITS = 9, 5


class Lines:
    """Collects the linear indices while variables are added one by one."""

    def __init__(self, cells: Cells, group: int) -> None:
        n, d = cells.lower.shape
        self.group = group
        self.score = np.zeros((n, d))
        self.weights = np.zeros((d, d))
        self.low, self.high = np.zeros(d), np.zeros(d)
        self.ordered = ~cells.nominal
        self.atoms = [(np.empty(0), np.empty(0))] * d

    def fit(self, j: int, before: Ints, lower: Floats, upper: Floats, seen: Bools) -> Response:
        """Return variable j as trees are to tell it: its atoms, and the index at every row.

        There is no index where the variable has no continuous region, and there are no heaps to
        speak of where values are mostly their own, or where the index says much of them.
        """
        nominal = not self.ordered[j]
        wide = wide_cells(lower[seen], upper[seen], nominal)
        if not nominal:
            lower, upper, wide = self._placed(before, lower, upper, seen, wide)
        self._note(j, lower[seen], upper[seen], wide)
        if not nominal and wide.size:
            self.low[j], self.high[j] = main_region(lower[seen], upper[seen], wide)
        region = (float(self.low[j]), float(self.high[j]))
        index, told = self._regress(j, before, lower, upper, seen)
        least = heap_share(int(seen.sum()), self.group)
        heaps = wide_cells(lower[seen], upper[seen], nominal, least)
        many = told < TOLD and (heaps & ~wide).sum() > 0.5 * (~wide).sum()
        given = (lower, upper, seen, wide, nominal, index, region)
        return Response(*given, heaps if many else None)

    def _placed(
        self, before: Ints, lower: Floats, upper: Floats, seen: Bools, wide: Bools
    ) -> tuple[Floats, Floats, Bools]:
        """Return cells, or points in them where an index says much, and the atoms that stay."""
        used = before[self.ordered[before]]
        loose = seen.copy()
        loose[seen] = ~wide
        if not enough(loose, used):
            return lower, upper, wide
        x = self.score[np.ix_(seen, used)]
        found = freed_places(x, lower[seen], upper[seen], wide)
        if found is None:
            return lower, upper, wide
        freed, place = found
        rows, moved = np.flatnonzero(seen), freed | ~wide
        lower, upper = lower.copy(), upper.copy()
        lower[rows[moved]] = upper[rows[moved]] = place[moved]
        return lower, upper, wide & ~freed

    def keep_heaps(self, j: int, of: Response) -> Response:
        """Take the heaps of variable j for atoms: it moves along no index."""
        assert of.heaps is not None
        self.weights[j] = 0.0
        self.low[j], self.high[j] = 0.0, 0.0
        self._note(j, *of.cells, of.heaps)
        return replace(of, wide=of.heaps, line=None, heaps=None, region=(0.0, 0.0))

    def _note(self, j: int, lower: Floats, upper: Floats, wide: Bools) -> None:
        self.atoms[j] = (np.unique(lower[wide]), np.unique(upper[wide]))

    def _regress(
        self, j: int, before: Ints, lower: Floats, upper: Floats, seen: Bools
    ) -> tuple[Floats | None, float]:
        """Return the index at every row, if there is a region, and the share that it explains."""
        low, high = self.low[j], self.high[j]
        used = before[self.ordered[before]]
        middle = 0.5 * (lower + upper)
        rows = seen & (middle > low) & (middle < high)
        if high <= low or not enough(rows, used):
            return None, 0.0
        y = ndtri((middle[rows] - low) / (high - low))
        beta = fit_weights(self.score[rows][:, used], y, ridge=0.002 * rows.sum())
        self.weights[j, used] = beta
        index = self.score[:, used] @ beta
        left, whole = (scale_of(v - np.median(v)) for v in (y - index[rows], y))
        return index, 1.0 - (left / whole) ** 2 if whole > 0 else 0.0

    def add(self, j: int, lower: Floats, upper: Floats) -> None:
        """Remember the scores of variable j, an atom's at its middle."""
        self.score[:, j] = ndtri(np.clip(0.5 * (lower + upper), EDGE, 1 - EDGE))

    def index(self) -> LinearIndex:
        weights = np.round(self.weights, WEIGHT_DIGITS)
        bottoms, tops = (tuple(map(_rounded, side)) for side in zip(*self.atoms, strict=True))
        return LinearIndex(weights, _rounded(self.low), _rounded(self.high), bottoms, tops)

    def points(self) -> Points:
        """Return where laws may begin and end: at levels and atoms, and on a grid beside them."""
        marks = [np.unique(_rounded(np.r_[0.0, a, b, 1.0])) for a, b in self.atoms]
        bottoms = [_rounded(a) for a, _ in self.atoms]
        return Points(tuple(marks), tuple(map(loose_stretches, marks, bottoms)))


def enough(rows: Bools, used: Ints) -> bool:
    """Return whether rows suffice to regress on so many variables."""
    return len(used) > 0 and int(rows.sum()) >= 20 + 5 * len(used)


def _rounded(x: Floats) -> Floats:
    return np.round(x, DIGITS)


def follow(
    leaf: Ints, line: Floats, lower: Floats, upper: Floats, wide: Bools, region: tuple[float, float]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Fit each leaf's slope along the index and take the index out of its cells.

    Returns slopes, centres, and the moved cells.
    """
    low, high = region
    leaves = int(leaf.max()) + 1
    middle = 0.5 * (lower + upper)
    inside = (middle > low) & (middle < high) & ~wide
    k, x = leaf[inside], line[inside]
    y = ndtri((middle[inside] - low) / (high - low))
    centre, slope = leaf_slopes(k, x, y, leaves)
    moved = low + (high - low) * ndtr(y - slope[k] * (x - centre[k]))
    margin = 1e-6 * (high - low)
    lower, upper = lower.copy(), upper.copy()
    lower[inside] = upper[inside] = np.clip(moved, low + margin, high - margin)
    return slope, centre, lower, upper


def leaf_slopes(leaf: Ints, x: Floats, y: Floats, leaves: int) -> tuple[Floats, Floats]:
    """Regress y on x within every leaf by Huber's estimator; return centres of x and slopes.

    Slopes are shrunk to the pooled within-leaf slope, with the weight of one mean leaf.
    """
    w = np.ones(len(x))
    centre, slope = np.zeros(leaves), np.zeros(leaves)
    for _ in range(ROUNDS):
        total = np.maximum(np.bincount(leaf, w, minlength=leaves), 1e-9)
        centre = np.bincount(leaf, w * x, minlength=leaves) / total
        level = np.bincount(leaf, w * y, minlength=leaves) / total
        dx, dy = x - centre[leaf], y - level[leaf]
        sxx = np.bincount(leaf, w * dx * dx, minlength=leaves)
        sxy = np.bincount(leaf, w * dx * dy, minlength=leaves)
        if not sxx.sum() > 0:
            break
        prior = sxx.sum() / np.count_nonzero(sxx)
        slope = (sxy + prior * sxy.sum() / sxx.sum()) / (sxx + prior)
        w = huber_weights(dy - slope[leaf] * dx)
    return centre, slope


def main_region(lower: Floats, upper: Floats, wide: Bools) -> tuple[float, float]:
    """Return the widest stretch of (0, 1) without levels and atoms, if it holds a fifth."""
    bottoms = np.r_[np.unique(lower[wide]), 1.0]
    tops = np.r_[0.0, np.unique(upper[wide])]
    k = int(np.argmax(bottoms - tops))
    if bottoms[k] - tops[k] < 0.2:
        return 0.0, 0.0
    return float(tops[k]), float(bottoms[k])
