"""Leaf laws: pieces rest on enough rows, keep their moments, and borrow where they are few."""

import numpy as np
import pytest
from scipy.stats import norm

from copulasynth.copulas import Calibrated, Gaussian, Tree, cells_of
from copulasynth.copulas.calibration.pair_tables import with_margins
from copulasynth.copulas.margins import unit_draw
from copulasynth.copulas.tree.leaf_law import heap_ratio, leaf_segments
from copulasynth.copulas.tree.order import find_gates
from copulasynth.copulas.tree.sparse import borrowed_ends

ROOT = np.zeros(1, dtype=int)


def law_of(u, *, wide=None, lower=None, upper=None, group=10, gap=0.03):
    u = np.asarray(u, dtype=float)
    lower, upper = u if lower is None else lower, u + 1e-4 if upper is None else upper
    wide = np.zeros(u.size, bool) if wide is None else wide
    return leaf_segments(np.zeros(u.size, int), lower, upper, wide, ROOT, gap=gap, group=group)


@pytest.mark.parametrize("seed", range(20))
def test_every_piece_rests_on_a_group_of_rows_and_none_is_lost(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(12, 200))
    # clusters and holes, ties, an atom in the middle
    u = np.sort(rng.choice(rng.random(1 + n // 3), n) + rng.random(n) * rng.choice([0.0, 0.2]))
    u = np.clip(u / max(u.max(), 1.0), 0, 0.999)
    atom = rng.random(n) < 0.3
    lower, upper = np.where(atom, 0.4, u), np.where(atom, 0.5, u + 1e-4)
    inside = ~atom & (u > 0.39) & (u < 0.5)
    lower[inside], upper[inside] = 0.51, 0.5101
    law = law_of(u, wide=atom, lower=lower, upper=upper)
    assert law.count.sum() == n
    assert (law.low < law.high).all()
    assert (law.low[1:] >= law.high[:-1] - 1e-12).all()
    for low, high, count in zip(law.low, law.high, law.count, strict=True):
        whole_stretch = (low, high) in ((0.0, 0.4), (0.5, 1.0))
        assert (low, high) == (0.4, 0.5) or count >= 10 or whole_stretch


def test_a_piece_keeps_the_mean_of_its_rows_at_the_ends_and_both_moments_alone():
    rng = np.random.default_rng(1)
    u = norm.cdf(0.3 * rng.standard_normal(40))
    for law, near in ((law_of(u), 0.1), (law_of(u, group=40), 0.01)):
        middle, width = 0.5 * (law.low + law.high), law.high - law.low
        share = law.count / law.count.sum()
        mean = share @ middle
        assert mean == pytest.approx(u.mean(), abs=0.005)
        spread = share @ ((middle - mean) ** 2 + width**2 / 12)
        assert np.sqrt(spread) == pytest.approx(u.std(), rel=near)


@pytest.mark.parametrize(("leaf", "n"), [(20, 1000), (40, 2500), (None, 2500)])
def test_coarse_pieces_do_not_weaken_a_correlation(leaf, n):
    r = 0.7 ** np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    x = np.random.default_rng(1).multivariate_normal(np.zeros(4), r, n)
    tree = Tree(leaf=leaf, bags=8).fit(cells_of(x, np.zeros(4, bool)), rng=1)
    z = norm.ppf(np.clip(unit_draw(tree, 100_000, np.random.default_rng(3)), 1e-9, 1 - 1e-9))
    ranks = (np.argsort(np.argsort(x, axis=0), axis=0) + 0.5) / n
    # with pieces that reach to their outermost rows this is .05 to .07 lower
    assert np.corrcoef(z) == pytest.approx(np.corrcoef(norm.ppf(ranks).T), abs=0.025)


def test_a_leaf_of_few_rows_borrows_from_the_nearest_branch_with_enough():
    # root 0; 1 a leaf; 2 a branch with leaves 3 and 4
    parent = np.array([0, 0, 0, 2, 2])
    node = np.repeat([1, 3, 4], [50, 8, 8])
    x = np.r_[np.full(50, 0.9), np.linspace(0.1, 0.2, 8), np.linspace(0.1, 0.2, 8)]
    stretch = np.zeros(66, dtype=int)
    moments = np.stack([np.ones_like(x), x, x * x])
    low, high = borrowed_ends(parent, node, stretch, moments, (np.array([3]), np.array([0])), 10)
    assert 0.5 * (low + high) == pytest.approx(0.15)
    assert high - low == pytest.approx(np.sqrt(12) * x[50:].std())
    low, high = borrowed_ends(parent, node, stretch, moments, (np.array([3]), np.array([0])), 100)
    assert (low[0], high[0]) == (-np.inf, np.inf)


def test_codes_are_told_apart_and_neighbouring_numbers_are_not():
    rng = np.random.default_rng(1)
    leaf, number = rng.integers(20, size=4000), rng.integers(30, size=4000)
    assert heap_ratio(leaf, number / 30) == pytest.approx(1.0, abs=0.15)
    # numbers that rise with the leaf are still not told from their neighbours
    trend = np.rint(leaf + 5 * rng.standard_normal(4000))
    assert heap_ratio(leaf, trend / 30) < 1.5
    # a leaf that knows odd from even is
    odd = 2 * (number // 2) + leaf % 2
    assert heap_ratio(leaf, odd / 30) > 3


def test_heaps_that_other_columns_know_are_kept_one_by_one():
    rng = np.random.default_rng(2)
    n = 3000
    group = rng.integers(8, size=n)
    # forty values, each of one group alone, though neighbours belong to different groups
    value = 8 * rng.integers(5, size=n) + group
    x = np.column_stack([group, value]).astype(float)
    tree = Tree().fit(cells_of(x, np.array([True, False])), rng=1)
    u = unit_draw(tree, 20_000, np.random.default_rng(1))
    drawn = [np.quantile(x[:, j], u[j], method="inverted_cdf").astype(int) for j in (0, 1)]
    assert np.mean(drawn[1] % 8 == drawn[0]) > 0.95


@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-6])
def test_a_relation_that_is_exact_or_all_but_is_fitted_by_trees(noise):
    rng = np.random.default_rng(1)
    x = rng.standard_normal(284)
    z = np.column_stack([x, np.exp(x + noise * rng.standard_normal(284))])
    tree = Tree().fit(cells_of(z, np.zeros(2, bool)), rng=1)
    u = unit_draw(tree, 5000, np.random.default_rng(1))
    assert np.corrcoef(u)[0, 1] > 0.999


def nested(n=4000):
    """Return a table in which y is there where x says so, and z where y does."""
    rng = np.random.default_rng(3)
    x = rng.integers(2, size=n).astype(float)
    y = np.where(x == 1, rng.integers(2, size=n), np.nan)
    z = np.where(y == 1, rng.standard_normal(n), np.nan)
    w = rng.standard_normal(n) + np.nan_to_num(z)
    return np.column_stack([x, y, z, w]), np.array([True, True, False, False])


def test_a_gate_may_stand_behind_another():
    x, nominal = nested()
    assert find_gates(cells_of(x, nominal))[0].tolist() == [-1, 0, 1, -1]


def test_values_behind_two_gates_are_calibrated_as_what_is_not_there():
    x, nominal = nested()
    cells = cells_of(x, nominal)
    copula = Calibrated(Gaussian()).fit(cells, rng=1)
    assert len(copula.pairs)
    # factors of tables that contradict each other run away
    assert np.abs(copula.log_factors).max() < 15
    u = unit_draw(copula, 40_000, np.random.default_rng(1))
    zero = np.mean(x[:, 0] == 0)
    there = (u[0] > zero) & (u[1] > np.mean(x[x[:, 0] == 1, 1] == 0))
    assert there.mean() == pytest.approx(np.isfinite(x[:, 2]).mean(), abs=0.01)
    seen = np.isfinite(x[:, 2])
    real = np.corrcoef(x[seen, 2], x[seen, 3])[0, 1]
    z, w = (np.quantile(x[seen, j] if j == 2 else x[:, j], u[j, there]) for j in (2, 3))
    assert np.corrcoef(z, w)[0, 1] == pytest.approx(real, abs=0.06)


def test_a_chain_of_gates_that_closes_is_refused():
    x, nominal = nested()
    bins = Calibrated(Tree()).fit(cells_of(x, nominal), rng=1).bins
    with pytest.raises(ValueError, match="begin somewhere"):
        type(bins)(bins.edges, np.array([1, 0, 1, -1]), bins.gate_low, bins.gate_high)


def test_a_table_of_some_rows_keeps_its_odds_and_gets_the_margins_of_all():
    table = np.array([[0.4, 0.1], [0.2, 0.3]])
    found = with_margins(table, np.array([0.7, 0.3]), np.array([0.4, 0.6]))
    assert found.sum(axis=1) == pytest.approx([0.7, 0.3])
    assert found.sum(axis=0) == pytest.approx([0.4, 0.6])
    odds = found[0, 0] * found[1, 1] / (found[0, 1] * found[1, 0])
    assert odds == pytest.approx(6.0)
