"""Upper tails: quantiles with intervals, the share of rows beyond them, and the tail index."""

from collections.abc import Callable
from functools import lru_cache
from typing import Unpack

import numpy as np
import pandas as pd
import scipy

from copulasynth import _masking as masking
from copulasynth._arrays import Floats, Ints, floats
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.items import each, score_items
from copulasynth.metrics.jackknife import group_sums
from copulasynth.metrics.score import Z95, Score
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import GROUPS, AnyTable, Table

__all__ = ["tail_index", "tail_quantiles"]


@metric
def tail_quantiles(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    levels: tuple[float, ...] = (0.95, 0.99),
    **shared: Unpack[Shared],
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
    tables, rng = aligned(real, synthetic, **shared)
    cells = [
        (j, q)
        for j in tables.real.ranked
        for q in levels
        if tables.real.present(j).size * (1 - q) >= 5
    ]

    def gap(a: Table, b: Table, cell: tuple[int, float]) -> Floats:
        j, q = cell
        here = a.present(j)
        cut = np.quantile(here, q, method="inverted_cdf") if here.size else np.nan
        p, q_s = (_beyond(t.numbers[j], cut, t.groups) for t in (a, b))
        # Half a row of the smaller table, added to both, keeps logs finite and is fair.
        least = 0.5 / max(min(a.n, b.n), 1)
        return floats(np.abs(np.log((p + least) / (q_s + least))))

    items = _side_by_side(tables, [j for j, _ in cells], lambda x, i: _quantile(x, cells[i][1]))
    if cells:
        items.insert(1, "level", [q for _, q in cells])
    return score_items("tail quantiles", each(cells, gap), tables, items, rng)


@metric
def tail_index(
    real: AnyTable, synthetic: AnyTable, *, share: float = 0.05, **shared: Unpack[Shared]
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
    tables, rng = aligned(real, synthetic, **shared)
    usable = [j for j in tables.real.numeric if _hill(tables.real.present(j), share)[2] >= 25]

    def gap(a: Table, b: Table, j: int) -> Floats:
        return np.abs(_hill_left_out(a, j, share) - _hill_left_out(b, j, share))

    def estimate(x: Floats, _: int) -> tuple[float, float, float]:
        xi, se, _ = _hill(x, share)
        return xi - Z95 * se, xi, xi + Z95 * se

    items = _side_by_side(tables, usable, estimate)
    return score_items("tail index", each(usable, gap), tables, items, rng)


def _side_by_side(
    tables: Aligned,
    columns: list[int],
    estimate: Callable[[Floats, int], tuple[float, float, float]],
) -> pd.DataFrame:
    """Return one row an item: its column, and the estimate with limits of both tables."""
    rows = []
    for i, j in enumerate(columns):
        row: dict[str, str | float] = {"column": tables.real.names[j]}
        for role, table in (("real", tables.real), ("synthetic", tables.synthetic)):
            low, middle, high = estimate(table.present(j), i)
            row |= {role: middle, f"{role} low": low, f"{role} high": high}
        rows.append(row)
    return pd.DataFrame(rows)


def _beyond(x: Floats, cut: float, groups: Ints | None) -> Floats:
    """Return the share of present values above `cut`."""
    total = group_sums(np.stack([x > cut, ~np.isnan(x)], axis=1), groups)
    return total[:, 0] / np.maximum(total[:, 1], 1)


def _quantile(x: Floats, q: float) -> tuple[float, float, float]:
    lowest, highest = _order_limits(x.size, q)
    low, middle, high = masking.quantiles(np.sort(x), [lowest, q, highest]).tolist()
    return low, middle, high


@lru_cache(maxsize=256)
def _order_limits(n: int, q: float) -> tuple[float, float]:
    """Return the shares of the order statistics between which a quantile lies."""
    if n == 0:
        return 0.0, 0.0
    # quantiles of a binomial count, which `scipy.stats` gives half a second of loading later
    at = np.array([0.025, 0.975])
    count = np.ceil(scipy.special.bdtrik(at, n, q))
    below = np.maximum(count - 1, 0)
    low, high = np.where(scipy.special.bdtr(below, n, q) >= at, below, count) / n
    return float(low), float(high)


def _hill(x: Floats, share: float, rising: bool = False) -> tuple[float, float, int]:
    """Return Hill's estimate, its standard error and the number of values behind it."""
    m = int(share * x.size)
    if m < 2:
        return np.nan, np.nan, 0
    top = x[x.size - m - 1 :] if rising else np.sort(np.partition(x, -m - 1)[-m - 1 :])
    if top[0] <= 0:
        return np.nan, np.nan, 0
    xi = float(np.log(top[1:] / top[0]).mean())
    return xi, xi / np.sqrt(m), m


def _hill_left_out(table: Table, j: int, share: float) -> Floats:
    x = table.present(j)
    if table.groups is None:
        return np.array([_hill(x, share)[0]])
    # sorted once: what is left of sorted values is sorted
    order = np.argsort(x)
    x, groups = x[order], table.groups[table.states[j] == 0][order]
    return np.array([_hill(x[groups != g], share, True)[0] for g in range(-1, GROUPS)])
