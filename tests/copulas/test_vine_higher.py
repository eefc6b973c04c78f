"""Trees beyond the first: what a short vine loses, who keeps it, and who says so."""

import numpy as np
import pytest
from scipy.special import ndtr

from copulasynth.copulas import Vine, cells_of
from copulasynth.copulas.vine.fit import FULL_DIM, WIDE_DIM, fit_vine, simplifies
from copulasynth.copulas.vine.structure import structure_of_order
from copulasynth.errors import FitWarning

D = 14
LEAN = {"families": ("gaussian",), "tree_criterion": "tau"}


def hidden_pairs(n: int, d: int = D) -> np.ndarray:
    """Return normal scores of which the first tree cannot hold a pair.

    A chain of strong correlations fills the first tree; its ends share a factor of their own.
    """
    rng = np.random.default_rng(4)
    z = rng.normal(size=(n, d))
    for j in range(1, d):
        z[:, j] = 0.7 * z[:, j - 1] + np.sqrt(1 - 0.49) * z[:, j]
    shared = rng.normal(size=n)
    for j in (0, d - 1):
        z[:, j] = 0.75 * z[:, j] + np.sqrt(1 - 0.75**2) * shared
    return z


@pytest.fixture(scope="module")
def scores():
    return hidden_pairs(1500)


def off(vine, z):
    """Return the largest error of a correlation of draws."""
    drawn = vine.draw(40_000, np.random.default_rng(0))
    return np.abs(np.corrcoef(drawn) - np.corrcoef(z, rowvar=False)).max()


@pytest.mark.parametrize(
    "structure", ["R", "D", "C", structure_of_order(list(range(D))[::-1], "D")], ids="RDCG"
)
def test_the_default_keeps_every_correlation_that_three_trees_lose(scores, structure):
    u = ndtr(scores)
    kept = fit_vine(u, Vine(structure=structure, **LEAN))
    # draws have a standard error of .005, and a pair that BIC lets go of a correlation below .07
    assert off(kept, scores) < 0.09
    assert len(kept.pairs) > 3
    assert kept.lost_pair == ()
    if structure != "C":
        assert off(fit_vine(u, Vine(structure=structure, truncation=3, **LEAN)), scores) > 0.2


def test_first_trees_are_those_of_the_families_and_higher_ones_gaussian_or_nothing(scores):
    u = ndtr(scores[:400])
    frank = {"families": ("frank",), "method": "itau", "tree_criterion": "tau"}
    short, vine = fit_vine(u, Vine(truncation=3, **frank)), fit_vine(u, Vine(**frank))
    first = {e.label: e.loglik for e in vine.summary().edges if e.tree <= 3}
    assert {e.family for e in vine.summary().edges if e.tree > 3} == {"gaussian", "indep"}
    for edge in short.summary().edges:
        swapped = edge.label.split("|")[0].split(",")[::-1]
        label = edge.label if edge.label in first else ",".join(swapped) + edge.label[3:]
        if label in first:
            assert first[label] == pytest.approx(edge.loglik, abs=1e-6)
    # one that has no dependence ends with its first trees
    z = np.random.default_rng(0).normal(size=(400, D))
    assert (
        sum(e.family != "indep" for e in fit_vine(ndtr(z), Vine(**LEAN)).summary().edges[36:]) < 4
    )


def test_a_truncated_vine_says_what_it_lost(scores):
    vine = fit_vine(ndtr(scores), Vine(truncation=1, **LEAN))
    assert vine.lost_pair == (0, D - 1)
    assert vine.lost == pytest.approx(np.corrcoef(scores, rowvar=False)[0, -1], abs=0.06)
    assert vine.summary().numbers["largest_loss_of_a_correlation"] == vine.lost
    assert (
        "largest_loss_of_a_correlation"
        not in fit_vine(ndtr(scores[:200]), Vine(**LEAN)).summary().numbers
    )


def test_a_rule_that_leaves_trees_out_warns_of_the_cost_and_a_user_is_not_told():
    z = hidden_pairs(300, WIDE_DIM + 2)
    cells = cells_of(z, np.zeros(WIDE_DIM + 2, dtype=bool))
    with pytest.warns(FitWarning, match="truncated after tree 2: .* is off by") as said:
        vine = Vine(**LEAN).fit(cells, rng=1)
    assert f"{vine.lost:.2f}" in str(said[0].message)
    cells = cells_of(z[:, :6], np.zeros(6, dtype=bool))
    Vine(truncation=1, **LEAN).fit(cells, rng=1)


def test_trees_are_left_out_by_width_alone():
    widths = [d for d in range(2, 200) if simplifies(Vine(), d)]
    assert widths == list(range(FULL_DIM + 1, WIDE_DIM + 1))
    assert not simplifies(Vine(truncation=3), 20)
    assert not simplifies(Vine(truncation=None), 20)
