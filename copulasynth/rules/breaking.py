"""Which rows of a table break a rule as it is written, before anything is fitted."""

import numpy as np

from copulasynth._arrays import Bools
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.identity import stated_in
from copulasynth.rules.identity.searched import Searched, commonest
from copulasynth.rules.identity.wording import Statement, read
from copulasynth.rules.levels.one_hot import not_one
from copulasynth.rules.links.events import read_link
from copulasynth.rules.links.kept import obeying
from copulasynth.rules.numeric.bounds import bounds_of
from copulasynth.rules.numeric.dates import no_dates
from copulasynth.rules.numeric.hours import HOURS_AND_MINUTES, no_hours
from copulasynth.rules.numeric.orders import declared_orders
from copulasynth.rules.numeric.trial import known
from copulasynth.rules.words.formula import parse_identity
from copulasynth.schema.records import Rule

__all__ = ["breaking"]

#: Relative error of arithmetic that breaks no identity.
TINY = 1e-9


def breaking(c: Coordinates, record: Rule) -> Bools | None:
    """Return whether each row breaks the formula of a rule, (n,), or None if it has none to test.

    A row in which a named column is missing cannot tell. Nor can a table tell of a part that it
    does not have, because the rule that adds it is broken.
    """
    if not c.places.keys() >= set(record.columns):
        return None
    places = [c.place(name) for name in record.columns]
    if record.kind == "identity" and record.formula:
        return _identity(c, record)
    if record.kind == "order":
        orders = declared_orders(c, record)
        broken = [~o.obeyed(c.x[:, o.low], c.x[:, o.high]) for o in orders]
        return np.asarray(np.logical_or.reduce(broken), dtype=np.bool_)
    if record.kind == "range":
        return ~bounds_of(c, record).holds(c.x.T)
    if record.kind == "link":
        deciding, decided = read_link(c, record.formula)
        return ~obeying(c.x.T, [*deciding, *decided], len(deciding))[0]
    if record.kind == "one_hot":
        return not_one(c, record)
    if record.kind == "calendar" and len(places) == 3:
        return no_dates(c, *places)
    if record.kind == "calendar" and HOURS_AND_MINUTES in record.formula:
        return no_hours(c, places[0])
    return None


def _identity(c: Coordinates, record: Rule) -> Bools | None:
    formula, statement = record.formula, read(record.formula)
    if statement is not None and (statement.part or statement.sign or statement.off):
        # which values the table has for a part, or for yes and no, is in no formula
        hit = stated_in(Searched.of(c), c, record, c.clocks)
        return None if hit is None else ~hit.derivation.obeys(c.x.T)
    if statement is not None and statement.rule is None:
        # steps, lookups and rates are in the rule that is fitted, not in the formula
        return _unlisted(c, statement)
    target, function = parse_identity(formula)
    members = [c.place(target), *map(c.place, function.names)]
    if not c.clocks.keys().isdisjoint(members):
        # origins and units of times are those of the table
        hit = stated_in(Searched.of(c), c, record, c.clocks)
        return None if hit is None else ~hit.derivation.obeys(c.x.T)
    j = members[0]
    y = c.x[:, j]
    found = function(c.x.T[members[1:]])
    room = 0.5 * (c.variables[j].step or 0.0) * (1 + 1e-6) + TINY * np.abs(y)
    return np.asarray(np.abs(found - y) > room, dtype=np.bool_)


def _unlisted(c: Coordinates, statement: Statement) -> Bools | None:
    """Return which rows differ from most with the same value of the one column they follow from."""
    if len(statement.parents) != 1:
        return None
    y, x = (c.x[:, c.place(n)] for n in (statement.target, statement.parents[0]))
    broken = np.zeros(y.size, dtype=np.bool_)
    rows = np.flatnonzero(known(y, x))
    values, place = np.unique(x[rows], return_inverse=True)
    order = np.argsort(place, kind="stable")
    for own in np.split(rows[order], np.cumsum(np.bincount(place, minlength=values.size))[:-1]):
        broken[own] = y[own] != commonest(y[own])
    return broken
