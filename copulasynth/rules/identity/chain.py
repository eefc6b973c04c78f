"""Derive the members of a chain so that rows made by it obey all that the table's rows obey.

`vat = 0.15966 * gross` and `net = gross - vat` hold in every row of a bill. Rows that are drawn by
them break `vat = round(0.19 * net)`, since not every gross amount is that of a net one. So facts
are judged in draws: each way to derive the members makes them, and what is obeyed less is counted.
"""

import graphlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.identity.direction import drawn_members, unlike
from copulasynth.rules.identity.facts import facts, is_short
from copulasynth.rules.identity.kinds import (
    Derivation,
    GroupedLinear,
    Linear,
    Lookup,
    Product,
    digits_of,
)
from copulasynth.rules.identity.rated import rated
from copulasynth.rules.identity.rounded import is_wide
from copulasynth.rules.identity.searched import Rounding, Searched, Supported
from copulasynth.rules.identity.settle import ALLOWED
from copulasynth.rules.words.formula import Expression

__all__ = ["go_together", "implied"]

#: Share of draws in which ways to derive may break facts beyond the least.
SLIGHTLY = 2.5e-4

#: A function of numbers that nobody would write counts as broken in so many draws, where draws show
#: no break. Where no more is broken in all, laws decide too whether it is left.
UNWRITTEN, LITTLE = 5e-4, 1e-2

#: Characters of a function that depends on groups, for each of its weights, and of one that is not
#: written in numbers.
GROUPED, WORDS = 12, 8

#: Rows that say whether a function is rounded.
LOOK = 500

#: Most ways that are returned, none of which loses so much more of laws than the best one.
MOST, NEAR = 12, 0.3

#: Sets of derived members that are looked at, and relations beyond those known that there may be.
SETS, MORE = 3000, 4


def implied(
    s: Searched,
    chosen: Sequence[Supported],
    others: Sequence[Supported],
    options: Sequence[Supported],
) -> list[list[Supported]]:
    """Return ways to derive a chain that keep more facts than the chosen one, best ones first.

    None are returned where it keeps all.

    Parameters
    ----------
    s : Searched
        As it was before any relation was found.
    chosen : sequence of Supported
        Relations that share members, with directions that go together.
    others : sequence of Supported
        Relations beside them.
    options : sequence of Supported
        The chosen ones solved for other members too.
    """
    members = {j for o in chosen for j in _joined(o)}
    rated_too = [*_rated(s, chosen)]
    known = [*facts(s, sorted(members, key=s.order.index), chosen), *rated_too]
    members |= {j for f in known for j in _joined(f)}
    ordered = sorted(members, key=s.order.index)
    if not known or not s.known(ordered).size:
        return []
    read = [o for o in chosen if _reads(o, known)]
    demanded = [f.derivation for f in known]
    demanded += [o.derivation for o in chosen if o not in read and _demanded(s, o.derivation)]
    drawn, x = drawn_members(s, ordered)

    odd: dict[Derivation, bool] = {}

    def lost(way: Sequence[Supported]) -> float:
        own = [o.derivation for o in way]
        odd.update({d: _odd(s, d) for d in own if d not in odd})
        return UNWRITTEN * sum(odd[d] for d in own) + _lost(_made(drawn, way), demanded)

    ranked = sorted([*known, *options], key=lambda f: _first(s, f))
    before, least = lost(chosen), np.inf
    best: list[list[Supported]] = []
    relations = len(chosen) - len(read)
    for size in range(relations + MORE, relations - 1, -1) if before > 0 else ():
        ways = [w for w in _ways(s, ordered, ranked, size) if go_together(s, [*others, *w])]
        shares = [lost(w) for w in ways]
        if min(shares, default=np.inf) < least - SLIGHTLY:
            least = min(shares)
            best = [w for w, v in zip(ways, shares, strict=True) if v <= least + SLIGHTLY]
        if least <= SLIGHTLY:
            break
    if not least < before - SLIGHTLY:
        return []
    moved = [_moved(_made(drawn, w), x, ordered, w) for w in best]
    near = sorted((v, k) for k, v in enumerate(moved) if v <= min(moved) + NEAR)
    return [*(best[k] for _, k in near[:MOST]), *([list(chosen)] if before <= LITTLE else [])]


def _joined(o: Supported) -> tuple[int, ...]:
    return (o.derivation.target, *o.derivation.parents)


def _reads(o: Supported, known: Sequence[Supported]) -> bool:
    """Whether a lookup reads out of a number what the number was made from."""
    d = o.derivation
    return isinstance(d.rule, Lookup) and any(d.target in f.derivation.parents for f in known)


