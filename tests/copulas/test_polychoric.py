import numpy as np
import pytest
from copulasynth.copulas.elliptical.polychoric import bivariate_normal_cdf, polychoric, polyserial
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal

from copulasynth.copulas import cells_of, latent_scores


def ordinal_pair(n, rho, seed):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1, rho], [rho, 1]]).T
    return z, np.digitize(z[:, 0], [-0.5, 0.3, 1.2]), np.digitize(z[:, 1], [0.4])


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.6, 0.99])
def test_the_bivariate_normal_distribution_function_agrees_with_scipy(rho):
    law = multivariate_normal(cov=[[1, rho], [rho, 1]])
    h, k = np.meshgrid([-2.5, -0.7, 0.0, 0.2, 1.8], [-1.1, 0.0, 0.9, 3.0])
    expected = [law.cdf([a, b]) for a, b in zip(h.ravel(), k.ravel(), strict=True)]
    np.testing.assert_allclose(bivariate_normal_cdf(h, k, rho).ravel(), expected, atol=1e-9)


@pytest.mark.parametrize("share", [0.05, 0.25, 0.3, 0.45])
def test_a_two_by_two_table_cut_at_the_medians_has_its_closed_form(share):
    """rho = sin(2 pi (p00 - 1/4)), Sheppard (1899)."""
    count = np.round(1000 * np.array([share, 0.5 - share, 0.5 - share, share])).astype(int)
    a, b = np.repeat([0, 0, 1, 1], count), np.repeat([0, 1, 0, 1], count)
    expected = np.sin(2 * np.pi * (share - 0.25))
    for method in ("ml", "two-step"):
        assert polychoric(a, b, method=method).rho == pytest.approx(expected, abs=1e-5)


def test_the_two_step_answer_maximises_the_likelihood_that_scipy_computes():
    _, a, b = ordinal_pair(300, 0.5, 0)
    fit = polychoric(a, b, method="two-step")
    ta, tb = ([-9.0, *t, 9.0] for t in fit.thresholds)
    table = np.histogram2d(a, b, bins=[np.arange(5) - 0.5, np.arange(3) - 0.5])[0]

    def minus(rho):
        law = multivariate_normal(cov=[[1, rho], [rho, 1]])
        cdf = np.array([[law.cdf([s, t]) for t in tb] for s in ta])
        return -np.sum(table * np.log(np.diff(np.diff(cdf, axis=0), axis=1)))

    found = minimize_scalar(minus, bounds=(-0.9, 0.9), method="bounded", options={"xatol": 1e-5})
    assert fit.rho == pytest.approx(found.x, abs=2e-4)
    assert fit.loglik == pytest.approx(-found.fun, abs=1e-4)


def test_joint_maximum_likelihood_is_at_least_as_likely_as_two_steps():
    z, a, b = ordinal_pair(2000, 0.8, 1)
    assert polychoric(a, b).loglik >= polychoric(a, b, method="two-step").loglik
    joint, two = polyserial(z[:, 0], b), polyserial(z[:, 0], b, method="two-step")
    assert joint.loglik >= two.loglik
    assert abs(joint.rho - two.rho) < joint.se


def test_estimates_lie_within_four_standard_errors_which_are_the_spread_of_repetitions():
    fits = [polychoric(*ordinal_pair(1000, 0.6, seed)[1:]) for seed in range(20)]
    rho, se = np.array([f.rho for f in fits]), np.array([f.se for f in fits])
    assert (np.abs(rho - 0.6) < 4 * se).all()
    assert 0.6 < rho.std(ddof=1) / se.mean() < 1.5
    serial = [polyserial(z[:, 0], b) for z, _, b in (ordinal_pair(1000, 0.6, s) for s in range(20))]
    rho, se = np.array([f.rho for f in serial]), np.array([f.se for f in serial])
    assert (np.abs(rho - 0.6) < 4 * se).all()
    assert 0.6 < rho.std(ddof=1) / se.mean() < 1.5


@pytest.mark.parametrize("rho", [-0.7, 0.2, 0.6])
def test_latent_correlations_agree_with_the_pairwise_likelihoods(rho):
    n = 4000
    z, a, b = ordinal_pair(n, rho, 2)
    rng = np.random.default_rng(3)
    # the Monte-Carlo part of an average of 25 draws is a fifth of a standard error
    for table, fit in (
        (np.column_stack([a, b]), polychoric(a, b)),
        (np.column_stack([z[:, 0], b]), polyserial(z[:, 0], b)),
    ):
        r, _ = latent_scores(cells_of(table, np.zeros(2, dtype=bool)), rng)
        assert abs(r[0, 1] - fit.rho) < fit.se


def test_constant_variables_and_unknown_methods_are_refused():
    with pytest.raises(ValueError, match="two observed levels"):
        polychoric(np.zeros(5), np.arange(5))
    with pytest.raises(ValueError, match="method"):
        polychoric(np.arange(5), np.arange(5), method="guess")
    with pytest.raises(ValueError, match="rows"):
        polyserial(np.zeros(4), np.arange(5))
