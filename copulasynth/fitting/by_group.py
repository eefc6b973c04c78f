"""The fit of one group's law: what is the same in all its rows is set, the rest has a law."""

import warnings
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas import CopulaKnobs
from copulasynth.errors import FitWarning
from copulasynth.fitting.rule import Prefer, Ruled
from copulasynth.model import Strata, Stratum
from copulasynth.model.following import Following
from copulasynth.model.learn import learnt
from copulasynth.model.seen import evened
from copulasynth.rules.levels.groups import GroupRule
from copulasynth.rules.levels.patterns import nominal_part
from copulasynth.schema import Variable
from copulasynth.schema.level_order import order_levels

__all__ = ["Group", "GroupFit", "GroupTask", "fit_group"]

#: Rows of a group from which the rule of "auto" may name trees: fewer would take more room in a
#: file than they do themselves.
TREES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A group, or several that have a law together.

    Attributes
    ----------
    keys : (k, m) float64
        Values that tell each group, 0 where missing.
    counts : (k,) int64
    rows : (n,) int64
        Whose rows they are.
    code : (n,) int64
        The group of each row.
    """

    keys: Floats
    counts: Ints
    rows: Ints
    code: Ints


@dataclass(frozen=True, slots=True, eq=False)
class GroupTask:
    """What the fits of all groups have in common.

    Attributes
    ----------
    x : (n, D) float64
        Coordinates of all rows.
    variables : D variables
    free : tuple of int
        Coordinates that no rule makes.
    by : tuple of int
        Variables that tell groups.
    following : Following
    parts : tuple of Variable
    specs : D choices of marginals
    knobs : CopulaKnobs or None
        None has the rule of "auto" name them.
    prefer : {"fidelity", "privacy", "speed"}
    """

    x: Floats
    variables: tuple[Variable, ...]
    free: tuple[int, ...]
    by: tuple[int, ...]
    following: Following
    parts: tuple[Variable, ...]
    specs: tuple[str, ...]
    knobs: CopulaKnobs | None
    prefer: Prefer

    @property
    def column(self) -> int:
        """The first column that tells groups."""
        return self.variables[self.by[0]].column

    @property
    def inner(self) -> list[int]:
        """Free coordinates beside those that tell groups."""
        return [j for j in self.free if j not in self.by]


@dataclass(frozen=True, slots=True, eq=False)
class GroupFit:
    """The law of a group, and what its fit warned of."""

    stratum: Stratum
    said: tuple[str, ...]


def fit_group(task: GroupTask, item: tuple[Group, np.random.Generator]) -> GroupFit:
    """Fit the law of a group."""
    group, rng = item
    x = task.x[group.rows]
    several = len(group.keys) > 1
    constant = _constant(task, x)
    free = [j for j in task.inner if j not in constant]
    variables, specs = task.variables, list(task.specs)
    if several:
        group, x = _numbered(task, group, x)
        variables = (*variables, nominal_part("[group]", task.column, len(group.keys)))
        free, specs = [*free, len(specs)], [*specs, "auto"]
    shared = _shared(task, group, x, constant)
    knobs = task.knobs or Ruled("speed" if len(x) < TREES else task.prefer)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        fitted, copula = learnt(variables, free, x, x, specs, knobs, rng)
    said = tuple(str(w.message) for w in caught if issubclass(w.category, FitWarning))
    named = knobs.tried[-1][0].knobs if isinstance(knobs, Ruled) and knobs.tried else knobs
    made = Stratum(
        group.keys, group.counts, repr(named), shared, tuple(f.marginal for f in fitted), copula
    )
    return GroupFit(_evened(task, made, rng), said)


def _constant(task: GroupTask, x: Floats) -> list[int]:
    """Return the free coordinates that are the same in all rows, beside those that tell groups."""
    found = []
    for j in task.inner:
        own = x[:, j][~np.isnan(x[:, j])]
        if own.size == 0 or (own == own[0]).all():
            found.append(j)
    return found


def _numbered(task: GroupTask, group: Group, x: Floats) -> tuple[Group, Floats]:
    """Return groups in the order in which they differ, and rows with their numbers behind."""
    others = task.inner
    kinds = ["state" if (k := task.variables[j].kind) == "nominal" else k for j in others]
    levels = [*(task.variables[j].levels for j in others), len(group.keys)]
    table = np.column_stack([x[:, others], group.code])
    order = order_levels(table, [*kinds, "nominal"], levels).get(len(others))
    order = np.arange(len(group.keys)) if order is None else order
    code = np.argsort(order)[group.code]
    numbered = Group(group.keys[order], group.counts[order], group.rows, code)
    return numbered, np.column_stack([x, code])


def _shared(task: GroupTask, group: Group, x: Floats, constant: list[int]) -> GroupRule:
    """Return what makes the coordinates that are the same in all rows of a group."""
    own = [k for k, j in enumerate(task.by) if j in task.free]
    makes = tuple(task.by[k] for k in own) + tuple(constant)
    values = [_value(task, x, j) for j in constant]
    levels = np.column_stack([group.keys[:, own], np.tile(values, (len(group.keys), 1))])
    return GroupRule(makes, levels, len(task.variables) if len(group.keys) > 1 else -1)


def _value(task: GroupTask, x: Floats, j: int) -> float:
    """Return the value of a coordinate; one of all rows where a group has none."""
    for own in (x[:, j], task.x[:, j]):
        seen = own[~np.isnan(own)]
        if seen.size:
            return float(seen[0])
    return 0.0


def _evened(task: GroupTask, made: Stratum, rng: np.random.Generator) -> Stratum:
    """Return a law whose coordinates have their marginals where they are looked at."""
    law = evened(Strata(task.by, task.column, task.following, task.parts, (made,)).laws[0], rng)
    return Stratum(made.keys, made.rows, made.knobs, made.shared, law.marginals, law.copula)
