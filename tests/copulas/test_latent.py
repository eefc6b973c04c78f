import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from copulasynth.copulas import cells_of, latent_scores
from copulasynth.copulas.elliptical.latent import truncated_normal


def correlated(n, r, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, len(r))) @ np.linalg.cholesky(r).T


R = np.array(
    [[1.0, 0.6, 0.4, -0.5], [0.6, 1.0, 0.3, -0.2], [0.4, 0.3, 1.0, 0.1], [-0.5, -0.2, 0.1, 1.0]]
)


def mixed(n, seed):
    """A binary, a zero-inflated, a five-level and a continuous variable with latent R."""
    z = correlated(n, R, seed)
    return np.column_stack(
        [z[:, 0] > 0.4, np.maximum(z[:, 1], 0.5), np.digitize(z[:, 2], [-1, 0, 0.5, 2]), z[:, 3]]
    )


def test_latent_correlations_of_mixed_variables_are_recovered():
    n = 8000
    cells = cells_of(mixed(n, 1), np.zeros(4, dtype=bool))
    r, _ = latent_scores(cells, np.random.default_rng(2))
    # a tetrachoric correlation has at most about 2.5 times the variance of a plain one
    assert np.abs(r - R).max() < 4 * np.sqrt(2.5 / n)


def test_more_rows_than_the_burn_in_needs_are_recovered_as_well():
    n = 30_000
    cells = cells_of(mixed(n, 3), np.zeros(4, dtype=bool))
    r, _ = latent_scores(cells, np.random.default_rng(2))
    assert np.abs(r - R).max() < 4 * np.sqrt(2.5 / n)


def test_scores_lie_in_their_cells_and_are_standard_normal():
    n = 5000
    cells = cells_of(mixed(n, 4), np.zeros(4, dtype=bool))
    _, z = latent_scores(cells, np.random.default_rng(5), sweeps=10, burn=5)
    u = ndtr(z)
    assert (u >= cells.lower - 1e-12).all()
    assert (u <= cells.upper + 1e-12).all()
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(n)
    assert np.abs(z.var(axis=0) - 1).max() < 4 * np.sqrt(2 / n)


def test_duplicated_and_dependent_columns_do_not_break_the_sampler():
    x = mixed(500, 6)
    x = np.column_stack([x, x[:, 0], np.exp(x[:, 1]), 1 - x[:, 0], x[:, 3], np.full(500, np.nan)])
    r, z = latent_scores(cells_of(x, np.zeros(9, dtype=bool)), np.random.default_rng(7))
    assert np.isfinite(r).all()
    assert np.isfinite(z).all()
    assert r[0, 4] == pytest.approx(1.0, abs=1e-12)
    assert r[1, 5] == pytest.approx(1.0, abs=1e-12)
    assert r[0, 6] < -0.97


def test_gaps_that_depend_on_another_column_keep_the_correlation_of_the_rows_that_are_seen():
    n, rng = 20_000, np.random.default_rng(8)
    x, e, f = rng.standard_normal((3, n))
    value = 0.7 * x + np.sqrt(1 - 0.49) * e
    gone = 0.5 * x + np.sqrt(0.75) * f > ndtri(0.7)
    table = np.column_stack([x, gone, np.where(gone, np.nan, value)])
    r, _ = latent_scores(cells_of(table, np.array([False, True, False])), np.random.default_rng(9))
    z = rng.standard_normal((200_000, 3)) @ np.linalg.cholesky(r).T
    seen = z[:, 1] < ndtri(0.7)
    drawn = np.corrcoef(z[seen, 0], z[seen, 2])[0, 1]
    observed = np.corrcoef(x[~gone], value[~gone])[0, 1]
    assert abs(drawn - observed) < 0.03
    assert abs(z[seen, 2].mean()) < 0.04
    assert abs(z[seen, 0].mean() - x[~gone].mean()) < 0.04
    # completely random gaps leave the correlation itself
    table[:, 1] = rng.random(n) < 0.3
    table[:, 2] = np.where(table[:, 1] == 1, np.nan, value)
    r, _ = latent_scores(cells_of(table, np.array([False, True, False])), np.random.default_rng(9))
    assert abs(r[0, 2] - 0.7) < 0.03
    assert abs(r[0, 1]) < 0.03


@pytest.mark.parametrize(("a", "b"), [(-1.0, 0.5), (2.0, 2.1), (6.0, np.inf), (-np.inf, -9.0)])
def test_truncated_normals_have_the_mean_of_their_law(a, b):
    n = 20_000
    x = truncated_normal(np.full(n, a), np.full(n, b), np.random.default_rng(0))
    flip = a > 0
    lo, hi = (-b, -a) if flip else (a, b)
    density = [np.exp(-0.5 * t**2) / np.sqrt(2 * np.pi) for t in (lo, hi)]
    mean = (density[0] - density[1]) / (ndtr(hi) - ndtr(lo)) * (-1 if flip else 1)
    assert x.min() >= a
    assert x.max() <= b
    assert abs(x.mean() - mean) < 4 * x.std() / np.sqrt(n) + 1e-9


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="need rows"):
        latent_scores(cells_of(np.empty((0, 2)), np.zeros(2, dtype=bool)), np.random.default_rng(0))


CUTS = ([-9.0, -0.5, 0.3, 1.2, 9.0], [-9.0, 0.4, 9.0])


def polychoric_loglik(rho, table):
    """Log-likelihood of an ordinal pair whose thresholds are CUTS (Olsson 1979, eq. 4)."""
    law = multivariate_normal(cov=[[1, rho], [rho, 1]])
    cdf = np.array([[law.cdf([s, t]) for t in CUTS[1]] for s in CUTS[0]])
    return np.sum(table * np.log(np.diff(np.diff(cdf, axis=0), axis=1)))


def polyserial_loglik(rho, z, b):
    """Log-likelihood of an ordinal variable given a normal score."""
    ends = (np.array(CUTS[1]) - rho * z[:, None]) / np.sqrt(1 - rho**2)
    return np.log(np.diff(ndtr(ends), axis=1)[np.arange(len(z)), b]).sum()


def estimate(loglik):
    """Return the maximum and its standard error from the curvature."""
    bounds = (-0.95, 0.95)
    rho = minimize_scalar(lambda r: -loglik(r), bounds=bounds, method="bounded").x
    h = 0.02
    return rho, h / np.sqrt(2 * loglik(rho) - loglik(rho + h) - loglik(rho - h))


@pytest.mark.parametrize("rho", [-0.7, 0.2, 0.6])
def test_latent_correlations_agree_with_the_pairwise_likelihoods(rho):
    z = correlated(4000, np.array([[1, rho], [rho, 1]]), 2)
    a, b = np.digitize(z[:, 0], CUTS[0][1:-1]), np.digitize(z[:, 1], CUTS[1][1:-1])
    table = np.histogram2d(a, b, bins=[np.arange(5) - 0.5, np.arange(3) - 0.5])[0]
    rng = np.random.default_rng(3)
    # the Monte-Carlo part of an average of 25 draws is a fifth of a standard error
    for pair, loglik in (
        (np.column_stack([a, b]), lambda r: polychoric_loglik(r, table)),
        (np.column_stack([z[:, 0], b]), lambda r: polyserial_loglik(r, z[:, 0], b)),
    ):
        r, _ = latent_scores(cells_of(pair, np.zeros(2, dtype=bool)), rng)
        found, se = estimate(loglik)
        assert abs(r[0, 1] - found) < se
