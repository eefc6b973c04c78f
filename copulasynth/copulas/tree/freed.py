"""Where rows of one value stand in its cell, and which atoms are no values of their own.

People round: one carat, twenty units, half an hour. Where a relation says closely what a value was
before it was rounded, rows of one value stand in its cell in the order of the relation, as those of
a latent continuous variable would (Hoff 2007, Ann. Appl. Stat. 1:265). An atom that the relation
leads to is then a piece of it, and to keep it apart would cut the relation in two. An atom that it
does not lead to, such as the zeros of who does not use a thing, stays one.
"""

from math import ceil

import numpy as np
from scipy.special import ndtri

from copulasynth._arrays import Bools, Floats
from copulasynth.copulas.tree.linear_index import EDGE
from copulasynth.copulas.tree.robust import fit_weights, scale_of

__all__ = ["freed_places"]

#: Share of a variable that its index must explain where atoms are freed from it.
TOLD = 0.5

#: Rows are near the index within so many of its robust standard deviations.
NEAR = 2.0

#: So much less often than other rows those of a freed atom may be near the index.
LESS = 0.05

#: Rounds in which rows are placed by an index, and the index is fitted to the places of so many.
ROUNDS, ROWS = 3, 5000


def freed_places(
    x: Floats, lower: Floats, upper: Floats, wide: Bools
) -> tuple[Bools, Floats] | None:
    """Return whose atoms follow the index of an ordered variable, and where rows then stand.

    Parameters
    ----------
    x : (n, f) float64
        Normal scores of earlier variables.
    lower, upper : (n,) float64
        Cells of the variable, of rows where it is known.
    wide : (n,) bool
        Which cells are atoms.

    Returns
    -------
    freed : (n,) bool
        Rows of atoms that are freed.
    place : (n,) float64
        Where rows stand: in their cells by the order of the index, atoms that stay in the middle.
        None for both where the index says little.

    Notes
    -----
    An atom is freed if its cell is within two standard deviations of the index about as often as
    other rows are.
    """
    place = middle = 0.5 * (lower + upper)
    freed, loose = np.zeros(len(place), dtype=np.bool_), ~wide
    bottom, top = _score(lower), _score(upper)
    cells, cell, rows = np.unique(lower, return_inverse=True, return_counts=True)
    atom = np.bincount(cell, wide, len(cells)) > 0
    first, some = np.cumsum(rows) - rows, slice(None, None, ceil(len(place) / ROWS))
    for _ in range(ROUNDS):
        y = _score(place)
        index = x @ fit_weights(x[some], y[some], ridge=0.002 * len(y[some]))
        # rows beside atoms say how tight the relation is: those of atoms stand where it puts them
        index += np.median((y - index)[loose])
        spread, whole = scale_of((y - index)[loose]), scale_of((y - np.median(y[loose]))[loose])
        if spread >= np.sqrt(1.0 - TOLD) * whole:
            return None
        near = np.maximum(bottom - index, index - top) <= NEAR * spread
        least = np.mean(np.abs(y - index)[loose] <= NEAR * spread) - LESS
        follows = atom & (np.bincount(cell, near, len(cells)) / rows >= least)
        freed = follows[cell]
        rank = np.empty(len(place))
        order = np.lexsort((index, cell))
        rank[order] = np.arange(len(place)) - first[cell[order]]
        within = lower + (upper - lower) * (rank + 0.5) / rows[cell]
        place = np.where(freed | loose, within, middle)
    return freed, place


def _score(u: Floats) -> Floats:
    return np.asarray(ndtri(np.clip(u, EDGE, 1.0 - EDGE)))
