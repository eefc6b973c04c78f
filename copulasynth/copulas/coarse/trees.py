"""Trees that rest on enough rows: marks go, and pieces of leaf laws are joined or borrowed."""

from dataclasses import replace

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth.copulas.coarse.change import NEAR, Change, Marks
from copulasynth.copulas.tree.compact import Points
from copulasynth.copulas.tree.copula import TreeCopula
from copulasynth.copulas.tree.forest import Forest
from copulasynth.copulas.tree.leaf_law import APART
from copulasynth.copulas.tree.linear_index import LinearIndex
from copulasynth.copulas.tree.rounding import WEIGHTS, compact
from copulasynth.copulas.tree.sparse import borrowed_ends

__all__ = ["coarse_tree", "leaf_rows", "loose_of", "piece_rows"]


def loose_of(points: Points, j: int) -> Bools:
    """Return which stretches between the marks of variable j are no value of their own."""
    flags = np.zeros(len(points.marks[j]) - 1, dtype=bool)
    flags[points.loose[j]] = True
    return flags


def coarse_tree(copula: TreeCopula, marks: tuple[Marks, ...], k_min: int) -> TreeCopula:
    """Return a tree copula in which nothing rests on fewer rows than k_min.

    Raises
    ------
    ValueError
        If leaves are smaller than that.
    """
    leaf = leaf_rows(copula)
    if leaf.min(initial=k_min) < k_min:
        raise ValueError(
            f"a leaf of a tree rests on {leaf.min()} rows; fit with prefer='privacy', or with "
            f"leaves of more rows, as copulas.Tree(leaf={2 * k_min})"
        )
    forest = _moved(copula.forest, marks)
    forest = _supported(copula, forest, marks, k_min)
    points = Points(tuple(m.now for m in marks), tuple(np.flatnonzero(m.loose) for m in marks))
    trees = compact(forest, np.arange(copula.dim), points)
    gates = [_gate(copula, marks, j) for j in range(copula.dim)]
    low, high = np.array(gates, dtype=np.float64).reshape(-1, 2).T
    return replace(
        copula,
        points=points,
        trees=trees,
        index=_index(copula.index, marks),
        gate_low=low,
        gate_high=high,
    )


def _gate(copula: TreeCopula, marks: tuple[Marks, ...], j: int) -> tuple[float, float]:
    ends = np.array([copula.gate_low[j], copula.gate_high[j]])
    g = int(copula.gate[j])
    moved = ends if g < 0 else marks[g].nearest(ends)
    return float(moved[0]), float(moved[1])


def _index(index: LinearIndex, marks: tuple[Marks, ...]) -> LinearIndex:
    """Return the linear index with the atoms that are left."""
    low, high = index.low.copy(), index.high.copy()
    for j, m in enumerate(marks):
        if low[j] < high[j]:
            # the region is a loose stretch, which may have grown
            at = m.stretch(m.change.moved(np.array([0.5 * (low[j] + high[j])])))[0]
            low[j], high[j] = (m.now[at], m.now[at + 1]) if m.loose[at] else (0.0, 0.0)
    values = [np.flatnonzero(~m.loose) for m in marks]
    bottoms = tuple(m.now[v] for m, v in zip(marks, values, strict=True))
    tops = tuple(m.now[v + 1] for m, v in zip(marks, values, strict=True))
    return LinearIndex(index.weights, low, high, bottoms, tops)


def owners(forest: Forest) -> Ints:
    """Return the variable of each leaf."""
    return _walked(forest)[0][1]


