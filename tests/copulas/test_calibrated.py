import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from copulasynth import model_file
from copulasynth.copulas.api import Transform
from copulasynth.copulas.calibration.bins import bins_of
from copulasynth.copulas.calibration.calibrated import (
    Calibrated,
    CalibratedCopula,
    acceptance_rate,
)
from copulasynth.copulas.calibration.denoise import denoise
from copulasynth.copulas.calibration.pair_tables import PairTables, observed_tables, pair_tables
from copulasynth.copulas.calibration.raking import rake, scores, weight_cap
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.elliptical.gaussian import Gaussian
from copulasynth.copulas.independence import Independence, IndependenceCopula
from copulasynth.copulas.margins import unit_draw
from copulasynth.copulas.tree.copula import binned_rows
from copulasynth.errors import ModelFileError
from copulasynth.synthesizers.stored import STORED

DRAWS = 40_000


def table(n=2000):
    rng = np.random.default_rng(3)
    group = rng.integers(3, size=n)
    value = group + rng.standard_normal(n)
    absent = (rng.random(n) < 0.1 + 0.2 * group).astype(float)
    income = np.where(absent > 0, np.nan, value + 0.5 * rng.standard_normal(n))
    x = np.column_stack([group, value, absent, income])
    return cells_of(x, np.array([True, False, True, False]))


@pytest.fixture(scope="module")
def fitted() -> CalibratedCopula:
    return Calibrated(Independence(), ridge=0.1, acceptance=0.05).fit(table(), rng=1)


def test_calibration_brings_the_pair_tables_to_the_observed_ones(fitted):
    cells, bins = table(), bins_of(table(), 10)
    pairs = np.array([[0, 1], [0, 2]])
    seen, _ = observed_tables(cells, bins, pairs)
    u = unit_draw(fitted, DRAWS, np.random.default_rng(5))
    made = pair_tables(bins.codes(u), bins.sizes, pairs)
    plain = unit_draw(IndependenceCopula(4), DRAWS, np.random.default_rng(5))
    base = pair_tables(bins.codes(plain), bins.sizes, pairs)
    for a, b in zip(made.start, made.start[1:], strict=False):
        after = np.abs(made.values[a:b] - seen.values[a:b]).sum()
        before = np.abs(base.values[a:b] - seen.values[a:b]).sum()
        assert after < 0.25 * before


@pytest.mark.parametrize("n", [0, 1, 300, 2000, 10_000])
def test_few_rows_are_the_first_of_many_however_many_the_base_is_asked_for(fitted, n):
    # who expects to keep all rows asks for too few, and has to ask again
    hopeful = replace(fitted, acceptance=1.0)
    many = fitted.draw(10_000, np.random.default_rng(2))
    for copula in (fitted, hopeful):
        np.testing.assert_array_equal(copula.draw(n, np.random.default_rng(2)), many[:, :n])


@pytest.mark.parametrize("many", [1, 3])
def test_rows_are_the_same_however_many_chunks_are_drawn_at_once(fitted, many, monkeypatch):
    for copula, n in ((fitted, 20_000), (fitted.base, 40_000)):
        known = copula.draw(n, np.random.default_rng(2))
        with monkeypatch.context() as patch:
            patch.setattr("copulasynth.copulas.tree.copula.TOGETHER", many)
            np.testing.assert_array_equal(copula.draw(n, np.random.default_rng(2)), known)


def test_margins_stay_uniform_within_the_noise_of_pilot_and_sample(fitted):
    u = np.sort(unit_draw(fitted, DRAWS, np.random.default_rng(6)), axis=1)
    grid = (np.arange(DRAWS) + 0.5) / DRAWS
    bound = np.sqrt(-np.log(1e-5 / 2) / 2) * (DRAWS**-0.5 + 2**-8.5) + 1 / 256**2
    assert np.abs(u - grid).max() < bound


