"""Rules of the real table, and the share of rows of any table that obey them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools, Floats
from copulasynth.metrics.once import once
from copulasynth.metrics.score import Score, wilson
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.rules import (
    Coordinates,
    Derivation,
    Excepted,
    FittedRule,
    Guarded,
    find_rules,
    fit_rules,
    in_parting,
    normalised,
)
from copulasynth.schema import Rule, Variable
from copulasynth.schema.grid import multiple_of
from copulasynth.schema.infer import decimals_of
from copulasynth.schema.times import THURSDAY

__all__ = ["rules_kept", "rules_of"]

#: Numbers of fewer different values are counts and codes rather than measurements.
_DISCRETE = 50
#: Part of a step within which weights that fit a table alike may differ.
BLUR = 0.05


@metric
def rules_kept(real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]) -> Score:
    """Share of the synthetic rows that obey every rule of the real table.

    Rules are those that `schema` lists, and without it those that are found in the real table:
    identities, orders, combinations and the other kinds of :mod:`copulasynth.rules`. A rule that
    real rows obey and a synthetic row breaks gives that row away at once.

    Returns
    -------
    Score
        The reference is the share of the holdout, or of the real rows. `table` has one row a rule:
        its kind and words, the real rows that could have broken it, and the shares of the rows of
        each table that obey. Without rules the value is 1, and the note says so.
    """
    schema = shared.get("schema")
    tables, _ = aligned(real, synthetic, **shared)
    c = rules_of(tables.real, None if schema is None else schema.rules)
    parts = {"real": tables.real, "holdout": tables.holdout, "synthetic": tables.synthetic}
    kept = {name: _obeyed(c, t) for name, t in parts.items() if t is not None}
    n = tables.synthetic.n
    # a tie holds in a share of the rows, which its row of the table tells
    firm = [f.record.kind != "tie" for f in c.found]
    note = "" if any(firm) else "No rule between columns was found."
    whole = {name: float(rows[firm].all(axis=0).mean()) for name, rows in kept.items()}
    low, high = wilson(whole["synthetic"] * n, n)
    reference = whole.get("holdout", whole["real"])
    return Score(
        "rules kept", whole["synthetic"], low, high, reference, 1.0, n, _table(c, kept), "up", note
    )


def rules_of(table: Table, listed: Iterable[Rule] | None = None) -> Coordinates:
    """Return a table as coordinates with the rules that are listed, or found in it."""
    if listed is None:
        of = table.columns, table.numbers, table.states
        return once("rules", lambda: find_rules(_coordinates(table)), *of)
    c = _coordinates(table)
    return fit_rules(c, _known(listed, c))[0]


def _known(records: Iterable[Rule], c: Coordinates) -> list[Rule]:
    """Return the records whose columns are compared, as far as a table alone can show them."""
    names = {v.name for v in c.variables}
    found = [normalised(r) for r in records if r.kind != "check"]
    return [r for r in found if names.issuperset(r.columns)]


def _coordinates(table: Table) -> Coordinates:
    """Return an aligned table as the coordinates that rules are looked for in."""
    variables: list[Variable] = []
    for j, column in enumerate(table.columns):
        states = len(column.states)
        if (table.states[j] > 0).any():
            name = f"{column.name} [state]"
            variables.append(Variable(name, j, "state", states, 1.0, 0.0, states - 1.0))
        levels = len(column.levels)
        if column.kind == "nominal":
            variables.append(Variable(column.name, j, "nominal", levels, 1.0, 0.0, levels - 1.0))
        elif column.kind == "ordinal":
            variables.append(Variable(column.name, j, "discrete", levels, 1.0, 0.0, levels - 1.0))
        else:
            variables.append(_number(column.name, j, table.present(j)))
    labels = {
        j: ("present", *column.states[1:]) if v.kind == "state" else column.levels
        for j, v in enumerate(variables)
        if (column := table.columns[v.column]) and v.levels
    }
    clocks = {
        j: (86_400.0, 0.0, THURSDAY)
        for j, v in enumerate(variables)
        if table.columns[v.column].unit == "time" and v.kind != "state"
    }
    x = _encoded(table, variables)
    return Coordinates(x, tuple(variables), labels=labels, clocks=clocks)


def _number(name: str, j: int, values: Floats) -> Variable:
    decimals = decimals_of(values)
    few = len(np.unique(values)) < min(_DISCRETE, max(2, values.size // 2))
    lower = 0.0 if values.size and values.min() >= 0 else -np.inf
    step = None
    if decimals is not None:
        step = multiple_of(np.unique(values) * 10.0**decimals) / 10.0**decimals
    return Variable(name, j, "discrete" if few else "continuous", 0, step, lower)


def _encoded(table: Table, variables: Iterable[Variable]) -> Floats:
    """Return a table's states and values as variables, (n, d)."""
    rows = [
        table.states[v.column].astype(np.float64) if v.kind == "state" else table.numbers[v.column]
        for v in variables
    ]
    return np.asfortranarray(np.stack(rows, axis=1)) if rows else np.empty((table.n, 0))


def _obeyed(c: Coordinates, table: Table) -> Bools:
    """Return which rows of a table obey each rule, (rules, n)."""
    size, own = len(c.variables), c.own
    x = np.full((table.n, size), np.nan, order="F")
    x[:, :own] = _encoded(table, c.variables[:own])
    for rule in in_parting(c.rules):
        rule.split(x.T)
    # a rule with exceptions is held by drawing them as often, and broken by each of them
    rules = [_patient(f.rule) for f in c.found]
    rows = [r.obeys(x.T) if isinstance(r, Excepted | Guarded) else r.holds(x.T) for r in rules]
    return np.array(rows, dtype=np.bool_).reshape(len(rows), table.n)


def _patient(rule: FittedRule) -> FittedRule:
    """Return a derivation with some room where rows cannot tell between two ways to round.

    A column of months that follows from a date fits weights that differ in the last digits that a
    table can show, as those of a model and those found here; a printed value that lies between two
    of them is not broken. What is off by a whole step still is, in nine of ten rows.
    """
    if isinstance(rule, Derivation) and 0 < rule.step < np.inf:
        return replace(rule, room=rule.room + BLUR * rule.step)
    return rule


def _table(c: Coordinates, kept: dict[str, Bools]) -> pd.DataFrame:
    rows = []
    for k, f in enumerate(c.found):
        told = f.record.told
        row = {"kind": f.record.kind, "rule": f.record.words, "rows that could tell": told}
        rows.append(row | {name: float(obeyed[k].mean()) for name, obeyed in kept.items()})
    heads = ["kind", "rule", "rows that could tell", *kept]
    return pd.DataFrame(rows, columns=heads).astype({"rows that could tell": "Int64"})
