"""How well leaves tell rows that a tree was not grown for: what sizes of leaves are judged by."""

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints

__all__ = ["brier_score", "pieces_of"]

#: Pieces of about equal shares into which the values beside atoms are cut.
PIECES = 8


def pieces_of(
    lower: Floats, place: Floats, wide: Bools, edges: Floats | None
) -> tuple[Ints, Floats]:
    """Return the piece of each cell, and the edges between pieces of those that are not wide.

    A level or an atom, known by its lower end, is a piece; the other places are cut at `edges`, or
    where they have equal shares if there are none yet.
    """
    if edges is None:
        steps = np.linspace(0.0, 1.0, PIECES + 1)[1:-1]
        edges = np.unique(np.quantile(place[~wide], steps)) if (~wide).any() else np.empty(0)
    atoms = np.unique(lower[wide])
    beside = len(atoms) + np.searchsorted(edges, place)
    return np.where(wide, np.searchsorted(atoms, lower), beside), edges


def brier_score(leaf: Ints, piece: Ints, asked: Bools) -> float:
    """Return the mean quadratic score of rows under the shares of the other rows of their leaves.

    Parameters
    ----------
    leaf, piece : (n,) int64
        Leaf of each row, and what it is to tell.
    asked : (n,) bool
        Rows that the tree was not grown for: with the others counted, theirs is an honest risk.

    Notes
    -----
    The score of shares p where k is seen is 1 - 2 p_k + sum p^2 (Brier 1950, Mon. Weather Rev.
    78:1): lower is better, and the shares of the law itself are the best.

    Examples
    --------
    >>> leaf, piece = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 1, 0])
    >>> brier_score(leaf, piece, leaf == 0), brier_score(leaf, piece, leaf == 1)
    (0.0, 1.0)
    """
    width = int(piece.max()) + 1
    cell, which, count = np.unique(leaf * width + piece, return_inverse=True, return_counts=True)
    rows = np.bincount(leaf)
    squares = np.bincount(cell // width, count.astype(np.float64) ** 2, minlength=len(rows))
    own, mine = count[which[asked]], leaf[asked]
    others = np.maximum(rows[mine] - 1, 1)
    # the row itself is not among those that foretell it
    told = (own - 1) / others
    spread = (squares[mine] - 2 * own + 1) / others**2
    return float(np.mean(1.0 - 2.0 * told + spread)) if len(mine) else 0.0
