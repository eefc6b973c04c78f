"""Decide what is drawn in place of a parent, where a derived law would be lost, by drawing both."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.rules.api import Coordinates, FittedRule, sorted_rules
from copulasynth.rules.identity.backward import Backward
from copulasynth.rules.identity.kinds import Derivation, Linear, Product
from copulasynth.rules.numeric.trial import (
    EVENED,
    departure,
    even_among,
    everywhere,
    laws,
    outer_bounds,
    places_of,
    scores,
)
from copulasynth.schema.column import Variable

__all__ = ["departures", "lost_of", "turned"]

#: A derived law so far from the table's is lost, and so much less must be lost in sum otherwise.
LOST, GAIN = 0.015, 0.015
#: Share of the rows that must be known, and of those drawn that must obey.
KNOWN, KEPT = 0.5, 0.2
#: Rows that tell, at least, and those that others are compared with.
LEAST, ROWS = 100, 5000
#: Most ways that are tried at a time, and relations between what is drawn and the parent.
WAYS, LONGEST = 40, 4
#: A function lies on the grid of what it makes if it is nowhere further off than this of a step.
ON_GRID = 1e-3
#: Numbers that differ by so much of a step, or of the largest, are the same.
SAME = 1e-6


def turned(c: Coordinates) -> Coordinates:
    """Return coordinates in which what would be lost is drawn, and a parent made from it.

    Of numbers that follow from others, those count whose law a quick joint draw of all members
    loses. In place of a parent that is no list of values what follows from it can be drawn, as long
    as the parent comes out as it was in every row of the table. It is if that loses less of all
    members' laws, and of how they go together.
    """
    for members in _groups(c):
        while (better := _better(c, members)) is not None:
            c = better
    return c


def _plain(c: Coordinates) -> dict[int, Derivation]:
    """Return the relations that can be solved, by what they make."""
    rules = (f.rule for f in c.found)
    return {
        r.target: r
        for r in rules
        if isinstance(r, Derivation) and isinstance(r.rule, Linear | Product)
    }


def _groups(c: Coordinates) -> list[list[int]]:
    """Return the numbers of the table that relations join, each group by itself."""
    groups: list[set[int]] = []
    for d in _plain(c).values():
        own = {d.target, *d.parents}
        for other in [g for g in groups if g & own]:
            groups.remove(other)
            own |= other
        groups.append(own)
    return [[j for j in sorted(g) if _number(c.variables[j]) and j < c.own] for g in groups]


def _number(v: Variable) -> bool:
    return v.kind in ("continuous", "discrete") and v.levels == 0


def _better(c: Coordinates, members: list[int]) -> Coordinates | None:
    """Return coordinates in which less is lost of the members, if there are such."""
    before = _lost(c, members)
    if before is None:
        return None
    best, least = None, sum(before.values()) - GAIN
    plain = _plain(c)
    lost = sorted((j for j in members if j in plain and before[j] > LOST), key=lambda j: -before[j])
    ways = [way for j in lost for way in _ways(c, plain, j)]
    for way in ways[:WAYS]:
        after = _lost(way, members)
        if after is not None and sum(after.values()) < least:
            best, least = way, sum(after.values())
    return best


def _ways(c: Coordinates, plain: dict[int, Derivation], target: int) -> Iterator[Coordinates]:
    """Yield coordinates in which a target is drawn in place of what it follows from."""
    drawn = {r.path[0].target for r in c.turned if isinstance(r, Backward)}
    if target in drawn or target in c.clocks:
        return
    for path, made in _paths(plain, (plain[target],)):
        if made not in c.free or made >= c.own or made in c.clocks:
            continue
        if c.variables[made].kind != "continuous":
            continue
        way = _way(c, path, made)
        if way is not None:
            yield way


def _paths(
    plain: dict[int, Derivation], path: tuple[Derivation, ...]
) -> Iterator[tuple[tuple[Derivation, ...], int]]:
    """Yield each way down from what is made last to what it follows from."""
    for j in path[-1].parents:
        if j not in plain:
            yield path, j
        elif len(path) < LONGEST:
            yield from _paths(plain, (*path, plain[j]))


def _way(c: Coordinates, path: tuple[Derivation, ...], made: int) -> Coordinates | None:
    """Return coordinates with a parent made from what follows from it, if it is as it was."""
    v, target, own = c.variables[made], c.variables[path[0].target], c.x[:, made]
    lower, upper = outer_bounds(own[~np.isnan(own)])
    lower, upper = max(lower, v.lower), min(upper, v.upper)
    try:
        rule = Backward(path, made, len(c.variables), lower, upper, v.step or 0.0)
    except ValueError:
        return None
    if not c.takes(rule):
        return None
    part = replace(target, name=f"{target.name} [drawn]", kind="continuous", step=None)
    way = c.turning(rule, part)
    before, step = way.x[:, rule.part], target.step or 0.0
    # before they are rounded, numbers lie a little beyond their own bounds
    least, most = float(np.nanmin(before)), float(np.nanmax(before))
    part = replace(part, lower=min(part.lower, least), upper=max(part.upper, most))
    way = c.turning(rule, part)
    y = before / step if step else np.full(1, 0.5)
    if not (np.abs(y - np.round(y)) > ON_GRID).any():
        rule = replace(rule, grid=step)
        way = c.turning(rule, replace(part, kind=target.kind, step=target.step))
    return way if _undone(rule, way.x, v.step or 0.0) else None


def _undone(rule: Backward, x: Floats, step: float) -> bool:
    """Whether solving for a parent gives it back in every row in which all is known."""
    own, again = x[:, rule.made], x.copy(order="F")
    rule.make(again.T)
    seen = ~np.isnan(x[:, rule.part]) & ~np.isnan(own)
    slack = SAME * (step or float(np.abs(own[seen]).max(initial=0.0)))
    return bool((np.abs(again[seen, rule.made] - own[seen]) <= slack).all())


def lost_of(c: Coordinates, places: Sequence[int]) -> float:
    """Return what is lost of each number among coordinates on average: its law, and what it does.

    All is lost where next to no row that is drawn obeys; nothing is known where few rows tell.
    """
    members = [j for j in places if _number(c.variables[j])]
    lost = _lost(c, members)
    return float(np.mean([*lost.values()])) if lost else 1.0


def _lost(c: Coordinates, members: list[int]) -> dict[int, float] | None:
    """Return what is lost of each member's law and of how it goes with others; None if unknown."""
    drawn = _drawn(c, members)
    if drawn is None:
        return None
    rows, y = drawn
    x = c.x[rows[:, None], members]
    apart = np.abs(_correlations(x) - _correlations(y.T)).sum(axis=0) / max(len(members) - 1, 1)
    laws = [departure(b, a) for a, b in zip(x.T, y, strict=True)]
    return {j: law + float(a) for j, law, a in zip(members, laws, apart, strict=True)}


