"""Links of columns that other rules made or split already: rows that break one are drawn again.

A link takes its columns apart, and a column that is derived, or that another link has taken apart,
cannot be taken apart once more. What the table's own columns say of each other is looked for once
more at the end, and rows are made from parts that know nothing of each other: what these rows obey
follows from the rules that were found, and what they break is held by rejection.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import Checking, Coordinates, sorted_rules
from copulasynth.rules.levels.patterns import check_places
from copulasynth.rules.links.choice import Implied, chosen
from copulasynth.rules.links.events import Event
from copulasynth.rules.links.search import LinkSearch

__all__ = ["KeptLink", "links_to_keep", "whole_columns"]

#: Rows that are made to see what follows, and share of them that must obey what was found.
ROWS, LEFT = 4000, 0.1

#: So often the columns are searched.
ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class KeptLink(Checking):
    """Events that hold together or not at all, and others that hold wherever they do.

    Attributes
    ----------
    deciding, decided : tuple of Event
    """

    deciding: tuple[Event, ...]
    decided: tuple[Event, ...]

    def __post_init__(self) -> None:
        check_places("link", *self.needs)
        if not self.deciding or len(self.needs) < 2:
            raise ValueError("an event or more decides, and a link has two at least")

    @property
    def needs(self) -> tuple[int, ...]:
        return tuple(e.place for e in (*self.deciding, *self.decided))

    def holds(self, x: Floats, /) -> Bools:
        return obeying(x, (*self.deciding, *self.decided), len(self.deciding))[0]


def obeying(x: Floats, events: Sequence[Event], deciding: int) -> tuple[Bools, Bools]:
    """Return which rows of x, (D, n), obey a link, and which could have broken it."""
    shown = np.array([e.of(x[e.place]) for e in events])
    not_shown = ~shown & ~np.isnan(x[[e.place for e in events]])
    some, none = shown[:deciding].any(axis=0), not_shown[:deciding].any(axis=0)
    broken = np.asarray(some & none)
    told = ((shown | not_shown)[:deciding].sum(axis=0) >= 2) & some
    if deciding < len(events):
        broken |= some & not_shown[deciding:].any(axis=0)
        told |= some & (shown | not_shown)[deciding:].any(axis=0)
    return ~broken, told


def whole_columns(c: Coordinates) -> Coordinates:
    """Return the table's own columns, as if no rule were known of them."""
    own = c.x[:, : c.own]
    return replace(c, x=own, variables=c.variables[: c.own], found=(), parts=0, turned=())


def links_to_keep(
    c: Coordinates, refused: tuple[frozenset[str], ...]
) -> list[tuple[list[Event], list[Event]]]:
    """Return links of the table's columns, in all rows, that do not follow from what was found.

    A number may decide at both of its ends: the second is looked for where the first does not.
    """
    own, made, links = whole_columns(c), None, []
    for _ in range(ROUNDS):
        search = LinkSearch.of(own, refused)
        found = [i for i in search.every(own) if not i.broken and _sayable(own, i)]
        if not found:
            break
        made = _made(c) if made is None else made
        more, made = _breaking(found, own, made)
        links += more
        ends = [e for deciding, _ in more for e in deciding if not e.single]
        if not ends:
            break
        own = _without(own, ends)
    return links


def _sayable(own: Coordinates, i: Implied) -> bool:
    """Whether an implication can be said: a threshold of a time is one of its numbers."""
    return not any(e.place in own.clocks and not e.single for e in (i.left, i.right))


def _breaking(
    found: list[Implied], own: Coordinates, x: Floats
) -> tuple[list[tuple[list[Event], list[Event]]], Floats]:
    """Return links of what rows (D, n) break, those of most rows first, and the rows that obey."""
    links, rows = [], x.shape[1]
    while x.shape[1] > LEFT * rows:
        found = [i for i in found if not obeying(x, (i.left, i.right), 1)[0].all()]
        link = chosen(found, own.variables)
        if link is None or len(link[0]) + len(link[1]) < 2:
            break
        obeyed = KeptLink(tuple(link[0]), tuple(link[1])).holds(x)
        if obeyed.all():
            break
        links.append(link)
        x = x[:, obeyed]
    return links, x


def _without(own: Coordinates, ends: Sequence[Event]) -> Coordinates:
    """Return columns in which numbers beyond these thresholds are not known."""
    x = own.x.copy(order="F")
    for e in ends:
        x[e.of(own.x[:, e.place]), e.place] = np.nan
    return replace(own, x=x)


def _made(c: Coordinates) -> Floats:
    """Return rows (D, n) that obey the rules found, made from columns in an order of their own."""
    rng = np.random.default_rng(0)
    x = np.full((len(c.variables), ROWS), np.nan)
    for j in c.free:
        known = c.x[~np.isnan(c.x[:, j]), j]
        if known.size:
            x[j] = rng.permutation(np.resize(known, max(ROWS, known.size)))[:ROWS]
    for rule in sorted_rules(c.rules):
        rule.make(x)
    states = {v.column: j for j, v in enumerate(c.variables[: c.own]) if v.kind == "state"}
    for j, v in enumerate(c.variables[: c.own]):
        if v.kind != "state" and v.column in states:
            x[j, x[states[v.column]] >= 0.5] = np.nan
    kept = np.ones(ROWS, dtype=bool)
    for rule in c.rules:
        if rule.rejects:
            kept &= rule.holds(x)
    return x[:, kept]
