"""Each kind of rule written anew for the codes and numbers that are left."""

from dataclasses import replace
from functools import singledispatch

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.rules.api import FittedRule
from copulasynth.rules.coarse.api import Reach, Rewriting
from copulasynth.rules.identity.excepted import Excepted
from copulasynth.rules.identity.guarded import Guarded
from copulasynth.rules.identity.kinds import Derivation, Function, GroupedLinear, Linear, Lookup
from copulasynth.rules.levels.combination import CombinationRule
from copulasynth.rules.levels.one_hot import OneHotRule
from copulasynth.rules.links.events import Event
from copulasynth.rules.links.link import LinkRule
from copulasynth.rules.links.parts import Branch, Fork
from copulasynth.rules.numeric.bounds import BoundsRule
from copulasynth.rules.numeric.calendar import DAYS, CalendarRule
from copulasynth.rules.numeric.lattice import LatticeRule
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.place import PlaceRule

__all__ = ["outcomes", "rewritten", "side_bounds"]

#: Decimals of shares.
SHARE_DIGITS = 3


@singledispatch
def rewritten(rule: FittedRule, new: Rewriting) -> FittedRule:
    """Return a rule for the codes and numbers that are left.

    Raises
    ------
    ValueError
        If it cannot be said of them.
    """
    named = {*rule.makes, *rule.needs}
    if named & {*new.codes, *new.shifts}:
        raise ValueError(f"a rule of kind {type(rule).__name__} cannot be made coarse")
    return rule


@singledispatch
def outcomes(rule: FittedRule, j: int, reach: Reach) -> Ints | None:
    """Return the codes that a rule gives coordinate j, None if any."""
    return None


def _levels(levels: Floats, weights: Floats, part: int, new: Rewriting) -> tuple[Floats, Floats]:
    """Return the patterns that are left, and their weights."""
    if part in new.codes:
        kept = new.codes[part].kept
        levels, weights = levels[kept], weights[kept] if weights.size else weights
    total = weights.sum()
    # shares of the patterns, not how often each occurred
    return levels, np.maximum(np.round(weights / total, 6), 1e-6) if weights.size else weights


@rewritten.register(CombinationRule)
@rewritten.register(OneHotRule)
def _(rule: CombinationRule | OneHotRule, new: Rewriting) -> FittedRule:
    levels, weights = _levels(rule.levels, rule.weights, rule.part, new)
    own = [new.coded(j, column) for j, column in zip(rule.makes, levels.T, strict=True)]
    return replace(rule, levels=np.column_stack(own), weights=weights)


@outcomes.register(CombinationRule)
@outcomes.register(OneHotRule)
def _(rule: CombinationRule | OneHotRule, j: int, reach: Reach) -> Ints | None:
    column = rule.levels[reach.codes(rule.part), rule.makes.index(j)]
    return np.unique(column).astype(np.int64)


@rewritten.register
def _(rule: LinkRule, new: Rewriting) -> FittedRule:
    levels, weights = _levels(rule.levels, rule.weights, rule.part, new)
    forks = tuple(
        Fork(
            _event(f.event, new),
            *(_branch(b, f.event.place, f.event.number, new) for b in (f.inside, f.outside)),
        )
        for f in rule.forks
    )
    forced = np.round(rule.forced, SHARE_DIGITS)
    return replace(rule, forks=forks, levels=levels, weights=weights, forced=forced)


def _fork(fork: Fork, new: Rewriting) -> Fork:
    j, number = fork.event.place, fork.event.number
    sides = (_branch(b, j, number, new) for b in (fork.inside, fork.outside))
    return Fork(_event(fork.event, new), *sides)


def _event(event: Event, new: Rewriting) -> Event:
    j = event.place
    if j not in new.codes:
        first, *others = new.coded(j, np.array(event.values)).tolist()
        return replace(event, number=first, others=tuple(others))
    left = [v for v in new.codes[j].of(np.array(event.values)).tolist() if v >= 0]
    if not left:
        return replace(event, number=-1.0, others=())
    return replace(event, number=left[0], others=tuple(left[1:]))