def _walked(forest: Forest) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Return the tree and the variable of each leaf, and its node; and the parent of each node."""
    nodes = len(forest.feature)
    parent = np.arange(nodes)
    tree, variable = np.zeros(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    roots = forest.roots.ravel()
    tree[roots] = np.arange(len(roots))
    variable[roots] = np.repeat(np.arange(len(forest.roots)), forest.roots.shape[1])
    for k in np.flatnonzero(forest.feature >= 0):
        for child in (forest.child[k], forest.child[k] + 1):
            parent[child], tree[child], variable[child] = k, tree[k], variable[k]
    ends = np.flatnonzero(forest.feature < 0)
    node, own = np.zeros(len(ends), dtype=np.int64), np.zeros(len(ends), dtype=np.int64)
    node[forest.child[ends]], own[forest.child[ends]] = ends, variable[ends]
    return (node, own), (parent, tree)


def _moved(forest: Forest, marks: tuple[Marks, ...]) -> Forest:
    """Return the trees on the new scale."""
    d = len(marks)
    low, high = forest.low.copy(), forest.high.copy()
    for j, m in enumerate(marks):
        own = forest.feature == j
        level = own & (forest.high < 1.0)
        first, last = m.ends(forest.low[level], forest.high[level])
        # a test on a value that went into another asks for nothing
        width = m.change.moved(forest.high[level]) - m.change.moved(forest.low[level])
        lost = width < 0.5 * (last - first)
        low[own] = m.nearest(forest.low[own])
        low[level] = np.where(lost, 1.0, first)
        high[level] = np.where(lost, 1.0, last)
    a, b = forest.segment_low.copy(), forest.segment_high.copy()
    variable = np.repeat(owners(forest), np.diff(forest.offset))
    for j in range(d):
        own = variable == j
        a[own], b[own] = marks[j].ends(a[own], b[own])
    return _forest(forest, low, high, np.repeat(np.arange(len(forest.offset) - 1),
                   np.diff(forest.offset)), a, b, forest.count)  # fmt: skip


def _forest(
    forest: Forest, low: Floats, high: Floats, leaf: Ints, a: Floats, b: Floats, count: Ints
) -> Forest:
    """Return trees with other tests and pieces; pieces of one place are joined."""
    order = np.lexsort((b, a, leaf))
    leaf, a, b, count = leaf[order], a[order], b[order], count[order]
    same = (np.diff(leaf) == 0) & (np.abs(np.diff(a)) < APART) & (np.abs(np.diff(b)) < APART)
    start = np.flatnonzero(np.r_[True, ~same])
    leaf, a, b, count = leaf[start], a[start], b[start], np.add.reduceat(count, start)
    # a piece does not begin before the one below it ends
    before = np.r_[0.0, np.where(np.diff(leaf) == 0, b[:-1], 0.0)]
    a = np.maximum(a, before)
    wide = b > a
    count[np.flatnonzero(~wide) - 1] += count[~wide]
    leaf, a, b, count = leaf[wide], a[wide], b[wide], count[wide]
    offset = np.r_[0, np.cumsum(np.bincount(leaf, minlength=len(forest.offset) - 1))]
    return Forest(
        forest.roots, forest.feature, low, high, forest.child, offset, a, b, count,
        forest.slope, forest.centre,
    )  # fmt: skip


def _pieces(forest: Forest, marks: tuple[Marks, ...]) -> tuple[Ints, Ints, Bools]:
    """Return the leaf of each piece, its stretch, and whether that is loose."""
    leaf = np.repeat(np.arange(len(forest.offset) - 1), np.diff(forest.offset))
    variable = owners(forest)[leaf]
    stretch, loose = np.zeros(len(leaf), dtype=np.int64), np.zeros(len(leaf), dtype=bool)
    middle = 0.5 * (forest.segment_low + forest.segment_high)
    for j, m in enumerate(marks):
        own = variable == j
        at = m.stretch(middle[own])
        stretch[own] = at
        # what goes beyond its stretch is the law of a variable that nothing tells anything of
        within = forest.segment_low[own] >= m.now[at] - NEAR
        within &= forest.segment_high[own] <= m.now[at + 1] + NEAR
        loose[own] = m.loose[at] & within
    return leaf, stretch, loose


def _supported(copula: TreeCopula, forest: Forest, marks: tuple[Marks, ...], k_min: int) -> Forest:
    """Return trees whose loose pieces stand for enough rows of a leaf, or of a branch."""
    leaf, stretch, loose = _pieces(forest, marks)
    most = int(stretch.max(initial=0)) + 1
    cell = leaf * most + stretch
    total = np.bincount(cell, forest.count, len(copula.forest.slope) * most)[cell]
    few = loose & (total < k_min)
    a, b, count = forest.segment_low.copy(), forest.segment_high.copy(), forest.count.copy()
    if few.any():
        a[few], b[few] = _borrowed(forest, marks, (leaf, stretch, loose), few, k_min)
    # the weights of large leaves are written as parts of a whole
    whole = np.bincount(leaf, count)[leaf]
    least = np.ceil(k_min * np.maximum(whole / WEIGHTS, 1.0)).astype(np.int64)
    group = _groups(cell, count, loose, least)
    start = np.flatnonzero(np.r_[True, np.diff(group) > 0])
    end = np.r_[start[1:], len(group)] - 1
    made = _forest(forest, forest.low, forest.high, leaf[start], a[start], b[end],
                   np.add.reduceat(count, start))  # fmt: skip
    still = np.zeros(len(forest.slope), dtype=bool)
    inside = loose & ~few
    still[leaf[inside]] = True
    return replace(
        made,
        slope=np.where(still, forest.slope, 0.0),
        centre=np.where(still, forest.centre, 0.0),
    )


def _groups(cell: Ints, count: Ints, loose: Bools, least: Ints) -> Ints:
    """Number pieces; neighbours of one loose stretch that are too few alone share a number."""
    group = np.arange(len(cell))
    before = -1
    filled = 0
    for k in range(len(cell)):
        fresh = k == 0 or cell[k] != cell[k - 1]
        if loose[k] and not fresh and filled < least[k]:
            group[k] = group[k - 1]
        elif fresh or loose[k]:
            before = -1 if fresh else int(group[k - 1])
            filled = 0
        filled += int(count[k])
        ends = k + 1 == len(cell) or cell[k + 1] != cell[k]
        if loose[k] and ends and filled < least[k] and before >= 0:
            group[group[k] : k + 1] = before
    return group


def _borrowed(
    forest: Forest,
    marks: tuple[Marks, ...],
    pieces: tuple[Ints, Ints, Bools],
    few: Bools,
    k_min: int,
) -> tuple[Floats, Floats]:
    """Return ends for pieces of few rows, of the nearest branch with enough."""
    leaf, stretch, loose = pieces
    (node, own), (parent, _) = _walked(forest)
    rows = np.flatnonzero(loose)
    low, high = forest.segment_low[rows], forest.segment_high[rows]
    middle = 0.5 * (low + high)
    squares = middle**2 + (high - low) ** 2 / 12.0
    moments = forest.count[rows] * np.stack([np.ones(len(middle)), middle, squares])
    # only loose stretches are counted: levels are many
    place = np.zeros(len(stretch), dtype=np.int64)
    for j, m in enumerate(marks):
        mine = own[leaf] == j
        place[mine] = np.cumsum(m.loose)[stretch[mine]] - 1
    asked = (node[leaf[few]], place[few])
    a, b = borrowed_ends(parent, node[leaf[rows]], place[rows], floats(moments, 2), asked, k_min)
    begin, end = np.empty(len(a)), np.empty(len(a))
    variable = own[leaf[few]]
    for j, m in enumerate(marks):
        mine = variable == j
        begin[mine], end[mine] = m.now[stretch[few][mine]], m.now[stretch[few][mine] + 1]
    a, b = np.maximum(a, begin), np.minimum(b, end)
    # rows that are all tied say one place, which is no law
    return np.where(a < b, a, begin), np.where(a < b, b, end)


def leaf_rows(copula: TreeCopula) -> Ints:
    """Return the rows behind each leaf but those of variables that nothing tells anything of."""
    forest = copula.forest
    rows = np.add.reduceat(forest.count, forest.offset[:-1])
    first = forest.offset[:-1]
    everywhere = (forest.segment_high[first] - forest.segment_low[first] == 1.0) & (rows == 1)
    return np.asarray(rows[~everywhere])


def piece_rows(copula: TreeCopula) -> tuple[Ints, Ints, Bools]:
    """Return of each piece that is no value of its own the variable and the rows behind it.

    Also returned is whether it is the only one of its leaf between two values: one of few rows
    lies where a branch above the leaf says.
    """
    forest = copula.forest
    marks = tuple(
        Marks(m, m, loose_of(copula.points, j), Change.of(m[:0], m[:0], np.empty((0, 2)), 0.0, 0))
        for j, m in enumerate(copula.points.marks)
    )
    leaf, stretch, loose = _pieces(forest, marks)
    cell = leaf * (int(stretch.max(initial=0)) + 1) + stretch
    alone = np.bincount(cell[loose])[cell[loose]] == 1
    return owners(forest)[leaf[loose]], forest.count[loose], np.asarray(alone)
