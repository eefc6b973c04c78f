"""Pairs of columns of few values: are their empty cells a combination, a link, or chance."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.rules.api import Coordinates
from copulasynth.rules.levels.tables import Crosstab, codes_of, crosstab, emptiness, impossible

__all__ = ["LevelPair", "coded", "pair_of"]

#: Most levels of a nominal column, and most values of a number that is a value list, and the rows
#: that there are to each.
LEVELS, VALUES, ROWS = 2000, 500, 10

#: Two numbers are looked at with so few values only.
FEW = 30

#: Cells of a table that is looked at.
CELLS = 400_000

#: A pair is a combination if a copula would put this share of rows where none can be: where both
#: are numbers a copula can do more, and so must the rule.
BROKEN, NUMBERS = 0.02, 0.05

#: Good-Turing: the share of rows whose combination is seen once estimates that of unseen ones.
UNSEEN, UNSEEN_TO_BROKEN = 0.01, 0.1

#: What is impossible ends at once: the share of rows that cells of few rows lack, which are many
#: about the end of a dependence that fades, is no more than this of what empty ones lack.
THIN_TO_BROKEN = 0.4

#: Where more values than these decide one of the other column, no single one explains the table.
FORCED = 8

#: Rows on which a pair is tried first, and the share of the combinations that chance would show
#: above which it is not worth more.
SCREEN, SHOWN = 600, 0.93


@dataclass(frozen=True, slots=True, eq=False)
class LevelPair:
    """Two columns of few values.

    Attributes
    ----------
    places : (int, int)
    table : counts
    broken : float
        Share of rows that a Gaussian copula of the two puts into cells that are empty.
    linked : (k, 2) int
        Cells (i, j) such that all that is empty follows from value i of the first deciding that
        the second has value j, or the other way round.
    """

    places: tuple[int, int]
    table: Crosstab
    broken: float
    linked: Ints


def coded(c: Coordinates) -> dict[int, tuple[Floats, Ints]]:
    """Return values and codes of the free columns that have few values."""
    found = {}
    n = len(c.x)
    for j in c.free:
        v, x = c.variables[j], c.x[:, j]
        most = min(LEVELS if v.levels else VALUES, max(n // ROWS, 2))
        # a column of numbers shows on few rows that it is no list of values
        head = x[:: max(1, n // 1000)]
        if v.kind == "state" or np.unique(head[head == head]).size > min(most, head.size // 2):
            continue
        own = codes_of(x, most)
        if own is not None and own[0].size >= 2:
            found[j] = own
    return found


def pair_of(
    c: Coordinates, codes: dict[int, tuple[Floats, Ints]], i: int, j: int
) -> LevelPair | None:
    """Return what is known of a pair of columns, None if nothing in it is impossible."""
    (u, a), (v, b) = codes[i], codes[j]
    numbers = not any(c.variables[k].levels for k in (i, j))
    if not _worth(u.size, v.size, numbers) or _full(a, b, u.size, v.size):
        return None
    table = crosstab(a, b, u.size, v.size)
    n, seen = table.sum(), table > 0
    single = float((table == 1).sum()) / max(n, 1.0)
    cells = np.count_nonzero(seen)
    # a function of one column is an identity, and a table of its own kind of rule
    if n < 100 or cells * ROWS > 2 * n or single > UNSEEN or cells <= max(table.shape):
        return None
    judged = _ordered_cells(u, v, seen) if numbers else None
    least = NUMBERS if numbers else BROKEN
    broken, thin = emptiness(table, judged)
    if broken < max(least, single / UNSEEN_TO_BROKEN, thin / THIN_TO_BROKEN):
        return None
    linked = [] if judged is not None else list(_links(table, seen, least))
    return LevelPair((i, j), table, broken, np.array(linked, dtype=np.int64).reshape(-1, 2))


def _worth(height: int, width: int, numbers: bool) -> bool:
    """Whether two columns have enough values for a combination, and not too many."""
    small, large = sorted((height, width))
    if numbers and large > FEW:
        return False
    return large >= 4 - (small > 2) and height * width <= CELLS


def _full(a: Ints, b: Ints, height: int, width: int) -> bool:
    """Whether a few hundred rows show as many combinations as independent columns would."""
    step = max(1, a.size // SCREEN)
    a, b = a[::step], b[::step]
    known = (a >= 0) & (b >= 0)
    a, b = a[known], b[known]
    p = np.bincount(a, minlength=height) / max(a.size, 1)
    q = np.bincount(b, minlength=width) / max(a.size, 1)
    expected = float(-np.expm1(-a.size * np.outer(p, q)).sum())
    shown = np.zeros(height * width, dtype=bool)
    shown[a * width + b] = True
    return bool(np.count_nonzero(shown) > SHOWN * expected)


def _ordered_cells(u: Floats, v: Floats, seen: Bools) -> Bools | None:
    """Return the cells that an order a <= b or a >= b of the values allows, if rows obey one."""
    for allowed in (u[:, None] <= v, u[:, None] >= v):
        if not (seen & ~allowed).any():
            return np.asarray(allowed)
    return np.ones(seen.shape, dtype=bool)


def _links(table: Crosstab, seen: Bools, least: float) -> Iterator[tuple[int, int]]:
    """Yield the cells of one value that decides another, where this explains what is empty."""
    forced = list(_forced(seen))
    for i, j in forced if len(forced) <= FORCED else ():
        rest = np.ones(seen.shape, dtype=bool)
        if seen[i].sum() == 1:
            rest[i] = False
        if seen[:, j].sum() == 1:
            rest[:, j] = False
        kept = table[rest.any(axis=1)][:, rest.any(axis=0)]
        if min(kept.shape, default=0) < 2 or impossible(kept) < least:
            yield i, j


def _forced(seen: Bools) -> Iterator[tuple[int, int]]:
    """Yield the cells that are the only ones of their row or of their column."""
    for i in np.flatnonzero(seen.sum(axis=1) == 1).tolist():
        yield i, int(seen[i].argmax())
    for j in np.flatnonzero(seen.sum(axis=0) == 1).tolist():
        i = int(seen[:, j].argmax())
        if seen[i].sum() > 1:
            yield i, j
