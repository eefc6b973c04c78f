"""Decide of relations that share members together which member of each is derived."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.chain import go_together, implied
from copulasynth.rules.identity.direction import costs_of, options
from copulasynth.rules.identity.searched import Searched, Supported
from copulasynth.rules.identity.turning import lost_of
from copulasynth.rules.numeric.trial import thinned

__all__ = ["Drawn", "redirected"]

#: Most ways to derive relations that share members which are compared.
WAYS = 5000
#: A way whose costs are this far beyond the least is not drawn, nor are more than so many.
NEAR, DRAWN = 1.0, 12
#: Where no more than this is lost of each member, others are not drawn; a way that takes the place
#: of one of less costs loses so much less of each.
LITTLE, LESS = 0.03, 0.01
#: Rows that are looked at.
ROWS = 2500

#: Returns coordinates with relations, and with the orders beside them.
Drawn = Callable[[Coordinates, Sequence[Supported]], Coordinates]


def redirected(
    s: Searched, found: Sequence[Supported], c: Coordinates, drawn: Drawn
) -> list[Supported]:
    """Return relations, each with the member derived that costs least in sum.

    What one relation derives no other can, and nothing is derived from itself through others: a
    choice that was best for the first of them may leave the next a bad one. Costs are those of one
    relation by itself. Where much is lost by the ways of least costs, all members are drawn.

    Parameters
    ----------
    s : Searched
        As it was before any of them was found.
    found : sequence of Supported
        With directions that go together.
    c : Coordinates
        Without them.
    drawn : callable
        Returns coordinates with relations and what else holds then.
    """
    best = list(found)
    ordered = {j for o in s.orders for j in (o.low, o.high)}
    for group in _groups(found):
        members = _members(found[k] for k in group)
        if len(group) == 1 and ordered.isdisjoint(members):
            continue
        others = [f for k, f in enumerate(best) if k not in group]
        ways = [*itertools.islice(_ways(s, [found[k] for k in group], others), DRAWN)]
        for k, option in zip(group, _least(ways, c, members, drawn), strict=False):
            best[k] = option
    return _mended(s, best, c, drawn)


def _mended(s: Searched, found: list[Supported], c: Coordinates, drawn: Drawn) -> list[Supported]:
    """Return relations of which drawn rows break less of what all rows of the table obey."""
    kept: list[Supported] = []
    groups = _groups(found)
    for n, group in enumerate(groups):
        own = [found[k] for k in group]
        others = kept + [found[k] for later in groups[n + 1 :] for k in later]
        ways = []
        if len(group) > 1:
            solved = [o for f in own for o in options(s, f)]
            ways = implied(s, own, others, solved)
        kept += _least(ways, c, _members(f for way in ways for f in way), drawn) if ways else own
    return kept


def _members(found: Iterator[Supported]) -> set[int]:
    return {j for f in found for j in (f.derivation.target, *f.derivation.parents)}


def _ways(
    s: Searched, found: Sequence[Supported], others: Sequence[Supported]
) -> Iterator[list[Supported]]:
    """Yield ways to derive relations that go together and with others, by what they cost in sum."""
    costs = [costs_of(s, options(s, f)) for f in found]
    if np.prod([float(len(w)) for w in costs]) > WAYS:
        return
    least = np.inf
    for way in sorted(itertools.product(*costs), key=lambda w: sum(cost for _, cost in w)):
        chosen, cost = [option for option, _ in way], sum(cost for _, cost in way)
        if cost > least + NEAR:
            return
        if go_together(s, [*others, *chosen]):
            least = min(least, cost)
            yield chosen


def _least(
    ways: list[list[Supported]], c: Coordinates, members: set[int], drawn: Drawn
) -> list[Supported]:
    """Return the first way, or if it loses much the first that loses little more than any."""
    if len(ways) < 2 or max(members) >= c.own:
        return ways[0] if ways else []
    narrow, places = _narrow(c, members)
    at = {j: k for k, j in enumerate(places)}

    def lost(way: list[Supported]) -> float:
        return lost_of(drawn(narrow, [_moved(f, at) for f in way]), [at[j] for j in members])

    most = lost(ways[0])
    if most <= LITTLE:
        return ways[0]
    losses = np.array([most, *map(lost, ways[1:])])
    return ways[int(np.argmax(losses <= losses.min() + LESS))]


def _narrow(c: Coordinates, members: set[int]) -> tuple[Coordinates, list[int]]:
    """Return coordinates of members and their states only, and which these were."""
    columns = {c.variables[j].column for j in members}
    places = [j for j in range(c.own) if c.variables[j].column in columns]
    scales = tuple(c.scales[j] for j in places) if c.scales else ()
    x = np.asfortranarray(thinned(c.x, ROWS)[:, places])
    return Coordinates(x, tuple(c.variables[j] for j in places), scales=scales), places


def _moved(f: Supported, at: dict[int, int]) -> Supported:
    """Return a relation of coordinates that have other places."""
    d = f.derivation
    d = replace(d, target=at[d.target], parents=tuple(at[j] for j in d.parents))
    return replace(f, derivation=d)


def _groups(found: Sequence[Supported]) -> list[list[int]]:
    """Return relations that share members, directly or through others."""
    groups: list[tuple[set[int], list[int]]] = []
    for k, f in enumerate(found):
        members, own = {f.derivation.target, *f.derivation.parents}, [k]
        for other, places in [g for g in groups if g[0] & members]:
            groups.remove((other, places))
            members, own = members | other, places + own
        groups.append((members, own))
    return [own for _, own in groups]
