"""What is noted of each drawn value, by one lookup: all that is asked of it later is a few bins.

Trees ask on which side of their tests a value lies, the linear index in which atom, and who thins
the rows in which of its own bins. The ends of all these cut (0, 1) into pieces; short numbers, side
by side, say what is asked of a piece.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Codes, Floats
from copulasynth.copulas.bin_lookup import GRID, BinLookup, BinLookups, bin_lookup
from copulasynth.copulas.tree.forest import fetch, wide
from copulasynth.copulas.tree.linear_index import scored
from copulasynth.copulas.tree.masks import Codes as Places
from copulasynth.copulas.tree.masks import Kind, Masks, masks_of

if TYPE_CHECKING:
    from copulasynth.copulas.tree.copula import TreeCopula

__all__ = ["Note", "notes_of"]

Noted = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Note:
    """What is noted of the values of one variable.

    Attributes
    ----------
    lookup : BinLookup
        Pieces of (0, 1).
    pieces : (pieces,) int64
        Short numbers of each piece, side by side: the wanted bin and the place among `middles`, of
        16 bits each, and by how much it moves the code that tests of the variable are looked up by.
    cells : (GRID,) int64
        Those of the cells of a grid; the bin is -1 where a piece ends in a cell.
    group : int
        Row of the codes that are moved, or -1 if no tree tests the variable.
    middles : float64 array
        NaN, and normal scores of atoms.
    """

    lookup: BinLookup
    pieces: Noted
    cells: Noted
    group: int
    middles: Floats

    def write(self, u: Floats, codes: Places, bins: Codes) -> Noted:
        """Add values (n,) to the codes, write their bins (n,), and return what is noted of them."""
        cell = wide(u * GRID)
        noted = fetch(self.cells, cell)
        short = noted.view(np.int16)
        bins[:] = short[::4]
        if self.lookup.most and (near := (bins < 0).nonzero()[0]).size:
            piece = self.lookup.search(fetch(u, near), fetch(cell, near))
            noted[near] = fetch(self.pieces, piece)
            bins[near] = fetch(short, 4 * near)
        if self.group >= 0:
            codes[self.group] += _moves(noted, codes.dtype)
        return noted

    def score(self, u: Floats, noted: Noted) -> Floats:
        """Return the normal scores of values, those of an atom all at its middle."""
        if len(self.middles) == 1:
            return scored(u, None)
        return scored(u, fetch(self.middles, noted.view(np.int16)[1::4].astype(np.intp)))


def _moves(noted: Noted, kind: "np.dtype[Any] | Kind") -> Places:
    """Return by how much values move a code, a view."""
    long = noted.view(kind)
    return long[2::4] if long.itemsize == 2 else long[1::2]


@lru_cache(maxsize=8)
def notes_of(copula: "TreeCopula", wanted: BinLookups | None) -> tuple[Note, ...]:
    """Return what is noted of each variable, made once and kept for the next call."""
    masks = masks_of(copula.forest)
    return tuple(_note(copula, masks, j, wanted) for j in range(copula.dim))


def _note(copula: "TreeCopula", masks: Masks, j: int, wanted: BinLookups | None) -> Note:
    tests, atoms = masks.edges[j], copula.index.ends[j]
    own = np.empty(0) if wanted is None else wanted.all[j].edges
    scores = copula.index.middles[j]
    ends = np.unique(np.concatenate([tests, own, atoms if copula.index.used[j] else own]))
    last = np.r_[ends, np.inf]
    group, stride = masks.places.get(j, (-1, 0))
    pieces = np.zeros(len(last), dtype=np.int64)
    short = pieces.view(np.int16)
    # every other piece between the ends of atoms is one
    atom = np.searchsorted(atoms, last)
    short[::4], short[1::4] = np.searchsorted(own, last), np.where(atom % 2, atom // 2 + 1, 0)
    _moves(pieces, masks.kind)[:] = stride * np.searchsorted(tests, last)
    lookup = bin_lookup(ends, 0.0, 1.0)
    cells = np.where(lookup.code < 0, -1, pieces[lookup.code])
    return Note(lookup, pieces, cells, group, np.r_[np.nan, scores[1::2]])
