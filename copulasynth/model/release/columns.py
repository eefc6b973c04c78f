"""The schema and the provenance of a model that leaves: what can be drawn, and no more."""

import math
from collections.abc import Mapping
from dataclasses import replace

from copulasynth._arrays import Floats
from copulasynth.model.provenance import Provenance, Release
from copulasynth.rules.coarse import Codes
from copulasynth.schema import Column, Schema, Variable
from copulasynth.schema.records import Rule

__all__ = ["coarse_parts", "coarse_schema", "rounded_up", "scrubbed"]

#: Digits of the number of rows.
ROW_DIGITS = 2


#: The pattern of identifiers whose own rests on too few rows.
NEW = "new-#######"


def coarse_schema(schema: Schema, codes: Mapping[int, Codes], rows: int, k_min: int) -> Schema:
    """Return a schema that lists the levels, missing codes and patterns that are left."""
    columns = list(schema.columns)
    for j, v in enumerate(schema.variables):
        if j in codes and v.kind == "state":
            columns[v.column] = _fewer_missing(columns[v.column], codes[j])
        elif j in codes:
            columns[v.column] = _fewer_levels(columns[v.column], codes[j])
    rules = None if schema.rules is None else tuple(map(_plain_rule, schema.rules))
    plain = tuple(_plain_column(c, rows, k_min) for c in columns)
    return replace(schema, columns=plain, notes=(), rules=rules)


def _fewer_levels(c: Column, codes: Codes) -> Column:
    left = [c.order[k] for k in codes.kept.tolist()]
    present = set(left) | set(c.code_places)
    places = [k for k in range(len(c.levels)) if k in present]
    order = tuple(places.index(k) for k in left)
    return c.replace(levels=tuple(c.levels[k] for k in places), order=order)


def _fewer_missing(c: Column, codes: Codes) -> Column:
    kept = [k - 2 for k in codes.kept.tolist() if k >= 2]
    missing = tuple(c.missing_codes[k] for k in kept)
    gone = {k for i, k in enumerate(c.code_places) if i not in kept} if c.coded else set()
    places = [k for k in range(len(c.levels)) if k not in gone]
    order = tuple(places.index(k) for k in c.order)
    levels = tuple(c.levels[k] for k in places)
    # the variable that says what is missing stays, whatever is
    return c.replace(missing_codes=missing, levels=levels, order=order, gaps=c.gaps or not missing)


def _plain_column(c: Column, rows: int, k_min: int) -> Column:
    if c.kind not in ("identifier", "drop"):
        return c
    plain = c.replace(lower=None, upper=None, levels=(), order=(), missing_codes=())
    if not c.writing:
        return plain
    # what nobody counted was found in at least half of the rows
    behind = c.behind or rows // 2
    if behind < k_min:
        return plain.replace(writing=NEW, behind=0)
    step = 10 ** max(len(str(behind)) - ROW_DIGITS, 0)
    return plain.replace(behind=max(behind // step * step, k_min))


def _plain_rule(rule: Rule) -> Rule:
    """Return a record without counts of rows, and without levels and numbers that few have."""
    allow = math.ceil(100 * rule.allow) / 100 if rule.allow else 0.0
    formula = "" if rule.kind in ("link", "one_hot") and rule.columns else rule.formula
    return Rule(rule.kind, rule.columns, formula, rule.keep, min(allow, 0.99))


def coarse_parts(
    schema: Schema,
    parts: tuple[Variable, ...],
    codes: Mapping[int, Codes],
    bounds: Floats,
) -> tuple[Variable, ...]:
    """Return the parts of rules, named by their columns alone, with their bounds."""
    made, first = [], len(schema.variables)
    for k, v in enumerate(parts):
        name = f"{schema.columns[v.column].name} [part {k + 1}]"
        levels = len(codes[first + k].kept) if first + k in codes else v.levels
        lower, upper = (0.0, levels - 1.0) if levels else bounds[first + k].tolist()
        made.append(replace(v, name=name, levels=levels, lower=lower, upper=upper))
    return tuple(made)


def scrubbed(made: Provenance, method: str, release: Release | None) -> Provenance:
    """Return how a model came about without what only its table can say."""
    rows = rounded_up(made.rows)
    return Provenance(rows, None, dict(made.versions), {"method": method}, release=release)


def rounded_up(rows: float) -> int:
    """Return the next number of two digits.

    >>> rounded_up(5273), rounded_up(40), rounded_up(7.2)
    (5300, 40, 8)
    """
    whole = math.ceil(rows)
    step = 10 ** max(len(str(whole)) - ROW_DIGITS, 0)
    return int(-(-whole // step) * step)
