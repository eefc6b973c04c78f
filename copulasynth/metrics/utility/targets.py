"""Which columns are worth predicting: not what a rule makes, nor what a neighbour gives away."""

import re
from collections.abc import Iterable
from functools import partial
from itertools import combinations

import numpy as np

from copulasynth._arrays import Ints
from copulasynth.metrics.bins import bin_tables
from copulasynth.metrics.joint.rule_shares import rules_of
from copulasynth.metrics.once import once
from copulasynth.metrics.pair_counts import all_counts
from copulasynth.metrics.pairs.contingency import association_v
from copulasynth.metrics.table import Table
from copulasynth.schema import Rule, Schema

__all__ = ["choose_targets"]

_MOST_CLASSES = 10
# A column is given by another where so many rows have the value that the other goes with.
_EXACT = 0.995
# Fewer rows a value than this say nothing about whether one column gives the other.
_ROWS_EACH = 10
# About so many rows, evenly spaced, show whether one column gives another.
_LOOKED_AT = 2000
#: How words begin, in names of columns, that people want to predict.
_OUTCOMES = re.compile(
    r"(^|[^a-z])(churn|target|outcome|label|class|default|fraud|response|attrition|survived)"
)


def choose_targets(
    table: Table,
    most: int = 3,
    schema: Schema | None = None,
    levelled: bool = False,
    whole: Table | None = None,
) -> list[str]:
    """Return columns to predict, best first.

    An outcome comes first if there is one: a column of two to ten levels, or of two numbers, whose
    name says so ("churn", "target", "default" and the like), else the last column of two values.
    The others are those most associated with the rest (mean Cramer's V).

    A column that a rule makes of others is left out, be the rules those of the schema or found in
    about 2,000 rows of the `whole` table, and one that another column gives exactly: to predict it
    says nothing of what the rows have to teach. With `levelled` only columns of levels are looked
    at.
    """
    listed = None if schema is None else schema.rules
    made = _made_by(_found(table if whole is None else whole) if listed is None else listed)
    find = partial(_chosen, table, most, made, levelled)
    of = table.columns, table.numbers, table.states, most, sorted(made), levelled
    return list(once("targets", find, *of))


def _chosen(table: Table, most: int, made: set[str], levelled: bool) -> tuple[str, ...]:
    usable = [j for j in range(len(table.columns)) if _can_be_target(table, j)]
    usable = [j for j in usable if table.columns[j].levels or not levelled]
    order = [j for j in _by_strength(table, usable) if table.names[j] not in made]
    outcome = _outcome(table, [j for j in usable if j in order])
    order = [*outcome, *(j for j in order if j not in outcome)]
    some = _some(table)
    chosen: list[int] = []
    for j in order:
        if len(chosen) == most:
            break
        if not any(_gives(some, i, j) for i in range(len(table.columns)) if i != j):
            chosen.append(j)
    return tuple(table.names[j] for j in chosen)


def _some(table: Table) -> Table:
    return table.take(slice(None, None, max(1, table.n // _LOOKED_AT)))


def _found(table: Table) -> tuple[Rule, ...]:
    """Return the rules of a part of the rows, which show what is made of what as all of them do."""
    return tuple(f.record for f in rules_of(_some(table)).found)


def _made_by(rules: Iterable[Rule]) -> set[str]:
    """Return the columns that rules make of others."""
    kept = [rule for rule in rules if rule.keep]
    made = {rule.columns[0] for rule in kept if rule.kind == "identity" and rule.columns}
    return made | {name for rule in kept if rule.kind == "one_hot" for name in rule.columns}


def _by_strength(table: Table, usable: list[int]) -> list[int]:
    binned = bin_tables([table], max_levels=20)
    d = len(table.columns)
    strength = np.zeros(d)
    pairs = combinations(range(d), 2)
    for pair, counts in zip(pairs, all_counts(binned, 0, 2, None), strict=True):
        strength[[*pair]] += association_v(counts)[0]
    return sorted(usable, key=lambda j: -strength[j])


def _can_be_target(table: Table, j: int) -> bool:
    x = table.present(j)
    distinct = np.unique(x).size
    if x.size < 0.5 * table.n or distinct < 2:
        return False
    return table.columns[j].kind == "numeric" or distinct <= _MOST_CLASSES


def _outcome(table: Table, usable: list[int]) -> list[int]:
    """Return the column that looks like an outcome, or nothing."""
    sizes = {j: np.unique(table.present(j)).size for j in usable}
    few = [j for j in usable if sizes[j] == 2 or table.columns[j].kind != "numeric"]
    named = [j for j in few if _OUTCOMES.search(_words(table.names[j]))]
    return (named or [j for j in few if sizes[j] == 2])[-1:]


def _words(name: str) -> str:
    """Return a name in lower case, "isFraud" as two words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold()


def _gives(table: Table, i: int, j: int) -> bool:
    """Tell whether column i gives column j exactly, be it level by level, by cuts or by order."""
    here = (table.states[i] == 0) & (table.states[j] == 0)
    x, y = table.numbers[i, here], table.numbers[j, here]
    values, place = np.unique(x, return_inverse=True)
    labels, code = np.unique(y, return_inverse=True)
    if x.size < max(_EXACT * (table.states[j] == 0).sum(), _ROWS_EACH):
        return False
    if labels.size * values.size <= x.size * _ROWS_EACH and values.size * _ROWS_EACH <= x.size:
        counts = np.bincount(place * labels.size + code, minlength=labels.size * values.size)
        return bool(counts.reshape(values.size, -1).max(axis=1).sum() >= _EXACT * x.size)
    if not table.columns[i].ranked:
        return False
    order = np.argsort(place, kind="stable")
    if labels.size * _ROWS_EACH <= x.size:
        # bands of a number: a few cuts tell all of them apart
        return int((np.diff(code[order]) != 0).sum()) <= 2 * labels.size
    return table.columns[j].ranked and abs(_correlation(place, code)) >= _EXACT


def _correlation(a: Ints, b: Ints) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0