def _branch(branch: Branch, place: int, number: float, new: Rewriting) -> Branch:
    values = branch.values
    if branch.part in new.codes:
        values = values[new.codes[branch.part].kept]
    if values.size:
        # what is no more is drawn in no row, so that any code may stand for it
        values = (
            np.maximum(new.coded(place, values), 0.0)
            if place in new.codes
            else new.coded(place, values)
        )
    aside, by = _aside(branch, place, new), new.shifts.get(place, 0.0)
    lower, upper = side_bounds(branch, number, new.natural[place], float(new.steps[place]))
    return replace(
        branch,
        values=values,
        lower=lower + by,
        upper=upper + by,
        without=branch.without + new.shifts.get(place, 0.0),
        aside=aside,
    )


def side_bounds(branch: Branch, number: float, natural: Floats, step: float) -> tuple[float, float]:
    """Return the ends of one side of an event: natural ones, or those that its number sets."""
    ends = []
    sides = ((branch.lower, float(natural[0]), -1), (branch.upper, float(natural[1]), 1))
    for end, free, sign in sides:
        near = bool((np.abs(end - number - step * np.arange(-1, 2)) <= 1e-9).any())
        beyond = number if sign * (number - end) >= 0 else free
        ends.append(end if not np.isfinite(end) or end == free or near else beyond)
    return ends[0], ends[1]


def _aside(branch: Branch, place: int, new: Rewriting) -> float:
    """Return the number beside the one that is none: a middle one of the side."""
    if not np.isfinite(branch.without):
        return branch.aside
    own = new.x[branch.part]
    own = own[(own == own) & (own != branch.without)]
    middle = float(f"{np.median(own):.2g}") if own.size else branch.aside
    fine = branch.lower <= middle <= branch.upper and middle != branch.without
    near = middle if fine else branch.aside
    return near + new.shifts.get(place, 0.0)


@outcomes.register
def _(rule: LinkRule, j: int, reach: Reach) -> Ints | None:
    k = rule.makes.index(j)
    shown = rule.levels[reach.codes(rule.part), k]
    fork = rule.forks[k]
    sides = ((fork.inside, (shown == 1).any()), (fork.outside, (shown == 0).any()))
    found = [np.empty(0)]
    for branch, there in sides:
        if there:
            own = branch.part >= 0 and branch.values.size
            found.append(branch.values[reach.codes(branch.part)] if own else branch.values)
    return np.unique(np.concatenate(found)).astype(np.int64)


@rewritten.register
def _(rule: Derivation, new: Rewriting) -> FittedRule:
    target = rule.target
    return replace(
        rule,
        rule=_function(rule, new),
        lower=new.bound(target, rule.lower, False),
        upper=new.bound(target, rule.upper, True),
    )


def _function(rule: Derivation, new: Rewriting) -> Function:
    f = rule.rule
    if isinstance(f, Lookup):
        kept = new.left.steps(f.edges, rule.parents[0])
        edges = _edges(f.edges, kept, rule.parents[0], new)
        values = new.coded(rule.target, f.values[kept])
        return Lookup(edges, np.maximum(values, 0.0) if rule.target in new.codes else values)
    touched = {*rule.parents[int(isinstance(f, GroupedLinear)) :], rule.target}
    if touched & {*new.codes}:
        raise ValueError("a formula computes with levels of which few rows have some")
    own = new.shifts.get(rule.target, 0.0)
    if isinstance(f, GroupedLinear):
        kept = new.left.steps(f.edges, rule.parents[0])
        by = np.array([new.shifts.get(j, 0.0) for j in rule.parents[1:]])
        constants = f.constants + own - f.weights @ by
        return GroupedLinear(
            _edges(f.edges, kept, rule.parents[0], new), constants[kept], f.weights[kept]
        )
    if isinstance(f, Linear):
        by = np.array([new.shifts.get(j, 0.0) for j in rule.parents])
        return replace(f, constant=float(f.constant + own - f.weights @ by))
    if touched & {*new.shifts}:
        raise ValueError("a formula computes with dates")
    return f


def _edges(edges: Floats, kept: Ints, parent: int, new: Rewriting) -> Floats:
    """Return the edges between the steps that are left, the upper one of those between two."""
    upper = edges[kept[1:] - 1]
    if parent in new.codes:
        return new.codes[parent].edges(upper)
    return upper + new.shifts.get(parent, 0.0)


@outcomes.register
def _(rule: Derivation, j: int, reach: Reach) -> Ints | None:
    if not isinstance(rule.rule, Lookup):
        return None
    left = reach.steps(rule.rule.edges, rule.parents[0])
    return np.unique(rule.rule.values[left]).astype(np.int64)


