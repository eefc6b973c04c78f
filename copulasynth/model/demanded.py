"""Rules that are demanded of a table: declared by a person, listed in its schema, or checks."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from copulasynth._arrays import Bools
from copulasynth.errors import DataError, FitWarning
from copulasynth.model.predicate import Predicate
from copulasynth.rules import (
    Check,
    Coordinates,
    Linear,
    breaking,
    find_rules,
    fit_rules,
    normalised,
    tied,
    turned,
)
from copulasynth.rules.identity.wording import read
from copulasynth.schema import Rule, Schema

__all__ = ["with_rules"]


def with_rules(
    schema: Schema, c: Coordinates, rules: Sequence[Rule | Check]
) -> tuple[Schema, Coordinates]:
    """Return schema and coordinates with the declared rules, and with those listed or found.

    Raises
    ------
    DataError
        If the table breaks a declared rule.
    """
    checks = [rule for rule in rules if isinstance(rule, Check)]
    passed = {("check", frozenset((check.words,))) for check in checks}
    declared = [normalised(rule) for rule in rules if isinstance(rule, Rule)]
    # a check that is passed once more is not the one that a schema remembers
    listed = [normalised(r) for r in schema.rules or () if r.key not in passed]
    schema, c = _listed(schema, c, declared, listed)
    for check in checks:
        c = _checked(schema, c, check)
        schema = replace(schema, rules=(*(schema.rules or ()), c.found[-1].record))
    return schema, turned(c)


def _listed(
    schema: Schema, c: Coordinates, declared: list[Rule], listed: list[Rule]
) -> tuple[Schema, Coordinates]:
    """Return schema and coordinates with rules, and with those of the table if none are listed."""
    again = {r.key for r in declared}
    wanted = [*declared, *(r for r in listed if r.key not in again)]
    aside = [r for r in wanted if r.kind in ("unique", "check") and r.keep]
    for record in aside:
        _say_not_held(record, c)
    c, broken = fit_rules(c, wanted, alone=schema.rules is not None)
    for record in broken:
        _say_broken(record, c)
    if schema.rules is None:
        refused = frozenset(r.key for r in wanted if not r.keep)
        c = find_rules(c, refused, [r for r in wanted if r not in broken])
        kept = tuple(r for r in wanted if not r.keep or r in aside)
        return replace(schema, rules=(*(f.record for f in c.found), *kept)), c
    # what does not hold here is not held, and listed so
    rules = tuple(replace(r, keep=False) if r in broken else r for r in wanted)
    return replace(schema, rules=rules), c


def _say_broken(record: Rule, c: Coordinates) -> None:
    """Refuse a declared rule that the table breaks; warn where another table's rules are used."""
    rows = breaking(c, record)
    where = ""
    if rows is not None and rows.any():
        where = f" in {int(rows.sum()):,} of {len(rows):,} rows (first: position {_first(rows)})"
    if record.told is not None:
        warnings.warn(
            f"the rule {record.words!r} does not hold in this table{where}; its columns are "
            "modelled freely",
            FitWarning,
            stacklevel=6,
        )
        return
    if record.kind == "tie":
        held = tied(c, record)
        raise DataError(
            f"the rule {record.words!r} does not hold: it does in {int(held.sum()):,} of "
            f"{len(held):,} rows, which is too few to learn from. Leave the rule out, or fit to a "
            "table that has more of such rows."
        )
    made = [n for n in record.columns if (j := c.places.get(n)) is not None and j in c.made]
    if rows is not None and not rows.any() and made:
        raise DataError(
            f"the rule {record.words!r} is true, but {made} follow from other rules already, so it "
            "cannot be held as well. Leave one of them out (keep = false in the schema), or pass "
            "it as cs.rules.Check(function)."
        )
    if record.kind == "lattice":
        where = ": the last digits that the table shows may be chance"
    if record.kind == "calendar" and c.clocks.keys().isdisjoint(map(c.place, record.columns)):
        where = where or f": {record.columns[0]!r} holds no dates"
    if record.kind == "identity" and _adds_dates(record, c):
        raise DataError(
            f"the rule {record.words!r} does not hold: it adds dates, and the sum of two dates is "
            "none. Write what lies between two, as 'days = end - start', or add a number of days "
            "to one, as 'end = start + days'."
        )
    share = 0.0 if rows is None else float(np.ceil(rows.mean() * 1e3) / 1e3)
    ways = ["Mend the rows", *(["widen the bounds"] if record.kind == "range" else [])]
    ways += ["leave the rule out"]
    ways += [f"declare it with allow={share:g}"] if 0 < share < 0.5 else []
    raise DataError(
        f"the rule {record.words!r} does not hold{where}. {', '.join(ways[:-1])}, or {ways[-1]}."
    )


def _adds_dates(record: Rule, c: Coordinates) -> bool:
    """Whether an identity adds two times: in sums that have a meaning they come to one or none."""
    stated = read(record.formula)
    if stated is None or not isinstance(stated.rule, Linear):
        return False
    timed = [c.place(name) in c.clocks for name in stated.parents]
    return bool(stated.rule.weights[timed].sum() > 1)


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
            f"(first: position {_first(rows)}). Mend the rows, or leave the rule out."
        )
    return c.adding(rule, Rule("check", (check.words,), obey=len(rows), told=len(rows)))


def _first(rows: Bools) -> int:
    """Return the place of the first row that is marked."""
    return int(np.argmax(rows))
