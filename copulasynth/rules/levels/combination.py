"""Fixed combinations: columns of few values whose unseen combinations are not to be drawn.

Country and city, grade and rate, make and model and fuel. One nominal part takes their place, its
levels the combinations that occur, so that no other is ever drawn. A copula then sees the columns
through one order only, which costs dependence: so a pair must leave more than chance and more than
a smooth dependence empty (see `copulasynth.rules.levels.tables`), by Good-Turing it must have
shown nearly all its combinations, and what a function, an order or one forced level explains is
left to them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth._clock import step
from copulasynth.rules.api import Coordinates
from copulasynth.rules.levels.level_pairs import LevelPair, coded, pair_of
from copulasynth.rules.levels.patterns import (
    Patterned,
    check_levels,
    check_places,
    matched,
    nominal_part,
    seen_order,
    seen_patterns,
    whole,
)
from copulasynth.rules.links.link import LinkRule
from copulasynth.schema.records import Rule

__all__ = ["CombinationRule", "combined", "find_combination", "fit_combination"]

#: Rows to each combination, and most of them.
ROWS, LEVELS = 8, 4000

#: Columns of one combination.
MEMBERS = 3

#: Combinations that occur are at most this share of those that could, in a sparse pair.
SPARSE = 0.5

#: A level's share among rows known in part may differ by this much before such rows are used.
SHIFT = 0.002


@dataclass(frozen=True, slots=True, eq=False)
class CombinationRule(Patterned):
    """Some coordinates have one of the combinations of values that are listed.

    Attributes
    ----------
    part : int
        The coordinate that says which.
    makes : tuple of int
    levels : (K, m) float64
        The combinations.
    weights : (K,) or (0,) float64
        How often each occurred, if rows known in part are spread over those that agree.
    """

    part: int
    makes: tuple[int, ...]
    levels: Floats
    weights: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        check_places("combination", self.part, *self.makes)
        check_levels("combination", self, self.levels, self.weights, len(self.makes))

    def holds(self, x: Floats, /) -> Bools:
        seen = ~np.isnan(matched(x[list(self.makes)], self.levels))
        return seen | ~whole(x, self.makes)


def find_combination(
    c: Coordinates,
    refused: frozenset[tuple[str, frozenset[str]]] = frozenset(),
    *,
    sparse: bool = False,
) -> Coordinates:
    """Add the pairs and triples of columns whose unseen combinations are rare, though many.

    With `sparse` only pairs of which most combinations do not occur, such as city and country: no
    level of one decides another there, but for chance.

    The pair that a copula would break most comes first, and takes a third column if that makes
    such a pair with one of the two and with their combinations.
    """
    # what a link leaves of a column is selected by it, and no column of the table
    parts = {j for f in c.found if isinstance(f.rule, LinkRule) for j in f.rule.needs}
    codes = {j: own for j, own in coded(c).items() if j not in parts}
    pairs = {
        frozenset(p.places): p
        for p in _pairs(c, codes)
        if (_sparse(p) if sparse else not len(p.linked))
    }
    used: set[int] = set()
    for pair in sorted(pairs.values(), key=lambda p: -p.broken):
        if used.intersection(pair.places):
            continue
        members = _grown(c, list(pair.places), pairs, used)
        for group in (members, list(pair.places)):
            record = _record(c, group)
            if record.key in refused:
                continue
            added = combined(c, group, record)
            if added is not None:
                c, used = added, used | set(group)
                break
    return c


def _sparse(pair: LevelPair) -> bool:
    """Whether few of the combinations of two columns of three levels or more occur."""
    few = np.count_nonzero(pair.table) <= SPARSE * pair.table.size
    return bool(few and min(pair.table.shape) > 2)


def _pairs(c: Coordinates, codes: dict[int, tuple[Floats, Ints]]) -> Iterator[LevelPair]:
    """Yield the pairs of columns of which a copula would draw combinations that do not occur."""
    places = sorted(codes)
    for k, i in enumerate(places):
        step(f"rules: {c.variables[i].name}")
        for j in places[k + 1 :]:
            pair = pair_of(c, codes, i, j)
            if pair is not None and pair.broken > 0:
                yield pair


def _grown(
    c: Coordinates, members: list[int], pairs: dict[frozenset[int], LevelPair], used: set[int]
) -> list[int]:
    """Return the members with those that make a pair with one of them, the most broken first."""
    while len(members) < MEMBERS:
        near = [
            (p.broken, j)
            for places, p in pairs.items()
            for j in places.difference(members)
            if places.intersection(members) and j not in used
        ]
        for _, j in sorted(near, reverse=True):
            if _rare(c, [*members, j]):
                members = [*members, j]
                break
        else:
            break
    return sorted(members)


def _rare(c: Coordinates, members: Sequence[int]) -> bool:
    """Whether rows with a combination of their own are rare, and combinations few."""
    seen = seen_patterns(c.x[:, list(members)].T, min(LEVELS, len(c.x) // ROWS))
    return seen is not None and bool((seen[1] == 1).sum() <= 0.01 * seen[1].sum())


def _record(c: Coordinates, members: Sequence[int], allow: float = 0.0) -> Rule:
    names = tuple(c.variables[j].name for j in members)
    told = int(np.count_nonzero(~np.isnan(c.x[:, list(members)]).any(axis=1)))
    return Rule("combination", names, " + ".join(names), allow=allow, obey=told, told=told)


def combined(c: Coordinates, members: Sequence[int], record: Rule) -> Coordinates | None:
    """Return coordinates with one part for the members; None if it has too many levels."""
    x = c.x[:, list(members)].T
    seen = seen_patterns(x, min(LEVELS, max(len(c.x) // 2, 2)))
    if seen is None:
        return None
    levels, counts = seen
    order = _order(c, members, levels)
    levels, counts = levels[order], counts[order]
    weights = counts if _shifted(x) else np.empty(0)
    name = f"{', '.join(record.columns)} [combination]"
    part = nominal_part(name, c.variables[members[0]].column, len(levels))
    rule = CombinationRule(len(c.variables), tuple(members), levels, weights)
    return c.adding(rule, record, [part])


def _shifted(x: Floats) -> bool:
    """Whether rows with all members, of (m, n), have other shares of levels than those with one.

    If so the others are spread over the combinations that they may have: fitted without them, the
    part would have shares of levels that the columns do not have.
    """
    full = np.asarray(~np.isnan(x).any(axis=0))
    for own in x:
        known = own == own
        if known.sum() == full.sum():
            continue
        values, place = np.unique(own[known], return_inverse=True)
        every = np.bincount(place, minlength=values.size) / place.size
        inside = place[full[known]]
        some = np.bincount(inside, minlength=values.size) / max(inside.size, 1)
        if np.abs(every - some).max() > SHIFT:
            return True
    return False


def _order(c: Coordinates, members: Sequence[int], levels: Floats) -> Ints:
    """Return the order of the combinations in which other columns depend on them most.

    That of a correspondence analysis, or where a member has an order of its own, along one member
    and within its levels along the next.
    """
    code = matched(c.x[:, list(members)].T, levels)
    tried = [seen_order(c, code, len(levels), members)]
    if any(c.variables[j].kind != "nominal" for j in members):
        m = len(members)
        turns = [[(k + s) % m for k in range(m)] for s in range(m)]
        tried += [np.lexsort(levels.T[turn][::-1]) for turn in turns]
    if len(tried) == 1:
        return tried[0]
    rows = slice(None, None, max(1, len(c.x) // 5000))
    others = _centred(c.x[rows][:, [j for j in c.free if j not in members]])
    scores = [_seen(code[rows], order, others) for order in tried]
    return tried[int(np.argmax(scores))]


def _centred(x: Floats) -> Floats:
    """Return columns of mean ranks, of mean 0 and norm 1 and 0 where missing."""
    out = np.zeros(x.shape)
    for j in range(x.shape[1]):
        known = x[:, j] == x[:, j]
        _, place, counts = np.unique(x[known, j], return_inverse=True, return_counts=True)
        rank = (np.cumsum(counts) - counts / 2)[place]
        out[known, j] = rank - rank.mean() if rank.size else 0.0
    return np.asarray(out / np.maximum(np.sqrt((out**2).sum(axis=0)), 1e-12))


def _seen(code: Floats, order: Ints, others: Floats) -> float:
    """Return how much of the other columns rank correlations with the part explain."""
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order))
    known = code == code
    place = np.full(code.size, np.nan)
    place[known] = rank[code[known].astype(np.int64)]
    r = _centred(place[:, None])[:, 0] @ others
    return float((r**2).sum())


def fit_combination(c: Coordinates, record: Rule) -> Coordinates | None:
    """Return coordinates with the declared combination, None if its members are not free.

    No table breaks it: its combinations are those of the table.
    """
    members = [c.place(name) for name in record.columns]
    if len(members) < 2 or not set(members) <= set(c.free):
        return None
    states = sum(c.variables[j].kind == "state" for j in members)
    if 0 < states < len(members):
        return None
    again = _record(c, members, record.allow)
    # patterns of gaps have a formula of their own
    return combined(c, members, replace(again, formula=record.formula) if states else again)