@rewritten.register
def _(rule: Excepted, new: Rewriting) -> FittedRule:
    inner = rewritten(rule.derivation, new)
    if not isinstance(inner, Derivation):
        raise ValueError("a rule with exceptions has a derivation")
    return replace(rule, derivation=inner)


@outcomes.register
def _(rule: Excepted, j: int, reach: Reach) -> Ints | None:
    return _with(outcomes(rule.derivation, j, reach), reach.codes(rule.own))


@rewritten.register
def _(rule: Guarded, new: Rewriting) -> FittedRule:
    inner = rewritten(rule.rule, new)
    if not isinstance(inner, Derivation | Excepted):
        raise ValueError("a guarded rule has a derivation")
    return replace(rule, rule=inner)


@outcomes.register
def _(rule: Guarded, j: int, reach: Reach) -> Ints | None:
    return _with(outcomes(rule.rule, j, reach), reach.codes(rule.own))


def _with(found: Ints | None, others: Ints) -> Ints | None:
    return None if found is None else np.union1d(found, others)


@rewritten.register
def _(rule: OrderRule, new: Rewriting) -> FittedRule:
    _uncoded(new, rule.low, rule.high)
    made = rule.high if rule.upward else rule.low
    shifts = [new.shifts.get(j, 0.0) for j in (rule.low, rule.high)]
    if rule.ratio and any(shifts):
        raise ValueError("a rule compares dates by their ratio")
    origins = tuple(o - u * s for o, u, s in zip(rule.origins, rule.units, shifts, strict=True))
    return replace(
        rule,
        origins=(origins[0], origins[1]),
        lower=new.bound(made, rule.lower, False),
        upper=new.bound(made, rule.upper, True),
    )


def _uncoded(new: Rewriting, *places: int) -> None:
    if any(j in new.codes for j in places):
        raise ValueError("an order is that of levels of which few rows have some")


@rewritten.register
def _(rule: BoundsRule, new: Rewriting) -> FittedRule:
    by = new.shifts.get(rule.place, 0.0)
    return replace(rule, lower=rule.lower + by, upper=rule.upper + by)


@rewritten.register
def _(rule: LatticeRule, new: Rewriting) -> FittedRule:
    residues, by = rule.residues, new.shifts.get(rule.value, 0.0)
    if rule.digits in new.codes:
        residues = residues[new.codes[rule.digits].kept]
    if by:
        units = round(by / rule.unit)
        residues = np.where(residues < 0, residues, np.mod(residues + units, rule.modulus))
    own = new.x[rule.value]
    kept = [a for a in rule.atoms.tolist() if not new.few(np.abs(own - a) <= 1e-9 * max(1, abs(a)))]
    return replace(
        rule,
        residues=residues,
        atoms=np.array(kept, dtype=np.float64) + by,
        lower=new.bound(rule.value, rule.lower, False),
        upper=new.bound(rule.value, rule.upper, True),
    )


@rewritten.register
def _(rule: PlaceRule, new: Rewriting) -> FittedRule:
    if {rule.across, rule.up} & {*new.shifts}:
        raise ValueError("a place is made of dates")
    boxes, to = rule.boxes, new.cells.get(rule.cell)
    if to is not None:
        boxes = boxes[to]
    size = np.column_stack([np.diff(boxes[:, :2])] * 2 + [np.diff(boxes[:, 2:])] * 2)
    cuts = np.array([float(f"{c:.6g}") for c in rule.cuts])
    return replace(rule, boxes=_rounded(boxes, size), cuts=cuts)


def _rounded(boxes: Floats, size: Floats) -> Floats:
    """Return the ends of boxes with the digits that matter for boxes of their size."""
    digits = np.where(size > 0, 2 - np.floor(np.log10(np.where(size > 0, size, 1.0))), 15)
    out = np.array([round(b, int(k)) for b, k in zip(boxes.ravel(), digits.ravel(), strict=True)])
    return out.reshape(boxes.shape)


@rewritten.register
def _(rule: CalendarRule, new: Rewriting) -> FittedRule:
    def week(day: float, last: int) -> float:
        # the first and the last day are those of somebody; their weeks hold more rows
        return DAYS * float(np.floor(day / DAYS)) + last if np.isfinite(day) else day

    open_: Bools = rule.open
    return replace(
        rule,
        origin=rule.origin + new.shifts.get(rule.time, 0.0),
        lower=week(rule.lower, 0),
        upper=week(rule.upper, DAYS - 1),
        open=open_,
    )
