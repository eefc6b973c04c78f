"""Crowns: upper parts of trees whose branches fit in a word, one or several for each tree.

A tree of more branches than a word has bits is asked in several words. Which one a row needs is
told by the code of a single group of variables: all leaves that such a code leaves open go into one
word, as far as they fit. Tests that the code has answered are in no crown.
"""

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.copulas.tree.forest import Forest

__all__ = ["BITS", "WIDEST", "Crown", "Tall", "Worded", "Words", "chosen"]

Words = NDArray[np.uint64]

#: Bits of a word.
BITS = 64

#: Most leaves of a tree that is asked in several words, which are at most as many.
LARGEST = 512

#: Most entries that a table may have for all words of a bag: it should stay near to the core.
WIDEST = 4096

#: Share of rows that need not walk any more for which it pays to choose between words.
WORTH = 0.05


@dataclass(frozen=True, slots=True)
class Crown:
    """The upper part of a tree: its tests, the branches on both sides of each, and their ends."""

    tests: Ints
    sides: Words
    ends: list[int]


@dataclass(frozen=True, slots=True)
class Below:
    """The leaves below nodes, numbered from left to right: first[k] to last[k] - 1."""

    leaves: int
    first: dict[int, int]
    last: dict[int, int]


def below(forest: Forest, root: int) -> Below | None:
    """Return which leaves are below each node; None if there are very many."""
    nodes, first, last = [root], {}, {}
    stack, leaves = [root], 0
    while stack:
        node = stack.pop()
        first[node] = leaves
        if forest.feature[node] < 0:
            leaves += 1
            last[node] = leaves
        else:
            child = int(forest.child[node])
            stack += [child + 1, child]
            nodes.append(node)
        if leaves > LARGEST:
            return None
    for node in reversed(nodes):
        if node not in last:
            last[node] = last[int(forest.child[node]) + 1]
    return Below(leaves, first, last)


def crown(
    forest: Forest, root: int, rows: Floats, under: Below | None = None, left: Bools | None = None
) -> Crown:
    """Return the upper part of a tree, which is grown where most rows are.

    Parameters
    ----------
    forest : Forest
    root : int
    rows : (nodes,) float64
    under : Below, optional
        Which leaves are below each node.
    left : (leaves,) bool, optional
        Those that are left open: branches without any are left out.
    """
    ahead = np.r_[0, np.cumsum(left)] if left is not None else None
    tests: list[int] = []
    ends: list[int] = []
    inner: list[tuple[int, list[int]]] = []
    grown = [(-rows[root], root)]
    while grown:
        node = heappop(grown)[1]
        if forest.feature[node] < 0 or len(tests) == BITS - 1:
            ends.append(node)
            continue
        kept = [int(forest.child[node]), int(forest.child[node]) + 1]
        if under is not None and ahead is not None:
            kept = [c for c in kept if ahead[under.first[c]] < ahead[under.last[c]]]
        if len(kept) == 2:
            tests.append(node)
        inner.append((node, kept))
        for child in kept:
            heappush(grown, (-rows[child], child))
    word = {node: 1 << k for k, node in enumerate(ends)}
    for node, kept in reversed(inner):
        word[node] = word[kept[0]] | word[kept[-1]]
    sides = [(word[forest.child[node]], word[forest.child[node] + 1]) for node in tests]
    both = np.array(sides, dtype=np.uint64).reshape(-1, 2)
    return Crown(np.array(tests, dtype=np.int64), both, ends)


def left_open(forest: Forest, under: Below, nodes: Ints, edges: Floats) -> Bools:
    """Return which leaves each code of a variable leaves open, (codes, leaves).

    Parameters
    ----------
    forest : Forest
    under : Below
    nodes : (tests,) int64
        The tests of the tree on that variable.
    edges : float64
        Ends of the variable's codes, among them those of the tests.
    """
    codes = np.arange(len(edges) + 1)
    out = np.ones((len(codes), under.leaves), dtype=np.bool_)
    low, high = (np.searchsorted(edges, side[nodes]) for side in (forest.low, forest.high))
    for node, a, b in zip(nodes.tolist(), low, high, strict=True):
        first, last = under.first[node], under.last[node]
        middle = under.last[int(forest.child[node])]
        out[a + 1 : b + 1, first:middle] = False
        out[: a + 1, middle:last] = False
        out[b + 1 :, middle:last] = False
    return out