def test_the_density_integrates_to_one():
    x = np.random.default_rng(1).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 1000)
    copula = Calibrated(Independence()).fit(cells_of(x, np.zeros(2, bool)), rng=2)
    side = 400
    grid = (np.arange(side) + 0.5) / side
    u = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    # the normalising constant is the acceptance in a pool of 40,000 draws
    noise = 4 / np.sqrt(40_000 * copula.acceptance)
    assert abs(np.exp(copula.logpdf(u)).mean() - 1) < noise + 0.01


def test_the_first_rows_of_a_long_draw_are_the_short_draw(fitted):
    long = fitted.draw(9000, np.random.default_rng(1))
    short = fitted.draw(50, np.random.default_rng(1))
    assert np.array_equal(long[:, :50], short)


def test_no_row_is_drawn_twice(fitted):
    u = unit_draw(fitted, 5000, np.random.default_rng(2))
    assert len(np.unique(u[1])) == 5000


def test_a_base_that_is_right_already_is_left_alone():
    x = np.random.default_rng(4).random((3000, 5))
    copula = Calibrated(Independence(), edge=1.2).fit(cells_of(x, np.zeros(5, bool)), rng=2)
    assert len(copula.pairs) == 0
    assert copula.acceptance == 1


def test_a_table_without_evidence_is_held_while_another_moves():
    rng = np.random.default_rng(4)
    a = rng.random(4000)
    x = np.column_stack([a, a + 0.3 * rng.random(4000), rng.random(4000)])
    cells = cells_of(x, np.zeros(3, bool))
    copula = Calibrated(Independence(), edge=1.1).fit(cells, rng=2)
    r = np.corrcoef(unit_draw(copula, DRAWS, np.random.default_rng(1)))
    assert r[0, 1] > 0.6
    assert np.abs(r[:2, 2]).max() < 4 / np.sqrt(DRAWS) + 0.01


def pool(n=20_000):
    codes = np.random.default_rng(8).integers(4, size=(2, n))
    model = pair_tables(codes, np.array([4, 4]), np.array([[0, 1]]))
    return (codes[0] * 4 + codes[1])[None].astype(np.int32), model


def with_values(tables, values):
    return PairTables(tables.pairs, tables.shapes, tables.start, values)


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_capped_weights_hit_the_target_on_the_pool(share):
    index, model = pool()
    goal = np.random.default_rng(1).dirichlet(np.full(16, 8.0))
    theta, bound = rake(index, with_values(model, goal), ridge=1e-9, share=share, sweeps=200)
    w = np.exp(np.minimum(scores(theta, index, model.start), bound))
    assert np.bincount(index[0], w / w.sum(), minlength=16) == pytest.approx(goal, abs=1e-4)
    assert acceptance_rate(np.log(w), bound) >= share - 1e-12


def test_the_cap_holds_though_the_target_cannot_be_reached_under_it():
    index, model = pool()
    goal = np.full(16, 0.01)
    goal[0] = 0.85
    theta, bound = rake(index, with_values(model, goal), ridge=1e-9, share=0.5, sweeps=50)
    score = scores(theta, index, model.start)
    assert acceptance_rate(score, bound) == pytest.approx(0.5)
    w = np.exp(np.minimum(score, bound))
    # no more than the sixteenth of the pool over the half that is kept
    assert np.bincount(index[0], w / w.sum())[0] == pytest.approx(0.125, abs=0.01)


def test_a_weight_cap_keeps_the_share_it_is_asked_for():
    w = np.random.default_rng(1).lognormal(0, 2, 10_000)
    for share in (0.05, 0.3, 0.9):
        c = weight_cap(w, share)
        assert np.minimum(w, c).mean() / c == pytest.approx(share)
    assert weight_cap(np.full(10, 7.0), 0.3) == 7.0


