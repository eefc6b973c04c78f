"""The coordinates of a law made coarse: marginals, codes that are left, changes of the scale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from copulasynth._arrays import Floats, Ints, floats
from copulasynth.copulas.coarse import Change
from copulasynth.errors import DataError
from copulasynth.marginals import Discrete, Marginal
from copulasynth.marginals.coarse import Asked, Coarse, coarse_marginal, shifted
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.seen import Even
from copulasynth.rules import Excepted, Guarded
from copulasynth.rules.coarse import Codes, outcomes, side_bounds
from copulasynth.rules.links.link import LinkRule
from copulasynth.rules.numeric.calendar import CalendarRule
from copulasynth.rules.numeric.monthly import MonthRule
from copulasynth.rules.numeric.place import PlaceRule
from copulasynth.schema import Schema, Variable

__all__ = [
    "Free",
    "Left",
    "coarse_free",
    "codes_left",
    "natural_bounds",
    "with_codes",
    "with_shift",
]

REMEDY = "treat the table before the fit ('copulasynth treat')"
#: Decimals of the knots that make a marginal even.
KNOT_DIGITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Free:
    """A free coordinate made coarse.

    Attributes
    ----------
    place : int
    coarse : Coarse
        Its marginal, on the former codes.
    change : Change
    """

    place: int
    coarse: Coarse
    change: Change

    @property
    def base(self) -> Marginal:
        """Its marginal without what makes it even."""
        return _base(self.coarse.marginal)

    @property
    def values(self) -> Ints:
        """The codes that are left, of a coordinate that has some."""
        base = self.base
        if not isinstance(base, Discrete):
            return np.empty(0, dtype=np.int64)
        return base.values[base.probabilities > 0].astype(np.int64)


def natural_bounds(law: JointLaw, variables: tuple[Variable, ...]) -> Floats:
    """Return bounds of the coordinates that no row made, (D, 2)."""
    found = np.array([[v.lower, v.upper] for v in variables]).reshape(-1, 2)
    for rule in law.rules:
        if isinstance(rule, LinkRule):
            for fork in rule.forks:
                j, number = fork.event.place, fork.event.number
                step = float(law.following.steps[j])
                for b in (fork.inside, fork.outside):
                    if b.part >= 0 and not b.values.size:
                        found[b.part] = side_bounds(b, number, found[j], step)
    return found


def coarse_free(
    law: JointLaw,
    schema: Schema,
    variables: tuple[Variable, ...],
    rows: Floats,
    natural: Floats,
    k_min: int,
) -> tuple[Free, ...]:
    """Return the free coordinates, in none of which fewer than k_min rows stand for anything.

    Raises
    ------
    DataError
        If nothing of a column would be left.
    """
    made = []
    for j, m in zip(law.free, law.marginals, strict=True):
        v = variables[j]
        asked = Asked(
            float(rows[j]), k_min, v.levels > 0, float(natural[j, 0]), float(natural[j, 1])
        )
        unseen = asked.few(1.0) and (j >= law.dim or not v.levels)
        try:
            found = _unseen(v) if unseen else _coarse(_listed(m, v.levels), asked)
        except ValueError as e:
            name = schema.columns[v.column].name
            raise DataError(
                f"column {name!r} cannot be exported with k_min = {k_min}: {e}. Drop it or {REMEDY}"
            ) from e
        made.append(Free(j, found, _change(_base(m), found, float(rows[j]), k_min)))
    return tuple(made)


def _base(m: Marginal) -> Marginal:
    return m.base if isinstance(m, Even) else m


def _coarse(m: Marginal, asked: Asked) -> Coarse:
    found = coarse_marginal(_base(m), asked)
    if not isinstance(m, Even):
        return found
    knots = np.round(m.knots, KNOT_DIGITS)
    if (np.diff(knots) <= 0).any():
        knots = m.knots
    return replace(found, marginal=replace(m, base=found.marginal, knots=knots))


def _listed(m: Marginal, levels: int) -> Marginal:
    """Return a marginal, that of levels as their frequencies, whatever law says them."""
    if not levels or isinstance(_base(m), Discrete):
        return m
    low, high = m.cell(np.arange(float(levels)))
    return Discrete(np.arange(float(levels)), (high - low) / (high - low).sum())


def _unseen(v: Variable) -> Coarse:
    """Return what stands for a coordinate that no row looks at any more."""
    value = 0.0 if v.levels else float(np.clip(0.0, v.lower, v.upper))
    return Coarse(Discrete(np.array([value]), np.ones(1)), np.array([[-np.inf, np.inf, value]]), 1)


def _change(was: Marginal, found: Coarse, rows: float, k_min: int) -> Change:
    now = _base(found.marginal)
    first, last, value = found.cells.T
    if not len(found.cells):
        return Change.of(np.empty(0), np.empty(0), np.empty((0, 2)), rows, k_min)
    low, high = _cell(was, first)[0], _cell(was, last)[1]
    new = _cell(now, value)
    closed = np.column_stack([low, high])[first < last]
    ends = np.r_[low, high], np.r_[new[0], new[1]]
    return Change.of(*ends, closed, rows, k_min)


def _cell(m: Marginal, x: Floats) -> tuple[Floats, Floats]:
    """Return the cells of values, those of infinite ones at the ends."""
    finite = np.where(np.isfinite(x), x, 0.0)
    low, high = m.cell(finite)
    low, high = np.where(x == -np.inf, 0.0, low), np.where(x == -np.inf, 0.0, high)
    return np.where(x == np.inf, 1.0, low), np.where(x == np.inf, 1.0, high)


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """Which codes of each coordinate can still be drawn, of drawn coordinates x.

    A row of x stands for `weight` rows of the table.
    """

    law: JointLaw
    variables: tuple[Variable, ...]
    free: Mapping[int, Free]
    x: Floats
    weight: float
    k_min: int
    _found: dict[int, Ints] = field(default_factory=dict)

    def codes(self, j: int) -> Ints:
        """Return the codes of coordinate j that are left."""
        if j not in self._found:
            self._found[j] = self._reach(j)
        return self._found[j]

    def _reach(self, j: int) -> Ints:
        if j in self.free:
            return self.free[j].values
        every = np.arange(self.variables[j].levels)
        rule = next((r for r in self.law.rules if j in r.makes), None)
        found = None if rule is None else outcomes(rule, j, self)
        return every if found is None else np.intersect1d(found, every)

    def steps(self, edges: Floats, j: int, of: Callable[[Floats], Floats]) -> Ints:
        """Return the steps of a function of `of` coordinate j on which enough rows stand."""
        base = _base(self.free[j].coarse.marginal) if j in self.free else None
        if isinstance(base, Discrete):
            return np.unique(np.searchsorted(edges, of(base.values[base.probabilities > 0])))
        if self.variables[j].levels:
            return np.unique(np.searchsorted(edges, of(floats(self.codes(j)))))
        own = self.x[j]
        at = np.searchsorted(edges, of(own[own == own]))
        counts = np.bincount(at, minlength=len(edges) + 1) * self.weight
        kept: Ints = np.flatnonzero(counts >= self.k_min)
        return kept if kept.size else np.array([int(np.argmax(counts))])


def codes_left(left: Left, schema: Schema) -> tuple[dict[int, Codes], dict[int, int]]:
    """Return the coordinates whose codes are numbered anew, and whose codes parts have.

    Those of cells of a place, of weekdays, of exceptions and of the two values of a truth are not.
    """
    own = _same_codes(left.law)
    fixed = {r.cell for r in left.law.rules if isinstance(r, PlaceRule)}
    fixed |= {r.weekday for r in left.law.rules if isinstance(r, CalendarRule)}
    fixed |= {r.which for r in left.law.rules if isinstance(r, MonthRule)}
    inner = [r.rule if isinstance(r, Guarded) else r for r in left.law.rules]
    fixed |= {r.flag for r in inner if isinstance(r, Excepted)}
    codes: dict[int, Codes] = {}
    for j, v in enumerate(left.variables):
        truth = schema.columns[v.column].storage == "boolean" and v.kind != "state"
        if not v.levels or j in fixed or j in own or (truth and j < left.law.dim):
            continue
        kept = left.codes(j)
        if v.kind == "state":
            kept = np.union1d(kept, [0, 1])
        found = Codes(kept, v.levels)
        if not found.same:
            codes[j] = found
    for part, j in own.items():
        if j in codes:
            codes[part] = codes[j]
    return codes, own


def _same_codes(law: JointLaw) -> dict[int, int]:
    """Return the parts that have the codes of the coordinate that they are a part of."""
    found = {}
    for rule in law.rules:
        inner = rule.rule if isinstance(rule, Guarded) else rule
        if isinstance(inner, Excepted) and not inner.relative and inner.own >= 0:
            found[inner.own] = inner.derivation.target
        if isinstance(rule, Guarded):
            found[rule.own] = rule.target
    return found


def with_codes(m: Marginal, codes: Codes) -> Marginal:
    """Return a marginal of codes on their new numbers."""
    base = _base(m)
    if not isinstance(base, Discrete):
        raise ValueError("levels have frequencies")
    new = codes.of(base.values)
    kept = new >= 0
    made = Discrete(new[kept], base.probabilities[kept] / base.probabilities[kept].sum())
    return replace(m, base=made) if isinstance(m, Even) else made


def with_shift(m: Marginal, by: float) -> Marginal:
    """Return a marginal of numbers that count from elsewhere."""
    made = shifted(_base(m), by)
    return replace(m, base=made) if isinstance(m, Even) else made
