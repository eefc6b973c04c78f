"""Nearest rows in the scaled mixed space of SMOTE-NC."""

import warnings

import numpy as np

from copulasynth._arrays import Floats, Ints, frozen
from copulasynth.errors import DataError, FitWarning
from copulasynth.synthesizers.training_rows import Layout, observed_moments

__all__ = ["closest", "embed", "nearest", "neighbours_of"]


def embed(x: Floats, layout: Layout, like: Floats | None = None) -> Floats:
    """Place rows in a Euclidean space whose distances are those of SMOTE-NC.

    Numeric variables have standard deviation 1. Two different levels are apart by the median of
    the standard deviations, which is 1 here [1]_. Two missing values are at distance 0; a missing
    and an observed one differ in their state, and the missing one stands at the mean. A table
    without numeric variables gets the value-difference metric instead (SMOTE-N): two levels are as
    far apart as the laws of the other columns given them.

    Parameters
    ----------
    x : (n, d) float64
        Encoded rows, NaN where missing.
    layout : Layout
    like : (m, d) float64, optional
        Rows that set means and scales; `x` itself if not given.

    References
    ----------
    .. [1] Chawla, Bowyer, Hall & Kegelmeyer (2002). SMOTE: synthetic minority over-sampling
       technique. JAIR 16, 321-357, section 6.1 (SMOTE-NC) and 6.2 (SMOTE-N).
    """
    like = x if like is None else like
    categorical = layout.categorical
    mean, sd = observed_moments(like[:, ~categorical])
    z = (x[:, ~categorical] - mean) / np.where(sd > 0.0, sd, 1.0)
    parts = [np.where(np.isnan(z), 0.0, z)]
    points = _level_points(like, layout)
    for j in np.flatnonzero(categorical).tolist():
        codes = np.nan_to_num(x[:, j], nan=-1.0).astype(np.int64)
        last = len(points[j]) - 1
        parts.append(points[j][np.where((codes < 0) | (codes > last), last, codes)])
    # A table of constants has no variable; its rows all lie in one place.
    return np.ascontiguousarray(np.hstack(parts)) if layout.dim else np.zeros((len(x), 1))


def _level_points(like: Floats, layout: Layout) -> dict[int, Floats]:
    """Return, per categorical variable, a point for each level and a last one for missing."""
    which = np.flatnonzero(layout.categorical)
    sizes = {int(j): int(layout.levels[j]) for j in which}
    if len(which) < layout.dim or len(which) < 2:
        # One-hot rows at distance sqrt(2) / sqrt(2) = 1 of each other.
        return {j: np.vstack([np.eye(m) / np.sqrt(2.0), np.zeros(m)]) for j, m in sizes.items()}
    onehot = {j: (like[:, j][:, None] == np.arange(m)).astype(np.float64) for j, m in sizes.items()}
    return {j: _value_differences(j, onehot) for j in sizes}


def _value_differences(j: int, onehot: dict[int, Floats]) -> Floats:
    """Place the levels of one variable by the laws of the other variables given each level."""
    own = onehot[j]
    count = np.maximum(own.sum(axis=0), 1.0)[:, None]
    profile = np.hstack([own.T @ other / count for k, other in onehot.items() if k != j])
    profile = np.vstack([profile, profile.mean(axis=0)])
    # The same distances in as few dimensions as there are levels (principal coordinates).
    left, scale, _ = np.linalg.svd(profile - profile.mean(axis=0), full_matrices=False)
    return np.asarray((left * scale)[:, : len(own.T)])


def neighbours_of(x: Floats, layout: Layout, k: int) -> Ints:
    """Return the k neighbours of each row, or the n - 1 that n rows have, with a warning."""
    n = len(x)
    if n < 2:
        raise DataError(f"neighbours need at least 2 rows, got {n}. Add rows.")
    if k >= n:
        warnings.warn(
            f"k={k} neighbours were asked for, but {n} rows have {n - 1} each; using k={n - 1}",
            FitWarning,
            stacklevel=2,
        )
    return nearest(embed(x, layout), min(k, n - 1))


def nearest(space: Floats, k: int) -> Ints:
    """Return the k nearest other rows of each row, nearest first, (n, k).

    A row is never its own neighbour, however many duplicates it has: among k + 1 rows at
    distance 0 a search need not find the row itself first, or at all.

    Raises
    ------
    ValueError
        If there are not more than k rows.
    """
    n = len(space)
    if not 1 <= k < n:
        raise ValueError(f"k must lie in 1 .. {n - 1}, got {k}")
    found = _search(space, space, k + 1)[1]
    others = found != np.arange(n)[:, None]
    others[others.all(axis=1), k] = False
    return frozen(found[others].reshape(n, k))


def closest(space: Floats, among: Floats) -> Floats:
    """Return the distance of each row of `space` to the closest row of `among`, (n,)."""
    return _search(space, among, 1)[0][:, 0]


def _search(space: Floats, among: Floats, k: int) -> tuple[Floats, Ints]:
    # The import costs half a second, and only methods that look for neighbours need it.
    from sklearn.neighbors import NearestNeighbors

    distance, index = NearestNeighbors(n_neighbors=k).fit(among).kneighbors(space)
    return distance, index.astype(np.int64)
