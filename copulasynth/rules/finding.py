"""All kinds of rules in the order in which they are looked for, and how records become rules.

Each finder takes coordinates and returns them with what it found. What comes earlier has
precedence: a later finder sees the parts in place of the variables that an earlier rule makes.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from copulasynth._clock import step
from copulasynth.rules.api import Coordinates, UnknownName
from copulasynth.rules.identity import pursuit, ties
from copulasynth.rules.identity.identity import find_identities, fit_identity
from copulasynth.rules.identity.tied import fit_tie
from copulasynth.rules.identity.ties import find_factors, find_ties
from copulasynth.rules.levels import one_hot
from copulasynth.rules.levels.combination import find_combination, fit_combination
from copulasynth.rules.levels.gaps import find_gaps
from copulasynth.rules.levels.one_hot import find_one_hot, fit_one_hot
from copulasynth.rules.links import search
from copulasynth.rules.links.codes import find_codes
from copulasynth.rules.links.link import find_kept, find_link, fit_link
from copulasynth.rules.numeric import orders
from copulasynth.rules.numeric.bounds import find_bounds, fit_bounds
from copulasynth.rules.numeric.calendars import find_calendars, fit_calendar
from copulasynth.rules.numeric.compared import with_gaps
from copulasynth.rules.numeric.dates import find_dates, fit_date
from copulasynth.rules.numeric.hours import HOURS_AND_MINUTES, find_hours, fit_hours
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


def _find_orders(c: Coordinates, refused: Refused) -> Coordinates:
    return find_orders(c, refused.union(f.record.key for f in c.found), c.scales)


def _fit_calendar(c: Coordinates, record: Rule) -> Coordinates | None:
    if len(record.columns) == 3:
        return fit_date(c, record)
    timed = c.place(record.columns[0]) in c.clocks
    return fit_calendar(c, record, c.clocks) if timed else fit_hours(c, record)


KINDS = (
    Kind("one_hot", find_one_hot, fit_one_hot, one_hot.EVIDENCE),
    Kind("calendar", lambda c, refused: find_hours(find_dates(c, refused), refused), fit_date),
    Kind(
        "identity",
        lambda c, refused: find_identities(c, refused, times=c.clocks),
        lambda c, record: fit_identity(c, record, times=c.clocks),
        pursuit.EVIDENCE,
    ),
    Kind("combination", partial(find_combination, sparse=True), fit_combination),
    Kind("link", find_link, fit_link, search.EVIDENCE),
    Kind("combination", find_combination, fit_combination),
    Kind("link", find_codes, fit_link),
    Kind("combination", find_gaps, fit_combination),
    # an order would draw the ratio of two, of which rounding leaves no value that many rows have
    Kind("tie", find_factors, fit_tie, ties.EVIDENCE),
    Kind(
        "order",
        _find_orders,
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


def find_rules(
    c: Coordinates, refused: Refused = frozenset(), records: Iterable[Rule] = ()
) -> Coordinates:
    """Return coordinates with every rule that holds in them, but for those refused.

    Orders come behind the gaps that are drawn for what identities compare, and those among the
    records, which are declared, before those that are found.
    """
    declared = _orders(records)
    for kind in KINDS:
        step(f"rules: {kind.name}")
        if kind.name == "order":
            # a gap keeps those that are found without it
            orders = _orders(f.record for f in _finding(c, kind, refused, declared).found)
            c, declared = with_gaps(c, partial(_ordered, orders=orders)), orders
        c = _finding(c, kind, refused, declared)
    return c


def _finding(c: Coordinates, kind: Kind, refused: Refused, declared: list[Rule]) -> Coordinates:
    """Return coordinates with the rules of one kind, behind orders that are declared."""
    c = _ordered(c, declared) if kind.name == "order" else c
    return _with_chance(kind.find(c, refused), len(c.found), kind.chance)


def _ordered(c: Coordinates, orders: list[Rule]) -> Coordinates:
    """Return coordinates with orders, those of what is made last, when gaps stand."""
    made = {c.variables[j].name for j in c.made}
    return _fitted(c, sorted(orders, key=lambda r: not made.isdisjoint(r.columns))).c


def _orders(records: Iterable[Rule]) -> list[Rule]:
    return [r for r in records if r.kind == "order" and r.keep]


def _with_chance(c: Coordinates, before: int, chance: float | None) -> Coordinates:
    """Return coordinates in which the rules behind the first `before` have that chance."""
    new = (replace(f, record=replace(f.record, chance=chance)) for f in c.found[before:])
    return replace(c, found=(*c.found[:before], *new))


def fit_rules(
    c: Coordinates, records: Iterable[Rule], *, alone: bool = True
) -> tuple[Coordinates, tuple[Rule, ...]]:
    """Return coordinates with the recorded rules, and the records that the table breaks.

    Records are fitted in their order, but for orders and what splits numbers, which come behind
    the gaps that are drawn for what identities compare: where other rules are looked for, orders
    are left to `find_rules`. One that names a part which no rule has added yet waits.

    Parameters
    ----------
    c : Coordinates
    records : iterable of Rule
    alone : bool
        Whether no other rules are looked for afterwards, of which gaps would be in the way.

    Raises
    ------
    SchemaError
        If a record names what no other adds, and the table breaks none.
    """
    waiting = [r for r in records if r.keep and r.kind in FITS]
    broken: list[Rule] = []
    if alone:
        fitted = _fitted(c, [r for r in waiting if _comes_first(r)])
        done = [r for r in waiting if _comes_first(r) and r not in fitted.left]
        c, broken = fitted.c, fitted.broken
        waiting = [r for r in waiting if r not in done]
        orders = _orders(waiting)
        c = with_gaps(c, partial(_ordered, orders=orders))
    fitted = _fitted(c, waiting)
    if not alone:
        # all are tried, to say which the table breaks
        rest = _fitted(c, [r for r in waiting if r.kind != "order"])
        fitted = replace(fitted, c=rest.c)
    broken += fitted.broken
    if fitted.unknown is not None and not broken:
        raise fitted.unknown
    # what they name may be a part of a rule that the table breaks
    return fitted.c, (*broken, *fitted.left)


#: How a record of each kind is fitted.
FITS = {kind.name: kind.fit for kind in KINDS}


def _comes_first(record: Rule) -> bool:
    """Whether a rule is one that flags may follow from, or parts that they compare."""
    split = len(record.columns) == 3 or HOURS_AND_MINUTES in record.formula
    return (record.kind == "calendar" and split) or record.kind in (
        "one_hot",
        "identity",
        "combination",
        "link",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """Coordinates with rules, the records that the table breaks, and those that wait, and why."""

    c: Coordinates
    broken: list[Rule]
    left: list[Rule]
    unknown: UnknownName | None


def _fitted(c: Coordinates, waiting: list[Rule]) -> _Fitted:
    """Return coordinates with the recorded rules as far as what they name is there."""
    broken: list[Rule] = []
    unknown: UnknownName | None = None
    while waiting:
        left: list[Rule] = []
        for record in waiting:
            before = len(c.found)
            try:
                more = FITS[record.kind](c, record)
            except UnknownName as e:
                left.append(record)
                unknown = e
                continue
            if more is None:
                broken.append(record)
            else:
                c = _with_chance(more, before, record.chance)
        if len(left) == len(waiting):
            return _Fitted(c, broken, left, unknown)
        waiting = left
    return _Fitted(c, broken, [], None)
