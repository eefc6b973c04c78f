"""Dependence of all pairs, the cells of the worst pairs, and curves of joint tails."""

from itertools import combinations

import numpy as np

from copulasynth import _masking as masking
from copulasynth._arrays import Floats
from copulasynth.metrics.bins import bin_tables
from copulasynth.metrics.pair_counts import all_counts
from copulasynth.metrics.pairs.contingency import association_v
from copulasynth.metrics.pairs.rank_correlation import chi_matrix, chi_of, ranks_of, spearman_matrix
from copulasynth.metrics.pairs.utility_tables import scaled_pmse
from copulasynth.metrics.summary.bins import ShownCells, cells_of
from copulasynth.metrics.summary.values import Association, PairPortrait, TailPanel
from copulasynth.metrics.table import Table

__all__ = ["associations", "tail_curves", "worst_pairs"]

_LEVELS = 30
_GRID = 9


def associations(
    real: Table, synthetic: Table, *, pairs: bool = True
) -> tuple[Association, Association, Floats]:
    """Return Spearman's rho, Cramer's V and S_pMSE of all pairs.

    Without `pairs` only the first is measured: the second has no columns, the third is nan.
    """
    names = [real.names[j] for j in real.ranked]
    rho = Association(
        "Spearman's rho", tuple(names), spearman_matrix(real), spearman_matrix(synthetic)
    )
    d = len(real.columns)
    if not pairs:
        none = np.empty((0, 0))
        return rho, Association("Cramér's V", (), none, none), np.full((d, d), np.nan)
    binned = bin_tables([real, synthetic], groups=5, max_levels=_LEVELS)
    v = np.ones((2, d, d))
    s_pmse = np.zeros((d, d))
    for j, (o, s) in enumerate(zip(*(all_counts(binned, k, 1, None) for k in (0, 1)), strict=True)):
        s_pmse[j, j] = scaled_pmse(o, s)[0]
    both = zip(*(all_counts(binned, k, 2, None) for k in (0, 1)), strict=True)
    for (i, j), (o, s) in zip(combinations(range(d), 2), both, strict=True):
        for which, counts in enumerate((o, s)):
            v[which, i, j] = v[which, j, i] = association_v(counts)[0]
        s_pmse[i, j] = s_pmse[j, i] = scaled_pmse(o, s)[0]
    return rho, Association("Cramér's V", tuple(real.names), v[0], v[1]), s_pmse


def worst_pairs(
    real: Table, synthetic: Table, s_pmse: Floats, units: list[str], *, most: int, k_min: int
) -> tuple[PairPortrait, ...]:
    """Return the joint cells of the pairs of largest S_pMSE.

    Pairs with a column all of whose values fell into one cell are passed over: there is nothing
    to be seen.
    """
    if most == 0:
        return ()
    shown = [_cells(real, synthetic, c, units[c], k_min) for c in range(len(s_pmse))]
    told = np.array([len(cells.labels) > 1 for cells in shown])
    i, j = np.triu_indices(len(s_pmse), 1)
    i, j = (side[told[i] & told[j]] for side in (i, j))
    order = np.argsort(-s_pmse[i, j], kind="stable")[:most]
    worst = ((int(i[k]), int(j[k])) for k in order)
    return tuple(
        _pair(real, at, (shown[at[0]], shown[at[1]]), float(s_pmse[at]), k_min) for at in worst
    )


def _cells(real: Table, synthetic: Table, c: int, unit: str, k_min: int) -> ShownCells:
    values = real.numbers[c], synthetic.numbers[c]
    least = max(k_min, int(0.01 * real.n))
    return cells_of(real.columns[c], values, unit=unit, most=_GRID, k_min=least)


def _pair(
    real: Table,
    at: tuple[int, int],
    cells: tuple[ShownCells, ShownCells],
    value: float,
    k_min: int,
) -> PairPortrait:
    (i, j), (first, second) = at, cells
    shares = []
    for which in (0, 1):
        a, b = first.codes[which], second.codes[which]
        both = (a >= 0) & (b >= 0)
        counts = np.zeros((len(first.labels), len(second.labels)))
        np.add.at(counts, (a[both], b[both]), 1.0)
        shares.append(masking.shares(counts, k_min))
    a_kind, b_kind = (
        real.columns[k].kind if c.scale == "levels" else "numeric"
        for c, k in ((first, i), (second, j))
    )
    names, labels = (real.names[i], real.names[j]), (first.labels, second.labels)
    return PairPortrait(*names, a_kind, b_kind, *labels, shares[0], shares[1], value)


def tail_curves(real: Table, synthetic: Table, *, most: int, k_min: int) -> tuple[TailPanel, ...]:
    """Return chi(q) of the numeric pairs whose joint upper tails differ most at q = .95.

    The curves end where fewer than 2 `k_min` rows are beyond the quantile.
    """
    numeric = [real.names[j] for j in real.numeric]
    n = min(real.n, synthetic.n)
    top = 1 - 2 * k_min / n
    if most == 0 or len(numeric) < 2 or top < 0.85:
        return ()
    real, synthetic = real.select(numeric), synthetic.select(numeric)
    q0 = min(0.95, top)
    gap = np.abs(chi_matrix(real, q0) - chi_matrix(synthetic, q0))
    i, j = np.triu_indices(len(numeric), 1)
    order = np.argsort(-gap[i, j], kind="stable")[:most]
    q = np.unique(np.minimum(1 - 0.3 * 0.8 ** np.arange(20), top))
    curves = []
    for k in order:
        pair = [numeric[i[k]], numeric[j[k]]]
        sides = [t.select(pair) for t in (real, synthetic)]
        ranks = [ranks_of(t) for t in sides]
        chi = [np.array([chi_of(r, level)[0, 1] for level in q]) for r in ranks]
        curves.append(TailPanel(pair[0], pair[1], q, chi[0], chi[1]))
    return tuple(curves)
