"""Dependence of binned columns: total variation of tables, Cramer's V, mutual information."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, floats
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned
from copulasynth.metrics.items import score_items
from copulasynth.metrics.pair_counts import binned_measure, pair_items, variation
from copulasynth.metrics.score import Score
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable

__all__ = ["association_v", "cramers_v", "k_marginals", "mutual_information", "table_information"]


@metric
def k_marginals(
    real: AnyTable, synthetic: AnyTable, *, k: int = 2, groups: int = 5, **shared: Unpack[Shared]
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
    tables, rng = aligned(real, synthetic, **shared)
    names = tables.real.names
    if not 1 <= k <= len(names):
        raise DataError(f"k is {k} but the tables share {len(names)} columns.")
    items = pd.DataFrame({"columns": [":".join(c) for c in combinations(names, k)]})
    return score_items(f"TV {k}-way", binned_measure(variation, k, groups), tables, items, rng)


@metric
def cramers_v(
    real: AnyTable, synthetic: AnyTable, *, groups: int = 5, **shared: Unpack[Shared]
) -> Score:
    """Absolute difference of bias-corrected Cramer's V of every pair; the score is the mean.

    References
    ----------
    Bergsma (2013), A bias-correction for Cramer's V and Tschuprow's T.
    """
    tables, rng = aligned(real, synthetic, **shared)
    return _associations("Cramer's V", association_v, groups, tables, rng)


@metric
def mutual_information(
    real: AnyTable, synthetic: AnyTable, *, groups: int = 5, **shared: Unpack[Shared]
) -> Score:
    """Absolute difference of mutual information (nats) of every pair; the score is the mean.

    The first-order bias (rows - 1)(columns - 1) / (2 n) is taken off.

    References
    ----------
    Miller (1955), Note on the bias of information estimates.
    """
    tables, rng = aligned(real, synthetic, **shared)
    return _associations("mutual information", table_information, groups, tables, rng)


def association_v(counts: Floats) -> Floats:
    """Return bias-corrected Cramer's V of tables of counts, shape (..., r, c); 0 if degenerate.

    >>> round(float(association_v(np.array([[50.0, 0.0], [0.0, 50.0]]))), 6)
    1.0
    """
    n = counts.sum(axis=(-2, -1))
    rows, cols, (r, c) = _margins(counts)
    expected = rows[..., :, None] * cols[..., None, :] / np.maximum(n, 1)[..., None, None]
    # where nothing is expected, nothing is counted
    gap = (counts - expected) ** 2 / np.where(expected > 0, expected, 1.0)
    phi2 = gap.sum(axis=(-2, -1)) / np.maximum(n, 1)
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
    return rows, cols, (1.0 * (rows > 0).sum(axis=-1), 1.0 * (cols > 0).sum(axis=-1))


def _associations(
    name: str,
    stat: Callable[[Floats], Floats],
    groups: int,
    tables: Aligned,
    rng: np.random.Generator,
) -> Score:
    found: list[Floats] = []

    def gap(o: Floats, s: Floats) -> Floats:
        one, other = stat(np.concatenate([o, s])).reshape(2, -1)
        found.append(np.array([one[0], other[0]]))
        return np.abs(one - other)

    items = pair_items(tables.real.names)
    # the places of the pairs, until the measure has seen them; it begins with the tables compared
    places = items.assign(real=np.arange(len(items)), synthetic=np.arange(len(items)))
    score = score_items(name, binned_measure(gap, 2, groups), tables, places, rng)
    if not found:
        return score
    own, made = np.array(found[: len(items)]).T
    assert score.table is not None
    at = score.table["real"]
    return replace(score, table=score.table.assign(real=own[at], synthetic=made[at]))
