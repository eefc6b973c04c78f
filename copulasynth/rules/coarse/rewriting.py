"""Each kind of rule written anew for the codes and numbers that are left."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.rules.api import FittedRule
from copulasynth.rules.coarse.api import Reach, Rewriting
from copulasynth.rules.coarse.dispatch import left_patterns, outcomes, rewritten
from copulasynth.rules.identity.backward import Backward
from copulasynth.rules.identity.contrast import Contrast
from copulasynth.rules.identity.dated import Dated, stepped
from copulasynth.rules.identity.elapsed import Elapsed, Later
from copulasynth.rules.identity.excepted import Excepted
from copulasynth.rules.identity.guarded import Guarded
from copulasynth.rules.identity.kinds import Derivation, Function, GroupedLinear, Linear, Lookup
from copulasynth.rules.identity.spanned import Spanned
from copulasynth.rules.identity.within import Within
from copulasynth.rules.levels.combination import CombinationRule
from copulasynth.rules.levels.groups import GroupRule
from copulasynth.rules.levels.one_hot import OneHotRule
from copulasynth.rules.numeric.bounds import BoundsRule
from copulasynth.rules.numeric.calendar import DAYS, CalendarRule
from copulasynth.rules.numeric.gap import GapRule
from copulasynth.rules.numeric.lattice import LatticeRule
from copulasynth.rules.numeric.monthly import MonthRule
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.place import PlaceRule

__all__ = ["outcomes", "rewritten"]


@rewritten.register(CombinationRule)
@rewritten.register(OneHotRule)
def _(rule: CombinationRule | OneHotRule, new: Rewriting) -> FittedRule:
    levels, weights = left_patterns(rule.levels, rule.weights, rule.part, new)
    own = [new.coded(j, column) for j, column in zip(rule.makes, levels.T, strict=True)]
    return replace(rule, levels=np.column_stack(own), weights=weights)


@outcomes.register(CombinationRule)
@outcomes.register(OneHotRule)
def _(rule: CombinationRule | OneHotRule, j: int, reach: Reach) -> Ints | None:
    column = rule.levels[reach.codes(rule.part), rule.makes.index(j)]
    return np.unique(column).astype(np.int64)


@rewritten.register
def _(rule: GroupRule, new: Rewriting) -> FittedRule:
    levels = rule.levels
    if rule.part >= 0:
        levels, _ = left_patterns(levels, np.empty(0), rule.part, new)
    own = np.empty((len(levels), len(rule.makes)))
    for k, j in enumerate(rule.makes):
        values = new.coded(j, levels[:, k])
        # what no row looks at has any code
        own[:, k] = np.maximum(values, 0.0) if j in new.codes else values
    return replace(rule, levels=own)


@outcomes.register
def _(rule: GroupRule, j: int, reach: Reach) -> Ints | None:
    column = rule.levels[:, rule.makes.index(j)]
    return np.unique(column if rule.part < 0 else column[reach.codes(rule.part)]).astype(np.int64)


@rewritten.register
def _(rule: Derivation, new: Rewriting) -> FittedRule:
    target = rule.target
    return replace(
        rule,
        rule=_function(rule.rule, target, rule.parents, new),
        lower=new.bound(target, rule.lower, False),
        upper=new.bound(target, rule.upper, True),
    )


def _function(f: Function, target: int, parents: tuple[int, ...], new: Rewriting) -> Function:
    """Return the function by which a target, -1 for no coordinate, follows from its parents."""
    if isinstance(f, Lookup):
        kept = new.left.steps(f.edges, parents[0], np.asarray)
        return _values(f, kept, _edges(f.edges, kept, parents[0], new), target, new)
    if isinstance(f, Dated):
        return _of_part(f, target, parents[0], new)
    if isinstance(f, Contrast):
        made = _values(f.rule, np.arange(len(f.rule.values)), f.rule.edges, target, new)
        return replace(f, difference=_function(f.difference, -1, parents, new), rule=made)
    if isinstance(f, Spanned) and not {*parents, target} & {*new.codes}:
        by = np.array([new.shifts.get(j, 0.0) for j in parents])
        return replace(f, origins=f.origins - f.units * by)
    if isinstance(f, Later | Elapsed) and not {*parents, target} & {*new.codes}:
        return _counted_months(f, target, parents, new)
    touched = {*parents[int(isinstance(f, GroupedLinear)) :], target}
    if touched & {*new.codes}:
        raise ValueError("a formula computes with levels of which few rows have some")
    own = new.shifts.get(target, 0.0)
    if isinstance(f, GroupedLinear):
        kept = new.left.steps(f.edges, parents[0], np.asarray)
        by = np.array([new.shifts.get(j, 0.0) for j in parents[1:]])
        constants = f.constants + own - f.weights @ by
        return GroupedLinear(
            _edges(f.edges, kept, parents[0], new), constants[kept], f.weights[kept]
        )
    if isinstance(f, Linear):
        by = np.array([new.shifts.get(j, 0.0) for j in parents])
        return replace(f, constant=float(f.constant + own - f.weights @ by))
    if touched & {*new.shifts}:
        raise ValueError("a formula computes with dates")
    return f


def _counted_months(
    f: Later | Elapsed, target: int, parents: tuple[int, ...], new: Rewriting
) -> Function:
    """Return a function of months whose times count from elsewhere; terms and ages do not."""

    def moved(clock: tuple[float, float], j: int) -> tuple[float, float]:
        return clock[0], clock[1] + new.shifts.get(j, 0.0)

    if isinstance(f, Later):
        return replace(f, clock=moved(f.clock, parents[0]), own=moved(f.own, target))
    last = f.other if len(parents) < 2 else moved(f.other, parents[1])
    return replace(f, clock=moved(f.clock, parents[0]), other=last)


def _values(f: Lookup, kept: Ints, edges: Floats, target: int, new: Rewriting) -> Lookup:
    """Return a lookup of the steps that are left, between new edges."""
    values = new.coded(target, f.values[kept])
    return Lookup(edges, np.maximum(values, 0.0) if target in new.codes else values)


def _of_part(f: Dated, target: int, time: int, new: Rewriting) -> Function:
    """Return a function of a part of a time that counts from elsewhere."""
    origin = f.origin + new.shifts.get(time, 0.0)
    if isinstance(f.rule, Lookup):
        kept = new.left.steps(f.rule.edges, time, f.of)
        made = _values(f.rule, kept, f.rule.edges[kept[1:] - 1], target, new)
        of = f.of(new.x[time])
        named = [p for p in f.named.tolist() if not new.few(of == p)]
        return replace(f, origin=origin, rule=made, named=np.array(named))
    constant = f.rule.constant + new.shifts.get(target, 0.0)
    return replace(f, origin=origin, rule=replace(f.rule, constant=constant))


def _edges(edges: Floats, kept: Ints, parent: int, new: Rewriting) -> Floats:
    """Return the edges between the steps that are left, the upper one of those between two."""
    upper = edges[kept[1:] - 1]
    if parent in new.codes:
        return new.codes[parent].edges(upper)
    return upper + new.shifts.get(parent, 0.0)


@outcomes.register
def _(rule: Derivation, j: int, reach: Reach) -> Ints | None:
    if isinstance(rule.rule, Contrast):
        return np.unique(rule.rule.rule.values).astype(np.int64)
    f = rule.rule.rule if isinstance(rule.rule, Dated) else rule.rule
    steps = stepped(rule.rule)
    if steps is None or not isinstance(f, Lookup):
        return None
    left = reach.steps(steps[0], rule.parents[0], steps[1])
    return np.unique(f.values[left]).astype(np.int64)


@rewritten.register
def _(rule: Backward, new: Rewriting) -> FittedRule:
    path = [d for own in rule.path if isinstance(d := rewritten(own, new), Derivation)]
    return replace(
        rule,
        path=tuple(path),
        lower=new.bound(rule.made, rule.lower, False),
        upper=new.bound(rule.made, rule.upper, True),
    )


@rewritten.register
def _(rule: Excepted, new: Rewriting) -> FittedRule:
    if rule.grouped and not {*range(rule.ways)} <= {*new.left.codes(rule.flag).tolist()}:
        raise ValueError("few rows are tied by one of its constants")
    inner = rewritten(rule.derivation, new)
    if not isinstance(inner, Derivation):
        raise ValueError("a rule with exceptions has a derivation")
    by = new.shifts.get(inner.target, 0.0)
    atoms = tuple(a + by for a in _frequent(rule.atoms, inner.target, new))
    return replace(rule, derivation=inner, atoms=atoms)


@outcomes.register
def _(rule: Excepted, j: int, reach: Reach) -> Ints | None:
    return _with(outcomes(rule.derivation, j, reach), reach.codes(rule.own))


@rewritten.register
def _(rule: Within, new: Rewriting) -> FittedRule:
    inner = rewritten(rule.derivation, new)
    if not isinstance(inner, Derivation):
        raise ValueError("a rule with room has a derivation")
    return replace(rule, derivation=inner)


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
    origins = tuple(o - u * s for o, u, s in zip(rule.origins, rule.units, shifts, strict=True))
    return replace(
        rule,
        origins=(origins[0], origins[1]),
        lower=new.bound(made, rule.lower, False),
        upper=new.bound(made, rule.upper, True),
    )


@rewritten.register
def _(rule: GapRule, new: Rewriting) -> FittedRule:
    inner = rewritten(rule.order, new)
    if not isinstance(inner, OrderRule):
        raise ValueError("a gap is that of an order")
    return replace(rule, order=inner)


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
    kept = _frequent(rule.atoms.tolist(), rule.value, new)
    return replace(
        rule,
        residues=residues,
        atoms=np.array(kept, dtype=np.float64) + by,
        lower=new.bound(rule.value, rule.lower, False),
        upper=new.bound(rule.value, rule.upper, True),
    )


def _frequent(atoms: Sequence[float], j: int, new: Rewriting) -> list[float]:
    """Return the values of a coordinate that enough rows have."""
    own = new.x[j]
    return [a for a in atoms if not new.few(np.abs(own - a) <= 1e-9 * max(1, abs(a)))]


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
def _(rule: MonthRule, new: Rewriting) -> FittedRule:
    return replace(rule, origin=rule.origin + new.shifts.get(rule.time, 0.0))


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
