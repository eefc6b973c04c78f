"""What a fitted vine says: its edges as records, and its trees as drawings waiting to be made."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, shortest_path

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

    @property
    def labels(self) -> tuple[str, ...]:
        """A label a node: its variables."""
        return tuple(",".join(map(str, node)) for node in self.nodes)


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
        nodes=tuple(nodes), position=_radial(len(nodes), links), links=links, edges=edges
    )


def _radial(n: int, links: tuple[tuple[int, int], ...]) -> Floats:
    """Place the nodes of a tree on circles about its centre, each subtree in its own wedge."""
    a, b = np.array(links, dtype=np.int64).reshape(-1, 2).T
    tree = csr_array((np.ones(len(a)), (a, b)), shape=(n, n))
    distance = shortest_path(tree, directed=False, unweighted=True)
    root = int(np.argmin(distance.max(axis=1)))
    walk, parent = breadth_first_order(tree, root, directed=False)
    leaves = np.zeros(n)
    for v in walk[:0:-1]:
        leaves[v] = max(1.0, leaves[v])
        leaves[parent[v]] += leaves[v]
    # `start` is where the wedge of a node begins that has none yet among its siblings
    start, angle, width = np.zeros(n), np.zeros(n), np.full(n, 2.0 * np.pi)
    for v in walk[1:]:
        p = parent[v]
        width[v] = width[p] * leaves[v] / leaves[p]
        angle[v] = start[p] + 0.5 * width[v]
        start[v] = start[p]
        start[p] += width[v]
    radius = distance[root] / max(1.0, distance[root].max())
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
