"""All kinds of rules in the order in which they are looked for, and how records become rules.

Each finder takes coordinates and returns them with what it found. What comes earlier has
precedence: a later finder sees the parts in place of the variables that an earlier rule makes.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from copulasynth.rules.api import Coordinates, UnknownName
from copulasynth.rules.identity import pursuit, ties
from copulasynth.rules.identity.identity import find_identities, fit_identity
from copulasynth.rules.identity.ties import find_ties, fit_tie
from copulasynth.rules.levels import one_hot
from copulasynth.rules.levels.combination import find_combination, fit_combination
from copulasynth.rules.levels.gaps import find_gaps
from copulasynth.rules.levels.one_hot import find_one_hot, fit_one_hot
from copulasynth.rules.links import search
from copulasynth.rules.links.link import find_kept, find_link, fit_link
from copulasynth.rules.numeric import orders
from copulasynth.rules.numeric.bounds import find_bounds, fit_bounds
from copulasynth.rules.numeric.calendars import find_calendars, fit_calendar
from copulasynth.rules.numeric.dates import find_dates, fit_date
from copulasynth.rules.numeric.lattices import find_lattices, fit_lattice
from copulasynth.rules.numeric.orders import find_orders, fit_order
from copulasynth.rules.numeric.places import find_places, fit_place
from copulasynth.schema.records import Rule

__all__ = ["KINDS", "Kind", "find_rules", "fit_rules"]

#: Kind and columns of rules that must not be found.
Refused = frozenset[tuple[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule: how it is found in a table, and how a record of it is fitted to one.

    Where the search is a test, `evidence` is the logarithm of the chance, over all that it tries,
    below which it must lie.
    """

    name: str
    find: Callable[[Coordinates, Refused], Coordinates]
    fit: Callable[[Coordinates, Rule], Coordinates | None]
    evidence: float | None = None

    @property
    def chance(self) -> float | None:
        """The chance of a false rule, rounded up to a power of ten."""
        return None if self.evidence is None else 10.0 ** math.ceil(self.evidence / math.log(10))


def _fit_calendar(c: Coordinates, record: Rule) -> Coordinates | None:
    fit_time = len(record.columns) != 3
    return fit_calendar(c, record, c.clocks) if fit_time else fit_date(c, record)


KINDS = (
    Kind("one_hot", find_one_hot, fit_one_hot, one_hot.EVIDENCE),
    Kind("calendar", find_dates, fit_date),
    Kind(
        "identity",
        lambda c, refused: find_identities(c, refused, times=c.clocks),
        lambda c, record: fit_identity(c, record, times=c.clocks),
        pursuit.EVIDENCE,
    ),
    Kind("combination", partial(find_combination, sparse=True), fit_combination),
    Kind("link", find_link, fit_link, search.EVIDENCE),
    Kind("combination", find_combination, fit_combination),
    Kind("combination", find_gaps, fit_combination),
    Kind(
        "order",
        lambda c, refused: find_orders(c, refused, c.scales),
        lambda c, record: fit_order(c, record, c.scales),
        orders.EVIDENCE,
    ),
    Kind("tie", find_ties, fit_tie, ties.EVIDENCE),
    Kind(
        "calendar",
        lambda c, refused: find_calendars(c, refused, c.clocks),
        _fit_calendar,
    ),
    Kind("link", find_kept, fit_link, search.EVIDENCE),
    Kind("lattice", find_lattices, fit_lattice),
    Kind("place", find_places, fit_place),
    Kind("range", find_bounds, fit_bounds),
)


def find_rules(c: Coordinates, refused: Refused = frozenset()) -> Coordinates:
    """Return coordinates with every rule that holds in them, but for those refused."""
    for kind in KINDS:
        before = len(c.found)
        c = _with_chance(kind.find(c, refused), before, kind.chance)
    return c


def _with_chance(c: Coordinates, before: int, chance: float | None) -> Coordinates:
    """Return coordinates in which the rules behind the first `before` have that chance."""
    new = (replace(f, record=replace(f.record, chance=chance)) for f in c.found[before:])
    return replace(c, found=(*c.found[:before], *new))


def fit_rules(c: Coordinates, records: Iterable[Rule]) -> tuple[Coordinates, tuple[Rule, ...]]:
    """Return coordinates with the recorded rules, and the records that the table breaks.

    Records are fitted in their order. One that names a part which no rule has added yet waits.

    Raises
    ------
    SchemaError
        If a record names what no other adds, and the table breaks none.
    """
    fits = {kind.name: kind.fit for kind in KINDS}
    broken: list[Rule] = []
    waiting = [r for r in records if r.keep and r.kind in fits]
    while waiting:
        left: list[Rule] = []
        for record in waiting:
            before = len(c.found)
            try:
                more = fits[record.kind](c, record)
            except UnknownName as e:
                left.append(record)
                unknown = e
                continue
            if more is None:
                broken.append(record)
            else:
                c = _with_chance(more, before, record.chance)
        if len(left) == len(waiting):
            if not broken:
                raise unknown
            # what they name may be a part of a rule that the table breaks
            broken += left
            break
        waiting = left
    return c, tuple(broken)
