"""Where a leaf has too few rows between two atoms, the branch above it says where they lie."""

import numpy as np

from copulasynth._arrays import Floats, Ints

__all__ = ["borrowed_ends"]


def borrowed_ends(
    parent: Ints, node: Ints, stretch: Ints, moments: Floats, asked: tuple[Ints, Ints], least: int
) -> tuple[Floats, Floats]:
    """Return the ends of uniform laws with the moments of the rows of the nearest ancestor.

    Parameters
    ----------
    parent : (nodes,) int64
        Parent of each node, which comes before it; a root is its own.
    node, stretch : (m,) int64
        Leaf, and stretch between atoms, of each row or of several.
    moments : (3, m) float64
        How many rows they are, and the sums of their places and of the squares of these.
    asked : (k,) int64, (k,) int64
        Leaves and stretches whose laws are asked for.
    least : int
        Fewest rows that a law rests on.

    Returns
    -------
    low, high : (k,) float64
        -inf and inf where all rows of the stretch are too few.
    """
    shape = (len(parent), int(stretch.max()) + 1)
    cell = node * shape[1] + stretch
    size = shape[0] * shape[1]
    sums = np.stack([np.bincount(cell, w, size).reshape(shape) for w in moments])
    above = parent != np.arange(len(parent))
    for k in np.flatnonzero(above)[::-1]:
        sums[:, parent[k]] += sums[:, k]
    at, own = asked
    while ((few := sums[0, at, own] < least) & above[at]).any():
        at = np.where(few, parent[at], at)
    count, total, squares = sums[:, at, own]
    mean = total / np.maximum(count, 1.0)
    spread = np.sqrt(3.0 * np.maximum(squares / np.maximum(count, 1.0) - mean**2, 0.0))
    return np.where(few, -np.inf, mean - spread), np.where(few, np.inf, mean + spread)
