"""What SMOTE does to variances and correlations, in closed form."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints

__all__ = ["SmoteMoments", "diagnose", "segment_moments"]


@dataclass(frozen=True, slots=True, eq=False)
class SmoteMoments:
    """Moments of the rows and of what SMOTE draws from them, before rounding to a grid.

    Attributes
    ----------
    columns : DataFrame
        One row a numeric variable: ``mean``, ``mean_synthetic``, ``sd``, ``sd_synthetic``,
        ``variance_ratio`` (1 is ideal).
    pairs : DataFrame
        One row a pair: ``correlation``, ``correlation_synthetic``, ``inflation`` (their
        difference; 0 is ideal).
    """

    columns: pd.DataFrame
    pairs: pd.DataFrame

    def __repr__(self) -> str:
        if self.columns.empty:
            return "no numeric columns: nothing is interpolated"
        lines = [self.columns.to_string(index=False, float_format="{:.4g}".format)]
        if not self.pairs.empty:
            worst = self.pairs.reindex(self.pairs["inflation"].abs().sort_values().index[::-1])
            lines.append("correlations that change most:")
            lines.append(worst.head(10).to_string(index=False, float_format="{:.3f}".format))
        return "\n".join(lines)


def segment_moments(
    x: Floats, neighbours: Ints, spread: float = 1.0 / 12.0
) -> tuple[Floats, Floats]:
    """Return mean vector and covariance matrix of x_i + lambda (x_j - x_i).

    i is uniform over rows, j over the neighbours of i, and lambda independent of both with mean
    1/2 and variance `spread`. For lambda uniform on (0, 1) the diagonal is

        Var = (V_i + V_j + C_ij) / 3 + (mu_j - mu_i)^2 / 12,

    with the means mu and variances V of base and neighbour and C their covariance over all
    (row, neighbour) pairs; the general form follows from the law of total covariance given the
    pair: Cov(midpoint) + spread E[(x_j - x_i)(x_j - x_i)'].

    Parameters
    ----------
    x : (n, d) float64
        Rows; pairs with a missing value leave that column out of its averages.
    neighbours : (n, k) int64
    spread : float
    """
    start = np.repeat(x, neighbours.shape[1], axis=0)
    rise = x[neighbours.ravel()] - start
    mid = start + 0.5 * rise
    there = ~np.isnan(mid)
    weight = there.astype(np.float64)
    mean = _ratio(np.where(there, mid, 0.0).sum(axis=0), weight.sum(axis=0))
    centred, rise = np.where(there, mid - mean, 0.0), np.where(there, rise, 0.0)
    both = weight.T @ weight
    return mean, _ratio(centred.T @ centred + spread * rise.T @ rise, both)


def diagnose(
    x: Floats, neighbours: Ints, names: tuple[str, ...], *, spread: float, rescaled: bool
) -> SmoteMoments:
    """Compare the moments of rows with those of points between them.

    `rescaled` says that a shift and stretch of each column restores its mean and variance.
    """
    there = ~np.isnan(x)
    mean = _ratio(np.where(there, x, 0.0).sum(axis=0), there.sum(axis=0))
    centred = np.where(there, x - mean, 0.0)
    real = _ratio(centred.T @ centred, there.T.astype(np.float64) @ there)
    mean_s, made = segment_moments(x, neighbours, spread)
    v, v_s = np.diag(real), np.diag(made)
    r, r_s = (_ratio(c, np.sqrt(np.outer(np.diag(c), np.diag(c)))) for c in (real, made))
    if rescaled:
        mean_s, v_s = mean, v
    columns = pd.DataFrame(
        {
            "name": list(names),
            "mean": mean,
            "mean_synthetic": mean_s,
            "sd": np.sqrt(v),
            "sd_synthetic": np.sqrt(v_s),
            "variance_ratio": _ratio(v_s, v, 1.0),
        }
    )
    a, b = np.triu_indices(len(names), 1)
    pairs = pd.DataFrame(
        {
            "first": [names[i] for i in a],
            "second": [names[j] for j in b],
            "correlation": r[a, b],
            "correlation_synthetic": r_s[a, b],
            "inflation": r_s[a, b] - r[a, b],
        }
    )
    return SmoteMoments(columns, pairs)


def _ratio(a: Floats, b: Floats, otherwise: float = 0.0) -> Floats:
    q: Floats = np.divide(a, b, out=np.full(np.shape(a), otherwise), where=np.asarray(b) > 0)
    return q
