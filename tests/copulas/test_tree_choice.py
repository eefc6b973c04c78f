"""Atoms that follow an index, and sizes of leaves that each variable chooses."""

import numpy as np
import pytest
from scipy.stats import norm

from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.margins import unit_draw
from copulasynth.copulas.tree.fit import Tree
from copulasynth.copulas.tree.freed import freed_places
from copulasynth.copulas.tree.grow import Grove, inputs_of
from copulasynth.copulas.tree.response import Response
from copulasynth.copulas.tree.risk import brier_score, ranked_score
from copulasynth.copulas.tree.sizes import leaf_choices

ORDERED = np.zeros(2, dtype=bool)


def rounded_pair(n=2500, noise=0.05):
    """Return a value and a second one close to it, of which a quarter is rounded to four marks."""
    rng = np.random.default_rng(4)
    z = rng.standard_normal(n)
    y = z + noise * rng.standard_normal(n)
    for mark in (-1.0, -0.3, 0.4, 1.1):
        y[np.abs(y - mark) < 0.12] = mark
    return np.column_stack([z, y])


def cells_and_atoms(y):
    cells = cells_of(y[:, None], np.array([False]))
    lower, upper = cells.lower[:, 0], cells.upper[:, 0]
    return lower, upper, upper - lower >= 0.03


def test_atoms_that_an_index_leads_to_are_freed_and_others_are_not():
    x = rounded_pair()
    z, y = x.T
    y = y.copy()
    rare = np.random.default_rng(1).random(len(y)) < 0.08
    y[rare] = 0.05  # whatever the first value is
    lower, upper, wide = cells_and_atoms(y)
    freed, place = freed_places(z[:, None], lower, upper, wide)
    marks = np.isin(y, [-1.0, -0.3, 0.4, 1.1])
    assert freed[marks].all()
    assert not freed[~marks].any()
    assert ((place > lower) & (place < upper))[freed].all()
    assert np.array_equal(place[rare & ~marks], (0.5 * (lower + upper))[rare & ~marks])
    for mark in (-1.0, 1.1):
        rows = y == mark
        assert np.array_equal(np.argsort(place[rows]), np.argsort(z[rows]))


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_no_atom_is_freed_from_a_loose_relation(rho):
    rng = np.random.default_rng(2)
    z = rng.standard_normal(2000)
    y = np.maximum(rho * z + np.sqrt(1 - rho**2) * rng.standard_normal(2000), -0.5)
    assert freed_places(z[:, None], *cells_and_atoms(y)) is None


def test_zeros_that_depend_on_something_else_stay_atoms_beside_a_tight_relation():
    rng = np.random.default_rng(3)
    z = rng.standard_normal(3000)
    y = np.where(rng.random(3000) < 0.45, -9.0, z + 0.05 * rng.standard_normal(3000))
    freed, _ = freed_places(z[:, None], *cells_and_atoms(y))
    assert not freed.any()


@pytest.mark.parametrize("exempt", [0.0, 0.03])
def test_zeros_of_those_below_a_threshold_are_freed_unless_others_are_zero_too(exempt):
    rng = np.random.default_rng(4)
    z = rng.standard_normal(3000)
    tax = np.maximum(z + 0.1 * rng.standard_normal(3000), -0.2)
    tax[rng.random(3000) < exempt] = -0.2
    freed, _ = freed_places(z[:, None], *cells_and_atoms(tax))
    assert freed.any() == (exempt == 0.0)


