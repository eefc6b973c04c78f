"""Attribute inference: who knows the other columns of a row, what does the table tell of one?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools, Floats, Ints, generator
from copulasynth._clock import step as tell
from copulasynth.errors import DataError, did_you_mean
from copulasynth.metrics.mixed import MixedRows, MixedScale, squared
from copulasynth.metrics.score import Score, from_row
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.privacy.rates import COLUMNS, Rates, level
from copulasynth.privacy.sides import Sides
from copulasynth.schema import Schema

__all__ = ["attribute_inference"]

# Cells of distances, over all columns, that are held at once: they stay in the caches.
_CELLS = 3_000_000


def attribute_inference(
    train: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None,
    secrets: Sequence[str] | None = None,
    known: Sequence[str] | None = None,
    tolerance: float = 0.05,
    attacks: int = 1000,
    max_rows: int = 10_000,
    unit: str | None = None,
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Guess a column of a row as its nearest synthetic row has it, the worst column first.

    The worst is the one whose risk is surely the largest: by the lower ends of the intervals.

    A guess is right if the levels are equal, both are missing, or the numbers lie within
    `tolerance` of each other in rank (0 to 1). Attacked are training rows; the control is the
    same on holdout rows, whose success is knowledge about the population; the baseline takes the
    value of a random synthetic row. The value is the worst column's (attack - control) /
    (1 - control), with an interval that holds for all columns at once.

    Parameters
    ----------
    train, synthetic, holdout : table
    secrets : sequence of str, optional
        Columns to guess; by default all.
    known : sequence of str, optional
        Columns that an attacker knows; by default all but the secret.
    tolerance : float
    attacks : int
        Most rows that are attacked, and most controls: one a unit.
    max_rows : int
        Most synthetic rows that are searched.
    unit, schema, rng
        As in `membership`.

    Returns
    -------
    Score
        `table` has one row a secret: `value` (the risk) with its interval, `smallest` risk that
        would have been seen, the rates of attack, control and baseline with Wilson's intervals,
        and how many of each were made.

    References
    ----------
    Giomi et al. (2023), A unified framework for quantifying privacy risk in synthetic data, PoPETs.
    """
    sides = Sides.of(train, synthetic, holdout, unit, schema)
    settings = (secrets, known, tolerance, attacks, max_rows)
    return attribute_score(sides, generator(rng), *settings)


def attribute_score(
    sides: Sides,
    rng: np.random.Generator,
    secrets: Sequence[str] | None = None,
    known: Sequence[str] | None = None,
    tolerance: float = 0.05,
    attacks: int = 1000,
    max_rows: int = 10_000,
) -> Score:
    """Attack tables that are checked."""
    names = sides.synthetic.names
    for name in (*(secrets or ()), *(known or ())):
        if name not in names:
            raise DataError(f"no common column is called {name!r}; {did_you_mean(name, names)}")
    made = sides.searched(max_rows, rng)
    scales = _scales([sides.train.table, sides.holdout.table], made)
    guessed = [names.index(name) for name in secrets or names]
    given = [names.index(name) for name in known or names]
    attacker = _Attacker(scales, made, guessed, given, tolerance)
    targets = [side.targets(attacks, rng) for side in (sides.train, sides.holdout)]
    hits = [attacker.right(table, attacker.nearest(table)) for table in targets]
    blind = rng.integers(made.n, size=(len(guessed), targets[0].n))
    hits.append(attacker.right(targets[0], blind))
    z = level(len(guessed))
    rows = [(names[j], *Rates(*(h[k] for h in hits)).row(z)) for k, j in enumerate(guessed)]
    table = pd.DataFrame(rows, columns=["column", *COLUMNS])
    table = table.sort_values("low", ascending=False, kind="stable").reset_index(drop=True)
    note = f"of column {table.column[0]}, the worst of {len(table)}. {sides.note()}"
    return from_row("attribute inference", table, 0, sides.synthetic.n, note)


def _scales(references: list[Table], made: Table) -> list[MixedScale]:
    """Return a scale for each column alone."""
    one = [[name] for name in made.names]
    return [MixedScale.of([t.select(c) for t in references], [made.select(c)]) for c in one]


@dataclass(frozen=True, slots=True, eq=False)
class _Attacker:
    """Who knows the columns `given` and has the synthetic rows, and guesses columns."""

    scales: list[MixedScale]
    made: Table
    guessed: list[int]
    given: list[int]
    tolerance: float

    def _placed(self, table: Table, j: int) -> MixedRows:
        return self.scales[j].place(table.select([table.names[j]]))

    def nearest(self, table: Table) -> Ints:
        """Return, by secret and row, the synthetic row nearest in the other given columns."""
        used = sorted({*self.guessed, *self.given})
        rows = {j: self._placed(table, j) for j in used}
        made = {j: self._placed(self.made, j) for j in used}
        found = np.empty((len(self.guessed), table.n), dtype=np.int64)
        step = max(1, _CELLS // (self.made.n * len(used)))
        for start in range(0, table.n, step):
            tell(f"attribute inference: {start:,} of {table.n:,} rows")
            part = slice(start, start + step)
            apart = {j: squared(rows[j][part], made[j]).astype(np.float32) for j in self.given}
            total = np.zeros((len(range(table.n)[part]), self.made.n), dtype=np.float32)
            for one in apart.values():
                total += one
            for k, j in enumerate(self.guessed):
                left = total - apart[j] if j in apart else total
                found[k, part] = left.argmin(axis=1)
        return found

    def right(self, table: Table, guess: Ints) -> Bools:
        """Return which guesses, rows of the synthetic table by secret, are right."""
        return np.array([self._equal(table, j, guess[k]) for k, j in enumerate(self.guessed)])

    def _equal(self, table: Table, j: int, guess: Ints) -> Bools:
        state, told = table.states[j], self.made.states[j][guess]
        same = (state == told) & (state != 0)
        both = (state == 0) & (told == 0)
        if not table.columns[j].ranked:
            return np.asarray(same | (both & (table.numbers[j] == self.made.numbers[j][guess])))
        rank, guessed = self._rank(table, j), self._rank(self.made, j)[guess]
        return np.asarray(same | (both & (np.abs(rank - guessed) <= self.tolerance)))

    def _rank(self, table: Table, j: int) -> Floats:
        return self._placed(table, j).places[:, 0]
