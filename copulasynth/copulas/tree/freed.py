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

#: Rows contradict an atom if they are not within so many robust standard deviations of it.
NEAR = 2.0

#: Rows beyond which more contradict a freed atom than chance explains, in standard deviations.
CHANCE = 3.0

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
    An atom is freed if no more of its rows contradict the index than are as far off it as they by
    the residuals of all other rows: zeros of who is exempt are not those of who earns little.
    """
    place = middle = 0.5 * (lower + upper)
    freed, loose = np.zeros(len(place), dtype=np.bool_), ~wide
    bottom, top = _score(lower), _score(upper)
    every = np.unique(lower, return_index=True, return_inverse=True, return_counts=True)
    cells, example, cell, rows = every
    atoms = np.flatnonzero(np.bincount(cell, wide, len(cells)) > 0)
    first, some = np.cumsum(rows) - rows, slice(None, None, ceil(len(place) / ROWS))
    for _ in range(ROUNDS):
        y = _score(place)
        index = x @ fit_weights(x[some], y[some], ridge=0.002 * len(y[some]))
        # rows beside atoms say how tight the relation is: those of atoms stand where it puts them
        index += np.median((y - index)[loose])
        left = np.sort((y - index)[loose])
        spread, whole = scale_of(left), scale_of((y - np.median(y[loose]))[loose])
        if spread >= np.sqrt(1.0 - TOLD) * whole:
            return None
        follows = np.zeros(len(cells), dtype=np.bool_)
        for k in atoms:
            ends = bottom[example[k]], top[example[k]]
            follows[k] = _led(index[some], cell[some] == k, *ends, left, NEAR * spread)
        freed = follows[cell]
        rank = np.empty(len(place))
        order = np.lexsort((index, cell))
        rank[order] = np.arange(len(place)) - first[cell[order]]
        within = lower + (upper - lower) * (rank + 0.5) / rows[cell]
        place = np.where(freed | loose, within, middle)
    return freed, place


def _led(index: Floats, mine: Bools, bottom: float, top: float, left: Floats, near: float) -> bool:
    """Whether rows of an atom, `mine`, are where the index leads to it; `left` are residuals."""
    far = np.maximum(bottom - index, index - top) > near
    share = np.searchsorted(left, top - index[far]) - np.searchsorted(left, bottom - index[far])
    chance = float(share.sum() / len(left))
    return bool(np.count_nonzero(far & mine) <= chance + CHANCE * np.sqrt(chance + 1.0))


def _score(u: Floats) -> Floats:
    return np.asarray(ndtri(np.clip(u, EDGE, 1.0 - EDGE)))
