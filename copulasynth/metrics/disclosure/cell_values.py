"""Does a synthetic table give single values of the training rows again?"""

from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools, Floats
from copulasynth._masking import K_MIN
from copulasynth.metrics.score import Score, from_row, wilson
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable, Table

__all__ = ["exact_values"]


@metric
def exact_values(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    """Share of synthetic cells that equal a training value of their column, the worst column first.

    The one measure that sees a marginal drawn from the training values themselves: of distances
    and densities of rows it changes nothing. The reference is the share of holdout cells that
    equal a training value, which is near 1 for levels and heaped numbers and 0 for those with
    many digits; without a holdout, that of one random half of the real rows in the other half.

    Returns
    -------
    Score
        Value and reference are those of the column that exceeds its reference most. `table` has
        one row a column, in this order: `cells` that are not missing, `value` with its interval,
        `reference` of `reference_cells`, `excess`, and `rare`: the share of synthetic cells that
        equal a value of fewer than ten training rows.

    Examples
    --------
    >>> g = np.random.default_rng(1)
    >>> real, kept = (pd.DataFrame({"x": g.normal(size=100)}) for _ in range(2))
    >>> made = pd.DataFrame({"x": g.choice(real["x"], 50)})
    >>> score = exact_values(real, made, holdout=kept)
    >>> score.value, score.reference
    (1.0, 0.0)
    """
    tables, rng = aligned(real, synthetic, **shared)
    train, fresh = tables.real, tables.holdout
    if fresh is None:
        order = rng.permutation(train.n)
        known, fresh = train.take(order[: train.n // 2]), train.take(order[train.n // 2 :])
    else:
        known = train
    rows = []
    for j, column in enumerate(train.columns):
        hits, rare = _known(train.present(j), tables.synthetic.present(j))
        expected, _ = _known(known.present(j), fresh.present(j))
        share, usual = _share(hits), _share(expected)
        limits = wilson(int(hits.sum()), hits.size)
        beside = usual, expected.size, share - usual, _share(rare)
        rows.append((column.name, hits.size, share, *limits, *beside))
    names = ["column", "cells", "value", "low", "high", "reference", "reference_cells"]
    table = pd.DataFrame(rows, columns=[*names, "excess", "rare"])
    table = table.sort_values("excess", ascending=False, kind="stable", na_position="last")
    table = table.reset_index(drop=True)
    note = f"of column {table.column[0]}, the worst of {len(table)}."
    return from_row("exact values", table, 0, tables.synthetic.n, note)


def _known(values: Floats, cells: Floats) -> tuple[Bools, Bools]:
    """Return which cells equal some value, and which equal one of fewer than `K_MIN` rows."""
    distinct, counts = np.unique(values, return_counts=True)
    return np.isin(cells, distinct), np.isin(cells, distinct[counts < K_MIN])


def _share(hits: Bools) -> float:
    return float(hits.mean()) if hits.size else np.nan


def extreme_values(train: Table, other: Table, most: int = K_MIN) -> pd.DataFrame:
    """Return how many of the most extreme training values of each column another table holds.

    Of every column of numbers, the `most` largest and the `most` smallest values of training rows
    that fewer than `most` rows hold.

    Returns
    -------
    DataFrame
        `column`, `extremes` and `held`, and `capped`: the rows of the other table at the largest
        or smallest training value, where fewer than `most` training rows have it.
    """
    rows = []
    for j in train.numeric:
        values, counts = np.unique(train.present(j), return_counts=True)
        cells = other.present(j)
        ends = np.zeros(values.size, dtype=np.bool_)
        ends[:most] = ends[-most:] = True
        extreme = values[ends & (counts < most)]
        held = int(np.isin(extreme, cells).sum())
        outer = values[[0, -1]][counts[[0, -1]] < most] if values.size else values
        beyond = (
            cells.size and values.size and (cells.min() < values[0] or cells.max() > values[-1])
        )
        capped = 0 if beyond else max((int((cells == v).sum()) for v in outer), default=0)
        rows.append((train.columns[j].name, extreme.size, held, capped))
    return pd.DataFrame(rows, columns=["column", "extremes", "held", "capped"])
