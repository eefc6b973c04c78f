"""The law of one variable in a leaf of a tree, as disjoint uniform segments of (0, 1).

A leaf of a Rosenblatt tree holds some observed cells of one variable. A wide cell (a level, an
atom) becomes a segment of its own, so that levels keep their share; narrow cells (values of a
continuous variable) are joined in groups and spread half-way to their neighbours, yet never
further than half of `gap`, so that a hole in the support stays a hole. Only the segments are kept:
no segment of a group ends on an observed value.
"""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, floats

#: A value of an ordered variable that holds this share of the rows is an atom, kept exactly.
ATOM = 0.03

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


def wide_cells(lower: Floats, upper: Floats, nominal: bool) -> Bools:
    """Return which cells are levels or atoms rather than values of a continuous variable."""
    few = nominal or len(np.unique(lower)) <= FEW_VALUES
    return upper - lower >= (0.0 if few else ATOM)


def leaf_segments(
    leaf: Ints, lower: Floats, upper: Floats, wide: Bools, *, gap: float, group: int
) -> Segments:
    """Return the segments of every leaf, from the leaf and the observed cell of each row.

    `gap` is the widest hole in u that two neighbouring rows of a leaf may fill together, `group`
    the number of narrow cells that share a segment.
    """
    order = np.lexsort((lower, leaf))
    leaf, lower, upper, wide = leaf[order], lower[order], upper[order], wide[order]
    low, high = _spread(leaf, lower, upper, wide, gap)
    first = np.ones(len(leaf), dtype=np.bool_)
    touching = (leaf[1:] == leaf[:-1]) & (low[1:] <= high[:-1])
    same = (leaf[1:] == leaf[:-1]) & wide[1:] & (lower[1:] == lower[:-1])
    run = np.cumsum(np.r_[True, ~(touching & ~wide[1:] & ~wide[:-1])]) - 1
    position = np.arange(len(leaf)) - np.flatnonzero(np.r_[True, np.diff(run) > 0])[run]
    first[1:] = np.where(wide[1:], ~same, position[1:] % group == 0)
    start = np.flatnonzero(first)
    stop = np.r_[start[1:], len(leaf)]
    last = np.where(wide[start], high[start], high[stop - 1])
    return Segments(leaf[start], low[start], last, (stop - start).astype(np.int64))


def _spread(
    leaf: Ints, lower: Floats, upper: Floats, wide: Bools, gap: float
) -> tuple[Floats, Floats]:
    """Return the ends of each row's box: its cell if wide, else reaching towards its neighbours.

    Rows are sorted by leaf and position; tied rows of a leaf stand evenly in their cell.
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
    return low, high


def _stand(leaf: Ints, lower: Floats, upper: Floats) -> Floats:
    """Return a point of each cell, tied rows of a leaf at even distances."""
    fresh = np.ones(len(leaf), dtype=np.bool_)
    fresh[1:] = (leaf[1:] != leaf[:-1]) | (lower[1:] != lower[:-1])
    start = np.flatnonzero(fresh)
    tie = np.cumsum(fresh) - 1
    size = np.bincount(tie)[tie]
    rank = np.arange(len(leaf)) - start[tie]
    # a billionth apart at least, so that every box has a width
    return floats(lower + (upper - lower) * (rank + 0.5) / size + 1e-9 * rank)
