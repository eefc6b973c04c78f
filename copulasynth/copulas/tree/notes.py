"""What is noted of each drawn value, by one lookup: all that is asked of it later is a few bins.

Trees ask on which side of their tests a value lies, the linear index in which atom, and who thins
the rows in which of its own bins. The ends of all these cut (0, 1) into pieces; the piece of a
value is found once, and tables of the pieces say the rest.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from copulasynth._arrays import Codes, Floats, Ints
from copulasynth.copulas.bin_lookup import BinLookup, BinLookups, bin_lookup
from copulasynth.copulas.tree.forest import fetch
from copulasynth.copulas.tree.masks import Masks, masks_of

if TYPE_CHECKING:
    from copulasynth.copulas.tree.copula import TreeCopula

__all__ = ["Note", "notes_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Note:
    """What is noted of the values of one variable.

    Attributes
    ----------
    lookup : BinLookup
        Pieces of (0, 1).
    group : int
        Row of the codes that tests of the variable are looked up by.
    branch : int64 array or None
        By how much each piece moves that code; None if no tree tests the variable.
    middle : float64 array
        Normal score of each piece that is an atom, NaN for others.
    bins : int16 array or None
        The wanted bin of each piece; None if none is wanted.
    """

    lookup: BinLookup
    group: int
    branch: Ints | None
    middle: Floats
    bins: Codes | None

    def pieces(self, u: Floats) -> Ints:
        """Return the pieces in which values (n,) lie."""
        at = np.empty(len(u), dtype=np.intp)
        self.lookup(u, at)
        return at

    def write(self, at: Ints, codes: Ints, bins: Codes | None) -> None:
        """Add values, by their pieces, to the codes, and write their bins (n,)."""
        if self.branch is not None:
            codes[self.group] += fetch(self.branch, at)
        if self.bins is not None and bins is not None:
            self.bins.take(at, out=bins, mode="clip")


@lru_cache(maxsize=8)
def notes_of(copula: "TreeCopula", wanted: BinLookups | None) -> tuple[Note, ...]:
    """Return what is noted of each variable, made once and kept for the next call."""
    masks = masks_of(copula.forest)
    return tuple(_note(copula, masks, j, wanted) for j in range(copula.dim))


def _note(copula: "TreeCopula", masks: Masks, j: int, wanted: BinLookups | None) -> Note:
    tests, atoms = masks.edges[j], copula.index.ends[j]
    own = np.empty(0) if wanted is None else wanted.all[j].edges
    ends = np.unique(np.concatenate([tests, atoms, own]))
    last = np.r_[ends, np.inf]
    group, stride = masks.places.get(j, (0, 0))
    branch = np.asarray(stride * np.searchsorted(tests, last)) if len(tests) else None
    middle = copula.index.middles[j][np.searchsorted(atoms, last)]
    bins = None if wanted is None else np.asarray(np.searchsorted(own, last), dtype=np.int16)
    return Note(bin_lookup(ends, 0.0, 1.0), group, branch, middle, bins)
