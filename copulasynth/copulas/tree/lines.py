"""Fitting the linear indices of a tree copula, and the slopes of its leaves along them."""

import numpy as np
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.copulas.api import Cells
from copulasynth.copulas.tree.compact import Points, loose_stretches
from copulasynth.copulas.tree.leaf_law import heap_share, wide_cells
from copulasynth.copulas.tree.linear_index import EDGE, LinearIndex

# Huber's constant for 95 % efficiency under a normal law, and rounds of reweighting.
HUBER = 1.345
ROUNDS = 8

# Share of a variable that its index must explain where its values are heaps.
TOLD = 0.5

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

    def fit(
        self, j: int, before: Ints, lower: Floats, upper: Floats, seen: Bools
    ) -> tuple[Bools, Floats | None, Bools | None]:
        """Return the atoms among seen rows, the index at every row, and heaps that may be atoms.

        There is no index where the variable has no continuous region, and there are no heaps to
        speak of where values are mostly their own, or where the index says much of them.
        """
        wide = self._settle(j, lower[seen], upper[seen])
        index, told = self._regress(j, before, lower, upper, seen)
        least = heap_share(int(seen.sum()), self.group)
        heaps = wide_cells(lower[seen], upper[seen], not self.ordered[j], least)
        if told < TOLD and (heaps & ~wide).sum() > 0.5 * (~wide).sum():
            return wide, index, heaps
        return wide, index, None

    def keep_heaps(self, j: int, lower: Floats, upper: Floats, heaps: Bools) -> None:
        """Take the heaps of variable j for atoms, from its seen cells: it moves along no index."""
        self.weights[j] = 0.0
        self.low[j], self.high[j] = 0.0, 0.0
        self._note(j, lower, upper, heaps)

    def _settle(self, j: int, lower: Floats, upper: Floats) -> Bools:
        """Note the atoms of variable j and its region, from its seen cells; return the atoms."""
        wide = wide_cells(lower, upper, not self.ordered[j])
        self._note(j, lower, upper, wide)
        if self.ordered[j] and wide.size:
            self.low[j], self.high[j] = main_region(lower, upper, wide)
        return wide

    def _note(self, j: int, lower: Floats, upper: Floats, wide: Bools) -> None:
        self.atoms[j] = (np.unique(lower[wide]), np.unique(upper[wide]))

    def region(self, j: int) -> tuple[float, float]:
        return float(self.low[j]), float(self.high[j])

    def _regress(
        self, j: int, before: Ints, lower: Floats, upper: Floats, seen: Bools
    ) -> tuple[Floats | None, float]:
        """Return the index at every row, if there is a region, and the share that it explains."""
        low, high = self.region(j)
        used = before[self.ordered[before]]
        middle = 0.5 * (lower + upper)
        rows = seen & (middle > low) & (middle < high)
        if high <= low or len(used) == 0 or rows.sum() < 20 + 5 * len(used):
            return None, 0.0
        y = ndtri((middle[rows] - low) / (high - low))
        beta = fit_weights(self.score[rows][:, used], y, ridge=0.002 * rows.sum())
        self.weights[j, used] = beta
        index = self.score[:, used] @ beta
        left = float(np.median(np.abs(y - index[rows] - np.median(y - index[rows]))))
        whole = float(np.median(np.abs(y - np.median(y))))
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


def fit_weights(x: Floats, y: Floats, ridge: float) -> Floats:
    """Regress y on the columns of x by Huber's estimator with a ridge.

    Real relations hold tightly for most rows and not at all for some; least squares would follow
    the latter (Huber 1964, Ann. Math. Statist. 35:73). The ridge is in rows of unit variance.
    """
    w = np.ones(len(y))
    beta = np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        dx, dy = x - w @ x / w.sum(), y - w @ y / w.sum()
        gram = (dx.T * w) @ dx
        gram[np.diag_indices_from(gram)] += ridge
        beta = np.linalg.solve(gram, dx.T @ (w * dy))
        w = huber_weights(dy - dx @ beta)
    return beta


def huber_weights(residual: Floats) -> Floats:
    """Return min(1, c s / |r|) with s the median absolute residual, scaled to a normal's sd."""
    size = np.abs(residual)
    scale = HUBER * max(1.4826 * float(np.median(size)), 1e-9)
    return np.minimum(1.0, scale / np.maximum(size, 1e-300))
