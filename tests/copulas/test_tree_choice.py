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
from copulasynth.copulas.tree.risk import brier_score, pieces_of
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
    assert freed[marks].all() and not freed[~marks].any()
    assert ((place > lower) & (place < upper))[freed].all()
    assert np.array_equal(place[~freed], (0.5 * (lower + upper))[~freed])
    for mark in (-1.0, 1.1):
        rows = y == mark
        assert np.array_equal(np.argsort(place[rows]), np.argsort(z[rows]))


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_no_atom_is_freed_from_a_loose_relation(rho):
    rng = np.random.default_rng(2)
    z = rng.standard_normal(2000)
    y = np.maximum(rho * z + np.sqrt(1 - rho**2) * rng.standard_normal(2000), -0.5)
    freed, _ = freed_places(z[:, None], *cells_and_atoms(y))
    assert not freed.any()


def test_zeros_that_depend_on_something_else_stay_atoms_beside_a_tight_relation():
    rng = np.random.default_rng(3)
    z = rng.standard_normal(3000)
    y = np.where(rng.random(3000) < 0.45, -9.0, z + 0.05 * rng.standard_normal(3000))
    freed, _ = freed_places(z[:, None], *cells_and_atoms(y))
    assert not freed.any()


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


def test_the_score_is_that_of_leave_one_out_shares():
    rng = np.random.default_rng(5)
    leaf, piece = rng.integers(6, size=200), rng.integers(4, size=200)
    asked = rng.random(200) < 0.4
    total = []
    for k in np.flatnonzero(asked):
        mates = np.flatnonzero((leaf == leaf[k]) & (np.arange(200) != k))
        p = np.bincount(piece[mates], minlength=4) / len(mates)
        total.append(((p - np.eye(4)[piece[k]]) ** 2).sum())
    assert brier_score(leaf, piece, asked) == pytest.approx(np.mean(total))
    assert brier_score(leaf, piece, np.zeros(200, dtype=bool)) == 0.0


def test_levels_are_pieces_of_their_own_and_other_values_are_cut_at_equal_shares():
    wide = np.array([True, True] + [False] * 80)
    lower = np.r_[0.1, 0.1, np.linspace(0.2, 0.99, 80)]
    piece, edges = pieces_of(lower, lower, wide, None)
    assert piece[0] == piece[1] and len(edges) == 7
    assert np.bincount(piece)[1:].tolist() == [10] * 8
    assert np.array_equal(pieces_of(lower, lower, wide, edges)[0], piece)


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
    assert sizes[0] == (30,) and len(sizes[-1]) == 3
    assert leaf_choices(31) == (31, 16, 62)
