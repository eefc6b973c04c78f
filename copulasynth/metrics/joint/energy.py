"""Energy distance between the rows of two mixed tables."""

import numpy as np

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.metrics.alignment import align
from copulasynth.metrics.items import Z95
from copulasynth.metrics.jackknife import GROUPS, jackknife_se, split_groups
from copulasynth.metrics.mixed import MixedRows, MixedScale, distances
from copulasynth.metrics.reference import size_factor
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable
from copulasynth.schema import Schema

__all__ = ["energy_distance"]


def energy_distance(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    max_rows: int = 2000,
    rng: int | np.random.Generator | None = None,
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
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    a, b = tables.real.sample(max_rows, rng), tables.synthetic.sample(max_rows, rng)
    others = [] if tables.holdout is None else [tables.holdout.sample(max_rows, rng)]
    scale = MixedScale.of([a, b], others)
    rows = [scale.place(t) for t in (a, b, *others)]
    found = _energy(rows[0], rows[1], split_groups(a.n, rng), split_groups(b.n, rng))
    se = float(jackknife_se(found[:, None])[0])
    value = float(found[0])
    reference = 0.0
    if others:
        whole = _energy(rows[0], rows[2], None, None)
        sizes = (a.n, others[0].n), (a.n, b.n)
        reference = float(whole[0]) * size_factor("squared", *sizes)
    note = "" if b.n == tables.synthetic.n else f"{b.n} of {tables.synthetic.n} rows sampled."
    low, high = value - Z95 * se, value + Z95 * se
    return Score("energy distance", value, low, high, reference, 0.0, b.n, note=note)


def _energy(a: MixedRows, b: MixedRows, ga: Ints | None, gb: Ints | None) -> Floats:
    """Return the distance on all rows and, with groups, without each group of both tables."""
    cross = _block_sums(distances(a, b), ga, gb)
    inner = [_block_sums(distances(t, t), g, g) for t, g in ((a, ga), (b, gb))]
    sizes = [_group_sizes(len(t), g) for t, g in ((a, ga), (b, gb))]

    def energy(keep: Floats) -> float:
        n, k = (float(size @ keep) for size in sizes)
        within = [keep @ m @ keep for m in inner]
        return float(
            2 * (keep @ cross @ keep) / (n * k)
            - within[0] / max(n * (n - 1), 1)
            - within[1] / max(k * (k - 1), 1)
        )

    whole = np.ones(len(cross))
    left_out = [whole - row for row in np.eye(len(cross))] if ga is not None else []
    return np.array([energy(keep) for keep in (whole, *left_out)])


def _group_sizes(n: int, groups: Ints | None) -> Floats:
    if groups is None:
        return np.array([float(n)])
    return np.bincount(groups, minlength=GROUPS).astype(float)


def _block_sums(d: Floats, ga: Ints | None, gb: Ints | None) -> Floats:
    """Return the sums of distances between group g of one table and group h of the other."""
    if ga is None or gb is None:
        return floats(d.sum()[None, None])
    rows = np.stack([d[ga == g].sum(axis=0) for g in range(GROUPS)])
    return np.stack([rows[:, gb == h].sum(axis=1) for h in range(GROUPS)], axis=1)
