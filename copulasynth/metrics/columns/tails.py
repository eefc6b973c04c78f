"""Upper tails: quantiles with intervals, the share of rows beyond them, and the tail index."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from copulasynth import _masking as masking
from copulasynth._arrays import Floats, Ints
from copulasynth.metrics.alignment import align
from copulasynth.metrics.items import Z95, score_items
from copulasynth.metrics.jackknife import group_sums
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.schema import Schema

__all__ = ["tail_index", "tail_quantiles"]


def tail_quantiles(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    levels: tuple[float, ...] = (0.95, 0.99),
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Absolute log ratio of the shares of synthetic and real rows beyond real tail quantiles.

    A share, unlike a quantile, is as exact in a heavy tail as in a light one: .69 means twice or
    half as many rows out there.

    Returns
    -------
    Score
        `table` has one row a column and level: the quantiles of both tables with 95 % intervals
        from order statistics (Conover 1999, section 3.2), each the mean of the ten values about
        it, value, interval and reference.
    """
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    cells = [
        (j, q)
        for j in tables.real.ranked
        for q in levels
        if _present(tables.real.numbers[j]).size * (1 - q) >= 5
    ]

    def measure(a: Table, b: Table, ga: Ints | None, gb: Ints | None) -> Floats:
        columns = []
        for j, q in cells:
            here = _present(a.numbers[j])
            cut = np.quantile(here, q, method="inverted_cdf") if here.size else np.nan
            p, q_s = (_beyond(t.numbers[j], cut, g) for t, g in ((a, ga), (b, gb)))
            # Half a row of the smaller table, added to both, keeps logs finite and is fair.
            least = 0.5 / max(min(a.n, b.n), 1)
            columns.append(np.abs(np.log((p + least) / (q_s + least))))
        return np.stack(columns, axis=1) if columns else np.empty((1, 0))

    rows = []
    for j, q in cells:
        row: dict[str, Any] = {"column": tables.real.names[j], "level": q}
        for role, table in (("real", tables.real), ("synthetic", tables.synthetic)):
            low, middle, high = _quantile_interval(_present(table.numbers[j]), q)
            row |= {role: middle, f"{role} low": low, f"{role} high": high}
        rows.append(row)
    return score_items("tail quantiles", measure, tables, pd.DataFrame(rows), rng)


def tail_index(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    share: float = 0.05,
    rng: int | np.random.Generator | None = None,
) -> Score:
    r"""Absolute difference of Hill's tail index of every numeric column.

    :math:`\hat\xi = \frac1m \sum_{i \le m} \log(x_{(n-i+1)} / x_{(n-m)})` over the `share`
    largest values, with standard error :math:`\hat\xi / \sqrt m`; 0 for light tails, 1/2 where
    the variance ceases to exist, 1 where the mean does. Columns whose upper tail is not
    positive, or with fewer than 25 values in it, are left out.

    References
    ----------
    Hill (1975), A simple general approach to inference about the tail of a distribution.
    """
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    usable = [j for j in tables.real.numeric if _hill(tables.real.numbers[j], share)[2] >= 25]

    def measure(a: Table, b: Table, ga: Ints | None, gb: Ints | None) -> Floats:
        columns = [
            np.abs(
                _hill_left_out(a.numbers[j], share, ga) - _hill_left_out(b.numbers[j], share, gb)
            )
            for j in usable
        ]
        return np.stack(columns, axis=1) if columns else np.empty((1, 0))

    rows = []
    for j in usable:
        row: dict[str, Any] = {"column": tables.real.names[j]}
        for role, table in (("real", tables.real), ("synthetic", tables.synthetic)):
            xi, se, _ = _hill(table.numbers[j], share)
            row |= {role: xi, f"{role} low": xi - Z95 * se, f"{role} high": xi + Z95 * se}
        rows.append(row)
    return score_items("tail index", measure, tables, pd.DataFrame(rows), rng)


def _present(x: Floats) -> Floats:
    return x[~np.isnan(x)]


def _beyond(x: Floats, cut: float, groups: Ints | None) -> Floats:
    """Return the share of present values above `cut`."""
    total = group_sums(np.stack([x > cut, ~np.isnan(x)], axis=1), groups)
    return total[:, 0] / np.maximum(total[:, 1], 1)


def _quantile_interval(x: Floats, q: float) -> tuple[float, float, float]:
    limits = np.asarray(stats.binom.ppf([0.025, 0.975], x.size, q)) / max(x.size, 1)
    low, middle, high = masking.quantiles(np.sort(x), [limits[0], q, limits[1]]).tolist()
    return low, middle, high


def _hill(x: Floats, share: float) -> tuple[float, float, int]:
    """Return Hill's estimate, its standard error and the number of values behind it."""
    x = _present(x)
    m = int(share * x.size)
    if m < 2:
        return np.nan, np.nan, 0
    top = np.sort(np.partition(x, x.size - m - 1)[x.size - m - 1 :])
    if top[0] <= 0:
        return np.nan, np.nan, 0
    xi = float(np.log(top[1:] / top[0]).mean())
    return xi, xi / np.sqrt(m), m


def _hill_left_out(x: Floats, share: float, groups: Ints | None) -> Floats:
    whole = [_hill(x, share)[0]]
    if groups is None:
        return np.array(whole)
    return np.array(whole + [_hill(x[groups != g], share)[0] for g in range(groups.max() + 1)])
