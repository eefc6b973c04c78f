"""Stochastic EM for the Gaussian-mixture copula on latent scores.

A sweep draws each row's component, redraws its scores inside their cells given the component,
and takes the components' moments. Cells are carried to the scale of the mixture through its
current marginal distribution functions (Celeux and Diebolt 1985, Comput. Statist. Quart. 2:73).
"""

import numpy as np
from scipy.special import ndtr
from sklearn.cluster import KMeans

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas.api import Cells
from copulasynth.copulas.elliptical.latent import latent_scores, truncated_normal
from copulasynth.errors import DataError

REACH = 9.0
GRID = 2001

# Covariances are shrunk towards PRIOR_VARIANCE * I with the weight of PRIOR_ROWS + d / 2 rows.
PRIOR_VARIANCE = 0.3
PRIOR_ROWS = 2.0


def fit_mixture(
    cells: Cells, k: int, sweeps: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Return weights (k,), means (k, d) and covariances (k, d, d)."""
    n, d = cells.lower.shape
    if d < 1 or n < 10:
        raise DataError(f"{n} rows of {d} variables are too few for a mixture")
    k = max(1, min(k, n // max(5 * d, 10)))
    _, z = latent_scores(cells, rng, sweeps=12, burn=6)
    z = np.ascontiguousarray(z)
    seed = int(rng.integers(1 << 31))
    label = KMeans(k, n_init=2, random_state=seed).fit_predict(z).astype(np.int64)
    weights, means, covariances = _moments(z, label, k)
    for _ in range(sweeps):
        precision: Floats = np.asarray(np.linalg.inv(covariances), dtype=np.float64)
        label = _labels(z, weights, means, covariances, precision, rng)
        _scores(z, label, _thresholds(cells, weights, means, covariances), means, precision, rng)
        weights, means, covariances = _moments(z, label, k)
    return weights, means, covariances


def _moments(z: Floats, label: Ints, k: int) -> tuple[Floats, Floats, Floats]:
    n, d = z.shape
    count = np.bincount(label, minlength=k).astype(np.float64)
    means, covariances = np.zeros((k, d)), np.empty((k, d, d))
    prior = PRIOR_ROWS + 0.5 * d
    for c in range(k):
        rows = z[label == c]
        if len(rows):
            means[c] = rows.mean(axis=0)
        off = rows - means[c]
        covariances[c] = (off.T @ off + prior * PRIOR_VARIANCE * np.eye(d)) / (len(rows) + prior)
    return (count + 1) / (n + k), means, covariances


def _labels(
    z: Floats,
    weights: Floats,
    means: Floats,
    covariances: Floats,
    precision: Floats,
    rng: np.random.Generator,
) -> Ints:
    """Draw the component of every row from its posterior probabilities."""
    score = np.empty((len(z), len(weights)))
    for c, (m, p) in enumerate(zip(means, precision, strict=True)):
        off = z - m
        score[:, c] = np.log(weights[c]) - 0.5 * np.einsum("ni,ni->n", off @ p, off)
    score -= 0.5 * np.linalg.slogdet(covariances)[1]
    p = np.exp(score - score.max(axis=1, keepdims=True))
    ends = np.cumsum(p, axis=1)
    return np.asarray((ends < rng.random((len(z), 1)) * ends[:, -1:]).sum(axis=1))


def _thresholds(
    cells: Cells, weights: Floats, means: Floats, covariances: Floats
) -> tuple[Floats, Floats]:
    """Carry the cells to the scale of the mixture, (n, d) each."""
    grid = np.linspace(-REACH, REACH, GRID)
    sd = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    lower, upper = np.empty(cells.lower.shape), np.empty(cells.upper.shape)
    for j in range(cells.dim):
        cdf = weights @ ndtr((grid - means[:, j, None]) / sd[:, j, None])
        lower[:, j] = np.interp(cells.lower[:, j], cdf, grid)
        upper[:, j] = np.interp(cells.upper[:, j], cdf, grid)
    lower[cells.lower <= 0] = -REACH
    upper[cells.upper >= 1] = REACH
    return lower, upper


def _scores(
    z: Floats,
    label: Ints,
    cell: tuple[Floats, Floats],
    means: Floats,
    precision: Floats,
    rng: np.random.Generator,
) -> None:
    """Redraw every score within its cell given its row's component and other scores, in place."""
    centre = means[label]
    np.clip(z, *cell, out=z)
    for j in range(z.shape[1]):
        row = precision[label, j]
        variance = 1.0 / row[:, j]
        mean = z[:, j] - variance * np.einsum("ni,ni->n", row, z - centre)
        sd = np.sqrt(variance)
        a, b = (cell[0][:, j] - mean) / sd, (cell[1][:, j] - mean) / sd
        z[:, j] = np.clip(mean + sd * truncated_normal(a, b, rng), cell[0][:, j], cell[1][:, j])
