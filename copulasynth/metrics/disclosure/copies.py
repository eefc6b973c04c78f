"""Are synthetic rows copies of rows that the synthesizer saw?"""

from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Ints
from copulasynth.metrics.disclosure.key_counts import column_codes, joint_codes
from copulasynth.metrics.score import Score, wilson
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable, Table

__all__ = ["exact_copies", "row_keys"]


@metric
def exact_copies(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    """Share of synthetic rows that equal a real row in every common column.

    Two missing values are equal, and so are 1 and 1.0. The reference is the share of holdout
    rows that equal a real row; where there is none, of one random half of the real rows that
    equal a row of the other half. In a table of few levels that is far from 0.

    Returns
    -------
    Score
        `table` gives the same shares for rows that are unique in the real table. Its counts are of
        synthetic rows and told however small they are: they are the audit.
    """
    tables, rng = aligned(real, synthetic, **shared)
    others = [tables.synthetic] if tables.holdout is None else [tables.synthetic, tables.holdout]
    keys = row_keys([tables.real, *others])
    own, counts = np.unique(keys[0], return_counts=True)
    unique = own[counts == 1]
    if tables.holdout is not None:
        reference = [float(np.isin(keys[2], known).mean()) for known in (own, unique)]
    else:
        reference = _halves(keys[0], rng)
    rows = []
    kinds = ("any row", own), ("unique row", unique)
    for (what, known), expected in zip(kinds, reference, strict=True):
        hits = int(np.isin(keys[1], known).sum())
        low, high = wilson(hits, keys[1].size)
        rows.append((what, hits, hits / keys[1].size, low, high, expected))
    names = ["equals", "rows", "value", "low", "high", "reference"]
    n, (_, _, value, low, high, expected) = tables.synthetic.n, rows[0]
    table = pd.DataFrame(rows, columns=names)
    return Score("exact copies", value, low, high, expected, expected, n, table)


def _halves(keys: Ints, rng: np.random.Generator) -> list[float]:
    order = rng.permutation(keys.size)
    a, b = keys[order[: keys.size // 2]], keys[order[keys.size // 2 :]]
    if a.size == 0:
        return [np.nan, np.nan]
    half, counts = np.unique(a, return_counts=True)
    return [float(np.isin(b, known).mean()) for known in (half, half[counts == 1])]


def row_keys(tables: list[Table]) -> list[Ints]:
    """Return one integer a row, equal for equal rows of any of the aligned tables."""
    return joint_codes([column_codes(tables, name) for name in tables[0].names])
