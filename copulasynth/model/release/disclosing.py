"""What a model says of its table, and how many rows stand behind it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.copulas.coarse import supports
from copulasynth.marginals import Discrete, Marginal
from copulasynth.marginals.coarse import KNOTS, WINDOW, atoms_of
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.release.rows_behind import drawn_coordinates, rows_behind
from copulasynth.model.seen import Even
from copulasynth.model.strata import Strata
from copulasynth.rules import Derivation, Excepted, FittedRule, Guarded, stepped
from copulasynth.rules.levels.patterns import Patterned
from copulasynth.rules.links.link import LinkRule
from copulasynth.rules.numeric.calendar import CalendarRule

if TYPE_CHECKING:
    from copulasynth.model.model import Model

__all__ = ["HEADS", "disclose"]

#: A value of fewer rows than this share of one is in no row: draws may show it all the same.
NONE = 0.05
#: How many times the rows that a law itself shows may be stated: two digits, and noise of draws.
STATED = 1.15


class Held(NamedTuple):
    """Things of one kind in a model: which part has them, of which columns, and their rows."""

    part: str
    column: str
    what: str
    rows: float
    k: int


HEADS = Held._fields


def disclose(model: "Model") -> pd.DataFrame:
    """Return what a model says of its table; see :meth:`copulasynth.model.Model.disclose`."""
    if isinstance(model.sampler, JointLaw):
        held = [h for s in (model.sampler, *model.others) if isinstance(s, JointLaw)
                for h in _Listing(model, s).held()]  # fmt: skip
    elif isinstance(model.sampler, Strata):
        held = list(_grouped(model, model.sampler))
    elif model.holds_training_rows:
        held = [Held("rows", "", "training rows as they are", 1, model.provenance.rows)]
    else:
        held = [Held("laws", "", "laws of groups of rows, of sizes that are not kept", 1, 1)]
    held += [*_schema(model), *_provenance(model)]
    table = pd.DataFrame(held, columns=list(HEADS)).drop_duplicates()
    table["rows"] = np.floor(table["rows"].astype(np.float64) + 0.01).astype(np.int64)
    return table.sort_values("rows", kind="stable", ignore_index=True)


def _grouped(model: "Model", strata: Strata) -> Iterator[Held]:
    """Yield what laws of groups say, and the groups themselves."""
    names = ", ".join(dict.fromkeys(str(model.schema.columns[model.schema.variables[j].column].name)
                                    for j in strata.by))  # fmt: skip
    yield from _told("groups", names, "groups", np.concatenate([s.rows for s in strata.strata]))
    for law, rows in zip(strata.laws, strata.rows.tolist(), strict=True):
        made = replace(model.provenance, rows=rows)
        yield from _Listing(replace(model, sampler=law, provenance=made), law).held()


def _told(part: str, column: str, what: str, rows: Floats) -> Iterator[Held]:
    rows = rows[rows > NONE]
    if rows.size:
        yield Held(part, column, what, float(rows.min()), int(rows.size))


def _schema(model: "Model") -> Iterator[Held]:
    """Yield what columns say beside levels: first dates, and what messages tell."""
    n = model.provenance.rows
    released = model.provenance.release is not None
    for c in model.schema.columns:
        if c.kind == "constant" and c.value is not None:
            yield Held("schema", str(c.name), "its one value", n, 1)
        if c.writing:  # shared by all rows but a few, and by half of them in a pattern
            behind = float(n - len(c.missing_codes))
            if c.kind == "identifier":
                behind = min(n / 2, c.behind or n)
            yield Held("schema", str(c.name), "the form of its text", behind, 1)
        if c.offset and c.kind == "identifier":
            yield Held("schema", str(c.name), "a power of ten above all of its numbers", n, 1)
        elif c.offset and not released:
            yield Held("schema", str(c.name), "the first date or number of all", 1, 1)
    if model.schema.notes:
        yield Held("schema", "", "notes on columns", 1, len(model.schema.notes))
    counted = [r for r in model.schema.rules or () if r.told is not None and r.obey is not None]
    if counted:
        broken = [(r.told or 0) - (r.obey or 0) for r in counted]
        least = min([b for b in broken if b] or [n])
        yield Held("schema", "", "counts of rows that obey or break rules", least, len(counted))


def _provenance(model: "Model") -> Iterator[Held]:
    made = model.provenance
    if made.candidates or made.selection:
        names = len(next(iter(made.candidates.values()), ())) + len(made.selection)
        yield Held("provenance", "", "what was tried, with numbers and reasons", 1, names)
    if made.warnings:
        yield Held("provenance", "", "what the fit warned of", 1, len(made.warnings))
    if made.release is None:
        yield Held("provenance", "", "the number of rows, and choices of the fit", made.rows, 1)


class _Listing:
    """What a joint law says; lives while it is looked at."""

    def __init__(self, model: "Model", law: JointLaw) -> None:
        self.law, self.schema = law, model.schema
        self.variables = law.coordinates(model.schema)
        self.n, self.released = model.provenance.rows, model.provenance.release
        self.x = drawn_coordinates(law)
        self.rows = rows_behind(law, self.x, self.n, cautious=False)
        if self.released is not None:
            # what a file states is taken for the few that its rounding leaves open, not for more
            stated = np.array(self.released.behind, dtype=np.float64)
            self.rows = np.where(stated <= STATED * self.rows + 1.0, stated, self.rows)
        self.of = dict(zip(law.free, law.marginals, strict=True))

    def column(self, *places: int) -> str:
        names = (str(self.schema.columns[self.variables[j].column].name) for j in places)
        return ", ".join(dict.fromkeys(names))

    def held(self) -> Iterator[Held]:
        """Yield all of it."""
        for j, m in self.of.items():
            yield from self._marginal(j, m)
        for rule in self.law.rules:
            yield from self._rule(rule)
        free = self.law.free
        rows = self.rows[list(free)]
        for s in supports(self.law.copula, rows, self.n, self.released is not None):
            column = "" if s.variable < 0 else self.column(free[s.variable])
            yield from _told(s.part, column, s.what, s.rows)
        yield from self._unseen_levels()

    def _marginal(self, j: int, m: Marginal) -> Iterator[Held]:
        v, base, rows = self.variables[j], m.base if isinstance(m, Even) else m, float(self.rows[j])
        if isinstance(base, Discrete):
            part = "schema" if v.levels and j < self.law.dim else "marginals"
            what = "levels" if v.levels else "values"
            yield from _told(part, self.column(j), what, base.probabilities * rows)
            return
        for what, shares in atoms_of(base):
            behind = shares * rows
            if what == KNOTS:
                least = WINDOW if self.released is None else max(WINDOW, self.released.k_min)
                behind = np.minimum(behind, least)
            yield from _told("marginals", self.column(j), what, behind)

    def _rule(self, rule: FittedRule) -> Iterator[Held]:
        column = self.column(*rule.makes) if rule.makes else ""
        if isinstance(rule, Patterned | LinkRule):
            yield from _told("rules", column, "combinations of values", self._counts(rule.part))
        inner = rule.rule if isinstance(rule, Guarded) else rule
        inner = inner.derivation if isinstance(inner, Excepted) else inner
        steps = stepped(inner.rule) if isinstance(inner, Derivation) else None
        if isinstance(inner, Derivation) and steps is not None:
            counts = self._steps(inner.parents[0], *steps)
            yield from _told("rules", column, "steps of a function", counts)
        if isinstance(rule, CalendarRule) and self.released is None:
            yield Held("rules", column, "the first and the last day", 1, 2)

    def _counts(self, part: int) -> Floats:
        """Return the rows of each pattern of a part."""
        m = self.of.get(part)
        base = m.base if isinstance(m, Even) else m
        if isinstance(base, Discrete):
            return np.asarray(base.probabilities * self.rows[part])
        own = self.x[part]
        counts = np.bincount(own[own == own].astype(np.int64))
        return np.asarray(counts * self.n / len(own))

    def _steps(self, parent: int, edges: Floats, of: Callable[[Floats], Floats]) -> Floats:
        """Return the rows on each step of a function of `of` one parent."""
        m = self.of.get(parent)
        base = m.base if isinstance(m, Even) else m
        if isinstance(base, Discrete):
            at, weights = np.searchsorted(edges, of(base.values)), base.probabilities
            return np.asarray(np.bincount(at, weights * self.rows[parent], len(edges) + 1))
        own = self.x[parent]
        at = np.searchsorted(edges, of(own[own == own]))
        return np.asarray(np.bincount(at, minlength=len(edges) + 1) * self.n / len(own))

    def _unseen_levels(self) -> Iterator[Held]:
        """Yield levels that are listed and that no row has; those of a truth are known to all."""
        for j, m in self.of.items():
            v = self.variables[j]
            base = m.base if isinstance(m, Even) else m
            truth = self.schema.columns[v.column].storage == "boolean"
            if j < self.law.dim and v.levels and v.kind != "state" and not truth:
                there = (
                    base.probabilities[base.probabilities > 0].size
                    if isinstance(base, Discrete)
                    else v.levels
                )
                if there < v.levels:
                    what = "levels that no row has"
                    yield Held("schema", self.column(j), what, 0, v.levels - there)
