"""The fit of one group's law: what is the same in all its rows is set, the rest has a law."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.copulas import CopulaKnobs
from copulasynth.errors import CopulasynthError, DataError, FitWarning, SamplingError
from copulasynth.fitting.rule import Prefer, Ruled
from copulasynth.model import Strata, Stratum
from copulasynth.model.following import Following
from copulasynth.model.learn import learnt
from copulasynth.model.seen import DRAWS, evened
from copulasynth.model.tally import Tally
from copulasynth.model.whole import rounded_shares, values_of_counts
from copulasynth.rules.levels.groups import GroupRule
from copulasynth.rules.levels.patterns import nominal_part
from copulasynth.schema import Variable
from copulasynth.schema.level_order import order_levels

__all__ = ["Counts", "Group", "GroupFit", "GroupItem", "GroupTask", "fit_group"]

#: Rows of a group from which the rule of "auto" may name trees: fewer would take more room in a
#: file than they do themselves.
TREES = 1000
#: Draws a row of a group, and fewest, that show where its law is to be made even: their noise is
#: a quarter of that of the rows.
PILOTS, FEWEST = 16, 1 << 13
#: Values of equal probability that stand for counts of levels, and for those of numbers.
LEVELS, NUMBERS = 1 << 16, 1 << 12


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """All rows of a group counted by a coordinate, at edges or by so many levels."""

    edges: Floats | int
    tally: Tally

    @property
    def constant(self) -> bool:
        """Whether all rows that have a value have the same."""
        if isinstance(self.edges, int):
            return bool(np.count_nonzero(self.tally.counts) <= 1)
        return self.tally.n == 0 or self.tally.low == self.tally.high

    @property
    def value(self) -> float:
        """One of the values, NaN where there is none."""
        if not self.tally.n:
            return np.nan
        levels = isinstance(self.edges, int)
        return float(np.argmax(self.tally.counts)) if levels else self.tally.low

    def values(self, v: Variable, x: Floats) -> Floats:
        """Return values of the shares of all rows, those of the sample between edges."""
        most = LEVELS if isinstance(self.edges, int) else NUMBERS
        return values_of_counts(v, x, self.edges, self.tally, most)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A group, or several that have a law together.

    Attributes
    ----------
    keys : (k, m) float64
        Values that tell each group, 0 where missing.
    counts : (k,) int64
        Rows of each in the table.
    rows : (n,) int64
        The rows to which the law is fitted.
    code : (n,) int64
        The group of each.
    name : str
        What messages call it.
    effective : float
        How many rows, chosen one by one, would tell as much; 0 where all rows are fitted.
    """

    keys: Floats
    counts: Ints
    rows: Ints
    code: Ints
    name: str = ""
    effective: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class GroupTask:
    """What the fits of all groups have in common.

    Attributes
    ----------
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
    usual : (D,) float64
        A value of each coordinate, where a group has none.
    """

    variables: tuple[Variable, ...]
    free: tuple[int, ...]
    by: tuple[int, ...]
    following: Following
    parts: tuple[Variable, ...]
    specs: tuple[str, ...]
    knobs: CopulaKnobs | None
    prefer: Prefer
    usual: Floats

    @property
    def column(self) -> int:
        """The first column that tells groups."""
        return self.variables[self.by[0]].column

    @property
    def inner(self) -> list[int]:
        """Free coordinates beside those that tell groups."""
        return [j for j in self.free if j not in self.by]


@dataclass(frozen=True, slots=True, eq=False)
class GroupItem:
    """All that a worker needs to fit a group.

    Attributes
    ----------
    group : Group
    x : (n, D) float64
        Coordinates of its rows.
    counts : sequence of Counts or None
        Of the inner coordinates among all of its rows; none where all rows are fitted.
    rng : numpy.random.Generator
    """

    group: Group
    x: Floats
    counts: Sequence[Counts | None]
    rng: np.random.Generator

    def of(self, task: GroupTask, j: int) -> Counts | None:
        """Return what all rows say of an inner coordinate."""
        return self.counts[task.inner.index(j)] if self.counts else None


@dataclass(frozen=True, slots=True, eq=False)
class GroupFit:
    """The law of a group, and what its fit warned of."""

    stratum: Stratum
    said: tuple[str, ...]


def fit_group(task: GroupTask, item: GroupItem) -> GroupFit:
    """Fit the law of a group.

    Raises
    ------
    DataError, SamplingError
        If it cannot be; the message names the group.
    """
    with _naming(item.group.name), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        stratum = _fitted(task, item)
    said = tuple(str(w.message) for w in caught if issubclass(w.category, FitWarning))
    return GroupFit(stratum, said)


@contextmanager
def _naming(group: str) -> Iterator[None]:
    """Name the group in what goes wrong."""
    try:
        yield
    except CopulasynthError as e:
        kind = DataError if isinstance(e, DataError) else SamplingError
        raise kind(f"by: the law of {group} cannot be fitted: {e}") from e
    except Exception as e:
        e.add_note(f"while the law of {group} was fitted")
        raise


