"""Rank correlation and joint tails of all ordered pairs, gaps left out pair by pair."""

from collections.abc import Callable, Iterable, Iterator
from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.items import score_items
from copulasynth.metrics.jackknife import group_counts
from copulasynth.metrics.once import meanwhile
from copulasynth.metrics.pair_counts import pair_items
from copulasynth.metrics.score import Score, sampled
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import GROUPS, AnyTable, Table

__all__ = ["kendall", "kendall_matrix", "spearman", "spearman_matrix", "tail_dependence"]

Matrix = Callable[[Table], Floats]
Matrices = Callable[[Table], Iterable[Floats]]


@metric
def spearman(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    """Absolute difference of Spearman's rho of every pair of ordered columns; mean of all pairs.

    A constant or empty column has a correlation of 0 with everything.

    Examples
    --------
    >>> a = pd.DataFrame({"x": [1, 2, 3, 4], "y": [1, 2, 3, 4]})
    >>> b = a.assign(y=[4, 3, 2, 1])
    >>> round(spearman(a, b, rng=0).value, 12)
    2.0
    """
    tables, rng = aligned(real, synthetic, **shared)
    return _by_pair("Spearman", spearman_matrix, _by_rank(spearman_of), tables, rng)


@metric
def kendall(
    real: AnyTable, synthetic: AnyTable, *, max_rows: int = 5000, **shared: Unpack[Shared]
) -> Score:
    """Absolute difference of Kendall's tau-b of every pair of ordered columns; mean of all pairs.

    Parameters
    ----------
    max_rows : int
        Rows sampled from a larger table; the interval contains the error of that.

    References
    ----------
    Knight (1966), A computer method for calculating Kendall's tau with ungrouped data.
    """
    tables, rng = aligned(real, synthetic, **shared)
    few = tables.sample(max_rows, rng)
    score = _by_pair("Kendall", kendall_matrix, _by_table(kendall_matrix), few, rng)
    return score.with_note(sampled(few.synthetic.n, tables.synthetic.n))


@metric
def tail_dependence(
    real: AnyTable, synthetic: AnyTable, *, q: float = 0.95, **shared: Unpack[Shared]
) -> Score:
    r"""Absolute difference of chi(q) of every pair of ordered columns; mean of all pairs.

    :math:`\chi(q) = P(U > q, V > q) / (1 - q)` with U, V the ranks within each table: how often
    one is extreme when the other is.

    Parameters
    ----------
    q : float
        Quantile level in (0, 1) beyond which a value is in the tail.

    References
    ----------
    Coles, Heffernan and Tawn (1999), Dependence measures for extreme value analyses.
    """
    if not 0 < q < 1:
        raise DataError(f"q is {q}; it must lie between 0 and 1.")
    tables, rng = aligned(real, synthetic, **shared)

    def chi(ranks: Floats) -> Floats:
        return chi_of(ranks, q)

    return _by_pair(f"chi({q:g})", lambda t: chi_matrix(t, q), _by_rank(chi), tables, rng)


def spearman_matrix(table: Table) -> Floats:
    """Return Spearman correlations of the ordered columns, shape (p, p).

    Ranks are taken over the values present in a column, products over the rows where both are.
    """
    return spearman_of(ranks_of(table))


def spearman_of(ranks: Floats) -> Floats:
    """Return Spearman correlations of mid-ranks, shape (p, n), as `ranks_of` gives them."""
    known = ~np.isnan(ranks)
    here, x = known.astype(float), np.where(known, ranks, 0.0)
    n = np.maximum(here @ here.T, 1)
    mean = (x @ here.T) / n
    square = ((x**2) @ here.T) / n - mean**2
    cross = (x @ x.T) / n - mean * mean.T
    size = np.sqrt(np.maximum(square * square.T, 0.0))
    return floats(np.divide(cross, size, out=np.zeros_like(cross), where=size > 1e-12))


def kendall_matrix(table: Table) -> Floats:
    """Return Kendall's tau-b of the ordered columns, shape (p, p)."""
    found = pd.DataFrame(table.numbers[table.ranked].T).corr("kendall").to_numpy()
    # A constant or empty column goes with nothing.
    return floats(np.where(np.eye(len(found)) > 0, 1.0, np.nan_to_num(found)))


def chi_matrix(table: Table, q: float) -> Floats:
    """Return chi(q) of the ordered columns, shape (p, p); 0 where no value is beyond q."""
    return chi_of(ranks_of(table), q)


def chi_of(ranks: Floats, q: float) -> Floats:
    """Return chi(q) of mid-ranks, shape (p, n), as `ranks_of` gives them."""
    here = (~np.isnan(ranks)).astype(float)
    top = (ranks > q - 0.5).astype(float)
    n = np.maximum(here @ here.T, 1)
    either = (top @ here.T) / n
    size = np.sqrt(either * either.T)
    both = (top @ top.T) / n
    return floats(np.divide(both, size, out=np.zeros_like(both), where=size > 0))


def ranks_of(table: Table) -> Floats:
    """Return mid-ranks over (-1/2, 1/2) of the ordered columns; nan where missing."""
    place, widths = _placed(table)
    out = np.full(place.shape, np.nan)
    for row, at, width in zip(out, place, widths, strict=True):
        row[:] = _ranks(np.bincount(at, minlength=width)[None])[0, at]
    return out


def ranks_left_out(table: Table) -> Iterator[Floats]:
    """Yield `ranks_of` the rows without those of each group; nothing where there are no groups.

    Each column is sorted once: the rank of a value without a group follows from counts.
    """
    if table.groups is None:
        return
    place, widths = _placed(table)
    ranks = [_ranks(group_counts(*of, table.groups)) for of in zip(place, widths, strict=True)]
    for g in range(GROUPS):
        left = place[:, table.groups != g]
        found = [r[g + 1, at] for r, at in zip(ranks, left, strict=True)]
        yield np.array(found).reshape(left.shape)


def _placed(table: Table) -> tuple[Ints, list[int]]:
    """Return the place of each value among the distinct ones of its column, missing ones last.

    The second says how many places there are, one of them for missing values.
    """
    x = table.numbers[table.ranked]
    return meanwhile("places", lambda: _places(x), x)


def _places(x: Floats) -> tuple[Ints, list[int]]:
    place, widths = np.empty(x.shape, dtype=np.int64), []
    for row, values in zip(place, x, strict=True):
        distinct, row[:] = np.unique(values, return_inverse=True)
        widths.append(distinct.size + (not np.isnan(distinct[-1:]).any()))
    return place, widths


def _ranks(counts: Floats | Ints) -> Floats:
    """Return mid-ranks of the places from counts (..., places), of which the last is missing."""
    out = np.full(counts.shape, np.nan)
    present = counts[..., :-1]
    last = np.cumsum(present, axis=-1)
    n = last[..., -1:] if present.shape[-1] else np.zeros((*counts.shape[:-1], 1))
    with np.errstate(invalid="ignore"):
        out[..., :-1] = (last - present / 2) / n - 0.5
    return out


def _by_rank(matrix: Callable[[Floats], Floats]) -> Matrices:
    """Return the matrices of all rows and of those without each group, from their ranks."""
    return lambda t: map(matrix, (ranks_of(t), *ranks_left_out(t)))


def _by_table(matrix: Matrix) -> Matrices:
    return lambda t: map(matrix, (t, *t.left_out()))


def _by_pair(
    name: str, matrix: Matrix, matrices: Matrices, tables: Aligned, rng: np.random.Generator
) -> Score:
    names = [tables.real.names[j] for j in tables.real.ranked]
    upper = np.triu_indices(len(names), 1)

    def measure(a: Table, b: Table) -> Floats:
        both = zip(matrices(a), matrices(b), strict=True)
        return np.stack([np.abs(one - two)[upper] for one, two in both])

    items = pair_items(names).assign(
        real=matrix(tables.real)[upper], synthetic=matrix(tables.synthetic)[upper]
    )
    return score_items(name, measure, tables, items, rng)
