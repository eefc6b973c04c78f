"""Joined tables give what adding pair by pair gives."""

import itertools

import numpy as np
import pytest

from copulasynth.copulas.calibration.factor_tables import LARGEST, join_pairs


@pytest.mark.parametrize("share", [0.1, 0.6, 1.0])
@pytest.mark.parametrize("scale", [300, 100_000])
def test_joined_tables_sum_to_the_factors_of_all_pairs(share, scale):
    rng = np.random.default_rng(2)
    sizes = np.array([10, 2, 12, 3, 90, 11, 7, 10])
    pairs = np.array([p for p in itertools.combinations(range(8), 2) if rng.random() < share])
    pairs = pairs.reshape(-1, 2)
    tables = [rng.integers(-scale, scale, (sizes[a], sizes[b])) for a, b in pairs]
    codes = np.stack([rng.integers(s, size=1000) for s in sizes]).astype(np.intp)
    joined = join_pairs(sizes, pairs, tables)
    plain = sum((t[codes[a], codes[b]] for (a, b), t in zip(pairs, tables, strict=True)), 0)
    assert np.array_equal(joined.scores(codes), plain)
    assert np.array_equal(joined.scores(codes.astype(np.int16)), plain)
    assert all((t.dtype == np.int16) == (scale == 300) for t in joined.tables)
    assert len(joined.tables) <= len(pairs)
    # a pair alone may be larger
    larger = zip(joined.members, joined.tables, strict=True)
    assert all(t.size <= LARGEST for m, t in larger if len(m) > 2)


def test_no_pairs_weigh_nothing():
    joined = join_pairs(np.array([3, 3]), np.empty((0, 2), dtype=np.int64), [])
    assert joined.scores(np.zeros((2, 5), dtype=np.intp)).tolist() == [0] * 5


def test_a_table_of_more_cells_than_short_numbers_count_is_looked_up_in_long_ones():
    table = np.random.default_rng(1).integers(-99, 99, (300, 200))
    joined = join_pairs(np.array([300, 200]), np.array([[0, 1]]), [table])
    codes = np.array([[0, 299, 170], [199, 199, 3]], dtype=np.int16)
    assert joined.scores(codes).tolist() == table[codes[0], codes[1]].tolist()
