"""Find variables that are functions of others, one after the other.

A classifier finds such variables first: a model that draws charge and minutes separately is told
from the real table by their ratio alone. The search is over linear functions and products of
parents, step functions of one parent, and linear functions whose weights differ between groups of
rows. Each is judged by the rows in which it holds up to the rounding of the values, and by whether
that could be chance.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product

import numpy as np

from copulasynth._clock import step
from copulasynth.rules.identity import lookups
from copulasynth.rules.identity.annuity import annuities
from copulasynth.rules.identity.comparing import comparing
from copulasynth.rules.identity.dating import dating
from copulasynth.rules.identity.extremes import extreme, spanning
from copulasynth.rules.identity.floored import floored, floors
from copulasynth.rules.identity.grouped import LEVELS, candidates, grouped_linear, without_gaps
from copulasynth.rules.identity.numbers import Numbers
from copulasynth.rules.identity.pieces import pieced
from copulasynth.rules.identity.rated import rated
from copulasynth.rules.identity.rounded import rounded
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.spoilt import spoilt
from copulasynth.rules.identity.stepped import unrounded

__all__ = ["grouped_of", "left_over", "lookup_of", "relations"]

#: Values that a number needs to be linear in groups.
VALUES = 10

#: Returns one variable as a function of others, if it is one.
Search = Callable[[Searched, int], Supported | None]

#: Returns which variables may be functions of others, and how to find it.
Stage = Callable[[Searched], tuple[list[int], Search]]

#: Decides of a relation which member is derived; None to leave it alone.
Choice = Callable[[Searched, Supported], Supported | None]


def relations(s: Searched, choose: Choice) -> Iterator[Supported]:
    """Yield relations, each with the member that was chosen, none derived from itself.

    Parameters
    ----------
    s : Searched
    choose : callable
        Is given each relation when it is found.
    """
    yield from _found(s, choose, [*_sums(s), *_LATE])


def left_over(s: Searched, choose: Choice) -> Iterator[Supported]:
    """Yield the steps and rates that none of the relations found before stands in the way of."""
    yield from _found(s, choose, _LATE)


def _sums(s: Searched) -> list[Stage]:
    """Return how sums and products are found, and what is nearly one."""
    both = Numbers.of(s, logs=False), Numbers.of(s, logs=True)
    stages: list[Stage] = [
        partial(_numbers, numbers, rounding) for rounding, numbers in product(Rounding, both)
    ]
    first: list[Stage] = [
        dating,
        annuities,
        lambda s: (spanning(s), extreme),
    ]
    folds: list[Stage] = [lambda s: (floors(s), floored)]
    sums: list[Stage] = [partial(rounded, numbers=both[0])]
    rates: list[Stage] = [partial(rated, sign=sign) for sign in (-1, 1)]
    # parts of times before numbers, which a year is nearly, payments before their shares, and the
    # greatest of several before what lies between it and the least
    return [*first, *stages, *rates, *folds, *sums]


def _found(s: Searched, choose: Choice, stages: Sequence[Stage]) -> Iterator[Supported]:
    for find in stages:
        targets, search = find(s)
        for j in targets:
            step(f"rules: {s.variables[j].name}")
            # until nothing is found any more: j may be a member of several
            while j not in s.above:
                hit = search(s, j)
                chosen = None if hit is None else choose(s, hit)
                if chosen is None:
                    break
                s = s.adding(chosen.derivation)
                yield chosen


def _numbers(numbers: Numbers, rounding: Rounding, s: Searched) -> tuple[list[int], Search]:
    """Return which numbers may be linear functions or products of others, and how to find it."""
    return numbers.hopeful(s, rounding), partial(numbers.relation, rounding=rounding)


def _lookups(s: Searched) -> tuple[list[int], Search]:
    hopeful = lookups.candidates(s, s.order)
    tries = 2 * float(np.log(len(s.variables)))

    def search(s: Searched, j: int) -> Supported | None:
        parents = [i for i in s.parents(j) if hopeful[i][j] and _carries(s, i, j)]
        hit = lookup_of(s, j, parents, tries)
        while hit is not None and _rated(s, j, hit.derivation.parents[0], parents):
            parents.remove(hit.derivation.parents[0])
            hit = lookup_of(s, j, parents, tries)
        if hit is None or hit.share > 0:
            hit = unrounded(s, j, parents, tries) or hit
        return hit

    # of two that determine each other the one with fewer values is derived, or the one that would
    # be drawn between its values, or the one without an order
    return sorted(s.targets, key=lambda j: (s.distinct[j], s.listed(j), bool(s.ordered[j]))), search


def _rated(s: Searched, j: int, i: int, parents: Sequence[int]) -> bool:
    """Whether parent i is a number that others make with j itself: a tax whose rates are j's."""
    numbers = [k for k in parents if k != i and s.ordered[k] and not s.listed(k)]
    if s.listed(i) or not s.ordered[i] or not numbers or s.distinct[j] > LEVELS:
        return False
    return grouped_of(s, i, [j], numbers) is not None


