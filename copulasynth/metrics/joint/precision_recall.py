"""Precision and recall of a synthetic table by nearest neighbours."""

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import align
from copulasynth.metrics.auc import wilson
from copulasynth.metrics.mixed import MixedRows, MixedScale, distances, nearest
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable
from copulasynth.schema import Schema

__all__ = ["neighbour_precision", "neighbour_recall"]


def neighbour_precision(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    k: int = 3,
    max_rows: int = 3000,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Share of synthetic rows inside the real support: the union of balls about real rows.

    A ball reaches from a real row to its k-th nearest other real row. The reference is the share
    of holdout rows inside, or of one half of the real rows inside the other half.

    Parameters
    ----------
    k : int
    max_rows : int
        Rows sampled from each table, the same number from all.

    Returns
    -------
    Score
        Wilson's interval over the rows that are judged.

    References
    ----------
    Kynkaanniemi, Karras, Laine, Lehtinen and Aila (2019), Improved precision and recall metric
    for assessing generative models, NeurIPS.
    """
    return _share("precision", real, synthetic, holdout, schema, k, max_rows, rng)


def neighbour_recall(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    k: int = 3,
    max_rows: int = 3000,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Share of real rows inside the synthetic support; see `neighbour_precision`."""
    return _share("recall", real, synthetic, holdout, schema, k, max_rows, rng)


def _share(
    name: str,
    real: AnyTable,
    synthetic: AnyTable,
    holdout: AnyTable | None,
    schema: Schema | None,
    k: int,
    max_rows: int,
    rng: int | np.random.Generator | None,
) -> Score:
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    every = [t for t in (tables.real, tables.synthetic, tables.holdout) if t is not None]
    size = min(max_rows, *(t.n for t in every))
    if tables.holdout is None:
        # The reference compares halves, so that the synthesis is held to the same size.
        size = min(size, tables.real.n // 2)
    if size <= k:
        raise DataError(f"precision and recall need more than k = {k} rows, got {size}.")
    b = tables.synthetic.sample(size, rng)
    if tables.holdout is not None:
        a, other = tables.real.sample(size, rng), tables.holdout.sample(size, rng)
    else:
        order = rng.permutation(tables.real.n)
        a, other = tables.real.take(order[:size]), tables.real.take(order[size : 2 * size])
    scale = MixedScale.of([a, b], [other])
    rows = [scale.place(t) for t in (a, b, other)]
    inside = [
        _inside(queries, support, k)
        for queries, support in (
            ((rows[1], rows[0]), (rows[2], rows[0]))
            if name == "precision"
            else ((rows[0], rows[1]), (rows[0], rows[2]))
        )
    ]
    low, high = wilson(float(inside[0].sum()), size)
    note = "" if size == tables.synthetic.n else f"{size} rows of each table sampled."
    value, reference = float(inside[0].mean()), float(inside[1].mean())
    return Score(name, value, low, high, reference, 1.0, size, better="up", note=note)


def _inside(queries: MixedRows, support: MixedRows, k: int) -> Bools:
    """Tell which queries lie within the k-th neighbour distance of some support row."""
    radius: Floats = nearest(support, support, k, own=True)[:, -1]
    return np.asarray((distances(queries, support) <= radius + 1e-12).any(axis=1), dtype=bool)
