"""Values for parts where a link leaves them out, so that a copula takes them as independent of it.

A part of a link (`copulasynth.rules.link`) has values in one level of the part that selects it. If
it and the selecting part depend on a third column, the likelihood of a copula may be highest with
the two dependent, though no row shows both sides: drawn values are then selected with a shift (KS
.02 for an age from 18 on whose income depends on it, .004 with what follows). So rows without a
value are given one that follows from the other columns as it does among the rest, while they as a
whole have the law of those with one: nothing then speaks for such a dependence. Marginals must not
see these values.
"""

import numpy as np
from scipy.special import ndtri

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.link import Link

__all__ = ["filled"]

#: Rows that the regressions rest on, and fewest of them.
ROWS, FEWEST = 10_000, 30

#: Share of the rows to be filled in which a column that tells of them may be missing.
MISSING = 0.5

#: Weight of an independence prior, in rows.
RIDGE = 10.0


def filled(c: Coordinates) -> Floats:
    """Return the table of `c`, to make the cells of a copula from, with parts of links filled in.

    Each coordinate that is seen where a link allows it gets, in the rows without a value, values
    of its own in the order of a regression of normal scores on the other free coordinates, with a
    remainder of the size found. The table is `c.x` itself where there is nothing to do.
    """
    free = set(c.free)
    seen = sorted({j for f in c.found if isinstance(f.rule, Link) for j in _selected(c, f.rule)})
    seen = [j for j in seen if j in free and np.isnan(c.x[:, j]).any()]
    if not seen:
        return c.x
    places = list(c.free)
    z = np.column_stack([_scores(c.x[:, j]) for j in places])
    x = c.x.copy(order="F")
    for j in seen:
        k = places.index(j)
        known = ~np.isnan(c.x[:, j])
        if known.sum() >= FEWEST:
            # what is missing in the same rows tells nothing there, and takes weight from the rest
            told = np.isnan(x[~known][:, places]).mean(axis=0) < MISSING
            told[k] = False
            x[~known, j] = _values(c.x[known, j], z[:, told], z[:, k], known)
            # the next ones follow from this one too
            z[:, k] = _scores(x[:, j])
    return x


def _selected(c: Coordinates, link: Link) -> list[int]:
    """Return the parts of a link, and the values of columns whose gaps it decides."""
    gaps = {c.variables[f.event.place].column for f in link.forks if f.event.kind == "missing"}
    kept = [j for j, v in enumerate(c.variables) if v.column in gaps and v.kind != "state"]
    return [*link.needs[1:], *kept]


def _scores(x: Floats) -> Floats:
    """Return normal scores of mean ranks, 0 where missing."""
    out = np.zeros(x.size)
    known = x == x
    _, place, counts = np.unique(x[known], return_inverse=True, return_counts=True)
    if counts.size > 1:
        out[known] = ndtri((np.cumsum(counts) - counts / 2) / place.size)[place]
    return out


def _values(own: Floats, others: Floats, z: Floats, known: Bools) -> Floats:
    """Return values for the rows that lack one."""
    rows = np.flatnonzero(known)
    rows = rows[:: max(1, rows.size // ROWS)]
    a, y = others[rows] - others[rows].mean(axis=0), z[rows]
    weights = np.linalg.solve(a.T @ a + RIDGE * np.eye(a.shape[1]), a.T @ y)
    rest = float(np.std(y - a @ weights))
    lacking = np.flatnonzero(~known)
    # an additive sequence is even and the same each time, and shuffled it follows no order of rows
    turn = np.random.default_rng(lacking.size).permutation(lacking.size)
    even = ndtri((turn + 0.5) / lacking.size)
    place = np.argsort(np.argsort(others[lacking] @ weights + rest * even))
    at = (place + 0.5) * own.size / lacking.size
    return np.asarray(np.sort(own)[at.astype(np.int64)])
