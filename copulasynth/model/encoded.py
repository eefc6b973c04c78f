"""A table as coordinates: its variables, and the parts that its rules turn some of them into."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.copulas import Cells, cells_of, order_levels
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals import value_ends
from copulasynth.rules import Coordinates, find_rules, fit_rules
from copulasynth.schema import Rule, Schema, Tabular, Variable

__all__ = ["Encoded", "cells_among", "declare", "encode"]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A table as coordinates, and its schema, which lists the rules."""

    schema: Schema
    coordinates: Coordinates


def declare(df: Tabular, schema: Schema | None = None) -> Schema:
    """Return the schema with every rule that holds in the table.

    Written to a file, each can be confirmed or refused there; :func:`fit_joint` then uses what is
    confirmed and searches no more.
    """
    return encode(df, schema).schema


def encode(df: Tabular, schema: Schema | None) -> Encoded:
    schema = Schema.infer(df) if schema is None else schema.complete(df)
    x = schema.encode(df)
    if len(x) < 2:
        raise DataError(f"fitting needs at least 2 rows, the table has {len(x)}. Add rows.")
    variables = schema.variables
    orders = order_levels(x, [v.kind for v in variables], [v.levels for v in variables])
    if orders:
        schema = schema.with_order({j: order.tolist() for j, order in orders.items()})
        x = schema.encode(df)
    c = Coordinates(x, tuple(map(_within, schema.variables, x.T)))
    if schema.rules is None:
        c = find_rules(c)
        schema = replace(schema, rules=tuple(f.record for f in c.found))
    else:
        c, broken = fit_rules(c, schema.rules)
        for record in broken:
            _say_broken(record)
    parts = c.variables[len(schema.variables) :]
    return Encoded(schema, replace(c, variables=(*schema.variables, *parts)))


def _within(variable: Variable, x: Floats) -> Variable:
    """Return a variable whose bounds are the caps and floors that its values have."""
    seen = x[~np.isnan(x)]
    if variable.levels or not seen.size:
        return variable
    lower, upper = value_ends(seen, variable.step)
    return replace(variable, lower=max(variable.lower, lower), upper=min(variable.upper, upper))


def _say_broken(record: Rule) -> None:
    warnings.warn(
        f"the rule {record.words!r} does not hold in this table; its columns are modelled freely",
        FitWarning,
        stacklevel=5,
    )


def cells_among(variables: Sequence[Variable], x: Floats, free: Sequence[int]) -> Cells:
    """Return the cells of some coordinates of a table, (n, D)."""
    unordered = np.array([v.kind in ("nominal", "state") for v in variables], dtype=bool)
    return cells_of(x[:, free], unordered[list(free)])
