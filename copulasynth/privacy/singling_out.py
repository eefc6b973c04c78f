"""Singling out: does the table give a description that exactly one person fits?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools, Floats, Ints, generator
from copulasynth.metrics.score import Score, from_row
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.privacy.rates import COLUMNS, Rates, level
from copulasynth.privacy.sides import Side, Sides
from copulasynth.schema import Schema

__all__ = ["singling_out"]

Sign = Literal["==", "<=", ">=", "gap"]
# Descriptions that are tried, for each one that is asked for.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Term:
    """A column, how it compares, and with what; a gap compares its kind of missing."""

    column: int
    sign: Sign
    value: float

    def fits(self, table: Table) -> Bools:
        """Return which rows fit."""
        if self.sign == "gap":
            return np.asarray(table.states[self.column] == self.value)
        x = table.numbers[self.column]
        if self.sign == "==":
            return np.asarray(x == self.value)
        return np.asarray(x <= self.value if self.sign == "<=" else x >= self.value)


_Description = tuple[_Term, ...]


def singling_out(
    train: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None,
    attributes: Sequence[int] = (1, 3),
    attacks: int = 1000,
    max_rows: int = 10_000,
    unit: str | None = None,
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Describe one synthetic row so that no other fits, and see whether one real unit does.

    With one attribute: a value that one synthetic row has, or its column's largest or smallest.
    With more: equal to a row in levels and gaps, and at least as far from the median in numbers.
    All tables are cut to one number of rows, since fewer rows are singled out more easily. The
    control is the same on holdout rows; the baseline describes with values of independent columns.

    Parameters
    ----------
    train, synthetic, holdout : table
    attributes : sequence of int
        Numbers of columns in a description.
    attacks : int
        Most descriptions for each number of columns. Those that can be made are the denominator.
    max_rows : int
        Most rows of a table.
    unit, schema, rng
        As in `membership`.

    Returns
    -------
    Score
        (attack - control) / (1 - control) where it is surely largest; `table` as of
        `attribute_inference`, one row for each number of attributes.
    """
    sides = Sides.of(train, synthetic, holdout, unit, schema)
    return single_score(sides, generator(rng), attributes, attacks, max_rows)


def single_score(
    sides: Sides,
    rng: np.random.Generator,
    attributes: Sequence[int] = (1, 3),
    attacks: int = 1000,
    max_rows: int = 10_000,
) -> Score:
    """Attack tables that are checked."""
    rows = min(sides.train.table.n, sides.holdout.table.n, sides.synthetic.n, max_rows)
    made = sides.synthetic.sample(rows, rng)
    real = [_cut(side, rows, rng) for side in (sides.train, sides.holdout)]
    usable = sorted({min(k, len(made.columns)) for k in attributes})
    z = level(len(usable))
    found = []
    for k in usable:
        told = _alone(made, attacks, rng) if k == 1 else _combined(made, k, attacks, rng)
        blind = _blind(made, k, max(len(told), 1), rng)
        hits = [_single(told, side) for side in real] + [_single(blind, real[0])]
        if told:
            found.append((k, *Rates(*hits).row(z)))
    if not found:
        return Score("singling out", 0.0, 0.0, 0.0, 0.0, 0.0, sides.synthetic.n, note=_NONE)
    table = pd.DataFrame(found, columns=["attributes", *COLUMNS])
    table = table.sort_values("low", ascending=False, kind="stable").reset_index(drop=True)
    note = f"with {table.attributes[0]} attributes; tables cut to {rows:,} rows. {sides.note()}"
    return from_row("singling out", table, 0, sides.synthetic.n, note)


_NONE = "no description fits a single synthetic row: nobody can be singled out by one."


def _cut(side: Side, rows: int, rng: np.random.Generator) -> Side:
    return side.take(np.sort(rng.permutation(side.table.n)[:rows]))


def _alone(made: Table, most: int, rng: np.random.Generator) -> list[_Description]:
    """Return the values that one synthetic row has, and the ends of columns of numbers."""
    found: list[_Description] = []
    for j, column in enumerate(made.columns):
        values, counts = np.unique(made.present(j), return_counts=True)
        found += [(_Term(j, "==", v),) for v in values[counts == 1]]
        if column.ranked and values.size > 1:
            ends: tuple[tuple[int, Sign], ...] = ((0, "<="), (-1, ">="))
            found += [(_Term(j, sign, values[k]),) for k, sign in ends if counts[k] == 1]
        states, rows = np.unique(made.states[j], return_counts=True)
        found += [(_Term(j, "gap", s),) for s in states[(rows == 1) & (states > 0)]]
    chosen = rng.permutation(len(found))[:most]
    return [found[k] for k in chosen]


def _combined(made: Table, k: int, most: int, rng: np.random.Generator) -> list[_Description]:
    """Return descriptions of random rows by random columns that no other synthetic row fits."""
    found: dict[_Description, None] = {}
    everyone, middle = Side(made, np.arange(made.n)), _medians(made)
    for _ in range(_TRIES):
        rows = rng.integers(made.n, size=most)
        tried = [_described(made, middle, np.full(k, i), _columns(made, k, rng)) for i in rows]
        kept = _single(tried, everyone)
        found |= dict.fromkeys(one for one, alone in zip(tried, kept, strict=True) if alone)
        if len(found) >= most:
            break
    return list(found)[:most]


def _columns(made: Table, k: int, rng: np.random.Generator) -> Ints:
    return np.sort(rng.permutation(len(made.columns))[:k])


def _blind(made: Table, k: int, most: int, rng: np.random.Generator) -> list[_Description]:
    """Return descriptions whose values come from different rows."""
    middle = _medians(made)
    rows = rng.integers(made.n, size=(most, k))
    return [_described(made, middle, some, _columns(made, k, rng)) for some in rows]


def _medians(made: Table) -> Floats:
    """Return the median of every column, 0 where all is missing."""
    present = [made.present(j) for j in range(len(made.columns))]
    return np.array([np.median(x) if x.size else 0.0 for x in present])


def _described(made: Table, middle: Floats, rows: Ints, columns: Ints) -> _Description:
    """Return what the given rows, one for each column, have in them."""
    terms = []
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        x, state = float(made.numbers[j, i]), int(made.states[j, i])
        if state:
            terms.append(_Term(j, "gap", state))
        elif not made.columns[j].ranked:
            terms.append(_Term(j, "==", x))
        else:
            terms.append(_Term(j, ">=" if x >= middle[j] else "<=", x))
    return tuple(terms)


def _single(told: list[_Description], side: Side) -> Bools:
    """Return which descriptions exactly one unit fits."""
    out = np.zeros(len(told), dtype=np.bool_)
    for i, description in enumerate(told):
        fits = np.logical_and.reduce([term.fits(side.table) for term in description])
        units = side.unit[fits]
        out[i] = units.size > 0 and bool((units == units[0]).all())
    return out