def _fitted(task: GroupTask, item: GroupItem) -> Stratum:
    group, x, rng = item.group, item.x, item.rng
    constant = _constant(task, item)
    free = [j for j in task.inner if j not in constant]
    variables, specs = task.variables, list(task.specs)
    columns = _columns(task, item, free)
    if columns:
        x = _independent(task, x, free, rng)
    variables = tuple(_within(task, item, j, v) for j, v in enumerate(variables))
    if len(group.keys) > 1:
        group, x = _numbered(task, group, x)
        variables = (*variables, nominal_part("[group]", task.column, len(group.keys)))
        free, specs = [*free, len(specs)], [*specs, "auto"]
        if columns:
            shares = rounded_shares(group.counts, LEVELS)
            columns = [*columns, np.repeat(np.arange(len(shares), dtype=np.float64), shares)]
    shared = _shared(task, item, group, constant)
    knobs = task.knobs or Ruled("speed" if len(x) < TREES else task.prefer)
    fitted, copula = learnt(variables, free, x, x, specs, knobs, rng, columns=columns, brief=True)
    named = knobs.tried[-1][0].knobs if isinstance(knobs, Ruled) and knobs.tried else knobs
    marginals = tuple(f.marginal for f in fitted)
    known = (group.keys, group.counts, repr(named), shared)
    return _evened(task, Stratum(*known, marginals, copula, group.effective), rng)


def _columns(task: GroupTask, item: GroupItem, free: list[int]) -> list[Floats]:
    """Return values in the shares of all rows, or of the sample where these are not counted."""
    columns = []
    for j in free if item.counts else ():
        counts = item.of(task, j)
        own = item.x[:, j]
        known = own[~np.isnan(own)] if counts is None else counts.values(task.variables[j], own)
        columns.append(known)
    return columns


def _independent(task: GroupTask, x: Floats, free: list[int], rng: np.random.Generator) -> Floats:
    """Return rows in which coordinates that vary in others only vary by chance.

    A copula would take them for whatever fits, as nothing in these rows contradicts.
    """
    alike = [j for j in free if _is_one(x[:, j])]
    if alike:
        x, stream = x.copy(), rng.spawn(1)[0]
        for j in alike:
            levels = task.variables[j].levels
            x[:, j] = stream.integers(0, 2, len(x)) if levels else stream.permutation(len(x))
    return x


def _is_one(x: Floats) -> bool:
    """Whether there is one value, or none."""
    own = x[~np.isnan(x)]
    return bool(own.size == 0 or (own == own[0]).all())


def _within(task: GroupTask, item: GroupItem, j: int, v: Variable) -> Variable:
    """Return a variable whose bounds hold all values of a group."""
    counts = item.of(task, j) if j in task.inner else None
    return v if counts is None or v.levels or not counts.tally.n else counts.tally.within(v)


def _constant(task: GroupTask, item: GroupItem) -> list[int]:
    """Return the free coordinates that are the same in all rows, beside those that tell groups."""
    found = []
    for j in task.inner:
        counts = item.of(task, j)
        if _is_one(item.x[:, j]) if counts is None else counts.constant:
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
    keys, counts = group.keys[order], group.counts[order]
    return replace(group, keys=keys, counts=counts, code=code), np.column_stack([x, code])


def _shared(task: GroupTask, item: GroupItem, group: Group, constant: list[int]) -> GroupRule:
    """Return what makes the coordinates that are the same in all rows of a group."""
    own = [k for k, j in enumerate(task.by) if j in task.free]
    makes = tuple(task.by[k] for k in own) + tuple(constant)
    values = [_value(task, item, j) for j in constant]
    levels = np.column_stack([group.keys[:, own], np.tile(values, (len(group.keys), 1))])
    return GroupRule(makes, levels, len(task.variables) if len(group.keys) > 1 else -1)


def _value(task: GroupTask, item: GroupItem, j: int) -> float:
    """Return the value of a coordinate; one of other rows where a group has none."""
    own, counts = item.x[:, j], item.of(task, j)
    known = [*own[~np.isnan(own)][:1], np.nan if counts is None else counts.value, task.usual[j]]
    return float(next((value for value in known if value == value), 0.0))


def _evened(task: GroupTask, made: Stratum, rng: np.random.Generator) -> Stratum:
    """Return a law whose coordinates have their marginals where they are looked at."""
    law = Strata(task.by, task.column, task.following, task.parts, (made,)).laws[0]
    # of few rows no more is known of marginals than so many draws show
    draws = min(max(PILOTS * int(made.rows.sum()), FEWEST), DRAWS)
    law = evened(law, rng, draws)
    return replace(made, marginals=law.marginals)
