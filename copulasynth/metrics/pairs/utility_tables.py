"""Utility from all one-, two- or three-way tables of the columns (synthpop's utility.tables)."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, floats
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import MissingCodes, align
from copulasynth.metrics.bins import Binned, bin_tables
from copulasynth.metrics.items import score_items
from copulasynth.metrics.pair_counts import all_counts, binned_measure, joint_counts
from copulasynth.metrics.pairs.table_statistics import Compat, table_statistics
from copulasynth.metrics.score import Score
from copulasynth.metrics.shared import Shared, aligned_all, metric
from copulasynth.metrics.table import AnyTable
from copulasynth.schema import Schema

__all__ = ["scaled_pmse", "utility_tab", "utility_tables"]


def utility_tab(
    real: AnyTable,
    synthetic: AnyTable,
    columns: Sequence[str],
    *,
    groups: int = 5,
    schema: Schema | None = None,
    missing_codes: MissingCodes | None = None,
    compat: Compat = None,
) -> tuple[dict[str, float], pd.DataFrame]:
    """Compare one cross-tabulation of the given columns (synthpop's ``utility.tab``).

    Parameters
    ----------
    columns : sequence of str
    groups : int
        Quantile groups of numeric columns, on the pooled values.
    compat : {None, "synthpop"}
        As in `table_statistics`; "synthpop" also bins without levels for atoms.

    Returns
    -------
    statistics : dict
    cells : DataFrame
        One row a cell: its levels, `real`, `synthetic` and `z`, the standardised difference
        (s - o k/n) / sqrt(c (o + s)); nan where both counts are 0.
    """
    tables = align(real, synthetic, schema=schema, missing_codes=missing_codes)
    pair = [tables.real.select(list(columns)), tables.synthetic.select(list(columns))]
    binned = bin_tables(pair, groups=groups, atoms=compat is None)
    index = tuple(range(len(columns)))
    o, s = (joint_counts(binned, which, index, None).ravel() for which in (0, 1))
    k, n = s.sum(), o.sum()
    expected = k / (n + k) * (o + s)
    gap = s - o * k / n
    z = np.divide(gap, np.sqrt(expected), out=np.full(gap.shape, np.nan), where=expected > 0)
    cells = pd.MultiIndex.from_product(binned.labels, names=list(columns)).to_frame(index=False)
    cells = cells.assign(real=o.astype(int), synthetic=s.astype(int), z=z)
    return table_statistics(o, s, compat=compat), cells


@metric
def utility_tables(
    real: AnyTable,
    synthetic: AnyTable | Sequence[AnyTable],
    *,
    order: int = 2,
    groups: int = 5,
    missing_codes: MissingCodes | None = None,
    compat: Compat = None,
    **shared: Unpack[Shared],
) -> Score:
    """Compare all tables of `order` columns; the score is the mean S_pMSE.

    S_pMSE is 1 on average for a synthesis from the right law *of these very rows*, 1 + k/n for
    fresh rows of the true law, which is what `reference` shows, and 0 for an exact copy.

    Parameters
    ----------
    synthetic : table or list of tables
        Several syntheses are binned together and their statistics averaged.
    order : int
        Number of columns in each table: 1, 2 or 3.
    groups, compat
        As in `utility_tab`.

    Returns
    -------
    Score
        `table` has one row a cross-tabulation with every statistic of `table_statistics`.
    """
    every, rng = aligned_all(real, synthetic, missing_codes, **shared)
    names = every[0].real.names
    if not 1 <= order <= len(names):
        raise DataError(f"order is {order} but the tables share {len(names)} columns.")
    sets = list(combinations(range(len(names)), order))
    items = pd.DataFrame({"columns": [":".join(names[j] for j in c) for c in sets]})
    exact = compat is None
    measure = binned_measure(scaled_pmse, order, groups, atoms=exact, max_levels=None)
    name = f"S_pMSE {order}-way"
    score = score_items(name, measure, every[0], items, rng, law="scaled", ideal=1.0)
    pool = [every[0].real, *(tables.synthetic for tables in every)]
    binned = bin_tables(pool, groups=groups, atoms=exact)
    found = [_all_statistics(binned, i, order, compat) for i in range(1, len(pool))]
    assert score.table is not None
    table = items.join(sum(found[1:], found[0]) / len(found)).merge(
        score.table.drop(columns="value"), on="columns", validate="one_to_one"
    )
    value = float(table["S_pMSE"].mean())
    return replace(
        score,
        value=value,
        low=max(value + (score.low - score.value), 0.0),
        high=value + (score.high - score.value),
        table=table.sort_values("S_pMSE", ascending=False, ignore_index=True),
        note=f"mean of {len(sets)} tables; median {table['S_pMSE'].median():.3g}",
    )


def scaled_pmse(o: Floats, s: Floats) -> Floats:
    """Return VW / df of tables of counts, (replicates, ...) -> (replicates,).

    Its mean is 1 under a correct synthesis (Raab, Nowok and Dibben 2021).
    """
    o, s = o.reshape(len(o), -1), s.reshape(len(s), -1)
    n, k = o.sum(axis=1, keepdims=True), s.sum(axis=1, keepdims=True)
    expected = k / (n + k) * (o + s)
    full = expected > 0
    vw = np.divide((s - o * k / n) ** 2, expected, out=np.zeros_like(o), where=full).sum(axis=1)
    df = full.sum(axis=1) - 1.0
    return floats(np.divide(vw, df, out=np.zeros_like(vw), where=df > 0))


def _all_statistics(binned: Binned, which: int, order: int, compat: Compat) -> pd.DataFrame:
    both = zip(*(all_counts(binned, i, order, None) for i in (0, which)), strict=True)
    return pd.DataFrame([table_statistics(o[0], s[0], compat=compat) for o, s in both])
