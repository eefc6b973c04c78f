"""Links for the codes and numbers that are left."""

from dataclasses import replace

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.rules.api import FittedRule
from copulasynth.rules.coarse.api import Reach, Rewriting
from copulasynth.rules.coarse.dispatch import left_patterns, outcomes, rewritten
from copulasynth.rules.links.events import Event
from copulasynth.rules.links.kept import KeptLink
from copulasynth.rules.links.link import LinkRule
from copulasynth.rules.links.parts import Branch, Fork

__all__ = ["side_bounds"]

#: Decimals of shares.
SHARE_DIGITS = 3


@rewritten.register
def _(rule: LinkRule, new: Rewriting) -> FittedRule:
    levels, weights = left_patterns(rule.levels, rule.weights, rule.part, new)
    forks = tuple(_fork(f, new) for f in rule.forks)
    forced = np.round(rule.forced, SHARE_DIGITS)
    return replace(rule, forks=forks, levels=levels, weights=weights, forced=forced)


@rewritten.register
def _(rule: KeptLink, new: Rewriting) -> FittedRule:
    deciding, decided = (
        tuple(_event(e, new) for e in side) for side in (rule.deciding, rule.decided)
    )
    # a level that is no more is shown by no row: it decides nothing, and nothing can be it
    gone = [e for e in decided if e.place in new.codes and e.number < 0]
    return replace(rule, deciding=deciding, decided=tuple(e for e in decided if e not in gone))


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
