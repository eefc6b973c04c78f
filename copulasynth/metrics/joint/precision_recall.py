"""Precision and recall of a synthetic table by nearest neighbours."""

from typing import Unpack

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.metrics.mixed import MixedRows, MixedScale, nearest, within
from copulasynth.metrics.score import Score, wilson
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable

__all__ = ["neighbour_precision", "neighbour_recall"]


@metric
def neighbour_precision(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    k: int = 3,
    max_rows: int = 3000,
    **shared: Unpack[Shared],
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
    real_rows, made, other, note = _rows(real, synthetic, k, max_rows, shared)
    return _score("precision", [(made, real_rows), (other, real_rows)], k, note)


@metric
def neighbour_recall(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    k: int = 3,
    max_rows: int = 3000,
    **shared: Unpack[Shared],
) -> Score:
    """Share of real rows inside the synthetic support; see `neighbour_precision`."""
    real_rows, made, other, note = _rows(real, synthetic, k, max_rows, shared)
    return _score("recall", [(real_rows, made), (real_rows, other)], k, note)


def _rows(
    real: AnyTable, synthetic: AnyTable, k: int, max_rows: int, shared: Shared
) -> tuple[MixedRows, MixedRows, MixedRows, str]:
    """Return as many real, synthetic and fresh real rows on one scale, and a note."""
    tables, rng = aligned(real, synthetic, **shared)
    held, n = tables.holdout, tables.real.n
    # Without a holdout the reference compares halves, and so the synthesis is held to their size.
    size = min(max_rows, tables.synthetic.n, *((n // 2,) if held is None else (n, held.n)))
    if size <= k:
        raise DataError(f"precision and recall need more than k = {k} rows, got {size}.")
    made = tables.synthetic.sample(size, rng)
    if held is not None:
        a, other = tables.real.sample(size, rng), held.sample(size, rng)
    else:
        order = rng.permutation(n)
        a, other = tables.real.take(order[:size]), tables.real.take(order[size : 2 * size])
    scale = MixedScale.of([a, made], [other])
    note = "" if size == tables.synthetic.n else f"{size} rows of each table sampled."
    return scale.place(a), scale.place(made), scale.place(other), note


def _score(name: str, pairs: list[tuple[MixedRows, MixedRows]], k: int, note: str) -> Score:
    (made, about), (other, about_other) = pairs
    radius = _radius(about, k)
    found = within(made, about, radius)
    again = radius if about_other is about else _radius(about_other, k)
    fresh = within(other, about_other, again)
    n, value, reference = found.size, float(found.mean()), float(fresh.mean())
    limits = wilson(float(found.sum()), n)
    return Score(name, value, *limits, reference, 1.0, n, better="up", note=note)


def _radius(support: MixedRows, k: int) -> Floats:
    """Return how far the k-th nearest other row of the support is, a hair added."""
    return nearest(support, support, k, own=True)[:, -1] + 1e-12
