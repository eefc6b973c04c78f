"""Linkability: does the table tell which two halves of rows belong to one person?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools, Ints, generator
from copulasynth._clock import step as tell
from copulasynth.errors import DataError
from copulasynth.metrics.mixed import MixedScale, distances
from copulasynth.metrics.score import Score, from_row
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.privacy.rates import COLUMNS, Rates, level
from copulasynth.privacy.sides import Sides
from copulasynth.schema import Schema

__all__ = ["linkability"]

_CELLS = 500_000


def linkability(
    train: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None,
    columns: tuple[Sequence[str], Sequence[str]] | None = None,
    neighbours: int = 1,
    attacks: int = 1000,
    max_rows: int = 10_000,
    unit: str | None = None,
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Link two sets of columns of a row through a synthetic row that is nearest in both.

    Attacked are training rows; the control is the same on holdout rows; the baseline takes the two
    sets of columns from different training rows.

    Parameters
    ----------
    train, synthetic, holdout : table
    columns : pair of sequences of str, optional
        What each of two parties knows; by default every other column.
    neighbours : int
        How many synthetic rows, nearest in each set, are looked at.
    attacks, max_rows, unit, schema, rng
        As in `attribute_inference`.

    Returns
    -------
    Score
        (attack - control) / (1 - control); `table` as of `attribute_inference`, in one row.
    """
    sides = Sides.of(train, synthetic, holdout, unit, schema)
    settings = (columns, neighbours, attacks, max_rows)
    return link_score(sides, generator(rng), *settings)


def link_score(
    sides: Sides,
    rng: np.random.Generator,
    columns: tuple[Sequence[str], Sequence[str]] | None = None,
    neighbours: int = 1,
    attacks: int = 1000,
    max_rows: int = 10_000,
) -> Score:
    """Attack tables that are checked."""
    names = sides.synthetic.names
    pair = columns or (names[::2], names[1::2])
    if not all(pair) or set(pair[0]) & set(pair[1]) or not {*pair[0], *pair[1]} <= set(names):
        raise DataError(
            f"columns are {pair}: give two sets of common columns, none empty and none in both."
        )
    made = sides.searched(max_rows, rng)
    k = min(neighbours, made.n)
    references = [sides.train.table, sides.holdout.table]

    def both(table: Table) -> list[Ints]:
        return [_nearest(table, made, references, list(part), k) for part in pair]

    own, other = (both(side.targets(attacks, rng)) for side in (sides.train, sides.holdout))
    # Each is paired with the next: never with itself.
    blind = [own[0], np.roll(own[1], 1, axis=0)]
    row = Rates(*(_meet(*found) for found in (own, other, blind))).row(level())
    table = pd.DataFrame([("linkability", *row)], columns=["attack on", *COLUMNS])
    return from_row("linkability", table, 0, sides.synthetic.n, sides.note())


def _nearest(table: Table, made: Table, references: list[Table], names: list[str], k: int) -> Ints:
    """Return the k synthetic rows nearest in some columns, shape (n, k)."""
    rows, known = table.select(names), made.select(names)
    scale = MixedScale.of([t.select(names) for t in references], [known])
    placed, targets = scale.place(known), scale.place(rows)
    out = np.empty((table.n, k), dtype=np.int64)
    step = max(1, _CELLS // made.n)
    for start in range(0, table.n, step):
        tell(f"linkability: {start:,} of {table.n:,} rows")
        part = slice(start, start + step)
        apart = distances(targets[part], placed)
        if k == 1:
            # of those equally near the first, in the random order of the synthetic rows
            out[part, 0] = apart.argmin(axis=1)
        else:
            out[part] = np.argpartition(apart, k - 1, axis=1)[:, :k]
    return out


def _meet(first: Ints, second: Ints) -> Bools:
    """Return for which rows the two sets share a synthetic row."""
    return np.asarray((first[:, :, None] == second[:, None, :]).any(axis=(1, 2)))
