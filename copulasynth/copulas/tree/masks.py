"""Leaves by masks: each tested variable rules out the leaves that its value cannot reach.

A walk asks one test after the other, and where the next one is depends on the last answer. But
all tests of a tree on one variable are answered together by a table of the leaves that each value
leaves open; the leaf of a row is what all its values leave open (QuickScorer: Lucchese, Nardini,
Orlando, Perego, Tonellotto and Venturini 2015, SIGIR, 73-82). A word of 64 bits holds the leaves of
a tree, or its 64 uppermost branches, below which the few rows that are there walk on. Variables
that are tested at few places share a table.
"""

from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush
from math import prod

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas.bin_lookup import BinLookup, bin_lookup
from copulasynth.copulas.tree.forest import FAR, Forest, fetch

__all__ = ["Masks", "masks_of"]

Words = NDArray[np.uint64]

#: Bits of a word.
BITS = 64

#: Most entries that a table of several variables may have for each tree.
JOINT = 512


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """The upper parts of the trees of one variable.

    Attributes
    ----------
    tested : tuple of int
        The groups of variables that the trees test.
    tables : tuple of uint64 arrays
        For each, the branches that its codes leave open: entry code + tree.
    ends : (64 * trees,) int64
        Where a branch leads, entry branch * trees + tree: the number of a leaf, or -1 - a node.
    line : BinLookup or None
        Codes of the linear index, if the trees test it.
    """

    tested: tuple[int, ...]
    tables: tuple[Words, ...]
    ends: Ints
    line: BinLookup | None


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """The bags of all variables, and how values become the codes of groups.

    Attributes
    ----------
    forest : Forest
    groups : tuple of tuples of int
        Variables that share tables; the linear index has the last group.
    edges : tuple of float64 arrays
        Ends of the tests of each variable, rising: its code is the number of those below a value.
    places : dict of int to (int, int)
        The group of each variable that trees test, and by how much its code moves the group's.
    bags : tuple of Bag
    """

    forest: Forest
    groups: tuple[tuple[int, ...], ...]
    edges: tuple[Floats, ...]
    places: dict[int, tuple[int, int]]
    bags: tuple[Bag, ...]

    def codes(self, n: int) -> Ints:
        """Return the codes of all groups (groups, n) while no variable is known."""
        return np.zeros((len(self.groups), n), dtype=np.intp)

    def leaves(self, j: int, tree: Ints, codes: Ints, u: Floats, offsets: Ints) -> Ints:
        """Return the leaf that each column of `u` (d + 1, n) reaches in its tree of the bag of j.

        `codes` are those of the variables that are known; the index is the last row of `u`.
        """
        bag = self.bags[j]
        if bag.line is not None:
            bag.line(u[-1], codes[-1])
            codes[-1] *= self.forest.roots.shape[1]
        leaf = self._ends(bag, tree, codes)
        rows = (leaf < 0).nonzero()[0]
        leaf[rows] = self.forest.descend(-1 - fetch(leaf, rows), u, offsets, rows)
        return leaf

    def _ends(self, bag: Bag, tree: Ints, codes: Ints) -> Ints:
        """Return where the branch of each row leads."""
        left, part = np.ones((2, len(tree)), dtype=np.uint64)
        at = np.empty_like(tree)
        for k, (group, table) in enumerate(zip(bag.tested, bag.tables, strict=True)):
            np.add(codes[group], tree, out=at)
            # indices are in range: "clip" only lets NumPy write straight into `out`
            table.take(at, out=part if k else left, mode="clip")
            if k:
                left &= part
        # one bit is left: as many as its number are below it
        left -= np.uint64(1)
        np.multiply(np.bitwise_count(left), self.forest.roots.shape[1], out=at, dtype=np.intp)
        at += tree
        return fetch(bag.ends, at)


@dataclass(frozen=True, slots=True)
class Crown:
    """The upper part of a tree: its tests, the branches on both sides of each, and their ends."""

    tests: Ints
    sides: Words
    ends: list[int]


