"""What is noted of drawn values by one lookup is what searches for each of its parts find."""

import numpy as np
import pytest

from copulasynth.copulas.bin_lookup import BinLookups, bin_lookup
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.tree.fit import Tree
from copulasynth.copulas.tree.masks import masks_of
from copulasynth.copulas.tree.notes import notes_of


@pytest.fixture(scope="module")
def tree():
    """A tree copula of levels that lie side by side, an atom, and numbers."""
    rng = np.random.default_rng(1)
    z = rng.standard_normal((4, 600))
    z[1:] += z[0]
    x = np.stack([np.digitize(z[0], [-1.0, 0.0, 1.0]), np.maximum(z[1], 0.0), z[2], z[3]], axis=1)
    return Tree().fit(cells_of(x, np.zeros(4, dtype=np.bool_)), rng=2)


@pytest.fixture(scope="module")
def bins():
    edges = [np.arange(1, k) / k for k in (2, 8, 7, 3)]
    return BinLookups(tuple(bin_lookup(e, 0.0, 1.0, np.int16) for e in edges))


def test_a_piece_says_code_bin_and_score_also_at_its_ends(tree, bins):
    masks, rng = masks_of(tree.forest), np.random.default_rng(3)
    for j, note in enumerate(notes_of(tree, bins)):
        u = np.r_[rng.random(2000), note.lookup.edges]
        codes, found = masks.codes(len(u)), np.empty(len(u), dtype=np.int16)
        noted = note.write(u, codes, found)
        assert np.array_equal(found, np.searchsorted(bins.all[j].edges, u))
        group, stride = masks.places.get(j, (0, 0))
        assert np.array_equal(codes[group], stride * np.searchsorted(masks.edges[j], u))
        if tree.index.used[j]:
            assert np.array_equal(note.score(u, noted), tree.index.score(j, u))


@pytest.mark.parametrize("n", [1, 300, 20_000])
def test_bins_of_a_draw_are_those_of_its_rows_and_change_none(tree, bins, n):
    x, found = tree.draw_binned(n, bins, np.random.default_rng(5))
    assert np.array_equal(x, tree.draw(n, np.random.default_rng(5)))
    assert np.array_equal(found, bins.codes(x))


def test_a_value_that_moves_everywhere_has_the_score_that_it_is_moved_to(tree):
    j = 2
    assert tree.index.everywhere(j)
    rng = np.random.default_rng(7)
    u = np.r_[rng.random(1000), 1e-12, 1 - 1e-12]
    by = np.where(rng.random(len(u)) < 0.5, rng.standard_normal(len(u)), 0.0)
    moved, score = tree.index.shift_all(u, by)
    assert np.array_equal(moved[by == 0], u[by == 0])
    assert moved == pytest.approx(tree.index.shift(j, u, by), abs=1e-5)
    assert score == pytest.approx(tree.index.score(j, moved), abs=1e-3)
