"""Dependence of binned columns: total variation of tables, Cramer's V, mutual information."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, floats
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import align
from copulasynth.metrics.items import score_items
from copulasynth.metrics.pair_counts import binned_measure
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable
from copulasynth.schema import Schema

__all__ = ["association_v", "cramers_v", "k_marginals", "mutual_information", "table_information"]


def k_marginals(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    k: int = 2,
    groups: int = 5,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Total variation .5 sum |p - q| over the cells of every `k` columns; the score is the mean.

    Bins are shared, a gap is a level, and no set of columns is left out. With k = 2 this is the
    total variation of all contingency tables (tv2), with k = 3 tv3.

    Parameters
    ----------
    k : int
        Number of columns in a table.
    groups : int
        Quantile groups of the pooled values of a numeric column.

    References
    ----------
    Sen, Lee and Task (2023), Diverse community data for benchmarking data privacy algorithms
    (the k-marginal score of NIST).

    Examples
    --------
    >>> a = pd.DataFrame({"x": [0, 0, 1, 1], "y": [0, 0, 1, 1]})
    >>> b = pd.DataFrame({"x": [0, 0, 1, 1], "y": [0, 1, 0, 1]})
    >>> k_marginals(a, b, rng=0).value
    0.5
    """
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    names = tables.real.names
    if not 1 <= k <= len(names):
        raise DataError(f"k is {k} but the tables share {len(names)} columns.")
    items = pd.DataFrame({"columns": [":".join(c) for c in combinations(names, k)]})
    measure = binned_measure(_total_variation, k, groups)
    return score_items(f"TV {k}-way", measure, tables, items, rng)


def cramers_v(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    groups: int = 5,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Absolute difference of bias-corrected Cramer's V of every pair; the score is the mean.

    References
    ----------
    Bergsma (2013), A bias-correction for Cramer's V and Tschuprow's T.
    """
    return _associations("Cramer's V", association_v, real, synthetic, holdout, schema, groups, rng)


def mutual_information(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    groups: int = 5,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Absolute difference of mutual information (nats) of every pair; the score is the mean.

    The first-order bias (rows - 1)(columns - 1) / (2 n) is taken off.

    References
    ----------
    Miller (1955), Note on the bias of information estimates.
    """
    name = "mutual information"
    return _associations(name, table_information, real, synthetic, holdout, schema, groups, rng)


def association_v(counts: Floats) -> Floats:
    """Return bias-corrected Cramer's V of tables of counts, shape (..., r, c); 0 if degenerate.

    >>> round(float(association_v(np.array([[50.0, 0.0], [0.0, 50.0]]))), 6)
    1.0
    """
    n = counts.sum(axis=(-2, -1))
    rows, cols, used = _margins(counts)
    expected = rows[..., :, None] * cols[..., None, :] / np.maximum(n, 1)[..., None, None]
    gap = np.divide(
        (counts - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0
    )
    phi2 = gap.sum(axis=(-2, -1)) / np.maximum(n, 1)
    r, c = used
    fewer = np.maximum(n - 1, 1)
    phi2 = np.maximum(phi2 - (r - 1) * (c - 1) / fewer, 0.0)
    least = np.minimum(r - (r - 1) ** 2 / fewer, c - (c - 1) ** 2 / fewer) - 1
    return floats(np.sqrt(np.divide(phi2, least, out=np.zeros_like(phi2), where=least > 1e-12)))


def table_information(counts: Floats) -> Floats:
    """Return bias-corrected mutual information in nats of tables of counts, shape (..., r, c).

    >>> round(float(table_information(np.full((2, 2), 1e6))), 6)
    0.0
    """
    n = np.maximum(counts.sum(axis=(-2, -1)), 1)
    rows, cols, (r, c) = _margins(counts)

    def entropy(x: Floats, axes: tuple[int, ...]) -> Floats:
        p = x / n.reshape(n.shape + (1,) * len(axes))
        return floats(-np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0).sum(axis=axes))

    plain = entropy(rows, (-1,)) + entropy(cols, (-1,)) - entropy(counts, (-2, -1))
    return floats(np.maximum(plain - (r - 1) * (c - 1) / (2 * n), 0.0))


def _margins(counts: Floats) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Return row sums, column sums and the numbers of rows and columns in use."""
    rows, cols = counts.sum(axis=-1), counts.sum(axis=-2)
    used = ((rows > 0).sum(axis=-1).astype(float), (cols > 0).sum(axis=-1).astype(float))
    return rows, cols, used


def _associations(
    name: str,
    stat: Callable[[Floats], Floats],
    real: AnyTable,
    synthetic: AnyTable,
    holdout: AnyTable | None,
    schema: Schema | None,
    groups: int,
    rng: int | np.random.Generator | None,
) -> Score:
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    names = tables.real.names
    measure = binned_measure(lambda o, s: np.abs(stat(o) - stat(s)), 2, groups)
    own = [
        binned_measure(lambda o, s: stat(o), 2, groups),
        binned_measure(lambda o, s: stat(s), 2, groups),
    ]
    sides = [one(tables.real, tables.synthetic, None, None)[0] for one in own]
    pairs = list(combinations(names, 2))
    items = pd.DataFrame(
        {"first": [a for a, _ in pairs], "second": [b for _, b in pairs]}
        | {"real": sides[0], "synthetic": sides[1]}
    )
    return score_items(name, measure, tables, items, rng)


def _total_variation(o: Floats, s: Floats) -> Floats:
    axes = tuple(range(1, o.ndim))

    def shares(x: Floats) -> Floats:
        return floats(x / np.maximum(x.sum(axis=axes, keepdims=True), 1))

    return floats(0.5 * np.abs(shares(o) - shares(s)).sum(axis=axes))
