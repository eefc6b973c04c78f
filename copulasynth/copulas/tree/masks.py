"""Leaves by masks: each tested variable rules out the leaves that its value cannot reach.

A walk asks one test after the other, and where the next one is depends on the last answer. But
all tests of a tree on one variable are answered together by a table of the leaves that each value
leaves open; the leaf of a row is what all its values leave open (QuickScorer: Lucchese, Nardini,
Orlando, Perego, Tonellotto and Venturini 2015, SIGIR, 73-82). A word of 64 bits holds the leaves of
a tree, or those that the values of one group of variables have left open; where these are still too
many, it holds the 64 uppermost branches, below which the few rows that are there walk on. Variables
that are tested at few places share a table.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas.bin_lookup import BinLookup, bin_lookup
from copulasynth.copulas.tree.crowns import BITS, Crown, Tall, Worded, Words, chosen
from copulasynth.copulas.tree.forest import FAR, Forest, fetch

__all__ = ["Codes", "Masks", "masks_of"]

Codes = NDArray[np.signedinteger[Any]]
Kind = type[np.int16] | type[np.int32]

#: Most entries that a table of several variables may have for each word.
JOINT = 512


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """The upper parts of the trees of one variable.

    Attributes
    ----------
    tested : tuple of int
        The groups of variables that the trees test.
    tables : tuple of uint64 arrays
        For each, the branches that its codes leave open: entry word + code, where words are
        numbered in steps of `width`.
    ends : (width * words,) int64
        Where a branch leads, entry word + branch: the number of a leaf, or -1 - a node.
    width : int
    trees : int
    by : int
        The group whose code chooses between the words of a tree, or -1 where each has one.
    words : (trees * codes,) int16 or int32
        The word of each code of that group, the code fastest; of each tree, if there is no such
        group.
    line : BinLookup or None
        Codes of the linear index, if the trees test it.
    """

    tested: tuple[int, ...]
    tables: tuple[Words, ...]
    ends: Ints
    width: int
    trees: int
    by: int
    words: Codes
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
    kind : type
        Of codes: short numbers where they suffice, for what counts is how much is read.
    """

    forest: Forest
    groups: tuple[tuple[int, ...], ...]
    edges: tuple[Floats, ...]
    places: dict[int, tuple[int, int]]
    bags: tuple[Bag, ...]
    kind: Kind

    def codes(self, n: int) -> Codes:
        """Return the codes of all groups (groups, n) while no variable is known."""
        return np.zeros((len(self.groups), n), dtype=self.kind)

    def leaves(self, j: int, tree: Codes, codes: Codes, u: Floats, offsets: Ints) -> Ints:
        """Return the leaf that each column of `u` (d + 1, n) reaches in its tree of the bag of j.

        `codes` are those of the variables that are known; the index is the last row of `u`.
        """
        bag = self.bags[j]
        if bag.line is not None:
            bag.line(u[-1], codes[-1])
        leaf = _ends(bag, tree, codes)
        rows = (leaf < 0).nonzero()[0]
        if len(rows):
            leaf[rows] = self.forest.descend(-1 - fetch(leaf, rows), u, offsets, rows)
        return leaf


def _ends(bag: Bag, tree: Codes, codes: Codes) -> Ints:
    """Return where the branch of each row leads."""
    n = len(tree)
    place, at = np.empty(n, dtype=codes.dtype), np.empty(n, dtype=np.intp)
    np.multiply(tree, len(bag.words) // bag.trees, out=place)
    if bag.by >= 0:
        place += codes[bag.by]
    at[:] = place
    word = fetch(bag.words, at)
    left, part = np.empty((2, n), dtype=np.uint64)
    if not bag.tested:
        left[:] = 1
    for k, (group, table) in enumerate(zip(bag.tested, bag.tables, strict=True)):
        np.add(codes[group], word, out=place)
        at[:] = place
        # indices are in range: "clip" only lets NumPy write straight into `out`
        table.take(at, out=part if k else left, mode="clip")
        if k:
            left &= part
    # one bit is left: as many as its number are below it
    left -= np.uint64(1)
    np.add(word, np.bitwise_count(left), out=place)
    at[:] = place
    return fetch(bag.ends, at)


@lru_cache(maxsize=8)
def masks_of(forest: Forest) -> Masks:
    """Return the masks of a forest, made once and kept for the next call."""
    d, rows = len(forest.roots), forest.rows()
    trees = {int(root): Tall.of(forest, int(root), rows) for root in np.unique(forest.roots)}
    tests = np.concatenate([tree.tests for tree in trees.values()])
    edges = [_edges(forest, tests, f, 1.0) for f in range(d)]
    sizes = {f: len(e) + 1 for f, e in enumerate(edges) if len(e)}
    groups = _groups(sizes)
    places = {
        f: (g, prod(sizes[m] for m in members[:k]))
        for g, members in enumerate(groups)
        for k, f in enumerate(members)
    }
    longest = 0
    widest = max([BITS, *(prod(sizes[f] for f in members) for members in groups)])
    bags = []
    for roots in forest.roots.tolist():
        mine = [trees[root] for root in roots]
        # each test of the index has two ends
        lines = 2 * sum(int((forest.feature[tree.tests] == d).sum()) for tree in mine) + 1
        bags.append(chosen(forest, mine, rows, groups, edges, max(widest, lines)))
        longest = max(longest, len(bags[-1].crowns) * max(widest, lines))
    groups = (*groups, (d,))
    kind: Kind = np.int16 if longest <= np.iinfo(np.int16).max else np.int32
    made = tuple(_bag(forest, bag, groups, edges, kind) for bag in bags)
    return Masks(forest, groups, tuple(edges), places, made, kind)


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
    forest: Forest,
    choice: Worded,
    groups: tuple[tuple[int, ...], ...],
    edges: list[Floats],
    kind: Kind,
) -> Bag:
    """Return the bag of one variable; `edges` are those of the codes of all variables."""
    d, crowns = len(edges), choice.crowns
    tests = np.concatenate([one.tests for one in crowns])
    line = _edges(forest, tests, d, FAR)
    features = {*forest.feature[tests].tolist()}
    tested = tuple(g for g, members in enumerate(groups) if features.intersection(members))
    tables = [
        [_table(forest, one, [([*edges, line][f], f) for f in groups[g]]) for one in crowns]
        for g in tested
    ]
    width = max([BITS, *(len(found[0]) for found in tables)])
    ends = np.zeros((len(crowns), width), dtype=np.int64)
    for k, one in enumerate(crowns):
        nodes = np.array(one.ends)
        leaf = forest.feature[nodes] < 0
        ends[k, : len(nodes)] = np.where(leaf, forest.child[nodes], -1 - nodes)
    wide = [np.zeros((len(crowns), width), dtype=np.uint64) for _ in tables]
    for table, found in zip(wide, tables, strict=True):
        table[:, : len(found[0])] = found
    lookup = bin_lookup(line, line[0] - 1.0, line[-1] + 1.0, kind) if len(line) else None
    words: Codes = (width * np.concatenate(choice.words)).astype(kind)
    flat = tuple(table.ravel() for table in wide)
    return Bag(tested, flat, ends.ravel(), width, len(choice.words), choice.by, words, lookup)


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
