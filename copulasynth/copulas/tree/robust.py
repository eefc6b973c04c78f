"""Huber's regression with a ridge, and the robust scale that it weighs residuals by."""

import numpy as np

from copulasynth._arrays import Floats

__all__ = ["ROUNDS", "fit_weights", "huber_weights", "scale_of"]

# Huber's constant for 95 % efficiency under a normal law, and rounds of reweighting.
HUBER = 1.345
ROUNDS = 8


def fit_weights(x: Floats, y: Floats, ridge: float) -> Floats:
    """Regress y on the columns of x by Huber's estimator with a ridge.

    Real relations hold tightly for most rows and not at all for some; least squares would follow
    the latter (Huber 1964, Ann. Math. Statist. 35:73). The ridge is in rows of unit variance.
    """
    w = np.ones(len(y))
    beta = np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        dx, dy = x - w @ x / w.sum(), y - w @ y / w.sum()
        gram = (dx.T * w) @ dx
        gram[np.diag_indices_from(gram)] += ridge
        beta = np.linalg.solve(gram, dx.T @ (w * dy))
        w = huber_weights(dy - dx @ beta)
    return beta


def huber_weights(residual: Floats) -> Floats:
    """Return min(1, c s / |r|) with s the robust scale of the residuals."""
    scale = HUBER * max(scale_of(residual), 1e-9)
    return np.minimum(1.0, scale / np.maximum(np.abs(residual), 1e-300))


def scale_of(residual: Floats) -> float:
    """Return the median absolute residual, scaled to a normal's standard deviation."""
    return 1.4826 * float(np.median(np.abs(residual)))
