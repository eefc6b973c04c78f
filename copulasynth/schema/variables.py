"""Which variables stand for which columns."""

import math
from collections.abc import Sequence
from typing import Literal

from copulasynth.schema.column import Column, Variable

__all__ = ["places_of", "variables_of"]


def variables_of(columns: Sequence[Column]) -> tuple[Variable, ...]:
    """Return the variables of all columns: a gappy column has its state before its value."""
    found = []
    for i, c in enumerate(columns):
        if c.has_state:
            levels = 2 + len(c.missing_codes)
            found.append(Variable(f"{c.name} [state]", i, "state", levels, 1.0, 0.0, levels - 1.0))
        if c.modelled:
            found.append(_value_variable(c, i))
    return tuple(found)


def _value_variable(c: Column, place: int) -> Variable:
    name = str(c.name)
    if c.coded:
        k = len(c.order)
        kind: Literal["discrete", "nominal"] = "discrete" if c.kind == "ordinal" else "nominal"
        return Variable(name, place, kind, k, 1.0, 0.0, float(max(k - 1, 0)))
    lower = -math.inf if c.lower is None else _inner(c, c.lower)
    upper = math.inf if c.upper is None else _inner(c, c.upper)
    return Variable(
        name, place, "discrete" if c.discrete else "continuous", 0, c.step, lower, upper
    )


def _inner(c: Column, bound: float) -> float:
    """Return a bound on the scale of the column's variable."""
    return float(bound) if c.storage in ("float", "decimal") else (bound - c.offset) / c.scale


def places_of(columns: Sequence[Column]) -> tuple[list[int | None], list[int | None]]:
    """Return, for each column, the places of its state and of its value among the variables."""
    places = {(v.column, v.kind == "state"): j for j, v in enumerate(variables_of(columns))}
    every = range(len(columns))
    return [places.get((i, True)) for i in every], [places.get((i, False)) for i in every]
