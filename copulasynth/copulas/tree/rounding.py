"""Writing a forest in whole numbers: every end of a leaf law becomes the nearest point."""

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas.tree.compact import MILLI, MOST, CompactForest, Points
from copulasynth.copulas.tree.forest import Forest

__all__ = ["compact"]

#: About the most that the weights of a leaf's pieces add up to.
WEIGHTS = 1024


def compact(forest: Forest, order: Ints, points: Points) -> CompactForest:
    """Write a forest in whole numbers, each end as the nearest point.

    `order` (d,) is the variable of each row of the forest's roots; the trees of the compact one are
    in the order of the variables.
    """
    d = len(order)
    table = [points.of(j) for j in range(d)]
    rows = np.argsort(order)
    walked = [_breadth_first(forest, int(root)) for root in forest.roots[rows].ravel()]
    nodes = np.concatenate(walked)
    inner = forest.feature[nodes] >= 0
    bags = forest.roots.shape[1]
    variable = np.repeat(np.arange(d), bags).repeat([len(w) for w in walked])
    feature, cut = _codes(forest, nodes, table)
    leaves, owner = forest.child[nodes[~inner]], variable[~inner]
    law = _laws(forest, leaves, owner, points)
    moves = forest.slope[leaves] != 0
    moving = np.unique(owner[moves])
    still = np.isin(owner, moving)
    numbers = (np.rint(a[leaves][still] / MILLI) for a in (forest.slope, forest.centre))
    slope, centre = (np.clip(a, -MOST, MOST).astype(np.int64) for a in numbers)
    return CompactForest(bags, feature, cut[inner], *law, moving, slope, centre)


def _breadth_first(forest: Forest, root: int) -> Ints:
    """Return the nodes of a tree, level by level, siblings side by side."""
    level = np.array([root], dtype=np.int64)
    levels = []
    while level.size:
        levels.append(level)
        down = forest.child[level[forest.feature[level] >= 0]]
        level = np.column_stack([down, down + 1]).ravel()
    return np.concatenate(levels)


def _codes(forest: Forest, nodes: Ints, table: list[Floats]) -> tuple[Ints, Ints]:
    """Return the codes of the tests of nodes, and their cuts, 0 in leaves."""
    d = len(table)
    feature, low, high = forest.feature[nodes], forest.low[nodes], forest.high[nodes]
    cut = np.zeros(len(nodes), dtype=np.int64)
    index = feature == d
    cut[index] = np.clip(np.rint(low[index] / MILLI), -MOST, MOST).astype(np.int64)
    level = (feature >= 0) & ~index & (high < 1)
    # the last level of all ends at 1, and is all that lies above its beginning
    for j, points in enumerate(table):
        mine = feature == j
        cut[mine] = _nearest(points, low[mine])
    return np.where(level, feature + d + 1, feature), cut


def _laws(
    forest: Forest, leaves: Ints, owner: Ints, points: Points
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the numbers of pieces, first points, widths and weights of leaf laws."""
    sizes = np.diff(forest.offset)[leaves]
    leaf = np.repeat(np.arange(len(leaves)), sizes)
    begin = np.cumsum(sizes) - sizes
    segment = np.arange(len(leaf)) - begin[leaf] + forest.offset[leaves][leaf]
    low, high = np.empty(len(leaf), dtype=np.int64), np.empty(len(leaf), dtype=np.int64)
    up = np.empty(len(leaf), dtype=np.int64)
    for j in range(len(points.marks)):
        mine, known = owner[leaf] == j, points.of(j)
        low[mine] = _nearest(known, forest.segment_low[segment[mine]])
        high[mine] = _nearest(known, forest.segment_high[segment[mine]])
        # a piece without width is widened upwards unless an atom, or nothing, is there
        room = points.is_loose(j, known)
        room[-1] = False
        up[mine] = room[low[mine]] | (low[mine] == 0)
    leaf, low, high, count = _widened(leaf, low, high, forest.count[segment], up)
    fresh = np.r_[True, leaf[1:] != leaf[:-1]]
    hole = np.flatnonzero(~fresh & (low > np.r_[0, high[:-1]]))
    pieces = np.bincount(leaf, minlength=len(leaves))
    pieces += np.bincount(leaf[hole], minlength=len(leaves))
    count = _weights(leaf, count)
    before = low[hole] - high[hole - 1]
    return (
        pieces,
        low[fresh],
        np.insert(high - low, hole, before),
        np.insert(count, hole, 0),
    )


def _weights(leaf: Ints, count: Ints) -> Ints:
    """Return weights of pieces that add up to about `WEIGHTS` in leaves of more rows than that."""
    total = np.bincount(leaf, count)[leaf]
    part = np.maximum(np.rint(count * (WEIGHTS / total)), 1.0).astype(np.int64)
    return np.where(total > WEIGHTS, part, count)


def _widened(
    leaf: Ints, low: Ints, high: Ints, count: Ints, up: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Join pieces that rounding left no width to their neighbours, or widen them by a step."""
    leaf, low, high, count, up = _joined((leaf, low, high, count, up))
    flat = low == high
    same = leaf[1:] == leaf[:-1]
    to_next = flat & np.r_[same & (low[1:] == high[:-1]) & ~flat[1:], False]
    to_last = flat & ~to_next & np.r_[False, same & (high[:-1] == low[1:]) & ~flat[:-1]]
    count = count.copy()
    count[np.flatnonzero(to_next) + 1] += count[to_next]
    count[np.flatnonzero(to_last) - 1] += count[to_last]
    kept = ~(to_next | to_last)
    leaf, low, high, count, up, flat = (a[kept] for a in (leaf, low, high, count, up, flat))
    high = high + (flat & (up == 1))
    low = low - (flat & (up == 0))
    leaf, low, high, count, _ = _joined((leaf, low, high, count, up))
    return leaf, low, high, count


def _joined(pieces: tuple[Ints, Ints, Ints, Ints, Ints]) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Join neighbours with the same leaf and ends: (leaf, low, high, count, up)."""
    leaf, low, high, count, up = pieces
    fresh = np.r_[True, (np.diff(leaf) != 0) | (np.diff(low) != 0) | (np.diff(high) != 0)]
    start = np.flatnonzero(fresh)
    return leaf[start], low[start], high[start], np.add.reduceat(count, start), up[start]


def _nearest(points: Floats, x: Floats) -> Ints:
    """Return the number of the point nearest to each x."""
    above = np.clip(np.searchsorted(points, x), 1, len(points) - 1)
    nearer_below = x - points[above - 1] <= points[above] - x
    return above - nearer_below
