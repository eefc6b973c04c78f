"""What a perfect synthesis would score: a holdout, or random halves of the real table."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from copulasynth._arrays import Floats, floats
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.table import Table

__all__ = ["Law", "Measure", "reference_values", "size_factor"]

Law = Literal["distance", "squared", "scaled", "none"]
Measure = Callable[[Table, Table], Floats]
_SPLITS = 5


def size_factor(law: Law, seen: tuple[int, int], wanted: tuple[int, int]) -> float:
    """Return what turns a null value at sizes `seen` = (n, k) into one at sizes `wanted`.

    Distances between two samples of one law go as sqrt(1/n + 1/k), squared ones as its square,
    and statistics scaled to the counts of the synthesis (VW, S_pMSE) as 1 + k/n.

    >>> size_factor("distance", (100, 100), (100, 300))
    0.816...
    """
    if law == "none":
        return 1.0
    (n0, k0), (n1, k1) = seen, wanted
    squared = (1 / n1 + 1 / k1) / (1 / n0 + 1 / k0)
    if law == "scaled":
        return float(squared * k1 / k0)
    return float(squared if law == "squared" else np.sqrt(squared))


def reference_values(
    measure: Measure, tables: Aligned, law: Law, rng: np.random.Generator
) -> Floats:
    """Return the measure of each item for rows of the true law, at the sizes compared.

    With a holdout it is the measure between real and holdout; otherwise the mean over five
    random splits of the real table into halves. Either is brought to the synthetic number of rows
    by `size_factor`, because a distance to few rows is larger than one to many.
    """
    real, wanted = tables.real, (tables.real.n, tables.synthetic.n)

    def null(a: Table, b: Table) -> Floats:
        return floats(measure(a, b)[0] * size_factor(law, (a.n, b.n), wanted))

    if tables.holdout is not None:
        return null(real, tables.holdout)
    if real.n < 4:
        return np.full(measure(real, real).shape[1], np.nan)
    orders = [rng.permutation(real.n) for _ in range(_SPLITS)]
    half = real.n // 2
    return floats(np.mean([null(real.take(o[:half]), real.take(o[half:])) for o in orders], axis=0))
