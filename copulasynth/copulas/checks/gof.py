"""Goodness of fit of a copula by parametric bootstrap (Genest, Remillard & Beaudoin 2009).

The statistics compare pseudo-observations with a fitted copula; their law under the hypothesis
depends on the copula and on the estimator, so p-values come from refitting to draws.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats, Seed, floats, frozen, generator, open_unit
from copulasynth.copulas.api import Copula, CopulaKnobs, Transform
from copulasynth.copulas.cells import cells_of
from copulasynth.copulas.margins import unit_draw
from copulasynth.errors import DataError

__all__ = [
    "GoodnessOfFit",
    "cramer_von_mises",
    "empirical_copula",
    "goodness_of_fit",
    "pseudo_observations",
    "rosenblatt_cramer_von_mises",
]

# Memory of one block of comparisons, in pairs of a point and a row.
BLOCK = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class GoodnessOfFit:
    """Result of a bootstrap test of a copula.

    Attributes
    ----------
    name : str
        "Sn" or "SnB".
    statistic : float
        Value on the data; large values speak against the copula.
    p_value : float
        (1/2 + number of replicates at least as large) / (replicates + 1).
    replicates : (b,) float64
        Values on draws from the fitted copula, each refitted.
    n : int
        Rows of the data.
    """

    name: str
    statistic: float
    p_value: float
    replicates: Floats
    n: int


def pseudo_observations(x: Floats, rng: Seed = None) -> Floats:
    """Return scaled ranks rank / (n + 1) of each column, ties in random order.

    Raises
    ------
    ValueError
        If a value is missing.

    Examples
    --------
    >>> pseudo_observations(np.array([[3.0], [1.0], [2.0]])).ravel().tolist()
    [0.75, 0.25, 0.5]
    """
    x = floats(x, 2)
    if np.isnan(x).any():
        raise ValueError("goodness of fit needs complete rows; drop or impute missing values")
    rng = generator(rng)
    u = np.empty(x.shape)
    for j in range(x.shape[1]):
        order = np.lexsort((rng.random(len(x)), x[:, j]))
        u[order, j] = np.arange(1, len(x) + 1) / (len(x) + 1)
    return u


def empirical_copula(points: Floats, u: Floats) -> Floats:
    """Return the share of the rows of `u` that no coordinate of a point is below, (m,).

    C_n(p) = 1/n sum_i 1(u_i1 <= p_1, .., u_id <= p_d) for points (m, d) and pseudo-observations
    u, (n, d) (Deheuvels 1979).

    Examples
    --------
    >>> empirical_copula(np.array([[0.5, 0.5]]), np.array([[0.2, 0.4], [0.4, 0.9]])).tolist()
    [0.5]
    """
    points, u = floats(points, 2), floats(u, 2)
    out = np.empty(len(points))
    columns = np.ascontiguousarray(u.T)
    step = max(1, BLOCK // max(1, len(u)))
    for a in range(0, len(points), step):
        block = points[a : a + step]
        below = columns[0] <= block[:, :1]
        for j in range(1, u.shape[1]):
            below &= columns[j] <= block[:, j : j + 1]
        out[a : a + step] = below.mean(axis=1)
    return out


def cramer_von_mises(u: Floats, distribution: Callable[[Floats], Floats]) -> float:
    """Return S_n = sum_i (C_n(u_i) - C(u_i))^2 (Genest, Remillard & Beaudoin 2009, eq. 2)."""
    return float(np.sum((empirical_copula(u, u) - distribution(u)) ** 2))


def rosenblatt_cramer_von_mises(w: Floats) -> float:
    """Return S_n^(B), the distance of Rosenblatt transforms from independent uniforms.

    n times the integral over the unit cube of (D_n(w) - w_1 .. w_d)^2, with D_n the empirical
    distribution function (Genest, Remillard & Beaudoin 2009, section 4.2), in closed form:
    n / 3^d - 2^(1-d) sum_i prod_k (1 - w_ik^2) + 1/n sum_ij prod_k (1 - max(w_ik, w_jk)).

    Examples
    --------
    >>> round(rosenblatt_cramer_von_mises(np.array([[0.5]])), 6)
    0.083333
    """
    w = floats(w, 2)
    n, d = w.shape
    middle = np.prod(1.0 - w**2, axis=1).sum()
    double = 0.0
    step = max(1, BLOCK // n)
    for a in range(0, n, step):
        part = np.ones((len(w[a : a + step]), n))
        for k in range(d):
            part *= 1.0 - np.maximum(w[a : a + step, k : k + 1], w[:, k])
        double += float(part.sum())
    return float(n / 3.0**d - middle / 2.0 ** (d - 1) + double / n)


def goodness_of_fit(
    x: Floats,
    knobs: CopulaKnobs,
    *,
    statistic: str = "SnB",
    replicates: int = 200,
    draws: int = 10_000,
    rng: Seed = None,
) -> GoodnessOfFit:
    """Test whether data come from a family of copulas, by parametric bootstrap.

    Parameters
    ----------
    x : (n, d) float64
        Complete rows of continuous data; only ranks matter.
    knobs : CopulaKnobs
        How the copula is fitted, to the data and to every replicate.
    statistic : "Sn" or "SnB"
        Distance of the empirical from the fitted copula, or of Rosenblatt transforms from
        independent uniforms; the second needs no distribution function and is cheaper.
    replicates : int
        Bootstrap replicates; each is a fit.
    draws : int
        Rows from which "Sn" estimates the distribution function of a fitted copula (the two-level
        bootstrap of Genest & Remillard 2008).
    rng : int or Generator, optional

    Raises
    ------
    ValueError
        If a value is missing, the statistic is unknown, or it is "SnB" and the copula has no
        Rosenblatt transform.
    """
    if statistic not in ("Sn", "SnB"):
        raise ValueError(f"statistic is 'Sn' or 'SnB', got {statistic!r}")
    rng = generator(rng)
    u = pseudo_observations(x, rng)
    nominal = np.zeros(u.shape[1], dtype=np.bool_)

    def fit_and_measure(v: Floats) -> tuple[Copula, float]:
        copula = knobs.fit(cells_of(v, nominal), rng=rng)
        if statistic == "SnB":
            if not isinstance(copula, Transform):
                kind = copula.summary().kind
                raise DataError(
                    f"statistic 'SnB' needs a Rosenblatt transform; a {kind} copula has none. "
                    "Use 'Sn'."
                )
            return copula, rosenblatt_cramer_von_mises(copula.rosenblatt(v))
        sample = sample_rows(copula, draws, rng)
        return copula, cramer_von_mises(v, lambda points: empirical_copula(points, sample))

    copula, value = fit_and_measure(u)
    null = np.array(
        [
            fit_and_measure(pseudo_observations(sample_rows(copula, len(u), rng), rng))[1]
            for _ in range(replicates)
        ]
    )
    p = (0.5 + float(np.count_nonzero(null >= value))) / (replicates + 1)
    return GoodnessOfFit(statistic, value, p, frozen(null), len(u))


def sample_rows(copula: Copula, n: int, rng: np.random.Generator) -> Floats:
    """Return n rows of a copula on the unit cube, (n, d)."""
    return open_unit(unit_draw(copula, n, rng).T)
