"""Regular-vine structures: which pairs are joined in which tree, given which variables.

A structure is written as in vinecopulib: `order` holds the variables (from 1) in the order of the
antidiagonal of the R-vine matrix, and `array[t][j]` the partner of `order[j]` in tree t. The
pair copula (t, j) joins order[j] and array[t][j] given array[0..t-1][j].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvinecopulib as pv
from numpy.typing import ArrayLike

from copulasynth._arrays import Floats

__all__ = ["Structure", "structure_of_matrix"]

#: A vine or a structure of pyvinecopulib, which has no types.
Engine = Any

# Files are untrusted input: a larger structure would be checked for minutes.
MAX_DIM = 2000
MAX_EDGES = 200_000


@dataclass(frozen=True, slots=True)
class Structure:
    """A checked regular-vine structure, possibly truncated.

    Parameters
    ----------
    order : tuple of int
        A permutation of 1..d.
    array : tuple of tuple of int
        One tuple of d - 1 - t partners for every tree t.

    Raises
    ------
    ValueError
        If this is not a regular vine.

    References
    ----------
    Dissmann, Brechmann, Czado & Kurowicka (2013), CSDA 59, 52-69; Joe (2014), section 6.13.
    """

    order: tuple[int, ...]
    array: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        d = len(self.order)
        if not 1 <= d <= MAX_DIM:
            raise ValueError(f"a vine has 1 to {MAX_DIM} variables, got {d}")
        if sorted(self.order) != list(range(1, d + 1)):
            raise ValueError(f"the order of a vine must hold each of 1..{d} once")
        sizes = [len(row) for row in self.array]
        if sizes != [d - 1 - t for t in range(len(sizes))] or len(sizes) > d - 1:
            raise ValueError(f"tree t of a vine has d - 1 - t = {d} - 1 - t edges, got {sizes}")
        if sum(sizes) > MAX_EDGES:
            raise ValueError(f"a vine of {sum(sizes)} edges is too large; truncate it")
        place = {v: j for j, v in enumerate(self.order)}
        for j in range(d - 1):
            partners = [row[j] for row in self.array if j < len(row)]
            if len(set(partners)) != len(partners) or any(place.get(v, -1) <= j for v in partners):
                raise ValueError(f"partners {partners} of variable {self.order[j]} make no vine")
        self.engine()

    @property
    def dim(self) -> int:
        return len(self.order)

    @property
    def levels(self) -> int:
        """Number of trees."""
        return len(self.array)

    def engine(self) -> Engine:
        """Return the structure as pyvinecopulib has it, checked for the proximity condition."""
        try:
            return pv.core.RVineStructure.from_struct_array(
                list(self.order), [list(row) for row in self.array], False, True
            )
        except (RuntimeError, TypeError) as e:
            raise ValueError(f"not a regular vine: {e}") from e

    def truncated(self, levels: int) -> "Structure":
        """Return the structure of the first trees."""
        return Structure(self.order, self.array[:levels])

    def conditioned(self, tree: int, edge: int) -> tuple[int, int]:
        """Return the pair that an edge joins, as column numbers from 0."""
        return self.order[edge] - 1, self.array[tree][edge] - 1

    def conditioning(self, tree: int, edge: int) -> tuple[int, ...]:
        """Return the conditioning set of an edge, as sorted column numbers from 0."""
        return tuple(sorted(self.array[t][edge] - 1 for t in range(tree)))


def sources(structure: Structure) -> dict[tuple[int, int], tuple[bool, int]]:
    """Return for every edge (t, j) where the second argument of its pair copula comes from.

    Among the partners of variable j up to tree t, the one that stands earliest in the order, at
    place m, holds the value: its own conditional distribution function of level t if it is the
    partner in tree t (True, m), else its companion's (False, m): Dissmann et al. (2013), whose
    matrix of maxima this is with the order reversed.
    """
    d = structure.dim
    place = {v: j for j, v in enumerate(structure.order)}
    found: dict[tuple[int, int], tuple[bool, int]] = {}
    earliest = [d] * d
    for t, row in enumerate(structure.array):
        for j, partner in enumerate(row):
            k = place[partner]
            earliest[j] = min(earliest[j], k)
            found[t, j] = (earliest[j] == k, earliest[j])
    return found


def structure_of(engine: Engine, levels: int) -> Structure:
    """Return the first `levels` trees of a pyvinecopulib structure."""
    rows = engine.get_struct_array(False)[:levels]
    return Structure(
        tuple(int(v) for v in engine.order), tuple(tuple(int(v) for v in row) for row in rows)
    )


def structure_of_matrix(matrix: ArrayLike) -> Structure:
    """Return the structure of an R-vine matrix in the layout of pyvinecopulib.

    The antidiagonal holds the variables 1..d, the part above it their partners tree by tree, and
    the rest zeros; rows of zeros truncate the vine.

    Examples
    --------
    >>> structure_of_matrix([[2, 3, 3], [3, 2, 0], [1, 0, 0]]).array
    ((2, 3), (3,))
    """
    m = np.asarray(matrix)
    d = m.shape[0] if m.ndim == 2 else 0
    if m.ndim != 2 or m.shape != (d, d) or d < 1 or not np.issubdtype(m.dtype, np.integer):
        raise ValueError(f"an R-vine matrix is a square matrix of integers, got shape {m.shape}")
    if d > MAX_DIM or m.min() < 0:
        raise ValueError(f"an R-vine matrix holds 0..d with d up to {MAX_DIM}")
    order = tuple(int(m[d - 1 - j, j]) for j in range(d))
    rows = [tuple(int(v) for v in m[t, : d - 1 - t]) for t in range(d - 1)]
    levels = next((t for t, row in enumerate(rows) if not any(row)), d - 1)
    return Structure(order, tuple(rows[:levels]))


def structure_of_order(order: Sequence[int], kind: str) -> Structure:
    """Return the D-vine path ("D") or the C-vine with successive roots ("C") of an order from 0."""
    # The engine draws the last variable of its order first, so roots come last.
    labels = [int(v) + 1 for v in order]
    if kind == "C":
        labels = labels[::-1]
    make = pv.core.CVineStructure if kind == "C" else pv.core.DVineStructure
    try:
        engine: Engine = make(labels)
    except (RuntimeError, TypeError) as e:
        raise ValueError(f"{list(order)} is not an order of 0..{len(labels) - 1}: {e}") from e
    return structure_of(engine, max(0, len(labels) - 1))


def d_vine_order(weight: Floats) -> list[int]:
    """Return a long path through all variables: best insertion, then two-opt moves.

    The path whose neighbours depend most on each other is a travelling-salesman path (Brechmann
    2010; Czado 2019, section 8.2); the heuristic is within a few per cent of the best.
    """
    w = np.abs(weight)
    d = len(w)
    if d < 3:
        return list(range(d))
    np.fill_diagonal(w, -1.0)
    path = [int(v) for v in np.unravel_index(int(np.argmax(w)), w.shape)]
    left = [v for v in range(d) if v not in path]
    while left:
        # gain of putting each variable that is left before each place of the path, or at its end
        near = w[np.ix_(left, path)]
        lost = w[path[:-1], path[1:]]
        gain = np.hstack([near[:, :1], near[:, :-1] + near[:, 1:] - lost, near[:, -1:]])
        v, k = divmod(int(np.argmax(gain)), gain.shape[1])
        path.insert(k, left.pop(v))
    return _two_opt(w, path)


def _two_opt(w: Floats, path: list[int]) -> list[int]:
    d = len(path)
    for _ in range(50):
        moved = False
        for a in range(d - 1):
            for b in range(a + 1, d):
                left = w[path[a - 1], path[b]] - w[path[a - 1], path[a]] if a > 0 else 0.0
                right = w[path[a], path[b + 1]] - w[path[b], path[b + 1]] if b < d - 1 else 0.0
                if left + right > 1e-12:
                    path[a : b + 1] = path[a : b + 1][::-1]
                    moved = True
        if not moved:
            break
    return path


def c_vine_order(correlation: Floats) -> list[int]:
    """Return the roots of a C-vine: each depends most, in sum, on the variables that are left.

    The dependence that earlier roots explain is removed by partial correlation of the normal
    scores, in place of the pseudo-observations of Czado, Schepsmeier & Min (2012), which would
    need all pair copulas fitted twice.
    """
    s = np.array(correlation, dtype=np.float64)
    left = list(range(len(s)))
    order: list[int] = []
    while left:
        part = s[np.ix_(left, left)]
        sd = np.sqrt(np.maximum(np.diag(part), 1e-12))
        total = np.abs(part / np.outer(sd, sd)).sum(axis=1)
        root = left[int(np.argmax(np.round(total, 10)))]
        order.append(root)
        if s[root, root] > 1e-12:
            s = s - np.outer(s[:, root], s[root]) / s[root, root]
        left.remove(root)
    return order