def parted(left: Bools, share: Floats, most: int) -> tuple[Ints, list[Bools]]:
    """Put codes into classes of which each leaves few leaves open: return classes and what is open.

    Parameters
    ----------
    left : (codes, leaves) bool
        What each code leaves open.
    share : (codes,) float64
        How often each code occurs.
    most : int
        Number of classes.
    """
    packed = np.packbits(left, axis=1)
    rows = packed.view(f"V{packed.shape[1]}").ravel()
    _, first, which = np.unique(rows, return_index=True, return_inverse=True)
    sets = left[first]
    label = np.zeros(len(sets), dtype=np.int64)
    classes: list[Bools] = []
    for k in np.argsort(-np.bincount(which, share), kind="stable"):
        size = [int((c | sets[k]).sum()) for c in classes]
        best = int(np.argmin(size)) if size else 0
        if size and (size[best] <= BITS or len(classes) == most):
            classes[best] = classes[best] | sets[k]
        else:
            best = len(classes)
            classes.append(sets[k])
        label[k] = best
    return label[which], classes


@dataclass(frozen=True, slots=True)
class Tall:
    """A tree, its crown, and what is below each node of one that does not fit in a word."""

    root: int
    crown: Crown
    under: Below | None
    tests: Ints

    @classmethod
    def of(cls, forest: Forest, root: int, rows: Floats) -> "Tall":
        top, under = crown(forest, root, rows), below(forest, root)
        if under is None or under.leaves <= BITS:
            return cls(root, top, None, top.tests)
        nodes = np.array([*under.first])
        return cls(root, top, under, nodes[forest.feature[nodes] >= 0])

    def left(self, forest: Forest, members: tuple[int, ...], edges: list[Floats]) -> Bools | None:
        """Return which leaves the joint codes of some variables leave open, (codes, leaves).

        None for a tree that fits in a word, or that tests none of them.
        """
        tested = forest.feature[self.tests]
        if self.under is None or not np.isin(tested, members).any():
            return None
        out = np.ones((1, self.under.leaves), dtype=np.bool_)
        for f in members:
            part = left_open(forest, self.under, self.tests[tested == f], edges[f])
            out = (part[:, None] & out[None]).reshape(-1, out.shape[1])
        return out


@dataclass(frozen=True, slots=True)
class Worded:
    """The crowns of a bag, one a word, and how codes choose between those of each tree."""

    by: int
    crowns: list[Crown]
    words: list[Ints]


def chosen(
    forest: Forest,
    trees: list[Tall],
    rows: Floats,
    groups: tuple[tuple[int, ...], ...],
    edges: list[Floats],
    widest: int,
) -> Worded:
    """Return the crowns of the trees of a bag, several for each where that saves many walks.

    Parameters
    ----------
    forest : Forest
    trees : list of Tall
    rows : (nodes,) float64
    groups : tuple of tuples of int
        Variables whose codes are joined.
    edges : list of float64 arrays
        Ends of the codes of each variable.
    widest : int
        Most codes that there are in a table of the bag.
    """
    most, best = WIDEST // widest // len(trees), WORTH * len(trees)
    by = -1
    for g, members in enumerate(groups if most > 1 else ()):
        share = _shares([edges[f] for f in members])
        left = [tree.left(forest, members, edges) for tree in trees]
        gain = sum(_saved(open_, share) for open_ in left if open_ is not None)
        if gain > best:
            best, by = gain, g
    if by < 0:
        own = [np.array([k]) for k in range(len(trees))]
        return Worded(by, [tree.crown for tree in trees], own)
    share = _shares([edges[f] for f in groups[by]])
    crowns: list[Crown] = []
    words = []
    for tree in trees:
        label, classes = np.zeros(len(share), dtype=np.int64), [tree.crown]
        if (open_ := tree.left(forest, groups[by], edges)) is not None:
            label, sets = parted(open_, share, most)
            classes = [crown(forest, tree.root, rows, tree.under, one) for one in sets]
        words.append(len(crowns) + label)
        crowns += classes
    return Worded(by, crowns, words)


def _saved(left: Bools, share: Floats) -> float:
    """Return about which share of rows need not walk where codes choose between words."""
    deep = np.maximum(0.0, 1.0 - BITS / left.sum(axis=1))
    return float(max(0.0, 1.0 - BITS / left.shape[1]) - share @ deep)


def _shares(edges: list[Floats]) -> Floats:
    """Return how often each joint code would occur if variables were independent."""
    out = np.ones(1)
    for e in edges:
        out = np.outer(np.diff(e, prepend=0.0, append=1.0), out).ravel()
    return out
