import json

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from copulasynth import model_file
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.margins import unit_draw
from copulasynth.copulas.tree.copula import CHUNK, TreeCopula
from copulasynth.copulas.tree.fit import Tree
from copulasynth.copulas.tree.forest import FLOOR, Forest
from copulasynth.copulas.tree.leaf_law import leaf_segments
from copulasynth.copulas.tree.order import find_gates, greedy_order, rank_correlation
from copulasynth.errors import ModelFileError
from copulasynth.synthesizers.stored import STORED

DRAWS = 20_000


def gaussian_cells(n=3000, rho=0.7):
    r = rho ** np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    x = np.random.default_rng(5).multivariate_normal(np.zeros(4), r, n)
    return cells_of(x, np.zeros(4, dtype=bool)), r


def mixed_table(n=2000):
    rng = np.random.default_rng(6)
    group = rng.integers(4, size=n)
    value = np.array([3.0, -3.0, 2.0, -2.0])[group] + rng.standard_normal(n)
    usage = np.maximum(value + rng.standard_normal(n), 0.0)
    absent = (rng.random(n) < norm.cdf(value - 1)).astype(float)
    income = np.where(absent > 0, np.nan, np.exp(0.5 * value + 0.3 * rng.standard_normal(n)))
    x = np.column_stack([group, value, usage, absent, income])
    return x, np.array([True, False, False, True, False])


@pytest.fixture(scope="module")
def gaussian_tree() -> TreeCopula:
    return Tree(bags=4).fit(gaussian_cells()[0], rng=1)


@pytest.fixture(scope="module")
def mixed_tree() -> TreeCopula:
    x, nominal = mixed_table()
    return Tree(bags=4).fit(cells_of(x, nominal), rng=1)


def test_margins_are_uniform_within_the_noise_of_pilot_and_sample(gaussian_tree, mixed_tree):
    for tree in (gaussian_tree, mixed_tree):
        u = np.sort(unit_draw(tree, DRAWS, np.random.default_rng(2)), axis=1)
        grid = (np.arange(DRAWS) + 0.5) / DRAWS
        # Kolmogorov-Smirnov at level 1e-5, for the sample and for the pilot of 2^18 rows
        bound = np.sqrt(-np.log(1e-5 / 2) / 2) * (DRAWS**-0.5 + 2**-9) + 1 / 256**2
        assert np.abs(u - grid).max() < bound


def test_correlations_of_a_gaussian_sample_come_back(gaussian_tree):
    r = gaussian_cells()[1]
    u = unit_draw(gaussian_tree, 100_000, np.random.default_rng(3))
    z = norm.ppf(np.clip(u, 1e-9, 1 - 1e-9))
    assert np.abs(np.corrcoef(z) - r).max() < 0.05


def test_the_transforms_are_each_other_s_inverse(gaussian_tree, mixed_tree):
    for tree in (gaussian_tree, mixed_tree):
        w = np.random.default_rng(4).random((300, tree.dim))
        u = tree.inverse_rosenblatt(w)
        assert np.abs(tree.rosenblatt(u) - w).max() < 1e-10
        assert np.abs(tree.inverse_rosenblatt(tree.rosenblatt(u)) - u).max() < 1e-9


def test_draw_and_inverse_transform_have_one_law(mixed_tree):
    u = unit_draw(mixed_tree, 4000, np.random.default_rng(7))
    v = mixed_tree.inverse_rosenblatt(np.random.default_rng(8).random((4000, mixed_tree.dim))).T
    bound = 4 * np.sqrt(2 / 4000)
    assert np.abs(spearmanr(u.T).statistic - spearmanr(v.T).statistic).max() < bound


def test_the_density_integrates_to_one():
    tree = Tree(bags=3, leaf=40).fit(cells_of(gaussian_table(800), np.zeros(2, bool)), rng=1)
    side = 500
    grid = (np.arange(side) + 0.5) / side
    u = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    total = np.exp(tree.logpdf(u)).mean()
    # piecewise constant: the midpoint rule errs only where a cell of the grid straddles an edge
    assert abs(total - 1) < 0.01


