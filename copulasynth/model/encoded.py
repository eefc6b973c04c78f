"""A table as coordinates: its variables, and the parts that its rules turn some of them into."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.copulas import Cells, cells_of, order_levels
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals import value_ends
from copulasynth.model.predicate import Predicate
from copulasynth.rules import Check, Coordinates, breaking, find_rules, fit_rules, normalised
from copulasynth.schema import Column, Rule, Schema, Tabular, Variable
from copulasynth.schema.judged import code_labels, label_of
from copulasynth.schema.times import clock_of, scale_of

__all__ = ["Encoded", "cells_among", "declare", "encode", "ruled"]


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
    x = schema.encode(df)
    if len(x) < 2:
        raise DataError(f"fitting needs at least 2 rows, the table has {len(x)}. Add rows.")
    variables = schema.variables
    orders = order_levels(x, [v.kind for v in variables], [v.levels for v in variables])
    if orders:
        schema = schema.with_order({j: order.tolist() for j, order in orders.items()})
        x = schema.encode(df)
    return ruled(schema, x, rules)


def ruled(schema: Schema, x: Floats, rules: Sequence[Rule | Check] = ()) -> Encoded:
    """Return an encoded table, (n, d), as coordinates, with the rules of its schema or its own."""
    c = _coordinates(schema, x)
    schema, c = _ruled(schema, c, [normalised(r) for r in rules if isinstance(r, Rule)])
    for check in rules:
        if isinstance(check, Check):
            c = _checked(schema, c, check)
            schema = replace(schema, rules=(*(schema.rules or ()), c.found[-1].record))
    parts = c.variables[len(schema.variables) :]
    return Encoded(schema, replace(c, variables=(*schema.variables, *parts)))


def _ruled(schema: Schema, c: Coordinates, declared: list[Rule]) -> tuple[Schema, Coordinates]:
    """Return schema and coordinates with the declared rules, and those listed or found."""
    listed = [normalised(r) for r in schema.rules or ()]
    again = {r.key for r in declared}
    wanted = [*declared, *(r for r in listed if r.key not in again)]
    aside = [r for r in wanted if r.kind in ("unique", "check") and r.keep]
    for record in aside:
        _say_not_held(record, c)
    c, broken = fit_rules(c, wanted)
    for record in broken:
        _say_broken(record, c)
    if schema.rules is None:
        c = find_rules(c, frozenset(r.key for r in wanted if not r.keep))
        kept = tuple(r for r in wanted if not r.keep or r in aside)
        return replace(schema, rules=(*(f.record for f in c.found), *kept)), c
    return replace(schema, rules=tuple(wanted)), c


def _say_broken(record: Rule, c: Coordinates) -> None:
    """Refuse a declared rule that the table breaks; warn where another table's rules are used."""
    rows = breaking(c, record)
    where = ""
    if rows is not None and rows.any():
        where = f" in {int(rows.sum()):,} of {len(rows):,} rows (first: row {first(rows)})"
    if record.told is not None:
        warnings.warn(
            f"the rule {record.words!r} does not hold in this table{where}; its columns are "
            "modelled freely",
            FitWarning,
            stacklevel=6,
        )
        return
    made = [n for n in record.columns if (j := c.places.get(n)) is not None and j in c.made]
    if rows is not None and not rows.any() and made:
        raise DataError(
            f"the rule {record.words!r} is true, but {made} follow from other rules already, so it "
            "cannot be held as well. Leave one of them out (keep = false in the schema), or pass "
            "it as cs.rules.Check(function)."
        )
    share = 0.0 if rows is None else float(np.ceil(rows.mean() * 1e3) / 1e3)
    allow = f", or declare it with allow={share:g}" if 0 < share < 0.5 else ""
    raise DataError(
        f"the rule {record.words!r} does not hold{where}. Mend the rows, leave the rule out{allow}."
    )


def _say_not_held(record: Rule, c: Coordinates) -> None:
    if record.kind == "unique":
        keys = c.x[:, [c.place(name) for name in record.columns]]
        repeated = len(keys) - len(np.unique(keys, axis=0))
        if repeated:
            raise DataError(
                f"the rule {record.words!r} does not hold: {repeated:,} of {len(keys):,} rows "
                "repeat the values of another. Mend the rows, or leave the rule out."
            )
    how = "pass it again in rules=" if record.kind == "check" else "drop rows that repeat others"
    warnings.warn(
        f"the rule {record.words!r} is not held by the rows that are drawn; {how}",
        FitWarning,
        stacklevel=6,
    )


def _checked(schema: Schema, c: Coordinates, check: Check) -> Coordinates:
    """Return coordinates with a predicate, which every row of the table must pass."""
    rule = Predicate(check.function, check.words, schema)
    rows = ~rule.holds(c.x.T)
    if rows.any():
        raise DataError(
            f"the rule {check.words!r} does not hold in {int(rows.sum()):,} of {len(rows):,} rows "
            f"(first: row {first(rows)}). Mend the rows, or leave the rule out."
        )
    return c.adding(rule, Rule("check", (check.words,), obey=len(rows), told=len(rows)))


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


def first(rows: Bools) -> int:
    """Return the place of the first row that is marked."""
    return int(np.argmax(rows))
