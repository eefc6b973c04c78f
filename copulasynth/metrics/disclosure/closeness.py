"""Are synthetic rows copies of, or too close to, the rows that the synthesizer saw?"""

from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth import _masking as masking
from copulasynth._arrays import Ints
from copulasynth._judging import closer
from copulasynth.errors import DataError
from copulasynth.metrics.mixed import TIE, MixedScale, nearest_count
from copulasynth.metrics.score import Score, interval, sampled, wilson
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable, Table

__all__ = ["dcr_share", "exact_copies"]

# Distances of synthetic rows to reference rows that are computed at the most, and rows at least.
_MOST, _FEWEST = 200_000_000, 500


@metric
def dcr_share(
    real: AnyTable, synthetic: AnyTable, *, max_rows: int = 10_000, **shared: Unpack[Shared]
) -> Score:
    """Share of synthetic rows closer to the training rows than to as many holdout rows.

    .5 is what a synthesizer that learnt the law and no row would give. One rank scale, of both
    references together, serves for all distances, so that an outlier in one of them decides
    nothing, and no reference row is left out, so that every copy is found.

    With references of one size, ties count one half. Otherwise a row counts the share of
    training rows among its nearest reference rows, whose mean is n / (n + h) for fresh rows,
    and the odds are divided by n / h: an honest 80/20 split scores .5 too.

    Parameters
    ----------
    real : table
        The n rows that the synthesizer was trained on; `holdout`, which must be given, has h rows
        of the same origin that it never saw.
    max_rows : int
        Most synthetic rows sampled; fewer where the references are large.

    Returns
    -------
    Score
        `table` has quantiles of the distance to the closest record in both references, each the
        mean of the ten distances about it.

    Raises
    ------
    DataError
        Without a holdout: there is nothing to compare distances with.
    """
    if shared.get("holdout") is None:
        raise DataError(
            "the DCR share needs a holdout of rows that the synthesizer never saw. Split the "
            "table first: train, holdout = copulasynth.split(df, rng=0)."
        )
    tables, rng = aligned(real, synthetic, **shared)
    assert tables.holdout is not None
    train, held = tables.real, tables.holdout
    n, h = train.n, held.n
    queries = tables.synthetic.sample(min(max_rows, max(_FEWEST, _MOST // (n + h))), rng)
    scale = MixedScale.of([train, held], [queries])
    rows = scale.place(queries)
    to_train, at_train = nearest_count(rows, scale.place(train))
    to_held, at_held = nearest_count(rows, scale.place(held))
    tie = 0.5 if n == h else at_train / (at_train + at_held)
    nearer = closer(to_train, to_held, tie, TIE)
    share = float(nearer.mean())
    value = share * h / (share * h + (1 - share) * n)
    slope = n * h / (share * h + (1 - share) * n) ** 2
    # Synthetic rows share their neighbours, so that the binomial error alone is too small.
    se = float(np.hypot(slope * nearer.std() / np.sqrt(nearer.size), 0.5 / np.sqrt(min(n, h))))
    levels = np.array([0.01, 0.05, 0.25, 0.5])
    quantiles = {"quantile": levels} | {
        f"distance to {name}": masking.quantiles(np.sort(d), levels)
        for name, d in (("training", to_train), ("holdout", to_held))
    }
    limits = interval(value, se, 0.0, 1.0)
    table, note = pd.DataFrame(quantiles), f"references of {n} and {h} rows."
    score = Score("DCR share", value, *limits, 0.5, 0.5, queries.n, table, note=note)
    return score.with_note(sampled(queries.n, tables.synthetic.n))


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
    sizes = np.cumsum([t.n for t in tables])[:-1]
    key = np.zeros(sum(t.n for t in tables), dtype=np.int64)
    for j in range(len(tables[0].columns)):
        values = np.concatenate([t.numbers[j] for t in tables])
        states = np.concatenate([t.states[j] for t in tables]).astype(np.int64)
        codes, levels = pd.factorize(values, use_na_sentinel=True)
        cell = np.where(states == 0, codes, len(levels) + states)
        # Factorizing again keeps the product of two codes far below 2^63.
        key, _ = pd.factorize(key * (int(cell.max()) + 1) + cell)
    return np.split(key, sizes)