def _correlations(x: Floats) -> Floats:
    """Return correlations of normal scores; 0 where a variable has one value."""
    with np.errstate(all="ignore"):
        found = np.corrcoef(np.column_stack([scores(col) for col in x.T]), rowvar=False)
    return np.nan_to_num(np.atleast_2d(found))


def departures(c: Coordinates, members: list[int], rounds: int) -> dict[int, float] | None:
    """Return how far each member's law is from the table's; None if unknown.

    Where rows are drawn again, the laws of what is drawn are made even so many times.
    """
    drawn = _drawn(c, members, rounds)
    if drawn is None:
        return None
    rows, y = drawn
    return {j: departure(own, c.x[rows, j]) for j, own in zip(members, y, strict=True)}


def _drawn(c: Coordinates, members: list[int], rounds: int = EVENED) -> tuple[Ints, Floats] | None:
    """Return the rows that tell, and members of rows (p, m) in which the rules hold."""
    rules = _beneath(c, members)
    named = {j for r in rules for j in (*r.makes, *r.needs)} | set(members)
    roots = [j for j in c.free if j in named]
    whole = [j for j in {*roots, *members} if j < c.own]
    rows = np.flatnonzero(~np.isnan(c.x[:, whole]).any(axis=1))
    if not roots or rows.size < max(LEAST, KNOWN * len(c.x)):
        return None
    rows = rows[:: -(-rows.size // ROWS)]
    data = np.column_stack([everywhere(c.x[rows, j]) for j in roots])
    u = places_of(data)
    at, x = u, np.full((len(c.variables), u.shape[1]), np.nan)
    for _ in range(1 + rounds):
        x[roots] = laws(data, at)
        for rule in sorted_rules(rules):
            rule.make(x)
        obeyed = [rule.holds(x) for rule in rules if rule.rejects]
        kept = np.logical_and.reduce([np.ones(x.shape[1], dtype=bool), *obeyed])
        if kept.all() or kept.mean() < KEPT:
            break
        at = even_among(u, kept)
    return (rows, x[members][:, kept]) if kept.mean() >= KEPT else None


def _beneath(c: Coordinates, members: Iterable[int]) -> list[FittedRule]:
    """Return what makes members, directly or through others, and the orders that these keep."""
    makers = {j: rule for rule in c.rules for j in rule.makes}
    seen: set[int] = set()
    left = [*members]
    while left:
        j = left.pop()
        if j not in seen:
            seen.add(j)
            left += makers[j].needs if j in makers else ()
    # what makes several, of which some are asked for, makes the others too
    held = (r for r in c.rules if seen.issuperset(r.needs))
    return [r for r in held if not r.makes or not seen.isdisjoint(r.makes)]
