"""A table as variables, and the rules that some of them follow from others by."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.copulas import Cells, cells_of, order_levels
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals import value_ends
from copulasynth.rules import Derivation, find_derivations, fit_rule, sorted_derivations
from copulasynth.schema import Dependency, Schema, Tabular

__all__ = ["Encoded", "cells_among", "declare", "encode"]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A table as variables, and which of them are functions of others."""

    schema: Schema
    x: Floats
    derivations: tuple[Derivation, ...]

    @property
    def free(self) -> list[int]:
        derived = {d.target for d in self.derivations}
        return [j for j in range(len(self.schema.variables)) if j not in derived]


def declare(df: Tabular, schema: Schema | None = None) -> Schema:
    """Return the schema with every functional dependency that holds in the table.

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
    names = [v.name for v in variables]
    if schema.dependencies is not None:
        return Encoded(schema, x, _within(_declared(schema, x, names), schema, x))
    found = find_derivations(x, *_scales(schema))
    dependencies = tuple(
        Dependency(names[d.target], tuple(names[i] for i in d.parents)) for d in found
    )
    return Encoded(replace(schema, dependencies=dependencies), x, _within(found, schema, x))


def _declared(schema: Schema, x: Floats, names: list[str]) -> tuple[Derivation, ...]:
    """Fit the rules of the declared dependencies; one that does not hold is left out, and said."""
    found = []
    for d in schema.dependencies or ():
        if not d.use:
            continue
        parents = [names.index(p) for p in d.parents]
        rule = fit_rule(x, names.index(d.target), parents, *_scales(schema))
        if rule is None:
            warnings.warn(
                f"column {d.target!r} is not a function of {list(d.parents)} in this table; it is "
                "modelled freely",
                FitWarning,
                stacklevel=4,
            )
        else:
            found.append(rule)
    return sorted_derivations(found)


def _within(
    derivations: tuple[Derivation, ...], schema: Schema, x: Floats
) -> tuple[Derivation, ...]:
    """Hold derived numbers within the caps and floors that their values have."""
    found = []
    for d in derivations:
        variable, y = schema.variables[d.target], x[:, d.target]
        if not variable.levels:
            lower, upper = value_ends(y[~np.isnan(y)], variable.step)
            d = replace(d, lower=max(d.lower, lower), upper=min(d.upper, upper))
        found.append(d)
    return tuple(found)


def _scales(schema: Schema) -> tuple[list[bool], list[float | None]]:
    """Return whether the order of each variable means something, and its step."""
    variables = schema.variables
    return [v.kind not in ("nominal", "state") for v in variables], [v.step for v in variables]


def cells_among(schema: Schema, x: Floats, free: Sequence[int]) -> Cells:
    """Return the cells of some variables of an encoded table."""
    ordered, _ = _scales(schema)
    return cells_of(x[:, free], ~np.array(ordered, dtype=bool)[list(free)])
