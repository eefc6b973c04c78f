"""Links of states: what one column shows decides what another does.

``claims = 0 <-> amount = 0``, ``age < 18 -> alcohol is missing and smoking is missing``.

The events that hold together, and what they force, become one nominal part. All that is not decided
gets a part of its own that has a value only where it is not: the amount where it is not 0, the age
below 18 and the age from there on, the gaps of alcohol among those who are asked. Every copula
then holds the link exactly, for it holds in each level of the part.

Two simpler ways were tried. To leave claims whole and force the amount where they are 0 holds as
exactly, but breaks the law: the amount's marginal is that of rows with claims, and to draw it
everywhere and keep it where there are claims shifts it by what the copula has of the two (KS .07
where the dependence is .6). One level for each joint pattern of all that is linked has the same
fault: a part seen in several levels depends on which. Here each part is seen in one level of the
part that selects it (but for rows that break the link), so nothing in the table speaks for a
dependence between the two, and what is drawn and kept has the law of what was seen: KS below .01,
or up to .04 where a third column nearly determines both, so that a copula cannot have them
independent. What is left of that is made even where rows are drawn (`copulasynth.model.seen`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats, even_points, floats, frozen, put
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.turning import departures
from copulasynth.rules.levels.patterns import (
    check_levels,
    check_places,
    matched,
    nominal_part,
    seen_order,
    seen_patterns,
)
from copulasynth.rules.links.events import Event, link_words, read_link
from copulasynth.rules.links.kept import KeptLink, links_to_keep, obeying
from copulasynth.rules.links.parts import Fork, fork_of
from copulasynth.rules.links.search import LinkSearch
from copulasynth.schema.records import Rule

__all__ = ["LinkRule", "find_kept", "find_link", "fit_link", "split_by"]

#: Links of one table, and patterns of one link.
LINKS, LEVELS = 60, 200

#: Characters of the name of a link's part: a part of parts of parts says nothing to anybody, and
#: what is quoted in a name that is quoted grows twofold with each of them.
LONGEST = 150

#: How far drawing rows again may move the law of a column, and how often laws are made even then.
LOST, ROUNDS = 0.03, 8


@dataclass(frozen=True, slots=True, eq=False)
class LinkRule:
    """Events that hold together or not at all, and others that hold wherever they do.

    Attributes
    ----------
    part : int
        The coordinate that says which pattern of events a row has.
    forks : tuple of Fork
        How each coordinate is split, the deciding ones first.
    deciding : int
        How many of them decide.
    levels : (K, m) float64
        The patterns: 1 where the event of a deciding coordinate holds, and where that of a decided
        one is forced.
    weights : (K,) or (0,) float64
        How often each occurred, if rows known in part are spread over those that agree.
    forced : (d,) float64
        For each decided coordinate, in what share of the rows with its event it was forced.
    """

    part: int
    forks: tuple[Fork, ...]
    deciding: int
    levels: Floats
    weights: Floats
    forced: Floats

    def __post_init__(self) -> None:
        check_places("link", self.part, *self.makes, *self.needs[1:])
        check_levels("link", self, self.levels, self.weights, len(self.forks))
        if not np.isin(self.levels, (0.0, 1.0)).all() or not 1 <= self.deciding <= len(self.forks):
            raise ValueError("the levels of a link hold 0 and 1, and an event or more decides")
        forced = floats(self.forced, 1)
        if (
            forced.size != len(self.forks) - self.deciding
            or not ((forced >= 0) & (forced <= 1)).all()
        ):
            raise ValueError("a link has a share from 0 to 1 for each event that it decides")
        put(self, forced=frozen(forced))

    @property
    def makes(self) -> tuple[int, ...]:
        return tuple(f.event.place for f in self.forks)

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.part, *(j for f in self.forks for j in f.needs))

    @property
    def rejects(self) -> bool:
        return False

    def make(self, x: Floats, /) -> None:
        code = np.clip(x[self.part], 0, len(self.levels) - 1).astype(np.int64)
        for fork, column in zip(self.forks, self.levels.T, strict=True):
            fork.make(x, column[code] == 1)

    def split(self, x: Floats, /) -> None:
        bits = patterns(x, [f.event for f in self.forks], self.deciding, self.forced)
        weights = self.weights if self.weights.size else None
        x[self.part] = matched(bits, self.levels, weights)
        for fork, own in zip(self.forks, bits, strict=True):
            fork.split(x, own)

    def holds(self, x: Floats, /) -> Bools:
        return obeying(x, [f.event for f in self.forks], self.deciding)[0]


def patterns(
    x: Floats, events: Sequence[Event], deciding: int, forced: Floats | None = None
) -> Floats:
    """Return the pattern of each row of x, (D, n), NaN where it is not known.

    Where it is not known what decides, an event that is decided may have been forced or not: with
    `forced` it was in so many of the rows, evenly spread.
    """
    bits = np.array([np.where(np.isnan(x[e.place]), np.nan, e.of(x[e.place])) for e in events])
    ahead = bits[:deciding]
    some, none = (ahead == 1).any(axis=0), (ahead == 0).any(axis=0)
    for k, own in enumerate(bits[deciding:]):
        own[none & ~some] = 0.0
        open_ = np.flatnonzero(~none & ~some & (own == 1))
        share = np.nan if forced is None else forced[k]
        even = even_points(open_.size)
        own[open_] = np.nan if np.isnan(share) else even < share
    return bits


def _forced(x: Floats, events: Sequence[Event], deciding: int) -> Floats:
    """Return in what share of the rows with a decided event it was forced."""
    bits = patterns(x, events, deciding)
    found = []
    for own, event in zip(bits[deciding:], events[deciding:], strict=True):
        shown = event.of(x[event.place]) & ~np.isnan(bits[:deciding]).all(axis=0)
        found.append(float((own[shown] == 1).mean()) if shown.any() else 0.0)
    return np.array(found)


def find_link(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Add the links, those of most rows first, so that what is decided may decide in turn."""
    search = LinkSearch.of(c, tuple(names for kind, names in refused if kind == "link"))
    for _ in range(LINKS):
        found = search.best(c)
        if found is None or sum(map(len, found)) < 2:
            # what forces a threshold alone forces nothing that can be forced
            break
        added = _added(c, *found)
        if added is None:
            # no row shows all of it, but rows show each pair
            deciding, decided = found
            first = [*deciding, *decided][:2]
            added = _added(c, first[: len(deciding)], first[len(deciding) :])
        if added is None or len(added[0].variables[added[1].part].name) > LONGEST:
            break
        c, link = added
        search.added(link.part, link.forks, link.deciding)
    return c


