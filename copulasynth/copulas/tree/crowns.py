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

__all__ = ["BITS", "WIDEST", "Choice", "Crown", "Tall", "Words", "chosen"]

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


def joint(parts: list[Bools]) -> Bools:
    """Return the leaves left open by joint codes, from those by each part; the first is fastest."""
    out = parts[0]
    for part in parts[1:]:
        out = (part[:, None] & out[None]).reshape(-1, out.shape[1])
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

    def left(self, forest: Forest, edges: list[Floats]) -> list[Bools]:
        """Return which leaves the codes of each variable leave open; none of a small tree."""
        if self.under is None:
            return []
        tested = forest.feature[self.tests]
        return [
            left_open(forest, self.under, self.tests[tested == f], e) for f, e in enumerate(edges)
        ]


@dataclass(frozen=True, slots=True)
class Choice:
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
) -> Choice:
    """Return the crowns of the trees of a bag, several for each where that saves many walks."""
    shares = [_shares([edges[f] for f in members]) for members in groups[:-1]]
    most = WIDEST // max([BITS, *map(len, shares)]) // len(trees)
    left = [tree.left(forest, edges) if most > 1 else [] for tree in trees]
    gain = np.zeros(len(shares))
    for open_ in filter(None, left):
        for g, (members, share) in enumerate(zip(groups, shares, strict=False)):
            many = joint([open_[f] for f in members]).sum(axis=1)
            gain[g] += max(0.0, 1.0 - BITS / open_[0].shape[1]) - share @ np.maximum(
                0.0, 1.0 - BITS / many
            )
    if gain.max(initial=0.0) <= WORTH * len(trees):
        return Choice(
            -1, [tree.crown for tree in trees], [np.array([k]) for k in range(len(trees))]
        )
    by = int(gain.argmax())
    crowns: list[Crown] = []
    words = []
    for tree, open_ in zip(trees, left, strict=True):
        label, classes = np.zeros(len(shares[by]), dtype=np.int64), [tree.crown]
        if open_:
            label, sets = parted(joint([open_[f] for f in groups[by]]), shares[by], most)
            classes = [crown(forest, tree.root, rows, tree.under, one) for one in sets]
        words.append(len(crowns) + label)
        crowns += classes
    return Choice(by, crowns, words)


def _shares(edges: list[Floats]) -> Floats:
    """Return how often each joint code would occur if variables were independent."""
    out = np.ones(1)
    for e in edges:
        out = np.outer(np.diff(e, prepend=0.0, append=1.0), out).ravel()
    return out
