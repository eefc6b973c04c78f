"""Energy distance between the rows of two mixed tables."""

from typing import Unpack

import numpy as np

from copulasynth._arrays import Floats, Ints, floats
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
    cross = _block_sums(distances(x, y), a.groups, b.groups)
    inner = [_block_sums(distances(z, z), t.groups, t.groups) for z, t in ((x, a), (y, b))]
    sizes = [_group_sizes(t) for t in (a, b)]

    def energy(keep: Floats) -> float:
        n, k = (float(size @ keep) for size in sizes)
        within = [keep @ m @ keep for m in inner]
        return float(
            2 * (keep @ cross @ keep) / (n * k)
            - within[0] / max(n * (n - 1), 1)
            - within[1] / max(k * (k - 1), 1)
        )

    whole = np.ones(len(cross))
    left_out = [whole - row for row in np.eye(len(cross))] if a.groups is not None else []
    return np.array([energy(keep) for keep in (whole, *left_out)])


def _group_sizes(table: Table) -> Floats:
    if table.groups is None:
        return np.array([float(table.n)])
    return np.bincount(table.groups, minlength=GROUPS).astype(float)


def _block_sums(d: Floats, ga: Ints | None, gb: Ints | None) -> Floats:
    """Return the sums of distances between group g of one table and group h of the other."""
    if ga is None or gb is None:
        return floats(d.sum()[None, None])
    rows = np.stack([d[ga == g].sum(axis=0) for g in range(GROUPS)])
    return np.stack([rows[:, gb == h].sum(axis=1) for h in range(GROUPS)], axis=1)