def split_by(c: Coordinates, event: Event) -> Coordinates | None:
    """Return coordinates in which one value of a number is set aside, and decides nothing."""
    added = _added(c, [event], [], 0.0)
    return None if added is None else added[0]


def find_kept(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Add the links of columns that rules made or split, where they do not follow from these.

    What would move the laws of its columns, as a quick joint draw has them, is left alone.
    """
    for deciding, decided in links_to_keep(c, tuple(n for kind, n in refused if kind == "link")):
        rule = KeptLink(tuple(deciding), tuple(decided))
        more = c.adding(rule, _record(c, deciding, decided, None))
        before, after = (departures(one, list(rule.needs), ROUNDS) for one in (c, more))
        lost = before is not None and after is None
        if before and after:
            lost = max(after[j] - before[j] for j in before) > LOST
        if not lost:
            c = more
    return c


def fit_link(c: Coordinates, record: Rule) -> Coordinates | None:
    """Return coordinates with the declared link, or None if too many rows break it.

    The formula says all.

    Raises
    ------
    SchemaError
        If the formula cannot be read, or names what the table does not have.
    """
    deciding, decided = read_link(c, record.formula)
    events = [*deciding, *decided]
    if len(events) == 1:
        return split_by(c, events[0]) if events[0].place in c.free else None
    obey, told = obeying(c.x.T, events, len(deciding))
    count, broken = int(told.sum()), int((told & ~obey).sum())
    if not count or broken > record.allow * count:
        return None
    if not {e.place for e in events} <= set(c.free):
        kept = not broken and max(e.place for e in events) < c.own
        rule = KeptLink(tuple(deciding), tuple(decided))
        return c.adding(rule, _record(c, deciding, decided, record.allow)) if kept else None
    added = _added(c, deciding, decided, record.allow)
    return None if added is None else added[0]


def _added(
    c: Coordinates, deciding: Sequence[Event], decided: Sequence[Event], allow: float | None = None
) -> tuple[Coordinates, LinkRule] | None:
    """Return coordinates with a link and its parts, and the link, if its patterns are few."""
    events = [*deciding, *decided]
    forced = _forced(c.x.T, events, len(deciding))
    bits = patterns(c.x.T, events, len(deciding), forced)
    seen = seen_patterns(bits, LEVELS)
    if seen is None:
        return None
    levels, counts = seen
    members = [e.place for e in events]
    order = seen_order(c, matched(bits, levels), len(levels), members)
    weights = counts[order] if np.isnan(bits).any() else np.empty(0)
    record = _record(c, deciding, decided, allow)
    variables = [nominal_part(_name(record), c.variables[members[0]].column, len(levels))]
    forks = []
    for event, own in zip(events, bits, strict=True):
        at = len(c.variables) + len(variables)
        fork, parts = fork_of(c, event, own, at, decides=event in deciding)
        forks.append(fork)
        variables += parts
    rule = LinkRule(len(c.variables), tuple(forks), len(deciding), levels[order], weights, forced)
    return c.adding(rule, record, variables), rule


def _name(record: Rule) -> str:
    return f"{record.formula.partition(' <-> ')[0].partition(' -> ')[0]} [link]"


def _record(
    c: Coordinates, deciding: Sequence[Event], decided: Sequence[Event], allow: float | None
) -> Rule:
    events = [*deciding, *decided]
    obey, told = obeying(c.x.T, events, len(deciding))
    if len(events) == 1:
        # one value that is set aside is broken by none of the rows that have it
        told = events[0].of(c.x[:, events[0].place])
    count, held = int(told.sum()), int((obey & told).sum())
    if allow is None:
        allow = math.ceil(1e4 * (count - held) / max(count, 1)) / 1e4
    names = tuple(c.variables[e.place].name for e in events)
    formula = link_words(c, deciding, decided)
    return Rule("link", names, formula, allow=allow, obey=held, told=count)