def test_a_tight_relation_is_followed_past_atoms_of_round_values():
    x = rounded_pair()
    lower, upper, wide = cells_and_atoms(x[:, 1])
    tree = Tree().fit(cells_of(x, ORDERED), rng=1)
    # atoms would leave the index the widest stretch between them alone
    assert (tree.index.low[1], tree.index.high[1]) == (0.0, 1.0) or tree.index.high[0] == 1.0
    u = unit_draw(tree, 20_000, np.random.default_rng(2))
    inside = (
        (u[1][:, None] > np.unique(lower[wide])) & (u[1][:, None] < np.unique(upper[wide]))
    ).any(axis=1)
    gap = np.abs(norm.ppf(u[0]) - norm.ppf(u[1]))[~inside]
    assert np.median(gap) < 1.5 * 0.6745 * 0.05
    # and each mark keeps its share
    for a, b in zip(np.unique(lower[wide]), np.unique(upper[wide]), strict=True):
        assert np.mean((u[1] > a) & (u[1] <= b)) == pytest.approx(b - a, abs=0.012)


def test_scores_are_those_of_the_other_rows_of_each_leaf():
    rng = np.random.default_rng(5)
    leaf, level, place = rng.integers(6, size=200), rng.integers(4, size=200), rng.random(200)
    asked = rng.random(200) < 0.4
    shares, ranked = [], []
    for k in np.flatnonzero(asked):
        mates = np.flatnonzero((leaf == leaf[k]) & (np.arange(200) != k))
        p = np.bincount(level[mates], minlength=4) / len(mates)
        shares.append(((p - np.eye(4)[level[k]]) ** 2).sum())
        x = place[mates]
        spread = 0.5 * np.abs(x[:, None] - x).mean()
        ranked.append(np.abs(x - place[k]).mean() - spread)
    assert brier_score(leaf, level / 4, asked) == pytest.approx(np.mean(shares))
    assert ranked_score(leaf, place, asked) == pytest.approx(np.mean(ranked))
    nobody = np.zeros(200, dtype=bool)
    assert brier_score(leaf, level / 4, nobody) == ranked_score(leaf, place, nobody) == 0.0


def chosen(x, y, sizes=(20, 10, 40), n=1500):
    """Return the size of leaves that is chosen for y, a number between 0 and 1, by x."""
    grove = Grove(sizes, 2, 0.03, 10, np.random.default_rng(7))
    here = [inputs_of(x, x, False, 0)]
    seen = np.ones(n, dtype=bool)
    of = Response(y, y, seen, ~seen, False, None, (0.0, 1.0))
    return grove._best(sizes, here[0].values, of)[0]


def test_noise_takes_large_leaves_and_many_steps_take_small_ones():
    rng = np.random.default_rng(8)
    x = rng.random(1500)
    assert chosen(x, rng.random(1500)) == 40
    steps = rng.permutation(60) / 60
    assert chosen(x, steps[(60 * x).astype(int)] + 0.01 * rng.random(1500)) == 10


def test_rows_of_a_rounded_value_stand_where_a_close_relation_puts_them():
    rng = np.random.default_rng(9)
    z = rng.standard_normal(3000)
    y = np.round(z + 0.03 * rng.standard_normal(3000), 1)
    cells = cells_of(y[:, None], np.array([False]))
    lower, upper = cells.lower[:, 0], cells.upper[:, 0]
    freed, place = freed_places(z[:, None], lower, upper, np.zeros(3000, dtype=bool))
    assert not freed.any()
    assert ((place > lower) & (place < upper)).all()
    # a cell is a tenth wide where rows are .03 from the relation
    exact = (np.argsort(np.argsort(z)) + 0.5) / 3000
    assert np.abs(place - exact).mean() < 0.5 * np.abs(cells.mid[:, 0] - exact).mean()


def test_sizes_that_are_asked_for_are_not_chosen_from():
    x = rounded_pair(600)
    sizes = []
    grow = Grove.grow

    def spy(self, here, of):
        sizes.append(self.sizes)
        return grow(self, here, of)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Grove, "grow", spy)
        Tree(leaf=30).fit(cells_of(x, ORDERED), rng=1)
        Tree().fit(cells_of(x, ORDERED), rng=1)
    assert sizes[0] == (30,)
    assert len(sizes[-1]) == 3
    assert leaf_choices(31) == (31, 16, 62)