def gaussian_table(n):
    return np.random.default_rng(9).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], n)


def test_the_first_rows_of_a_long_draw_are_the_short_draw(mixed_tree):
    long = mixed_tree.draw(9000, np.random.default_rng(1))
    short = mixed_tree.draw(100, np.random.default_rng(1))
    assert np.array_equal(long[:, :100], short)


@pytest.mark.parametrize("n", [1, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 3])
def test_a_part_of_a_chunk_is_the_beginning_of_the_whole_bit_for_bit(gaussian_tree, mixed_tree, n):
    for tree in (gaussian_tree, mixed_tree):
        whole = tree.draw(2 * CHUNK, np.random.default_rng(1))
        part = tree.draw(n, np.random.default_rng(1))
        assert part.shape == (tree.dim, n)
        assert np.array_equal(whole[:, :n], part)


def test_levels_keep_their_group_means(mixed_tree):
    x, _ = mixed_table()
    u = unit_draw(mixed_tree, 40_000, np.random.default_rng(5))
    edges = np.cumsum(np.bincount(x[:, 0].astype(int)))[:-1] / len(x)
    group = np.searchsorted(edges, u[0])
    value = np.quantile(x[:, 1], u[1])
    for k in range(4):
        assert abs(value[group == k].mean() - x[x[:, 0] == k, 1].mean()) < 0.1


def test_values_behind_a_shut_gate_mean_nothing(mixed_tree):
    x, _ = mixed_table()
    assert mixed_tree.gate.tolist() == [-1, -1, -1, -1, 3]
    u = unit_draw(mixed_tree, DRAWS, np.random.default_rng(5))
    shut = u[3] > np.mean(x[:, 3] == 0) + 0.01
    noise = 4 / np.sqrt(shut.sum())
    assert abs(spearmanr(u[1, shut], u[4, shut]).statistic) < noise
    assert abs(u[4, shut].mean() - 0.5) < noise * np.sqrt(1 / 12)


def test_a_model_file_gives_bit_identical_draws(mixed_tree):
    text = json.dumps(model_file.to_data(mixed_tree))
    again = model_file.from_data(json.loads(text), STORED)
    rng = np.random.default_rng
    assert np.array_equal(again.draw(500, rng(1)), mixed_tree.draw(500, rng(1)))


@pytest.mark.parametrize(
    ("name", "index", "value"),
    [
        ("feature", 0, -1),
        ("feature", 0, 99),
        ("feature", 0, -5),
        ("cut", 0, 10**8),
        ("cut", 0, -3),
        ("pieces", 0, 0),
        ("pieces", 0, 1 << 62),
        ("first", 0, -1),
        ("first", 0, 10**6),
        ("width", 0, 0),
        ("width", 0, 1 << 62),
        ("count", 0, -1),
        ("count", 0, 1 << 62),
        ("count", 0, 5 * 10**8),
        ("count", 0, 1 << 15),
        ("slope", 0, 1 << 62),
        ("bags", None, 0),
        ("bags", None, 5),
        ("bags", None, 1 << 40),
        ("moving", 0, 99),
    ],
)
def test_a_hostile_forest_is_refused(mixed_tree, name, index, value):
    data = json.loads(json.dumps(model_file.to_data(mixed_tree)))
    if index is None:
        data["trees"][name] = value
    else:
        data["trees"][name][index] = value
    with pytest.raises(ModelFileError):
        model_file.from_data(data, STORED)


def test_a_gap_in_the_support_stays_a_gap():
    lower = np.r_[np.linspace(0.0, 0.2, 21)[:-1], np.linspace(0.8, 1.0, 21)[:-1]]
    narrow = np.zeros(40, bool)
    leaf, root = np.zeros(40, int), np.zeros(1, int)
    law = leaf_segments(leaf, lower, lower + 1e-3, narrow, root, gap=0.03, group=10)
    assert law.high[law.high < 0.5].max() < 0.2 + 0.015
    assert law.low[law.low > 0.5].min() > 0.8 - 0.015