def _demanded(s: Searched, d: Derivation) -> bool:
    """Whether a relation that was found must hold in what is made by others."""
    if is_wide(d, s.x[:, d.target]) or isinstance(d.rule, GroupedLinear):
        return False
    return not _odd(s, d)


def _odd(s: Searched, d: Derivation) -> bool:
    """Whether a relation has numbers that nobody would write."""
    return isinstance(d.rule, Linear | Product) and not is_short(s, d)


def _ways(
    s: Searched, members: list[int], known: Sequence[Supported], size: int
) -> Iterator[list[Supported]]:
    """Yield ways to derive so many members, in each the functions that come first."""
    by: dict[int, list[tuple[int, Supported]]] = {}
    for k, f in enumerate(known):
        by.setdefault(f.derivation.target, []).append((k, f))
    made = [j for j in members if j in by and j not in s.above]
    if comb(len(made), size) <= SETS:
        for derived in combinations(made, size):
            way = _chained(derived, members, by)
            if way is not None:
                yield way


def _chained(
    derived: tuple[int, ...], members: list[int], by: dict[int, list[tuple[int, Supported]]]
) -> list[Supported] | None:
    """Return the first function for each of those derived, from what is drawn or derived before."""
    there, left, way = set(members) - set(derived), set(derived), list[Supported]()
    while left:
        can = [f for j in left for f in by[j] if there.issuperset(f[1].derivation.parents)]
        if not can:
            return None
        f = min(can, key=lambda f: f[0])[1]
        way.append(f)
        there.add(f.derivation.target)
        left.remove(f.derivation.target)
    return way


def _first(s: Searched, f: Supported) -> tuple[bool, int, int, float]:
    """Return what says which function comes first: one that is not rounded, then a short one.

    A number is rounded once, and all that is possible then summed: gross = net + vat.
    """
    d = f.derivation
    rows = s.known((d.target, *d.parents))[:LOOK]
    off = np.abs(d.rule(s.x[rows].T[list(d.parents)]) - s.x[rows, d.target])
    return bool(np.mean(off > s.room(d.target, Rounding.NONE)) > ALLOWED), *_length(f)


def _length(f: Supported) -> tuple[int, int, float]:
    """Return how long a function is when written, its parents, and the size of its numbers."""
    rule = f.derivation.rule
    digits, size = digits_of(rule), 0.0
    if isinstance(rule, GroupedLinear):
        digits = max(1, rule.weights.size) * GROUPED
    elif isinstance(rule, Linear):
        # of a tax and what it is added to the tax was rounded
        size = float(np.abs(rule.weights).sum())
    return digits or WORDS, len(f.derivation.parents), size


def _rated(s: Searched, chosen: Sequence[Supported]) -> Iterator[Supported]:
    """Yield products with a rate for the member of their choice, which others may have made."""
    for o in chosen:
        if isinstance(o.derivation.rule, Expression):
            own = {o.derivation.target, *o.derivation.parents}
            alone = replace(s, order=tuple(j for j in s.order if j in own))
            for sign in (-1, 1):
                search = rated(alone, sign)[1]
                yield from (hit for j in own if (hit := search(alone, j)) is not None)


def _made(drawn: Floats, way: Sequence[Supported]) -> Floats:
    """Return draws in which what a way derives is made by it, those within its bounds."""
    x = drawn.copy()
    by = {o.derivation.target: o.derivation for o in way}
    order = graphlib.TopologicalSorter({j: d.parents for j, d in by.items()}).static_order()
    kept = np.ones(x.shape[1], dtype=bool)
    for j in order:
        if j in by:
            by[j].make(x)
            kept &= by[j].within(x)
    return np.asarray(x[:, kept])


def _lost(x: Floats, demanded: Sequence[Derivation]) -> float:
    """Return the shares of rows in which facts are broken, in sum; all where no row is left."""
    return sum(float(1.0 - d.obeys(x).mean()) for d in demanded) if x.size else float(len(demanded))


def _moved(x: Floats, seen: Floats, members: list[int], way: list[Supported]) -> float:
    """Return what is lost of the laws of what is derived, in sum."""
    targets = [o.derivation.target for o in way]
    return sum(unlike(np.sort(seen[:, members.index(j)]), np.sort(x[j])) for j in targets)


def go_together(s: Searched, chosen: Sequence[Supported]) -> bool:
    """Whether each variable is derived once and none from itself."""
    above = dict(s.above)
    for o in chosen:
        if o.derivation.target in above:
            return False
        above[o.derivation.target] = o.derivation.parents
    try:
        tuple(graphlib.TopologicalSorter(above).static_order())
    except graphlib.CycleError:
        return False
    return True
