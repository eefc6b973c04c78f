"""What a fitted vine says: its edges as records, and its trees as drawings waiting to be made."""

import math
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.copulas.api import Edge
from copulasynth.copulas.vine.pairs import NONPARAMETRIC, PairCopula
from copulasynth.copulas.vine.structure import Structure


@dataclass(frozen=True, slots=True, eq=False)
class TreeLayout:
    """One tree of a vine, laid out on the unit disc.

    Attributes
    ----------
    nodes : tuple of tuple of int
        The variables of each node: one in tree 1, two and more in later trees.
    position : (number of nodes, 2) float64
        Where the nodes go; edges do not cross.
    links : tuple of (int, int)
        Node numbers that each edge joins.
    edges : tuple of Edge
        The pair copulas, in the order of `links`.
    """

    nodes: tuple[tuple[int, ...], ...]
    position: Floats
    links: tuple[tuple[int, int], ...]
    edges: tuple[Edge, ...]


def edge_of(structure: Structure, tree: int, edge: int, pair: PairCopula) -> Edge:
    """Return the record of one edge (tree and edge count from 0)."""
    corners = pair.tail_dependence
    return Edge(
        tree=tree + 1,
        conditioned=structure.conditioned(tree, edge),
        conditioning=structure.conditioning(tree, edge),
        family=pair.family,
        rotation=pair.rotation,
        parameters=() if pair.family in NONPARAMETRIC else tuple(float(v) for v in pair.parameters),
        errors=pair.errors,
        tau=pair.tau,
        lower_tail=float(corners[0, 0]),
        upper_tail=float(corners[1, 1]),
        cross_tails=(float(corners[0, 1]), float(corners[1, 0])),
        npars=pair.npars,
        loglik=pair.loglik,
    )


def lay_out(edges: tuple[Edge, ...], dim: int) -> TreeLayout:
    """Lay out the edges of one tree.

    An edge a,b|D of tree t joins the nodes {a} + D and {b} + D, which are variables in tree 1 and
    edges of the tree below later on. The sets of variables name the nodes.
    """
    ends = [tuple(tuple(sorted((v, *e.conditioning))) for v in e.conditioned) for e in edges]
    nodes = sorted({node for pair in ends for node in pair})
    if edges and edges[0].tree == 1:
        nodes = [(j,) for j in range(dim)]
    number = {node: k for k, node in enumerate(nodes)}
    links = tuple((number[a], number[b]) for a, b in ends)
    return TreeLayout(
        nodes=tuple(nodes),
        position=_radial(len(nodes), links),
        links=links,
        edges=edges,
    )


def _radial(n: int, links: tuple[tuple[int, int], ...]) -> Floats:
    """Place the nodes of a tree on circles about its centre, each subtree in its own wedge."""
    near: list[list[int]] = [[] for _ in range(n)]
    for a, b in links:
        near[a].append(b)
        near[b].append(a)
    root = _centre(near)
    depth, leaves = _subtrees(near, root)
    xy = np.zeros((n, 2))
    wedges = [(root, -1, 0.0, 2.0 * math.pi)]
    radius = 1.0 / max(1, max(depth))
    while wedges:
        v, parent, lo, hi = wedges.pop()
        angle = 0.5 * (lo + hi)
        xy[v] = depth[v] * radius * math.cos(angle), depth[v] * radius * math.sin(angle)
        children = [c for c in near[v] if c != parent]
        total = sum(leaves[c] for c in children)
        for c in children:
            width = (hi - lo) * leaves[c] / total
            wedges.append((c, v, lo, lo + width))
            lo += width
    return xy


def _centre(near: list[list[int]]) -> int:
    """Return a node in the middle of a tree, by taking leaves off until one or two are left."""
    degree = [len(a) for a in near]
    layer = [v for v, k in enumerate(degree) if k <= 1]
    left = len(near)
    while left > 2 and layer:
        left -= len(layer)
        inner = []
        for v in layer:
            for c in near[v]:
                degree[c] -= 1
                if degree[c] == 1:
                    inner.append(c)
        layer = inner
    return layer[0]


def _subtrees(near: list[list[int]], root: int) -> tuple[list[int], list[int]]:
    """Return the depth of every node and the number of leaves below it."""
    depth, leaves = [0] * len(near), [0] * len(near)
    walk, parents = [root], {root: -1}
    for v in walk:
        for c in near[v]:
            if c != parents[v]:
                parents[c] = v
                depth[c] = depth[v] + 1
                walk.append(c)
    for v in reversed(walk):
        leaves[v] = max(1, leaves[v])
        if parents[v] >= 0:
            leaves[parents[v]] += leaves[v]
    return depth, leaves
