import json

import numpy as np
import pytest

from copulasynth import persist
from copulasynth.copulas.bins import bins_of
from copulasynth.copulas.calibrated import (
    Calibrated,
    CalibratedCopula,
    acceptance_rate,
    bound_of,
    unit_draw,
)
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.independence import Independence, IndependenceCopula
from copulasynth.copulas.loglinear import (
    PairTables,
    fit_factors,
    layout,
    observed_tables,
    pair_tables,
    shrink,
)
from copulasynth.errors import ModelFileError

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
    cells, bins = table(), bins_of(table())
    pairs = np.array([[0, 1], [0, 2]])
    seen, _ = observed_tables(cells, bins, pairs)
    u = fitted.draw(DRAWS, np.random.default_rng(5))
    made = pair_tables(bins.codes(u), bins.sizes, pairs)
    plain = unit_draw(IndependenceCopula(4), DRAWS, np.random.default_rng(5))
    base = pair_tables(bins.codes(plain), bins.sizes, pairs)
    for a, b in zip(made.start, made.start[1:], strict=False):
        after = np.abs(made.values[a:b] - seen.values[a:b]).sum()
        before = np.abs(base.values[a:b] - seen.values[a:b]).sum()
        assert after < 0.25 * before


def test_margins_stay_uniform_within_the_noise_of_pilot_and_sample(fitted):
    u = np.sort(fitted.draw(DRAWS, np.random.default_rng(6)), axis=1)
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
    u = fitted.draw(5000, np.random.default_rng(2))
    assert len(np.unique(u[1])) == 5000


def test_a_base_that_is_right_already_is_left_alone():
    x = np.random.default_rng(4).random((3000, 5))
    copula = Calibrated(Independence()).fit(cells_of(x, np.zeros(5, bool)), rng=2)
    # under the base's law a Pearson statistic exceeds df by so little that factors are small
    assert copula.acceptance > 0.5
    assert (
        np.abs(np.corrcoef(copula.draw(DRAWS, np.random.default_rng(1))) - np.eye(5)).max() < 0.05
    )


def test_weights_of_the_fit_hit_the_target_on_the_pool():
    rng = np.random.default_rng(8)
    codes = rng.integers(4, size=(2, 20_000))
    pairs, sizes = np.array([[0, 1]]), np.array([4, 4])
    start = layout(sizes, pairs)
    index = (codes[0] * 4 + codes[1])[None].astype(np.int32)
    target = rng.dirichlet(np.full(16, 5.0))
    theta = fit_factors(index, start, target, 1e-9, 200)
    w = np.exp(theta[index[0]])
    assert np.bincount(index[0], w / w.sum(), minlength=16) == pytest.approx(target, abs=1e-4)


def test_a_table_that_agrees_with_the_model_is_shrunk_to_it():
    pairs, start = np.array([[0, 1]]), np.array([0, 4])
    model = PairTables(pairs, start, np.full(4, 0.25))
    near = PairTables(pairs, start, np.array([0.26, 0.24, 0.25, 0.25]))
    far = PairTables(pairs, start, np.array([0.4, 0.1, 0.1, 0.4]))
    target, weight = shrink(near, np.array([100]), model, 10**6)
    assert weight[0] == 0
    assert target == pytest.approx(model.values)
    statistic = 100 * 4 * 0.15**2 / 0.25
    assert shrink(far, np.array([100]), model, 10**9)[1][0] == pytest.approx(1 - 3 / statistic)


def test_the_bound_keeps_the_least_share():
    score = np.random.default_rng(1).normal(0, 2, 10_000)
    assert acceptance_rate(score, bound_of(score, 0.3)) == pytest.approx(0.3, abs=1e-6)
    assert bound_of(np.zeros(10), 0.3) == 0


def test_a_shut_gate_has_a_bin_of_its_own():
    cells = table()
    bins = bins_of(cells)
    assert bins.gate.tolist() == [-1, -1, -1, 2]
    codes = bins.codes(np.ascontiguousarray(cells.mid.T))
    shut = (cells.lower[:, 3] <= 0) & (cells.upper[:, 3] >= 1)
    assert np.array_equal(codes[3] == bins.sizes[3] - 1, shut)


def test_a_model_file_gives_bit_identical_draws(fitted):
    again = persist.from_data(json.loads(json.dumps(persist.to_data(fitted))))
    rng = np.random.default_rng
    assert np.array_equal(again.draw(500, rng(1)), fitted.draw(500, rng(1)))


def test_a_file_with_a_pair_that_is_not_there_is_refused(fitted):
    data = json.loads(json.dumps(persist.to_data(fitted)))
    data["pairs"][0] = [0, 99]
    with pytest.raises(ModelFileError, match="pair"):
        persist.from_data(data)


def test_there_is_no_rosenblatt_transform(fitted):
    for transform in (fitted.rosenblatt, fitted.inverse_rosenblatt):
        with pytest.raises(NotImplementedError, match="calibrated"):
            transform(np.full((1, 4), 0.5))


@pytest.mark.parametrize("wrong", [{"ridge": 0.0}, {"bins": 0}, {"acceptance": 1.0}, {"pool": 2.5}])
def test_choices_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Calibrated(**wrong)
