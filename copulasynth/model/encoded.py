"""A table as coordinates: its variables, and the parts that its rules turn some of them into."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.copulas import Cells, cells_of, order_levels
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals import value_ends
from copulasynth.model.demanded import with_rules
from copulasynth.rules import Check, Coordinates
from copulasynth.schema import Column, Rule, Schema, Tabular, Variable
from copulasynth.schema.infer_meant import heeded
from copulasynth.schema.judged import code_labels, label_of
from copulasynth.schema.times import clock_of, scale_of

__all__ = ["Encoded", "cells_among", "check_size", "declare", "encode", "ruled"]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A table as coordinates, and its schema, which lists the rules."""

    schema: Schema
    coordinates: Coordinates


def declare(
    df: Tabular, schema: Schema | None = None, rules: Sequence[Rule | Check] = ()
) -> Schema:
    """Return the schema with every rule that holds in the table.

    Written to a file, each can be confirmed or refused there; :func:`fit_joint` then uses what is
    confirmed and searches no more.
    """
    return encode(df, schema, rules).schema


def encode(df: Tabular, schema: Schema | None, rules: Sequence[Rule | Check] = ()) -> Encoded:
    """Encode a table, order its levels, and find its rules unless the schema lists them.

    Raises
    ------
    DataError
        If the table has fewer than two rows, or breaks one of the declared `rules`.
    """
    schema = Schema.infer(df) if schema is None else schema.complete(df)
    for note in heeded(schema.notes):
        warnings.warn(note, FitWarning, stacklevel=4)
    x = schema.encode(df)
    check_size(schema, len(x))
    variables = schema.variables
    orders = order_levels(x, [v.kind for v in variables], [v.levels for v in variables])
    if orders:
        schema = schema.with_order({j: order.tolist() for j, order in orders.items()})
        x = schema.encode(df)
    return ruled(schema, x, rules)


def check_size(schema: Schema, rows: int) -> None:
    """Refuse a table from which nothing can be learnt.

    Raises
    ------
    DataError
        If it has no columns, or fewer than two rows.
    """
    if not schema.columns:
        raise DataError("the table has no columns. Add columns.")
    if rows < 2:
        raise DataError(f"fitting needs at least 2 rows, the table has {rows}. Add rows.")


def ruled(schema: Schema, x: Floats, rules: Sequence[Rule | Check] = ()) -> Encoded:
    """Return an encoded table, (n, d), as coordinates, with the rules of its schema or its own."""
    schema, c = with_rules(schema, _coordinates(schema, x), rules)
    parts = c.variables[len(schema.variables) :]
    return Encoded(schema, replace(c, variables=(*schema.variables, *parts)))


def _coordinates(schema: Schema, x: Floats) -> Coordinates:
    variables = schema.variables
    columns = [schema.columns[v.column] for v in variables]
    values = [j for j, v in enumerate(variables) if v.kind != "state"]
    clocks = {j: clock for j in values if (clock := clock_of(columns[j])) is not None}
    scales = tuple(scale_of(columns[j]) if j in values else (0.0, 1.0) for j in range(len(columns)))
    labels = {j: _labels(columns[j], v) for j, v in enumerate(variables) if v.levels}
    bounded = tuple(map(_within, variables, x.T))
    return Coordinates(x, bounded, scales=scales, clocks=clocks, labels=labels)


def _labels(column: Column, variable: Variable) -> tuple[str, ...]:
    """Return what the codes of a variable of levels or states are called."""
    if variable.kind == "state":
        return ("present", "missing", *map(label_of, column.missing_codes))
    return code_labels(column)


def _within(variable: Variable, x: Floats) -> Variable:
    """Return a variable whose bounds are the caps and floors that its values have."""
    seen = x[~np.isnan(x)]
    if variable.levels or not seen.size:
        return variable
    lower, upper = value_ends(seen, variable.step)
    return replace(variable, lower=max(variable.lower, lower), upper=min(variable.upper, upper))


def cells_among(variables: Sequence[Variable], x: Floats, free: Sequence[int]) -> Cells:
    """Return the cells of some coordinates of a table, (n, D)."""
    unordered = np.array([v.kind in ("nominal", "state") for v in variables], dtype=bool)
    return cells_of(x[:, free], unordered[list(free)])
