"""Scales of copulas made coarse: marks of few rows go, and others stand where values now end."""

import numpy as np
import pytest

from copulasynth import copulas
from copulasynth.copulas.calibration.bins import Bins
from copulasynth.copulas.calibration.calibrated import CalibratedCopula
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.coarse import Change, coarse_copula, supports
from copulasynth.copulas.coarse.change import Marks
from copulasynth.copulas.independence import IndependenceCopula

NONE = np.empty((0, 2))


def test_a_mark_within_a_value_goes_and_the_next_ones_move_with_their_values():
    change = Change.of(
        np.array([0.0, 0.3, 0.7]), np.array([0.0, 0.31, 0.7]), np.array([[0.3, 0.7]]), 1000, 10
    )
    marks = Marks.of(np.array([0.0, 0.3, 0.695, 0.7, 1.0]), np.zeros(4, dtype=bool), change)
    assert marks.now.tolist() == [0.0, 0.31, 0.7, 1.0]
    low, high = marks.ends(np.array([0.3, 0.695]), np.array([0.695, 0.7]))
    assert low.tolist() == [0.31, 0.31]
    assert high.tolist() == [0.7, 0.7]


def test_a_value_of_few_rows_is_joined_to_the_narrower_value_beside_it():
    change = Change.of(np.empty(0), np.empty(0), NONE, 1000, 10)
    marks = Marks.of(np.array([0.0, 0.6, 0.604, 1.0]), np.zeros(3, dtype=bool), change)
    assert marks.now.tolist() == [0.0, 0.6, 1.0]


@pytest.mark.parametrize(
    "knobs",
    [
        copulas.Tree(bags=2, pilot=1 << 13),
        copulas.Calibrated(copulas.Tree(bags=1, pilot=0)),
        copulas.Gaussian(),
    ],
)
def test_a_coarse_copula_has_the_dependence_and_uniform_margins(knobs):
    rng = np.random.default_rng(1)
    z = rng.multivariate_normal([0, 0, 0], [[1, 0.8, 0.5], [0.8, 1, 0.6], [0.5, 0.6, 1]], 2000)
    z[:, 2] = np.searchsorted([-1, 0, 1, 2.9], z[:, 2])
    cells = cells_of(z, np.array([False, False, True]))
    fitted = knobs.fit(cells, rng=2)
    change = Change.of(np.empty(0), np.empty(0), NONE, 2000, 15)
    made = coarse_copula(fitted, (change,) * 3, 2000, 15)
    rows = np.full(3, 2000.0)
    assert min(s.rows.min() for s in supports(made, rows, 2000, True) if s.rows.size) >= 15
    draws = [
        np.stack([c.scale(j).to_unit(x) for j, x in enumerate(c.draw(20_000, rng.spawn(1)[0]))])
        for c in (fitted, made)
    ]
    assert np.abs(np.corrcoef(draws[0]) - np.corrcoef(draws[1])).max() < 0.06
    at = np.linspace(0.1, 0.9, 9)
    assert np.abs(np.quantile(draws[1], at, axis=1) - at[:, None]).max() < 0.02


def test_a_value_that_takes_over_a_stretch_without_width_stays_a_value():
    change = Change.of(np.array([0.0, 0.002]), np.array([0.0, 0.0]), NONE, 3000, 10)
    marks = Marks.of(np.array([0.0, 0.002, 0.1, 1.0]), np.array([True, False, True]), change)
    assert marks.now.tolist() == pytest.approx([0.0, change.moved(np.array([0.1]))[0], 1.0])
    assert marks.loose.tolist() == [False, True]


def test_a_bin_of_few_rows_leaves_the_factors_of_the_bin_it_joins():
    bins = Bins((np.array([0.002, 0.1]), np.array([0.5])), np.full(2, -1), np.zeros(2), np.zeros(2))
    factors = np.array([-90_000, 90_000, 120, -30, 0, 10])
    pairs = np.array([[0, 1]])
    fitted = CalibratedCopula(
        IndependenceCopula(2), bins, pairs, factors, 1.2, 0.5, np.ones((2, 1), dtype=np.int64)
    )
    change = Change.of(np.empty(0), np.empty(0), NONE, 3000, 10)
    made = coarse_copula(fitted, (change, change), 3000, 10)
    assert made.bins.edges[0].tolist() == [0.1]
    assert made.factors.tolist() == [120, -30, 0, 10]
