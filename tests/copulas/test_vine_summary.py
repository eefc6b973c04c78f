"""What a vine says of itself: edges, and trees laid out for drawing."""

import numpy as np
import pytest
from scipy.special import ndtr

from copulasynth.copulas import PairCopula, Vine, VineCopula
from copulasynth.copulas.vine.fit import fit_vine


@pytest.fixture(scope="module")
def chain():
    pairs = (
        (
            PairCopula("clayton", 90, np.array([2.0]), errors=(0.1,)),
            PairCopula("student", 0, np.array([0.5, 4.0])),
        ),
        (PairCopula("indep"),),
    )
    return VineCopula((1, 2, 3), ((2, 3), (3,)), pairs)


def test_edges_name_pairs_families_and_tail_dependence(chain):
    first, second, third = chain.summary().edges
    assert (first.tree, first.conditioned, first.conditioning) == (1, (0, 1), ())
    assert (first.family, first.rotation, first.parameters) == ("clayton", 90, (2.0,))
    assert first.errors == (0.1,)
    assert first.tau == pytest.approx(-0.5)
    assert (first.lower_tail, first.upper_tail) == (0.0, 0.0)
    # the tail of a Clayton copula turned by 90 degrees is where u1 is high and u2 low
    assert first.cross_tails == pytest.approx((0.0, 2**-0.5))
    assert second.lower_tail == second.upper_tail == pytest.approx(0.25317, abs=1e-5)
    assert (third.label, third.tree, third.family) == ("0,2|1", 2, "indep")


def test_nonparametric_edges_have_no_parameters_and_unknown_tails():
    u = ndtr(np.random.default_rng(1).standard_normal((100, 2)))
    edge = fit_vine(u, Vine()).summary().edges[0]
    assert edge.parameters == edge.errors == ()
    assert np.isnan([edge.lower_tail, edge.upper_tail, *edge.cross_tails]).all()
    assert edge.npars > 1


def test_log_likelihoods_of_edges_add_up():
    u = ndtr(np.random.default_rng(2).multivariate_normal(np.zeros(4), 0.5 + 0.5 * np.eye(4), 200))
    vine = fit_vine(u, Vine(families="both"))
    assert sum(e.loglik for e in vine.summary().edges) == pytest.approx(
        vine.logpdf(u).sum(), rel=1e-9
    )
    assert sum(e.npars for e in vine.summary().edges) == pytest.approx(vine.npars)


@pytest.mark.parametrize("kind", ["R", "C", "D"])
def test_trees_are_laid_out_without_crossings_or_overlaps(kind):
    u = ndtr(np.random.default_rng(3).multivariate_normal(np.zeros(8), 0.5 + 0.5 * np.eye(8), 200))
    vine = fit_vine(u, Vine(structure=kind, families=("gaussian",)))
    for level in range(1, 8):
        tree = vine.tree_edges(level)
        assert len(tree.nodes) == 9 - level
        assert len(tree.links) == len(tree.edges) == 8 - level
        assert all(len(node) == level for node in tree.nodes)
        # joined nodes share all but one variable each: the proximity condition
        for (a, b), edge in zip(tree.links, tree.edges, strict=True):
            common = set(tree.nodes[a]) & set(tree.nodes[b])
            assert common == set(edge.conditioning)
        xy = tree.position
        assert np.hypot(*xy.T).max() <= 1 + 1e-12
        apart = np.hypot(*(xy[:, None] - xy[None]).T)[~np.eye(len(xy), dtype=bool)]
        assert apart.size == 0 or apart.min() > 0.05
        assert not any(
            _cross(xy, p, q) for p in tree.links for q in tree.links if not set(p) & set(q)
        )


def _cross(xy, p, q):
    def side(a, b, c):
        return np.sign(np.cross(np.append(xy[b] - xy[a], 0), np.append(xy[c] - xy[a], 0))[2])

    return side(*p, q[0]) * side(*p, q[1]) < 0 and side(*q, p[0]) * side(*q, p[1]) < 0


def test_trees_beyond_the_last_are_refused(chain):
    with pytest.raises(ValueError, match="trees 1 to 2, got 3"):
        chain.tree_edges(3)
