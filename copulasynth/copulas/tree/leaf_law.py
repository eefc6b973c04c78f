"""The law of one variable in a leaf of a tree, as disjoint uniform segments of (0, 1).

A leaf of a Rosenblatt tree holds some observed cells of one variable. A wide cell (a level, an
atom) becomes a segment of its own, so that levels keep their share; narrow cells (values of a
continuous variable) are joined in groups and spread half-way to their neighbours, yet never
further than half of `gap`, so that a hole in the support stays a hole between groups. Only the
segments are kept: none but those of levels and atoms rests on fewer rows than a group has, or ends
on an observed value.
"""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth.copulas.tree.sparse import borrowed_ends

#: A value of an ordered variable that holds this share of the rows is an atom, kept exactly.
ATOM = 0.03

#: A value that holds this share of the rows, and rows of a group, is a heap.
HEAP = 0.005

#: Cells of a leaf that are not this far apart stand in one place.
APART = 1e-9

#: An ordered variable of at most this many values keeps each of them exactly.
FEW_VALUES = 15


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Uniform pieces of leaf laws, sorted by leaf and then by position.

    Attributes
    ----------
    leaf : (s,) int64
        Leaf number of each segment.
    low, high : (s,) float64
        Ends of the segment, low < high; segments of a leaf do not overlap.
    count : (s,) int64
        Rows in the segment: its weight within the leaf.
    """

    leaf: Ints
    low: Floats
    high: Floats
    count: Ints


def wide_cells(lower: Floats, upper: Floats, nominal: bool, least: float = ATOM) -> Bools:
    """Return which cells are levels or atoms rather than values of a continuous variable.

    `least` is the share of the rows from which a value of an ordered variable is an atom.
    """
    few = nominal or len(np.unique(lower)) <= FEW_VALUES
    return upper - lower >= (0.0 if few else least)


def heap_share(n: int, group: int) -> float:
    """Return the share of n rows from which a value is a heap: one that can be kept exactly."""
    return max(HEAP, group / max(n, 1))


def heap_ratio(leaf: Ints, heap: Floats) -> float:
    """Return how much more the shares of neighbouring heaps vary over leaves than by chance.

    Pearson's chi-square of leaves by each heap and the next, over its degrees of freedom: about 1
    where a leaf says nothing of a value that it does not say of the next one.

    Examples
    --------
    >>> leaf, heap = np.repeat([0, 1], 50), np.repeat([0.1, 0.2], 50)
    >>> heap_ratio(leaf, heap), round(heap_ratio(np.tile([0, 1], 50), heap), 2)
    (100.0, 0.0)
    """
    values, which = np.unique(heap, return_inverse=True)
    leaves, rows = np.unique(leaf, return_inverse=True)
    shape = (len(leaves), len(values))
    table = np.bincount(rows * shape[1] + which, minlength=shape[0] * shape[1]).reshape(shape)
    first, both = table[:, :-1], table[:, :-1] + table[:, 1:]
    share = first.sum(axis=0) / np.maximum(both.sum(axis=0), 1)
    expected = both * share
    spread = np.where(both > 0, both * (share * (1 - share)), np.inf)
    freedom = (both > 0).sum() - shape[1] + 1
    return float(((first - expected) ** 2 / spread).sum() / max(freedom, 1))


def leaf_segments(
    leaf: Ints,
    lower: Floats,
    upper: Floats,
    wide: Bools,
    parent: Ints,
    *,
    gap: float,
    group: int,
) -> Segments:
    """Return the segments of every leaf, from the leaf and the observed cell of each row.

    Leaves are nodes of a tree whose parents are given, that of node 0 being itself. `gap` is the
    widest hole in u that two neighbouring rows of a leaf may fill together, `group` the fewest
    narrow cells that a segment is made of. Where a leaf has fewer between two atoms, it keeps their
    share, and the nearest branch above it with enough says where they lie.
    """
    order = np.lexsort((lower, leaf))
    leaf, lower, upper, wide = leaf[order], lower[order], upper[order], wide[order]
    low, high, below, above = _spread(leaf, lower, upper, wide, gap)
    same = leaf[1:] == leaf[:-1]
    beside = same & ~wide[1:] & ~wide[:-1] & (below[1:] == below[:-1])
    stretch = np.cumsum(np.r_[True, ~beside]) - 1
    run = np.cumsum(np.r_[True, ~(beside & (low[1:] <= high[:-1]))]) - 1
    run = _joined_runs(run, stretch, group)
    count = np.bincount(run)
    position = np.arange(len(leaf)) - (np.cumsum(count) - count)[run]
    # what is left over after the last whole group belongs to it
    part = np.minimum(position // group, np.maximum(count // group - 1, 0)[run])
    level = same & wide[1:] & wide[:-1] & (lower[1:] == lower[:-1])
    first = np.r_[True, ~level & ((np.diff(run) > 0) | (np.diff(part) > 0) | ~same)]
    start = np.flatnonzero(first)
    stop = np.r_[start[1:], len(leaf)]
    loose = ~wide[start]
    begin, end = low[start], np.where(loose, high[stop - 1], high[start])
    middle = 0.5 * (low + high)
    begin, end = _outer_ends(middle, start, begin, end, run[start], loose)
    sparse = np.flatnonzero(loose & (stop - start < group))
    if sparse.size:
        few, rows = start[sparse], ~wide
        places = np.unique(below[rows], return_inverse=True)[1]
        own = np.zeros(len(leaf), dtype=np.int64)
        own[rows] = places
        x = middle[rows]
        known = (parent, leaf[rows], places, np.stack([np.ones_like(x), x, x * x]))
        left, right = borrowed_ends(*known, (leaf[few], own[few]), group)
        left, right = np.maximum(left, below[few]), np.minimum(right, above[few])
        # rows that are all tied say one place, which is no law
        begin[sparse] = np.where(left < right, left, below[few])
        end[sparse] = np.where(left < right, right, above[few])
    return Segments(leaf[start], begin, end, (stop - start).astype(np.int64))


def _outer_ends(
    middle: Floats, start: Ints, begin: Floats, end: Floats, run: Ints, loose: Bools
) -> tuple[Floats, Floats]:
    """Move the outer ends of runs inwards to where uniform pieces have the moments of their rows.

    A piece that reaches to its outermost row, rows being dense on its inner side, would draw values
    too far out: correlations fell by a tenth. The mean of its rows says where the outer end is; of
    a run of one piece, their mean and standard deviation say where both are.
    """
    count = np.diff(np.r_[start, len(middle)])
    mean = np.add.reduceat(middle, start) / count
    spread = np.sqrt(3.0 * np.add.reduceat((middle - np.repeat(mean, count)) ** 2, start) / count)
    opens, closes = np.r_[True, np.diff(run) > 0], np.r_[np.diff(run) > 0, True]
    alone = opens & closes
    left = np.where(alone, mean - spread, 2.0 * mean - end)
    right = np.where(alone, mean + spread, 2.0 * mean - begin)
    inner = np.where(loose & opens & (left > begin) & (left < mean), left, begin)
    outer = np.where(loose & closes & (right < end) & (right > mean), right, end)
    return inner, outer


def _joined_runs(run: Ints, stretch: Ints, group: int) -> Ints:
    """Join runs of neighbours that are too short for a segment to runs beside them.

    Holes are kept between runs of at least `group` rows; neighbouring short runs are joined to
    each other first, and what is too short still is joined to the run before it, or after.
    """
    start = np.flatnonzero(np.r_[True, np.diff(run) > 0])
    own, short = stretch[start], np.bincount(run) < group
    together = (own[1:] == own[:-1]) & short[1:] & short[:-1]
    run = (np.cumsum(np.r_[True, ~together]) - 1)[run]
    start = np.flatnonzero(np.r_[True, np.diff(run) > 0])
    own, short = stretch[start], np.bincount(run) < group
    beside = own[1:] == own[:-1]
    joined = beside & short[1:]
    # the first of a stretch has none before it
    opening = np.r_[True, ~beside][:-1] & beside & short[:-1]
    return np.asarray((np.cumsum(np.r_[True, ~(joined | opening)]) - 1)[run])


def _spread(
    leaf: Ints, lower: Floats, upper: Floats, wide: Bools, gap: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the ends of each row's box: its cell if wide, else reaching towards its neighbours.

    Rows are sorted by leaf and position; tied rows of a leaf stand evenly in their cell. Returned
    beside the boxes are the ends of the stretch without atoms that each stands in.
    """
    middle = _stand(leaf, lower, upper)
    bottom, top = np.unique(upper[wide]), np.unique(lower[wide])
    below = np.r_[0.0, bottom][np.searchsorted(bottom, middle, side="right")]
    above = np.r_[top, 1.0][np.searchsorted(top, middle, side="left")]
    same = leaf[1:] == leaf[:-1]
    step = np.where(same, middle[1:] - middle[:-1], np.inf)
    before, after = np.r_[np.inf, step], np.r_[step, np.inf]
    # at an end, or beside a hole, a box reaches as far as on its other side
    near = 0.5 * np.minimum(np.minimum(before, after), gap)
    left = middle - np.where(before <= gap, 0.5 * before, near)
    right = middle + np.where(after <= gap, 0.5 * after, near)
    low = np.where(wide, lower, np.maximum(left, below))
    high = np.where(wide, upper, np.minimum(right, above))
    return low, high, below, above


def _stand(leaf: Ints, lower: Floats, upper: Floats) -> Floats:
    """Return a point of each cell, tied rows of a leaf at even distances."""
    fresh = np.ones(len(leaf), dtype=np.bool_)
    # a tight relation leaves cells that differ in their last digits alone
    fresh[1:] = (leaf[1:] != leaf[:-1]) | (lower[1:] - lower[:-1] > APART)
    start = np.flatnonzero(fresh)
    tie = np.cumsum(fresh) - 1
    size = np.bincount(tie)[tie]
    rank = np.arange(len(leaf)) - start[tie]
    # a little apart at least, so that every box has a width
    first = lower[start][tie]
    return floats(first + (upper - lower) * (rank + 0.5) / size + APART * rank)
