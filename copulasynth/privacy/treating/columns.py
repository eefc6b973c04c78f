"""Every column of a table opened, given bounds together, and treated one by one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools
from copulasynth.privacy.treating.cells import ColumnCells, open_cells
from copulasynth.privacy.treating.done import Done
from copulasynth.privacy.treating.ends import Bounds, bounds_of, clip_ends, middle
from copulasynth.privacy.treating.gaps import fill_gaps, merged_states
from copulasynth.privacy.treating.levels import check_levels, is_thin, level_counts, merge_levels
from copulasynth.privacy.treating.orders import ordered
from copulasynth.privacy.treating.rounding import Step, round_cells
from copulasynth.schema import Column, Schema
from copulasynth.schema.column import Label
from copulasynth.schema.judged import Frame

__all__ = ["TreatmentPlan", "thin", "treat_columns", "treat_numbers"]


@dataclass(frozen=True, slots=True, eq=False)
class TreatmentPlan:
    """What is to be done."""

    k_min: int
    public: Collection[str]
    rounding: Mapping[str, Step]
    ends: bool
    levels: bool


def treat_columns(
    frame: Frame, schema: Schema, plan: TreatmentPlan
) -> tuple[dict[Label, ColumnCells], list[Done]]:
    """Return the columns of which some cell changed, or the list of levels, and what was done."""
    raws = {c.name: frame.read(str(c.name)) for c in _treatable(schema)}
    opened = {c.name: open_cells(c, raws[c.name]) for c in _treatable(schema)}
    rounded = {
        name: round_cells(cells, plan.rounding[str(name)]) if str(name) in plan.rounding else cells
        for name, cells in opened.items()
    }
    bounds = ordered(_bounds(rounded, plan), schema) if plan.ends else {}
    treated, done = {}, []
    for column in schema.columns:
        if column.name not in opened:
            done += _left(column)
            continue
        before = opened[column.name]
        after, found = _treated(before, rounded[column.name], bounds.get(str(column.name)), plan)
        found = [*_rounding(before, rounded[column.name], after, plan), *found]
        found = [*_zeros(before, after, raws[column.name].tiny), *found]
        if found:
            treated[column.name] = after
        done += found
    return treated, done


def thin(frame: Frame, schema: Schema, k_min: int) -> list[str]:
    """Return the columns that cannot be treated, as none of their levels has enough rows."""
    coded = [c for c in _treatable(schema) if c.measure != "numeric"]
    return [str(c.name) for c in coded if is_thin(open_cells(c, frame.read(str(c.name))), k_min)]


def _treatable(schema: Schema) -> list[Column]:
    """Return the columns that hold values to treat."""
    return [
        c for c in schema.columns if c.modelled or (c.kind == "constant" and c.value is not None)
    ]


def _bounds(cells: Mapping[Label, ColumnCells], plan: TreatmentPlan) -> dict[str, Bounds]:
    """Return bounds by column of numbers or times that is not public and has enough rows."""
    return {
        str(name): bounds_of(c, plan.k_min)
        for name, c in cells.items()
        if str(name) not in plan.public
        and c.column.measure == "numeric"
        and np.count_nonzero(c.there) >= plan.k_min
    }


def _treated(
    before: ColumnCells, cells: ColumnCells, bounds: Bounds | None, plan: TreatmentPlan
) -> tuple[ColumnCells, list[Done]]:
    """Return a column of which no end, level or gap is of few rows."""
    if str(cells.column.name) in plan.public:
        return cells, []
    if cells.column.measure == "numeric":
        return treat_numbers(before, cells, bounds, plan)
    if not plan.levels:
        return cells, []
    check_levels(cells, plan.k_min)
    state = merged_states(cells, plan.k_min)
    counts = level_counts(cells)
    usual = int(counts.argmax()) if counts.size else 0
    filled, done = fill_gaps(cells, state, usual, "the most frequent level")
    merged, more = merge_levels(filled, plan.k_min)
    return merged, [*done, *more]


def treat_numbers(
    before: ColumnCells, cells: ColumnCells, bounds: Bounds | None, plan: TreatmentPlan
) -> tuple[ColumnCells, list[Done]]:
    """Return numbers or times of which no end and no gap is of few rows, and what was done.

    `cells` are those `before`, rounded or computed anew.
    """
    found, done = (cells, []) if bounds is None else clip_ends(cells, bounds, before)
    if not plan.levels:
        return found, done
    state = merged_states(found, plan.k_min)
    if not found.there.any() or (state == found.state).all():
        return found, done
    value = middle(found.column, found.present, plan.k_min)
    if bounds is not None:
        value = min(max(value, bounds.low), bounds.high)
    filled, more = fill_gaps(found, state, value, "a value in the middle")
    return filled, [*done, *more]


def _zeros(before: ColumnCells, after: ColumnCells, tiny: Bools | None) -> list[Done]:
    """Return that numbers next to zero became zero, where they did not become something else."""
    if tiny is None:
        return []
    alone = tiny & (after.values == 0)
    told = "numbers that nothing here tells from 0 became 0"
    return [Done.of(before, "rounding", told, alone, after.there & (after.values == 0))]


def _rounding(
    before: ColumnCells,
    rounded: ColumnCells,
    after: ColumnCells,
    plan: TreatmentPlan,
) -> list[Done]:
    """Return what rounding changed that nothing else did."""
    step = plan.rounding.get(str(before.column.name))
    if step is None:
        return []
    differ: Bools = before.there & after.there & (before.values != after.values)
    alone = differ & (rounded.values == after.values)
    begin = isinstance(step, str) and step.isalpha()
    told = f"rounded down to the begin of the {step}" if begin else f"rounded to {step}"
    return [Done.of(before, "rounding", told, alone, after.there)] if alone.any() else []


def _left(column: Column) -> list[Done]:
    """Return what is said of a column that is not treated."""
    if column.kind == "constant":
        return []
    what = "it identifies rows" if column.kind == "identifier" else "the schema drops it"
    told = f"not treated, as {what}: leave it out of a table of real rows"
    return [Done(str(column.name), "none", told, 0, 0)]
