"""Energy distance between the rows of two mixed tables."""

from typing import Unpack

import numpy as np

from copulasynth._arrays import Floats, floats
from copulasynth.metrics.jackknife import jackknife_se
from copulasynth.metrics.mixed import MixedScale, distances
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
    found = _energy(scale, a.split(rng), b.split(rng))
    reference = 0.0
    for held in others:
        factor = size_factor("squared", (a.n, held.n), (a.n, b.n))
        reference = float(_energy(scale, a, held)[0]) * factor
    value = float(found[0])
    limits = interval(value, float(jackknife_se(found)))
    note = "" if b.n == tables.synthetic.n else f"{b.n} of {tables.synthetic.n} rows sampled."
    return Score("energy distance", value, *limits, reference, 0.0, b.n, note=note)


def _energy(scale: MixedScale, a: Table, b: Table) -> Floats:
    """Return the distance on all rows and, with groups, without each group of both tables."""
    x, y = scale.place(a), scale.place(b)
    in_x, in_y = _members(a), _members(b)
    # Sums of distances between group g of one table and group h of the other.
    cross = in_x.T @ distances(x, y) @ in_y
    inner = [member.T @ distances(z, z) @ member for z, member in ((x, in_x), (y, in_y))]

    def energy(keep: Floats) -> float:
        n, k = in_x.sum(axis=0) @ keep, in_y.sum(axis=0) @ keep
        within = [keep @ m @ keep for m in inner]
        return float(
            2 * (keep @ cross @ keep) / (n * k)
            - within[0] / max(n * (n - 1), 1)
            - within[1] / max(k * (k - 1), 1)
        )

    whole = np.ones(len(cross))
    left_out = [whole - row for row in np.eye(len(cross))] if a.groups is not None else []
    return np.array([energy(keep) for keep in (whole, *left_out)])


def _members(table: Table) -> Floats:
    """Return which group each row is in, shape (n, groups); one group of all if there are none."""
    if table.groups is None:
        return np.ones((table.n, 1))
    return floats(table.groups[:, None] == np.arange(GROUPS))