def _carries(s: Searched, i: int, j: int) -> bool:
    """Whether i has enough values for those of j; of states, whole columns are no parents."""
    return bool(s.distinct[i] >= s.distinct[j])


def lookup_of(s: Searched, j: int, parents: Sequence[int], tries: float) -> Supported | None:
    """Return j as a step function of one of the parents, of fewest values if all rows obey."""
    best: Supported | None = None

    def rank(i: int) -> tuple[bool, int, bool]:
        # edges are clearest in what others are made from
        made = not s.listed(i) and any(s.depends(i, k) for k in parents if k != i)
        return made, int(s.distinct[i]), not s.listed(i)

    for i in sorted(parents, key=rank):
        rows = s.known((i, j))
        if not s.enough(rows.size, j):
            continue
        a, y = s.x[rows, i], s.x[rows, j]
        rule = lookups.lookup(a, y, bool(s.ordered[i]), int(s.distinct[j]), tries)
        if rule is None and s.ordered[j] and lookups.clear(rows.size, int(s.distinct[i])):
            rule = lookups.nearly(a, y, tries)
        if rule is None and s.ordered[i] and not s.listed(i):
            rule = spoilt(a, y, tries)
        if rule is not None and s.ordered[i] and not s.listed(i) and i not in s.clocks:
            rule = lookups.rounded(rule, a, float(s.steps[i]))
        found = None if rule is None else judged(s, j, (i,), rule)
        if found is not None and (best is None or found.share < best.share):
            best = found
        if best is not None and best.obey == best.told:
            break
    return best


def _grouped(s: Searched) -> tuple[list[int], Search]:
    few = [i for i in s.order if 2 <= s.distinct[i] <= LEVELS]
    hopeful = candidates(s.x, s.ordered, s.steps.tolist(), few)

    def search(s: Searched, j: int) -> Supported | None:
        if not s.ordered[j] or s.distinct[j] < VALUES:
            return None
        allowed = s.parents(j)
        groupings = [i for i in allowed if i in hopeful and hopeful[i][j]]
        groupings.sort(key=lambda i: (s.distinct[i], i in s.above))
        return grouped_of(s, j, groupings, allowed)

    return s.targets, search


def grouped_of(
    s: Searched, j: int, groupings: Sequence[int], parents: Sequence[int]
) -> Supported | None:
    """Return j as linear in the groups of one of the groupings."""
    for by in groupings:
        numbers = [i for i in parents if s.ordered[i] and i != by]
        rows = s.known((j, by))
        if not s.enough(rows.size, j):
            continue
        a = without_gaps(s.x[rows], numbers)
        numbers = [i for i in numbers if not np.isnan(a[:, i]).any()]
        hit = grouped_linear(a, a[:, j], float(s.steps[j]), by, numbers)
        found = (
            None if hit is None else judged(s, j, (by, *hit[0]), hit[1], s.room(j, Rounding.COARSE))
        )
        if found is not None and found.obey == found.told:
            return found
    return None


#: Lookups come behind what has a floor, of which one would know all values below a cap.
_LATE: Sequence[Stage] = (pieced, _lookups, comparing, _grouped)
