"""Logistic regression by iteratively reweighted least squares, on designs of deficient rank."""

from itertools import combinations

import numpy as np
from scipy import linalg, special

from copulasynth._arrays import Floats, floats
from copulasynth.metrics.table import Table

__all__ = ["design_blocks", "fit_logit", "interactions"]


def design_blocks(table: Table) -> list[Floats]:
    """Return the columns of the design by variable, as treatment contrasts.

    A numeric column gives its values (0 where absent) and an indicator a kind of gap, each a
    variable of its own; a column of levels gives an indicator a level but the first, a gap
    being a level.
    """
    blocks = []
    for column, x, state in zip(table.columns, table.numbers, table.states, strict=True):
        gaps = [(state == k).astype(float) for k in range(1, len(column.states))]
        gaps = [gap for gap in gaps if gap.any()]
        if column.kind == "numeric":
            blocks.append(_scaled(np.nan_to_num(x))[:, None])
            blocks += [gap[:, None] for gap in gaps]
            continue
        levels = [(x == k).astype(float) for k in range(len(column.levels))]
        shown = [level for level in levels if level.any()] + gaps
        if len(shown) > 1:
            blocks.append(np.stack(shown[1:], axis=1))
    return blocks


def _scaled(x: Floats) -> Floats:
    """Centre and scale, which changes no fit and keeps products well conditioned."""
    spread = x.std()
    return (x - x.mean()) / spread if spread > 0 else np.zeros_like(x)


def interactions(blocks: list[Floats]) -> list[Floats]:
    """Return the products of the columns of every two blocks."""
    return [(a[:, :, None] * b[:, None, :]).reshape(len(a), -1) for a, b in combinations(blocks, 2)]


def fit_logit(
    x: Floats, y: Floats, *, max_iter: int = 200, tol: float = 1e-8
) -> tuple[Floats, int]:
    """Return P(y = 1 | x) by maximum likelihood, with an intercept, and the rank of the design.

    Columns that others span are dropped first. Stops when the deviance changes by less than
    `tol` relative (McCullagh and Nelder 1989, section 2.5); with separated classes that happens
    before the coefficients diverge.

    Parameters
    ----------
    x : ndarray of shape (n, p)
    y : ndarray of 0 and 1, shape (n,)

    Examples
    --------
    >>> x = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> fitted, rank = fit_logit(np.hstack([x, 2 * x]), np.array([0.0, 1.0, 1.0, 1.0]))
    >>> rank, fitted[:2].round(6).tolist()
    (2, [0.5, 0.5])
    """
    basis = _basis(np.column_stack([np.ones(len(y)), x]))
    mu = (y + 0.5) / 2
    eta = special.logit(mu)
    deviance = np.inf
    for _ in range(max_iter):
        weight = np.maximum(mu * (1 - mu), np.finfo(float).eps)
        weighted = basis * weight[:, None]
        # The basis is orthonormal, so the normal equations lose no accuracy that matters.
        beta = linalg.lstsq(weighted.T @ basis, weighted.T @ (eta + (y - mu) / weight))[0]
        eta = np.clip(basis @ beta, -30, 30)
        mu = special.expit(eta)
        before, deviance = deviance, _deviance(y, mu)
        if abs(before - deviance) / (abs(deviance) + 0.1) < tol:
            break
    return mu, basis.shape[1]


def _basis(x: Floats) -> Floats:
    """Return an orthonormal basis of the columns of `x`."""
    norm = np.sqrt((x**2).sum(axis=0))
    x = x[:, norm > 0] / norm[norm > 0]
    q, r, _ = linalg.qr(x, mode="economic", pivoting=True)
    size = np.abs(np.diag(r))
    return floats(q[:, : int((size > 1e-9 * size[0]).sum())])


def _deviance(y: Floats, mu: Floats) -> float:
    return float(-2 * (special.xlogy(y, mu) + special.xlog1py(1 - y, -mu)).sum())