def test_noise_is_not_a_target_and_a_real_shift_is_kept_whole():
    rng = np.random.default_rng(2)
    model = with_values(pool()[1], np.full(16, 1 / 16))
    noise = with_values(model, rng.multinomial(1000, model.values) / 1000)
    target, evidence = denoise(noise, np.array([1000]), model, 10**9, edge=1.5)
    assert evidence[0] == 0
    assert target.values == pytest.approx(model.values)
    a = np.array([1.0, 1, -1, -1])
    shift = with_values(model, (1 + 0.5 * np.outer(a, a)).ravel() / 16)
    target, evidence = denoise(shift, np.array([1000]), model, 10**9, edge=0.1)
    assert target.values == pytest.approx(shift.values, abs=1e-9)
    # all singular values: the whole Pearson statistic, by the mean of both tables
    gap = shift.values - model.values
    assert evidence[0] == pytest.approx(1000 * (gap**2 / (0.5 * (shift.values + 1 / 16))).sum())


def test_the_largest_singular_value_of_noise_is_where_the_edge_says():
    rng = np.random.default_rng(3)
    shape, p = (12, 9), rng.dirichlet(np.full(108, 20.0))
    tables = pair_tables(np.zeros((2, 1), dtype=np.int64), np.array(shape), np.array([[0, 1]]))
    model = with_values(tables, p)
    draws = rng.multinomial(5000, p, size=100) / 5000
    kept = [denoise(with_values(model, d), np.array([5000]), model, 10**9, 1.0)[1] for d in draws]
    # the edge is where the law of large matrices ends; few of small ones reach beyond 1.15 of it
    assert 0.02 < np.mean(np.array(kept) > 0) < 0.7
    far = [denoise(with_values(model, d), np.array([5000]), model, 10**9, 1.15)[1] for d in draws]
    assert np.mean(np.array(far) > 0) < 0.05


def test_a_shut_gate_has_a_bin_of_its_own():
    cells = table()
    bins = bins_of(cells, 10)
    assert bins.gate.tolist() == [-1, -1, -1, 2]
    codes = bins.codes(np.ascontiguousarray(cells.mid.T))
    shut = (cells.lower[:, 3] <= 0) & (cells.upper[:, 3] >= 1)
    assert np.array_equal(codes[3] == bins.sizes[3] - 1, shut)


def test_a_model_file_gives_bit_identical_draws(fitted):
    again = model_file.from_data(json.loads(json.dumps(model_file.to_data(fitted))), STORED)
    rng = np.random.default_rng
    assert np.array_equal(again.draw(500, rng(1)), fitted.draw(500, rng(1)))


def test_a_file_with_a_pair_that_is_not_there_is_refused(fitted):
    data = json.loads(json.dumps(model_file.to_data(fitted)))
    data["pairs"][0] = [0, 99]
    with pytest.raises(ModelFileError, match="pair"):
        model_file.from_data(data, STORED)


@pytest.mark.parametrize("pair", [[1, 0], [1, 1], [0, 2]])
def test_a_file_with_a_pair_turned_round_or_twice_is_refused(fitted, pair):
    data = json.loads(json.dumps(model_file.to_data(fitted)))
    assert data["pairs"][:2] == [[0, 1], [0, 2]]
    data["pairs"][0] = pair
    with pytest.raises(ModelFileError, match=r"pair|factors"):
        model_file.from_data(data, STORED)


def test_there_is_no_rosenblatt_transform(fitted):
    assert not isinstance(fitted, Transform)


@pytest.mark.parametrize(
    "wrong", [{"ridge": 0.0}, {"bins": 0}, {"acceptance": 1.0}, {"pool": 2.5}, {"edge": -1.0}]
)
def test_choices_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Calibrated(**wrong)


def test_drawn_bins_on_the_base_scale_are_those_on_the_uniform_scale():
    x = np.random.default_rng(1).multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 1000)
    gate = (x[:, 0] > 0.3).astype(float)
    x = np.column_stack([x, gate, np.where(gate > 0, np.nan, x[:, 1] + x[:, 0])])
    cells = cells_of(x, np.array([False, False, True, False]))
    copula = Calibrated(Gaussian()).fit(cells, rng=1)
    z, codes = binned_rows(copula.base, copula._lookups, 5000, np.random.default_rng(2))
    copula._shut(z, codes)
    assert np.array_equal(codes, copula.bins.codes(ndtr(z)))