@lru_cache(maxsize=8)
def masks_of(forest: Forest) -> Masks:
    """Return the masks of a forest, made once and kept for the next call."""
    d, trees = forest.roots.shape
    rows = forest.rows()
    crowns = [[_crown(forest, int(root), rows) for root in roots] for roots in forest.roots]
    tests = np.concatenate([crown.tests for bag in crowns for crown in bag])
    edges = [_edges(forest, tests, f, 1.0) for f in range(d)]
    sizes = {f: len(e) + 1 for f, e in enumerate(edges) if len(e)}
    groups = _groups(sizes)
    places = {
        f: (g, trees * prod(sizes[m] for m in members[:k]))
        for g, members in enumerate(groups)
        for k, f in enumerate(members)
    }
    groups = (*groups, (d,))
    bags = tuple(_bag(forest, bag, groups, edges) for bag in crowns)
    return Masks(forest, groups, tuple(edges), places, bags)


def _crown(forest: Forest, root: int, rows: Floats) -> Crown:
    """Return the upper part of a tree, which is grown where most rows are."""
    tests: list[int] = []
    ends: list[int] = []
    grown = [(-rows[root], root)]
    while grown:
        node = heappop(grown)[1]
        if forest.feature[node] < 0 or len(tests) == BITS - 1:
            ends.append(node)
            continue
        tests.append(node)
        for child in (int(forest.child[node]), int(forest.child[node]) + 1):
            heappush(grown, (-rows[child], child))
    below = {node: 1 << k for k, node in enumerate(ends)}
    for node in reversed(tests):
        below[node] = below[forest.child[node]] | below[forest.child[node] + 1]
    sides = [(below[forest.child[node]], below[forest.child[node] + 1]) for node in tests]
    both = np.array(sides, dtype=np.uint64).reshape(-1, 2)
    return Crown(np.array(tests, dtype=np.int64), both, ends)


def _edges(forest: Forest, tests: Ints, f: int, top: float) -> Floats:
    """Return the ends of tests of variable f; none is at `top`, which no value exceeds."""
    mine = tests[forest.feature[tests] == f]
    ends = np.unique([forest.low[mine], forest.high[mine]])
    return ends[ends < top]


def _groups(sizes: dict[int, int]) -> tuple[tuple[int, ...], ...]:
    """Put variables of so many codes together for as long as their joint tables stay small."""
    groups: list[list[int]] = []
    for f, size in sizes.items():
        small = (g for g in groups if size * prod(sizes[m] for m in g) <= JOINT)
        if (group := next(small, None)) is None:
            groups.append([f])
        else:
            group.append(f)
    return tuple(map(tuple, groups))


def _bag(
    forest: Forest, crowns: list[Crown], groups: tuple[tuple[int, ...], ...], edges: list[Floats]
) -> Bag:
    """Return the bag of one variable; `edges` are those of the codes of all variables."""
    d = len(edges)
    tests = np.concatenate([crown.tests for crown in crowns])
    line = _edges(forest, tests, d, FAR)
    features = {*forest.feature[tests].tolist()}
    tested = tuple(g for g, members in enumerate(groups) if features.intersection(members))
    tables = []
    for g in tested:
        cuts = [([*edges, line][f], f) for f in groups[g]]
        tables.append(np.stack([_table(forest, crown, cuts) for crown in crowns], axis=1).ravel())
    ends = np.zeros((BITS, len(crowns)), dtype=np.int64)
    for k, crown in enumerate(crowns):
        nodes = np.array(crown.ends)
        leaf = forest.feature[nodes] < 0
        ends[: len(nodes), k] = np.where(leaf, forest.child[nodes], -1 - nodes)
    lookup = bin_lookup(line, line[0] - 1.0, line[-1] + 1.0) if len(line) else None
    return Bag(tested, tuple(tables), ends.ravel(), lookup)


def _table(forest: Forest, crown: Crown, cuts: list[tuple[Floats, int]]) -> Words:
    """Return which branches of a tree each joint code of some variables leaves open."""
    table = np.array([(1 << len(crown.ends)) - 1], dtype=np.uint64)
    for edges, f in cuts:
        mine = forest.feature[crown.tests] == f
        tests, codes = crown.tests[mine], np.arange(len(edges) + 1)
        above = codes > np.searchsorted(edges, forest.low[tests])[:, None]
        right = above & (codes <= np.searchsorted(edges, forest.high[tests])[:, None])
        left_side, right_side = crown.sides[mine].T[:, :, None]
        shut = np.bitwise_or.reduce(np.where(right, left_side, right_side), axis=0)
        table = (table & ~shut[:, None]).ravel()
    return table
