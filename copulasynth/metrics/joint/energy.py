"""Energy distance between the rows of two mixed tables."""

from dataclasses import dataclass
from typing import Unpack

import numpy as np

from copulasynth._arrays import Floats, floats
from copulasynth.metrics.jackknife import jackknife_se
from copulasynth.metrics.mixed import MixedRows, MixedScale, chunks, squared_to
from copulasynth.metrics.reference import size_factor
from copulasynth.metrics.score import Score, interval
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import GROUPS, AnyTable, Table

__all__ = ["energy_distance"]


@metric
def energy_distance(
    real: AnyTable, synthetic: AnyTable, *, max_rows: int = 2000, **shared: Unpack[Shared]
) -> Score:
    """Energy distance 2 E d(X, Y) - E d(X, X') - E d(Y, Y') on the distance of mixed rows.

    Means over pairs of different rows, hence unbiased: about 0, and sometimes below, for two
    samples of one law.

    Parameters
    ----------
    max_rows : int
        Rows sampled from each table; the jackknife interval contains the error of that.

    References
    ----------
    Szekely and Rizzo (2013), Energy statistics, J. Statist. Plann. Inference 143.
    """
    tables, rng = aligned(real, synthetic, **shared)
    few = tables.sample(max_rows, rng)
    a, b, others = few.real, few.synthetic, [few.holdout] if few.holdout is not None else []
    scale = MixedScale.of([a, b], others)
    own = _GroupedRows.of(a.split(rng), scale)
    found = _energy(own, _GroupedRows.of(b.split(rng), scale))
    reference = 0.0
    for held in others:
        factor = size_factor("squared", (a.n, held.n), (a.n, b.n))
        reference = float(_energy(own, _GroupedRows.of(held, scale))[0]) * factor
    value = float(found[0])
    limits = interval(value, float(jackknife_se(found)))
    note = "" if b.n == tables.synthetic.n else f"{b.n} of {tables.synthetic.n} rows sampled."
    return Score("energy distance", value, *limits, reference, 0.0, b.n, note=note)


@dataclass(frozen=True, slots=True, eq=False)
class _GroupedRows:
    """Rows of a table, the group of each (n, groups), and sums of distances between groups."""

    rows: MixedRows
    members: Floats
    inner: Floats
    grouped: bool

    @classmethod
    def of(cls, table: Table, scale: MixedScale) -> "_GroupedRows":
        groups = np.zeros(table.n) if table.groups is None else table.groups
        rows, members = scale.place(table), floats(groups[:, None] == np.arange(GROUPS))
        inner = _sums(rows, members, rows, members)
        return cls(rows, members, inner, table.groups is not None)


def _sums(x: MixedRows, in_x: Floats, y: MixedRows, in_y: Floats) -> Floats:
    """Return sums of distances between each group of one table and each group of another."""
    apart, total = squared_to(y), np.zeros((in_x.shape[1], in_y.shape[1]))
    for rows in chunks(len(x), len(y)):
        d = apart(x[rows])
        total += in_x[rows].T @ (np.sqrt(d, out=d) @ in_y)
    return floats(total)


def _energy(a: _GroupedRows, b: _GroupedRows) -> Floats:
    """Return the distance on all rows and, with groups, without each group of both tables."""
    cross = _sums(a.rows, a.members, b.rows, b.members)

    def energy(keep: Floats) -> float:
        n, k = a.members.sum(axis=0) @ keep, b.members.sum(axis=0) @ keep
        return float(
            2 * (keep @ cross @ keep) / (n * k)
            - keep @ a.inner @ keep / max(n * (n - 1), 1)
            - keep @ b.inner @ keep / max(k * (k - 1), 1)
        )

    whole = np.ones(GROUPS)
    left_out = [whole - row for row in np.eye(GROUPS)] if a.grouped and b.grouped else []
    return np.array([energy(keep) for keep in (whole, *left_out)])
