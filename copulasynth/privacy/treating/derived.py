"""Numbers that follow from other columns: computed anew where those changed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Floats
from copulasynth.model.encoded import encode
from copulasynth.privacy.treating.cells import ColumnCells, open_cells
from copulasynth.privacy.treating.columns import TreatmentPlan, treat_numbers
from copulasynth.privacy.treating.done import Done
from copulasynth.privacy.treating.ends import bounds_of
from copulasynth.privacy.treating.table import with_columns
from copulasynth.rules import Derivation, sorted_rules
from copulasynth.schema import Column, Schema, Tabular
from copulasynth.schema.column import Label
from copulasynth.schema.fill import allocate_column, fill_column
from copulasynth.schema.judged import Frame

__all__ = ["RuledColumns", "derive_columns"]


@dataclass(frozen=True, slots=True, eq=False)
class RuledColumns:
    """A schema with the rules of a table, and those that make numbers from other columns.

    Attributes
    ----------
    derivations : tuple of Derivation
        In the order in which they can be used.
    size : int
        Number of coordinates that they know.
    """

    schema: Schema
    derivations: tuple[Derivation, ...] = ()
    size: int = 0

    @classmethod
    def of(cls, table: Tabular, schema: Schema, rows: int) -> "RuledColumns":
        """Return the rules that the schema lists, or those that are found."""
        if not schema.variables or rows < 2:
            return cls(schema)
        found = encode(table, schema)
        c = found.coordinates
        rules = sorted_rules(f.rule for f in c.found)
        plain = [r for r in rules if isinstance(r, Derivation)]
        return cls(
            found.schema,
            tuple(r for r in plain if max(*r.makes, *r.needs) < c.own),
            len(c.variables),
        )

    def column(self, j: int) -> Column:
        """Return the column of a variable."""
        return self.schema.columns[self.schema.variables[j].column]


def derive_columns(
    df: Tabular,
    frame: Frame,
    ruled: RuledColumns,
    plan: TreatmentPlan,
    treated: tuple[dict[Label, ColumnCells], list[Done]],
) -> tuple[dict[Label, ColumnCells], list[Done]]:
    """Return treated columns, and what was done, with numbers computed anew from treated others.

    What enough rows share at the ends of one column is then shared at the ends of what follows
    from it. A total of several is cut off once more if it has to be.
    """
    columns, done = dict(treated[0]), treated[1]
    for rule in ruled.derivations:
        target = ruled.column(rule.makes[0])
        name = str(target.name)
        if not _can(target, plan) or not _touched(ruled, rule, columns):
            continue
        before = open_cells(target, frame.read(name))
        anew = _anew(ruled, rule, before, df, with_columns(df, frame, columns))
        enough = plan.ends and np.count_nonzero(anew.there) >= plan.k_min
        bounds = bounds_of(anew, plan.k_min) if enough else None
        after, found = treat_numbers(before, anew, bounds, plan)
        where = before.there & after.there & (after.values != before.values)
        where &= after.values == anew.values
        if where.any():
            told = "computed anew from the columns that it follows from"
            found = [Done.of(before, "computed", told, where, after.there), *found]
        done = [*(d for d in done if d.column != name), *found]
        columns.pop(target.name, None)
        columns |= {target.name: after} if found else {}
    return columns, done


def _can(target: Column, plan: TreatmentPlan) -> bool:
    """Tell whether a column is numbers that nothing else was asked for."""
    name = str(target.name)
    return target.measure == "numeric" and name not in plan.public and name not in plan.rounding


def _touched(ruled: RuledColumns, rule: Derivation, columns: Collection[Label]) -> bool:
    return any(ruled.column(j).name in columns for j in rule.needs)


def _anew(
    ruled: RuledColumns, rule: Derivation, before: ColumnCells, df: Tabular, treated: Tabular
) -> ColumnCells:
    """Return the numbers that follow from others, anew in the rows where one of those changed."""
    x, y = (ruled.schema.encode(t, unseen="missing") for t in (df, treated))
    needs, j = list(rule.needs), rule.makes[0]
    same = (x[:, needs] == y[:, needs]) | (np.isnan(x[:, needs]) & np.isnan(y[:, needs]))
    z = np.full((len(y), ruled.size), np.nan, order="F")
    z[:, : y.shape[1]] = y
    rule.make(z.T)
    rows: Bools = ~same.all(axis=1) & ~np.isnan(z[:, j]) & before.there
    values = before.values.copy()
    values[rows] = _stored(before.column, z[rows, j])
    return replace(before, values=values)


def _stored(column: Column, x: Floats) -> NDArray[Any]:
    """Return numbers as they are stored."""
    buffer = allocate_column(column, len(x))
    fill_column(column, buffer, slice(0, len(x)), x, None, 0)
    return buffer.values
