"""Rosenblatt diagnostics, tail curves and Kendall plots against closed forms and simulation."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from copulasynth.copulas import GaussianCopula, PairCopula
from copulasynth.copulas.checks.diagnostics import (
    _anderson_darling_limit,
    anderson_darling,
    kendall_plot,
    rosenblatt_diagnostics,
    tail_curve,
)
from copulasynth.copulas.checks.gof import sample_rows


def test_anderson_darling_p_values_are_those_of_the_limit_law():
    # upper points of the limit law (Stephens 1974, table 1, case 0)
    rng = np.random.default_rng(1)
    for point, p in ((1.933, 0.10), (2.492, 0.05), (3.857, 0.01)):
        assert 1 - _anderson_darling_limit(point) == pytest.approx(p, abs=3e-4)
    values = [anderson_darling(rng.random(50))[1] for _ in range(800)]
    assert abs(np.mean(np.array(values) < 0.1) - 0.1) < 4 * np.sqrt(0.09 / 800)


def test_transforms_under_the_right_copula_pass_and_under_a_wrong_one_fail():
    right = GaussianCopula(np.array([[1.0, 0.7], [0.7, 1.0]]))
    wrong = GaussianCopula(np.eye(2))
    u = sample_rows(right, 2000, np.random.default_rng(2))
    good, bad = rosenblatt_diagnostics(right, u), rosenblatt_diagnostics(wrong, u)
    assert good.ks_p.min() > 0.01
    assert good.anderson_darling_p > 0.01
    assert bad.anderson_darling_p < 1e-4
    assert bad.snb > 10 * good.snb
    assert good.w.shape == (2000, 2)


def test_tail_curve_of_independence_is_zero():
    n = 50_000
    u, v = np.random.default_rng(3).random((2, n))
    curve = tail_curve(u, v, q=np.array([0.8, 0.9, 0.95]), level=0.9999)
    assert ((curve.chi_low <= 0) & (curve.chi_high >= 0)).all()
    assert ((curve.chibar_low <= 0) & (curve.chibar_high >= 0)).all()


@pytest.mark.parametrize(("tail", "rotation"), [("upper", 180), ("lower", 0)])
def test_tail_curve_meets_the_exact_one_of_a_clayton_copula(tail, rotation):
    theta, n, q = 2.0, 60_000, 0.95
    pair = PairCopula("clayton", rotation, np.array([theta]))
    w = np.random.default_rng(4).random((2, n))
    curve = tail_curve(pair.inverse_h2(w[0], w[1]), w[1], q=np.array([q]), tail=tail, level=0.9999)
    # the survival Clayton copula: P(U > q, V > q) = (2 (1 - q)^-theta - 1)^(-1/theta)
    above = (2 * (1 - q) ** -theta - 1) ** (-1 / theta)
    below = 2 * q - 1 + above
    chi = 2 - np.log(below) / np.log(q)
    chibar = 2 * np.log(1 - q) / np.log(above) - 1
    assert curve.chi_low[0] < chi < curve.chi_high[0]
    assert curve.chibar_low[0] < chibar < curve.chibar_high[0]
    assert curve.chi_high[0] - curve.chi_low[0] < 0.1


def test_tail_curve_intervals_cover():
    rng = np.random.default_rng(5)
    n, q, rho = 2000, 0.9, 0.6
    below = multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([norm.ppf(q)] * 2)
    chi = 2 - np.log(below) / np.log(q)
    hits = 0
    for _ in range(300):
        z = rng.standard_normal((2, n))
        u, v = norm.cdf(z[0]), norm.cdf(rho * z[0] + np.sqrt(1 - rho**2) * z[1])
        curve = tail_curve(u, v, q=np.array([q]))
        hits += bool(curve.chi_low[0] <= chi <= curve.chi_high[0])
    assert abs(hits / 300 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 300)


def test_kendall_plot_abscissas_are_expected_order_statistics():
    rng = np.random.default_rng(6)
    u, v = rng.random((2, 40))
    expected = kendall_plot(u, v).expected
    # all together they have the mean of H, the integral of -w log w = 1/4
    assert expected.mean() == pytest.approx(0.25, abs=1e-4)
    h = np.sort(np.prod(rng.random((4000, 40, 2)), axis=2), axis=1)
    error = h.std(axis=0) / np.sqrt(4000)
    assert (np.abs(h.mean(axis=0) - expected) < 4.5 * error).all()


def test_kendall_plot_of_dependence_leaves_the_diagonal():
    rng = np.random.default_rng(7)
    u = rng.random(3000)
    up = kendall_plot(u, u, rng=1)
    assert len(up.observed) == 2000
    np.testing.assert_allclose(up.observed, np.arange(2000) / 1999)
    down = kendall_plot(u[:500], -u[:500])
    assert (down.observed == 0).all()
    free = kendall_plot(u[:1000], rng.random(1000))
    assert np.abs(free.observed - free.expected).max() < 0.1


def test_impossible_requests_are_refused():
    u = np.linspace(0.1, 0.9, 5)
    with pytest.raises(ValueError, match="'upper' or 'lower'"):
        tail_curve(u, u, tail="left")
    with pytest.raises(ValueError, match="thresholds"):
        tail_curve(u, u, q=np.array([1.0]))
    with pytest.raises(ValueError, match="two rows"):
        kendall_plot(u[:1], u[:1])
