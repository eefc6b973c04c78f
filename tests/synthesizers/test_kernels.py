"""Kde and KernelCopula: bandwidths, kernels, and the two ends between which they lie."""

import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.nonparametric.api import KDEMultivariate

from copulasynth import synthesizers as sy
from copulasynth.copulas import Gaussian
from copulasynth.synthesizers.neighbours.kde import _other_level, _other_step, normal_reference
from copulasynth.synthesizers.neighbours.kernel_copula import bandwidth


@pytest.fixture(scope="module")
def pair():
    z = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 1500)
    return pd.DataFrame({"a": z[:, 0], "b": np.exp(z[:, 1])})


def test_bandwidths_are_those_of_statsmodels():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=200), rng.gamma(2, size=200), rng.integers(3, size=200)])
    with warnings.catch_warnings():
        # statsmodels announces another default generator, which a fixed rule does not use
        warnings.simplefilter("ignore", FutureWarning)
        theirs = KDEMultivariate(x, "ccu", bw="normal_reference").bw
    np.testing.assert_allclose(normal_reference(x), theirs, rtol=1e-12)


def test_the_kernel_density_has_its_textbook_variance(pair):
    n = 100_000
    h = normal_reference(pair.to_numpy())
    made = sy.Kde().fit(pair).sample(n, rng=0).to_numpy()
    expected = pair.to_numpy().var(axis=0) + h**2
    # base rows are used evenly, so only the kernel and its product with the rows vary
    error = np.sqrt((4 * pair.to_numpy().var(axis=0) * h**2 + 2 * h**4) / n)
    # b is cut at its natural bound 0
    assert abs(made[:, 0].var() - expected[0]) < 4 * error[0]
    assert made[:, 1].min() >= 0


def test_a_bandwidth_of_zero_is_the_bootstrap(pair):
    made = sy.Kde(scale=0.0).fit(pair).sample(1500, rng=0)
    np.testing.assert_array_equal(np.sort(made["a"]), np.sort(pair["a"]))


def test_levels_leave_with_probability_h_for_any_other_level():
    x = np.full(60_000, 1.0)
    _other_level(x, 0.3, 4, np.random.default_rng(0))
    found = np.bincount(x.astype(int), minlength=4) / x.size
    error = np.sqrt(0.25 / x.size)
    np.testing.assert_allclose(found, [0.1, 0.7, 0.1, 0.1], atol=4 * error)


def test_a_bandwidth_above_the_largest_makes_levels_uniform():
    x = np.zeros(60_000)
    _other_level(x, 5.0, 3, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(x.astype(int)) / x.size, 1 / 3, atol=4 * 0.5 / 245)


def test_ordered_values_move_by_geometric_steps():
    x, h = np.zeros(80_000), 0.4
    _other_step(x, h, 1.0, np.random.default_rng(0))
    for m in (-2, -1, 0, 1, 2):
        p = 1 - h if m == 0 else 0.5 * (1 - h) * h ** abs(m)
        assert abs(np.mean(x == m) - p) < 4 * np.sqrt(p * (1 - p) / x.size)


@pytest.mark.parametrize("h", [0.0, 0.3, 3.0, 50.0])
def test_every_bandwidth_keeps_spread_and_dependence(pair, h):
    made = sy.KernelCopula(h=h).fit(pair, rng=0).sample(60_000, rng=1)
    rank = pair.corr("spearman").iloc[0, 1]
    assert made.corr("spearman").iloc[0, 1] == pytest.approx(rank, abs=0.02)
    assert made["a"].std() == pytest.approx(pair["a"].std(), rel=0.02)


def test_bandwidth_zero_gives_the_rows_back_and_infinity_the_gaussian_copula():
    # dependence of a ring: a Gaussian copula sees none of it
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 1000)
    ring = pd.DataFrame({"a": np.cos(angle), "b": np.sin(angle)})

    def hole(made):
        return np.mean(made["a"] ** 2 + made["b"] ** 2 < 0.5)

    near = sy.KernelCopula(h=0.0).fit(ring, rng=0).sample(5000, rng=1)
    far = sy.KernelCopula(h=1e6).fit(ring, rng=0).sample(5000, rng=1)
    gaussian = sy.CopulaSynthesizer(Gaussian()).fit(ring, rng=0).sample(5000, rng=1)
    assert hole(near) < 0.01
    assert abs(hole(far) - hole(gaussian)) < 4 * np.sqrt(2 * 0.25 / 5000)
    assert sy.KernelCopula().fit(ring, rng=0).sampler.h < 0.3


def test_the_chosen_bandwidth_is_wide_where_the_copula_is_gaussian():
    z = np.random.default_rng(0).standard_normal((800, 6))
    assert bandwidth(z, np.eye(6), np.random.default_rng(0)) >= 1.0


@pytest.mark.parametrize("bad", [{"h": -1.0}, {"h": "wide"}, {"h": np.inf}])
def test_kernel_copula_settings_are_checked(bad):
    with pytest.raises(ValueError, match="h must be"):
        sy.KernelCopula(**bad)


def test_kde_settings_are_checked():
    with pytest.raises(ValueError, match="scale"):
        sy.Kde(scale=-1.0)
