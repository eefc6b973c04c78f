"""Which rows of a table break a rule as it is written, before anything is fitted."""

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.identity import stated_in
from copulasynth.rules.identity.searched import Searched
from copulasynth.rules.identity.wording import read
from copulasynth.rules.links.events import read_link
from copulasynth.rules.links.kept import obeying
from copulasynth.rules.words.formula import parse_identity, parse_order
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
    if record.kind == "identity" and record.formula:
        return _identity(c, record)
    if record.kind in ("order", "range") and record.formula:
        return _order(c, record.formula)
    if record.kind == "link":
        deciding, decided = read_link(c, record.formula)
        return ~obeying(c.x.T, [*deciding, *decided], len(deciding))[0]
    return None


def _identity(c: Coordinates, record: Rule) -> Bools | None:
    formula, statement = record.formula, read(record.formula)
    if statement is not None and (statement.part or statement.sign or statement.off):
        # which values the table has for a part, or for yes and no, is in no formula
        hit = stated_in(Searched.of(c), c, record, c.clocks)
        return None if hit is None else ~hit.derivation.obeys(c.x.T)
    if statement is not None and statement.rule is None:
        # steps, lookups and rates are in the rule that is fitted, not in the formula
        return None
    target, function = parse_identity(formula)
    members = [c.place(target), *map(c.place, function.names)]
    if not c.clocks.keys().isdisjoint(members):
        # origins and units of times are in the rule that is fitted, not in the formula
        return None
    j = members[0]
    y = c.x[:, j]
    found = function(c.x.T[members[1:]])
    room = 0.5 * (c.variables[j].step or 0.0) * (1 + 1e-6) + TINY * np.abs(y)
    return np.asarray(np.abs(found - y) > room, dtype=np.bool_)


def _order(c: Coordinates, formula: str) -> Bools:
    terms, strict = parse_order(formula)
    values = [c.x[:, c.place(t)] if isinstance(t, str) else np.float64(t) for t in terms]
    broken = np.zeros(len(c.x), dtype=np.bool_)
    for low, high, open_ in zip(values, values[1:], strict, strict=False):
        broken |= _above(low, high, open_)
    return broken


def _above(low: Floats | np.float64, high: Floats | np.float64, strict: bool) -> Bools:
    return np.asarray(low >= high if strict else low > high, dtype=np.bool_)
