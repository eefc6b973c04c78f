"""Rules between columns: orders that bounds keep, and rules that hold no longer."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from copulasynth._plain import records as records_of
from copulasynth.metrics.joint.rule_shares import rules_kept
from copulasynth.privacy.treating.cells import Number
from copulasynth.privacy.treating.done import Done
from copulasynth.privacy.treating.ends import Bounds
from copulasynth.schema import Column, Rule, Schema, Tabular
from copulasynth.schema.judged import open_judged

__all__ = ["broken_rules", "ordered"]


def ordered(bounds: dict[str, Bounds], schema: Schema) -> dict[str, Bounds]:
    """Return bounds that keep every order of columns.

    Where a <= b in a row and the bounds of a lie nowhere above those of b, the coded values are in
    order too.
    """
    columns = {str(c.name): c for c in schema.columns}
    pairs = [
        pair
        for rule in schema.rules or ()
        if rule.kind == "order" and rule.keep
        for pair in _pairs(rule)
        if all(name in bounds for name in pair) and _alike(*(columns[name] for name in pair))
    ]
    found = dict(bounds)
    for _ in pairs:  # as many passes as the longest chain can need
        for a, b in pairs:
            found[a], found[b] = _reconciled(found[a], found[b])
    return found


def _pairs(rule: Rule) -> list[tuple[str, str]]:
    return list(zip(rule.columns[:-1], rule.columns[1:], strict=True))


def _alike(a: Column, b: Column) -> bool:
    """Tell whether the stored values of two columns can be compared."""
    numbers = {"integer", "float"}
    if {a.storage, b.storage} <= numbers:
        return True
    return (a.storage, a.unit, a.timezone, a.scale * (a.unit is None)) == (
        b.storage, b.unit, b.timezone, b.scale * (b.unit is None)
    )  # fmt: skip


def _reconciled(a: Bounds, b: Bounds) -> tuple[Bounds, Bounds]:
    """Return the bounds of two columns, a <= b in every row, so that no row comes out of order."""
    if a.high > b.high:
        if a.high <= b.highest:
            b = replace(b, high=_in_type(a.high, b.high, up=True))
        else:
            a = replace(a, high=_in_type(b.high, a.high, up=False))
    if a.low > b.low:
        if b.low >= a.deepest:
            a = replace(a, low=_in_type(b.low, a.low, up=False))
        else:
            b = replace(b, low=_in_type(a.low, b.low, up=True))
    return a, b


def _in_type(bound: Number, like: Number, *, up: bool) -> Number:
    """Return a bound as the other column stores its values."""
    if like.dtype.kind in "iu":
        bound = like.dtype.type(math.ceil(bound) if up else math.floor(bound))
    found: Number = like.dtype.type(bound)
    return found


def broken_rules(before: Tabular, after: Tabular, schema: Schema, n: int) -> list[Done]:
    """Return which rules between columns hold in fewer treated rows than before."""
    rules = {r.words: r for r in schema.rules or () if r.kind in ("identity", "order", "tie")}
    if not rules:
        return []
    table = rules_kept(before, after, schema=schema).table
    assert table is not None
    done = []
    for row in records_of(table):
        rule = rules.get(row["rule"])
        if rule is None:
            continue
        broken = round((row["real"] - row["synthetic"]) * n)
        if rule.kind == "tie" or (broken > 0 and _of_levels(rule, schema)):
            broken = _kept(rule, before) - _kept(rule, after)
        if broken > 0:
            done.append(Done(rule.columns[0], "rule", _told(rule), 0, broken))
    return done


def _told(rule: Rule) -> str:
    first, *rest = rule.columns
    if rule.kind == "order":
        return f"{', '.join(rule.columns)} are no longer in order in every row"
    if rule.kind == "tie":
        return f"{first} and {rest[0]} are equal in fewer rows: what was cut off differs"
    return f"{first} no longer follows {', '.join(rest)} in every row: compute it anew"


def _of_levels(rule: Rule, schema: Schema) -> bool:
    """Tell whether a rule looks levels up, some of which have other names after a treatment."""
    columns = {str(c.name): c for c in schema.columns}
    return columns.keys() >= set(rule.columns) and any(columns[n].coded for n in rule.columns)


def _kept(rule: Rule, table: Tabular) -> int:
    """Return in how many rows two columns are equal, or one is what the others mostly go with."""
    opened, (first, *rest) = open_judged(table, "given"), rule.columns
    columns = {}
    for name in rule.columns:
        raw = opened.read(name)
        levels, places = raw.distinct()
        columns[name] = np.array([*levels, np.nan], dtype=object)[np.where(raw.missing, -1, places)]
    frame = pd.DataFrame(columns, dtype=object)
    if rule.kind == "tie":
        return int((frame[first] == frame[rest[0]]).sum())
    counts = frame.groupby([*rest, first], dropna=False).size()
    return int(counts.groupby(level=rest, dropna=False).max().sum())