def test_a_level_keeps_its_whole_cell_and_its_share():
    lower = np.array([0.0, 0.0, 0.0, 0.5, 0.5])
    leaf, root = np.zeros(5, int), np.zeros(1, int)
    law = leaf_segments(leaf, lower, lower + 0.5, np.ones(5, bool), root, gap=0.03, group=10)
    assert law.low.tolist() == [0.0, 0.5]
    assert law.high.tolist() == [0.5, 1.0]
    assert law.count.tolist() == [3, 2]


def test_an_increasing_transform_of_a_column_changes_nothing():
    x, nominal = mixed_table(400)
    y = x.copy()
    y[:, 1] = np.exp(y[:, 1])
    a, b = (Tree(bags=2).fit(cells_of(v, nominal), rng=3) for v in (x, y))
    assert np.array_equal(a.forest.low, b.forest.low)
    assert np.array_equal(a.knots, b.knots)


def test_a_gappy_variable_without_a_gate_is_imputed_from_its_leaves():
    x, nominal = mixed_table(400)
    cells = cells_of(x[:, [0, 1, 4]], nominal[[0, 1, 4]])
    assert find_gates(cells)[0].tolist() == [-1, -1, -1]
    tree = Tree(bags=2).fit(cells, rng=3)
    assert np.isfinite(tree.draw(100, np.random.default_rng(1))).all()


def test_a_gate_is_drawn_before_what_it_gates():
    x, nominal = mixed_table(400)
    cells = cells_of(x, nominal)
    gate = find_gates(cells)[0]
    order = greedy_order(rank_correlation(cells), gate).tolist()
    assert order.index(3) < order.index(4)


@pytest.mark.parametrize("wrong", [{"leaf": 0}, {"bags": 1.5}, {"gap": 0.0}, {"parents": True}])
def test_choices_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Tree(**wrong)


def test_a_handful_of_rows_is_refused():
    with pytest.raises(ValueError, match="too few"):
        Tree().fit(cells_of(np.arange(10.0)[:, None], np.array([False])))


def test_leaf_draws_follow_the_segment_weights():
    one = np.array([0])
    forest = Forest(
        np.array([[0]]), one - 1, np.zeros(1), np.ones(1), one, np.array([0, 2]),
        np.array([0.0, 0.5]), np.array([0.25, 1.0]), np.array([1, 3]), np.zeros(1), np.zeros(1),
    )  # fmt: skip
    u = np.array([0.125, 0.375, 0.75])
    assert forest.cdf(np.zeros((1, 3), int), u) == pytest.approx([0.125, 0.25, 0.625], abs=FLOOR)
    draws = forest.pick(np.zeros(DRAWS, int), np.random.default_rng(1).random(DRAWS))
    assert abs(np.mean(draws < 0.25) - 0.25) < 4 * np.sqrt(0.25 * 0.75 / DRAWS)


def test_a_tight_relation_is_followed_within_a_leaf():
    rng = np.random.default_rng(2)
    z = rng.standard_normal(2000)
    x = np.column_stack([z, z + 0.05 * rng.standard_normal(2000)])
    tree = Tree(leaf=100).fit(cells_of(x, np.zeros(2, bool)), rng=1)
    s = norm.ppf(unit_draw(tree, DRAWS, rng))
    # a leaf of a twentieth of the rows spans about a tenth of a standard deviation or more
    assert np.median(np.abs(s[0] - s[1])) < 1.5 * 0.6745 * 0.05


def test_atoms_do_not_move_along_the_index():
    x, nominal = mixed_table()
    tree = Tree(bags=2).fit(cells_of(x, nominal), rng=1)
    u = unit_draw(tree, DRAWS, np.random.default_rng(1))
    zero = np.mean(x[:, 2] == 0)
    share = np.mean(u[2] <= zero)
    assert abs(share - zero) < 4 * np.sqrt(zero * (1 - zero)) * (DRAWS**-0.5 + 2**-9)
