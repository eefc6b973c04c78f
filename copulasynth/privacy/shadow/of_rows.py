"""What rows that a fit draws say of a record: its cells, its neighbourhood, the columns' ends.

Counts of cells and of combinations of a few columns are the queries of Houssiau et al. (2022);
moments, ends and correlations are the summaries of Stadler et al. (2022). There are as many numbers
for every table of draws.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from copulasynth._arrays import Bools, Floats, floats
from copulasynth.metrics.alignment import align
from copulasynth.metrics.asinh import asinh_scale
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.privacy.shadow.worlds import Worlds

__all__ = ["row_features"]

_COMBINATIONS, _MOST_COLUMNS, _CLOSEST = 24, 4, 3
#: Most difference of the ranks of two cells that are alike.
_ALIKE = 0.02
#: The cell of a first gap; lower than any number.
_GAP = -1e200
#: Added to the diagonal of correlations, so that they can be inverted.
_RIDGE = 0.05


def row_features(worlds: Worlds, made: AnyTable) -> Floats:
    """Return numbers about each record, shape (records, features), in rows that a fit drew."""
    tables = align(worlds.base, made, schema=worlds.schema)
    records = len(worlds.chosen)
    usual = tables.real.take(slice(records, None))
    parts = [
        _PlacedCells.of(table, usual, worlds.names)
        for table in (tables.real.take(slice(0, records)), tables.synthetic, usual)
    ]
    own, drawn, known = parts
    weight = own.rarity(known)
    columns = _summaries(own, drawn)
    each = []
    for k in range(records):
        equal, apart = own.against(k, drawn)
        told = _hits(equal, weight[:, k]), _nearness(equal, apart), columns[k]
        each.append(np.concatenate(told))
    # what cannot be computed for a column or a gap says nothing
    return floats(np.nan_to_num(np.stack(each), posinf=0.0, neginf=0.0))


@dataclass(frozen=True, slots=True, eq=False)
class _PlacedCells:
    """Rows as codes, ranks among usual rows, and values on the asinh scale: shape (columns, rows).

    A gap has a code below all values; a level has neither rank nor value.
    """

    codes: Floats
    ranks: Floats
    values: Floats

    @classmethod
    def of(cls, table: Table, usual: Table, names: tuple[str, ...]) -> "_PlacedCells":
        """Place rows; what a table lacks is missing throughout."""
        codes, ranks, values = np.full((3, len(names), table.n), np.nan)
        for place, name in enumerate(names):
            if name not in table.names:
                continue
            j = table.names.index(name)
            x, state = table.numbers[j], table.states[j]
            codes[place] = np.where(state == 0, x, _GAP * state)
            if table.columns[j].ranked:
                known = np.sort(usual.present(j))
                ends = [np.searchsorted(known, x, "left"), np.searchsorted(known, x, "right")]
                ranks[place] = np.where(state == 0, sum(ends) / (2 * max(known.size, 1)), np.nan)
                values[place] = asinh_scale(known)(x)
        return cls(codes, ranks, values)

    def against(self, k: int, drawn: "_PlacedCells") -> tuple[Bools, Floats]:
        """Return which cells equal those of a row, and how far all are: ranks apart, or one."""
        equal = drawn.codes == self.codes[:, k, None]
        far = np.abs(drawn.ranks - self.ranks[:, k, None])
        apart = np.where(np.isnan(far), 1.0, far)
        apart[equal] = 0.0
        return equal, floats(apart)

    def rarity(self, known: "_PlacedCells") -> Floats:
        """Return the surprise of every cell: minus the logarithm of its share of usual rows."""
        count = (self.codes[:, :, None] == known.codes[:, None, :]).sum(axis=2)
        return floats(-np.log((count + 1) / (known.codes.shape[1] + 1)))


def _hits(equal: Bools, weight: Floats) -> Floats:
    """Return in how many draws each cell of a record occurs, and the surprise of all that do."""
    counts = equal.sum(axis=1)
    whole = [float(weight @ (counts > 0)), float(weight @ np.log1p(counts))]
    best = weight @ equal
    return np.concatenate([counts, whole, [best.max(), float(equal.all(axis=0).sum())]])


def _nearness(equal: Bools, apart: Floats) -> Floats:
    """Return how near draws come: in each column, in combinations of a few, and in all."""
    chosen = _combinations(len(apart))
    near = (apart <= _ALIKE).astype(np.float64)
    together = chosen @ near >= chosen.sum(axis=1)[:, None]
    closest = (chosen @ apart).min(axis=1)
    whole = np.sqrt((apart**2).mean(axis=0))
    few = np.full(_CLOSEST, 1.0)
    found = np.sort(whole)[:_CLOSEST]
    few[: found.size] = found
    own = np.where(equal, 1.0, apart).min(axis=1)
    return np.concatenate([own, near.sum(axis=1), together.sum(axis=1), closest, few])


@cache
def _combinations(columns: int) -> Floats:
    """Return random combinations of a few columns as rows of flags; the same for every table."""
    rng = np.random.default_rng(columns)
    most = min(_MOST_COLUMNS, columns)
    flags = np.zeros((_COMBINATIONS, columns))
    for row in flags:
        row[rng.permutation(columns)[: rng.integers(min(2, most), most + 1)]] = 1.0
    return flags


def _summaries(own: _PlacedCells, drawn: _PlacedCells) -> Floats:
    """Return mean, spread, ends and correlations of the draws, shape (records, features).

    Correlations are told by the form that a record's influence on them has: x'Rx and x'(1/R)x.
    """
    numeric = ~np.isnan(drawn.values).all(axis=1)
    values, x = drawn.values[numeric], own.values[numeric]
    if not numeric.any():
        return np.zeros((own.codes.shape[1], 1))
    mean, spread = np.nanmean(values, axis=1), np.nanstd(values, axis=1) + 1e-12
    low, high = np.nanmin(values, axis=1), np.nanmax(values, axis=1)
    z = np.nan_to_num((values - mean[:, None]) / spread[:, None])
    r = z @ z.T / z.shape[1]
    at = np.nan_to_num((x - mean[:, None]) / spread[:, None])
    inverse = np.linalg.inv(r + _RIDGE * np.eye(len(r)))
    forms = [np.einsum("jk,ji,ik->k", at, m, at) for m in (r, inverse)]
    pulled = at.T @ mean
    beyond = np.concatenate([high[:, None] - x, x - low[:, None]]).T
    shared = np.broadcast_to(np.concatenate([mean, spread, low, high]), (x.shape[1], 4 * len(x)))
    return floats(np.column_stack([shared, beyond, *forms, pulled]))
