"""Exact draws of elliptical copulas given points and cells of some variables.

A category or an atom is a cell of the latent score, not a point: each row gets its own draw from
the truncated law, the other variables follow from the conditional normal or t law given it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from copulasynth._arrays import Floats, Ints, floats, open_unit
from copulasynth._chunks import CHUNK, chunks
from copulasynth.copulas.elliptical.truncated import Box, draw_box, tilt


def check_box(lower: Floats, upper: Floats, dim: int) -> tuple[Floats, Floats]:
    """Return the bounds as float arrays of shape (dim,).

    Raises
    ------
    ValueError
        If a shape is wrong or 0 <= lower <= upper <= 1 does not hold everywhere.
    """
    lower, upper = floats(lower), floats(upper)
    if lower.shape != (dim,) or upper.shape != (dim,):
        raise ValueError(f"bounds need shape ({dim},), got {lower.shape} and {upper.shape}")
    if not ((lower >= 0) & (lower <= upper) & (upper <= 1)).all():
        raise ValueError("bounds must satisfy 0 <= lower <= upper <= 1 for every variable")
    return lower, upper


def score_bounds(
    lower: Floats, upper: Floats, dim: int, quantile: Callable[[Floats], Floats]
) -> tuple[Floats, Floats]:
    """Return checked bounds of u as bounds of scores: points stay finite, 0 and 1 do not."""
    lower, upper = check_box(lower, upper, dim)
    a, b = quantile(open_unit(lower)), quantile(open_unit(upper))
    cell = lower < upper
    a[cell & (lower == 0.0)] = -np.inf
    b[cell & (upper == 1.0)] = np.inf
    return a, b


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """Variables split into fixed, celled and free ones, in this order in `factor`."""

    fixed: Ints
    celled: Ints
    free: Ints
    factor: Floats
    score: Floats

    @property
    def split(self) -> tuple[int, int]:
        return len(self.fixed), len(self.fixed) + len(self.celled)


def _given(correlation: Floats, lower: Floats, upper: Floats) -> _Given:
    """Sort the variables by their bounds on the score scale and factor the correlation matrix."""
    fixed = np.flatnonzero(lower == upper)
    free = np.flatnonzero(np.isneginf(lower) & np.isposinf(upper))
    celled = np.setdiff1d(np.arange(len(lower)), np.concatenate([fixed, free]))
    order = np.concatenate([fixed, celled, free])
    factor = floats(np.linalg.cholesky(correlation[np.ix_(order, order)]))
    p = len(fixed)
    score = floats(np.linalg.solve(factor[:p, :p], lower[fixed]))
    return _Given(fixed, celled, free, factor, score)


def draw_box_given(
    correlation: Floats, df: float | None, lower: Floats, upper: Floats, n: int, rng: Generator
) -> Floats:
    """Draw n rows of a normal or t vector given lower <= x <= upper, (d, n); prefix-stable.

    Given p fixed scores of a t vector the others are again t, with df + p degrees of freedom and
    a scale that grows with the distance q of the fixed ones: (df + q) / (df + p) (Ding 2016, The
    American Statistician 70, 293-295).

    Parameters
    ----------
    correlation : (d, d) float64
        Positive definite.
    df : float or None
        Degrees of freedom; None: normal.
    lower, upper : (d,) float64
        Bounds of the scores; equal ones fix a score, infinite ones leave it free.
    """
    given = _given(correlation, lower, upper)
    p, c = given.split
    mean = given.factor[p:, :p] @ given.score
    spread = 1.0
    left = None
    if df is not None:
        spread = float(np.sqrt(df + given.score @ given.score))
        left = df + p
    box = None
    if c > p:
        low, high = lower[given.celled] - mean[: c - p], upper[given.celled] - mean[: c - p]
        box = tilt(given.factor[p:c, p:c], low / spread, high / spread, left)
    out = np.empty((len(lower), n))
    out[given.fixed] = lower[given.fixed, None]
    for first, last, stream in chunks(n, rng):
        x = _chunk(given, box, left, stream) * spread + mean[:, None]
        x[: c - p] = np.clip(x[: c - p], lower[given.celled, None], upper[given.celled, None])
        out[given.celled, first:last] = x[: c - p, : last - first]
        out[given.free, first:last] = x[c - p :, : last - first]
    return out


def _chunk(given: _Given, box: Box | None, df: float | None, stream: Generator) -> Floats:
    """Draw a chunk of centred scores of the variables that are not fixed."""
    p, c = given.split
    e = np.empty((len(given.factor) - p, CHUNK))
    r = np.ones(CHUNK)
    if box is not None:
        e[: c - p], r = draw_box(box, CHUNK, stream)
    elif df is not None:
        r = np.sqrt(2.0 * stream.standard_gamma(0.5 * df, CHUNK))
    stream.standard_normal(out=e[c - p :])
    x: Floats = given.factor[p:, p:] @ e
    return x if df is None else x / r
