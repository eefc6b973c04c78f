"""Latent t scores inside ties, categories and gaps, under a working t copula.

A t vector is a normal one divided by a common radius. Given the radius of each row the Gibbs
steps are those of :mod:`copulasynth.copulas.elliptical.latent`; given the scores of a row its
squared radius is a gamma variable (Liu and Rubin 1995, Statistica Sinica 5, 19-39).
"""

import numpy as np

from copulasynth._arrays import Floats, floats
from copulasynth.copulas.api import Cells
from copulasynth.copulas.elliptical.correlation import nearest_correlation, whiten
from copulasynth.copulas.elliptical.latent import (
    RIDGE,
    correlation_of,
    distinct_variables,
    narrow_width,
    redraw,
)
from copulasynth.copulas.elliptical.student_fit import t_quantile


def latent_t_scores(
    cells: Cells,
    df: float,
    start: Floats,
    rng: np.random.Generator,
    *,
    sweeps: int = 40,
    burn: int = 15,
) -> tuple[Floats, Floats]:
    """Impute latent t scores of known df, as `latent_scores` does normal ones.

    `start` is the (d, d) correlation matrix to start from. Returned are the average correlation of
    the scores weighted by the squared radii of their rows, and the last imputation, (n, d).
    """
    first, where = distinct_variables(cells)
    lower, upper = cells.lower.T[first], cells.upper.T[first]
    d, n = lower.shape
    wide = [np.flatnonzero(upper[j] - lower[j] > narrow_width(n)) for j in range(d)]
    x = t_quantile(df, 0.5 * (lower + upper))
    bounds = [
        (t_quantile(df, lower[j, w]), t_quantile(df, upper[j, w])) for j, w in enumerate(wide)
    ]
    r, total = start[np.ix_(first, first)], np.zeros((d, d))
    for sweep in range(sweeps):
        r = nearest_correlation(r, floor=RIDGE)[0]
        precision = np.linalg.inv(r)
        e = whiten(x.T, floats(np.linalg.cholesky(r)))
        gamma = rng.standard_gamma(0.5 * (df + d), n)
        radius = np.sqrt(2.0 * gamma / (df + np.sum(e * e, axis=1)))
        for j, w in enumerate(wide):
            if len(w):
                redraw(x, j, w, bounds[j], precision[j], rng, radius)
        c = correlation_of(x * radius)
        if sweep >= burn:
            total += c
            c = total / (sweep - burn + 1)
        r = c
    return r[np.ix_(where, where)], x[where].T
