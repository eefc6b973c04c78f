"""The three tables of an attack: coded alike, split by persons, checked for overlap once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Ints
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import align
from copulasynth.metrics.disclosure.overlap import Overlap, refuse_overlap
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.privacy.given import cells_of, open_given
from copulasynth.schema import Schema

__all__ = ["FEWEST", "Side", "Sides", "unit_numbers"]

#: With fewer rows or persons than this on a side, no attack tells anything.
FEWEST = 20


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Rows and the person, or other unit, that each belongs to: whole numbers from 0."""

    table: Table
    unit: Ints

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.unit.max(initial=-1)) + 1

    def take(self, rows: Ints) -> "Side":
        """Return the given rows, units numbered anew."""
        unit = np.unique(self.unit[rows], return_inverse=True)[1]
        return Side(self.table.take(rows), unit.astype(np.int64))

    def halves(self, rng: np.random.Generator) -> "tuple[Side, Side]":
        """Return two halves, no unit in both."""
        first = np.zeros(self.units, dtype=np.bool_)
        first[rng.permutation(self.units)[: self.units // 2]] = True
        chosen = first[self.unit]
        return self.take(np.flatnonzero(chosen)), self.take(np.flatnonzero(~chosen))

    def sample(self, most: int, rng: np.random.Generator) -> "Side":
        """Return all rows of at most so many units."""
        if self.units <= most:
            return self
        kept = np.zeros(self.units, dtype=np.bool_)
        kept[rng.permutation(self.units)[:most]] = True
        return self.take(np.flatnonzero(kept[self.unit]))

    def targets(self, most: int, rng: np.random.Generator) -> Table:
        """Return one random row of each of at most so many units: attacks that are independent."""
        order = rng.permutation(self.table.n)
        first = np.unique(self.unit[order], return_index=True)[1]
        rows = order[rng.permutation(first)[:most]]
        return self.table.take(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Training rows, synthetic rows and rows never seen, with the same columns.

    `overlap` counts the natural duplicates of training and holdout rows; `left_out` names columns
    that are not attacked: identifiers, free text, and what some table lacks.
    """

    train: Side
    synthetic: Table
    holdout: Side
    overlap: Overlap
    left_out: tuple[str, ...]

    @classmethod
    def of(
        cls,
        train: AnyTable,
        synthetic: AnyTable,
        holdout: AnyTable | None,
        unit: str | None = None,
        schema: Schema | None = None,
    ) -> "Sides":
        """Align the tables, read the units, and refuse a holdout of training rows.

        Raises
        ------
        DataError
            Without a holdout; where it shares rows or units with the training rows; where it is
            too small.
        """
        if holdout is None:
            raise DataError(
                "an attack needs a holdout of rows that the synthesizer never saw: without it "
                "nobody can tell a leak from knowledge about the population."
            )
        tables = align(train, synthetic, holdout=holdout, schema=schema)
        assert tables.holdout is not None
        units = unit_numbers(train, holdout, unit, (tables.real.n, tables.holdout.n))
        names = [name for name in tables.real.names if name != unit]
        if not names:
            raise DataError(f"the tables share no column beside the unit {unit!r}.")
        real, made, held = (
            t.select(names) for t in (tables.real, tables.synthetic, tables.holdout)
        )
        found = refuse_overlap(real, held)
        sides = cls(Side(real, units[0]), made, Side(held, units[1]), found, ())
        _enough(sides)
        lost = tables.notes[tables.notes.action == "left out"].column.unique()
        return replace(sides, left_out=tuple(str(name) for name in lost if name != unit))

    def searched(self, most: int, rng: np.random.Generator) -> Table:
        """Return at most so many synthetic rows, in random order.

        Of rows that are equally near another one, the first is then a random one.
        """
        made = self.synthetic.sample(most, rng)
        return made.take(rng.permutation(made.n))

    def note(self) -> str:
        """Return what a reader must know of the tables."""
        told = f"{self.train.units:,} training and {self.holdout.units:,} holdout units."
        if self.overlap.shared:
            told += f" {self.overlap.shared:,} holdout rows equal a training row by nature."
        if self.left_out:
            told += f" Not attacked: {', '.join(self.left_out)}."
        return told


def _enough(sides: Sides) -> None:
    few = min(sides.train.units, sides.holdout.units, sides.synthetic.n)
    if few < FEWEST:
        raise DataError(
            f"an attack needs at least {FEWEST} training, synthetic and holdout rows (or units), "
            f"got {sides.train.units}, {sides.synthetic.n} and {sides.holdout.units}."
        )


def unit_numbers(
    train: AnyTable, holdout: AnyTable | None, unit: str | None, rows: tuple[int, int]
) -> tuple[Ints, Ints]:
    """Return the number of the unit of every row, from 0 in each table."""
    if unit is None:
        return np.arange(rows[0]), np.arange(rows[1])
    first = _units_of(train, unit, "training")
    second = () if holdout is None else _units_of(holdout, unit, "holdout")
    both = set(first) & set(second)
    if both:
        raise DataError(
            f"{len(both):,} values of the unit {unit!r} are in the training and in the holdout "
            "table. Split by units, so that each is on one side."
        )
    number = [np.unique(side, return_inverse=True)[1].astype(np.int64) for side in (first, second)]
    return number[0], number[1]


def _units_of(table: AnyTable, unit: str, what: str) -> Sequence[str]:
    frame = open_given(table, what)
    if unit not in [str(name) for name in frame.names]:
        raise DataError(f"the {what} table has no column {unit!r} to take units from.")
    cells, missing = cells_of(frame, unit)
    if missing.any():
        raise DataError(f"the unit {unit!r} is missing in rows of the {what} table: fill or drop.")
    return cells
