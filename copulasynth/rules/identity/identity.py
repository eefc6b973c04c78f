"""Identities: variables that are exact functions of others, found or declared, and derived."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import combinations
from itertools import product as product_of

import numpy as np

from copulasynth.errors import SchemaError
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.comparing import compared_as, declared_as
from copulasynth.rules.identity.dated import Dated
from copulasynth.rules.identity.dating import dated_as, mostly
from copulasynth.rules.identity.direction import directed
from copulasynth.rules.identity.elapsed import AFTER, FROM, Later
from copulasynth.rules.identity.excepted import FEWEST, Excepted, excepted
from copulasynth.rules.identity.facts import is_short
from copulasynth.rules.identity.guarded import guarded
from copulasynth.rules.identity.kinds import Derivation, GroupedLinear, Linear
from copulasynth.rules.identity.numbers import linear, product
from copulasynth.rules.identity.rounded import is_wide, narrow_room, sum_within, wide_room
from copulasynth.rules.identity.search import grouped_of, left_over, lookup_of, relations
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.settle import ALLOWED
from copulasynth.rules.identity.spanned import declared_spans
from copulasynth.rules.identity.stepped import stepped_as
from copulasynth.rules.identity.timed import ahead, declared_months, of_no_unit, timed
from copulasynth.rules.identity.together import redirected
from copulasynth.rules.identity.whole import as_rounded
from copulasynth.rules.identity.within import within
from copulasynth.rules.identity.wording import Statement, read, words
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.orders import find_orders, orders_in
from copulasynth.rules.words.formula import Expression
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = ["find_identities", "fit_identity", "stated_in"]

_Key = tuple[str, frozenset[str]]


def find_identities(
    c: Coordinates,
    refused: frozenset[_Key] = frozenset(),
    *,
    times: Collection[int] = (),
) -> Coordinates:
    """Return coordinates with every identity that holds in all rows but a small share.

    Parameters
    ----------
    c : Coordinates
    refused : frozenset
        Keys of records that are to be left alone.
    times : collection of int
        Coordinates that count from an origin of their own (points in time): formulas then leave
        out constants and factors, which a reader would not know.

    Examples
    --------
    >>> from copulasynth.schema.column import Variable
    >>> rng = np.random.default_rng(1)
    >>> price, number = rng.choice([4.99, 9.99, 24.5], 500), rng.integers(1, 9, 500)
    >>> x = np.column_stack([np.round(price * number, 2), price, number])
    >>> variables = (
    ...     Variable("total", 0, "continuous", step=0.01),
    ...     Variable("price", 1, "discrete", step=0.01),
    ...     Variable("number", 2, "discrete", step=1.0),
    ... )
    >>> [f.record.formula for f in find_identities(Coordinates(x, variables)).found]
    ['total = price * number']
    """
    names = [v.name for v in c.variables]
    terms: set[int] = set()

    def choose(s: Searched, hit: Supported) -> Supported | None:
        d = hit.derivation
        members = frozenset(names[i] for i in (d.target, *d.parents))
        if ("identity", members) in refused or _of_gaps(s, d):
            return None
        if isinstance(d.rule, Expression) and not {d.target, *d.parents}.isdisjoint(times):
            return None
        if isinstance(d.rule, Linear | GroupedLinear) and _ambiguous(s, d):
            return sum_within(s, d)
        if of_no_unit(s, d) or (d.target in terms and not s.clocks.keys().isdisjoint(d.parents)):
            return None
        # dates near both ends of a term tell it too, but a term is drawn
        terms.update(d.parents[1:] if isinstance(d.rule, Later) else ())
        chosen = directed(s, hit)
        return as_rounded(s, chosen) if members.isdisjoint(names[i] for i in times) else chosen

    if len(c.x) < 2 * len(str(len(c.x))) or len(names) < 2:
        return c
    s = Searched.of(c)
    hits = list(relations(s, choose))

    def added(c: Coordinates, hits: Sequence[Supported]) -> Coordinates:
        # what has a level for a gap says when there is one, and follows from what is there
        for hit in sorted(hits, key=lambda h: c.variables[h.derivation.target].kind == "state"):
            c = _added(c, hit, times)
        return c

    beside = replace(s, orders=_beside(hits, orders_in(c)))
    best = redirected(beside, hits, c, lambda c, way: find_orders(added(c, way), refused, c.scales))
    if any(o is not hit for o, hit in zip(best, hits, strict=True)):
        # the rate of a discount was no step of the total while that was derived from the discount
        for hit in best:
            s = s.adding(hit.derivation)
        best += left_over(s, choose)
    return added(c, best)


def _beside(hits: list[Supported], orders: tuple[OrderRule, ...]) -> tuple[OrderRule, ...]:
    """Return the orders that are not within a relation, where they may follow from it."""
    members = [{h.derivation.target, *h.derivation.parents} for h in hits]
    # of relations that share several members the difference is one as well
    members += [a ^ b for a, b in combinations(members, 2) if len(a & b) > 1]
    # the date of a time is made of it: by itself it is no draw that says what is in order with it
    dates = {h.derivation.target for h in hits if isinstance(h.derivation.rule, Dated)}
    free = [o for o in orders if dates.isdisjoint((o.low, o.high))]
    return tuple(o for o in free if not any({o.low, o.high} <= m for m in members))


def _ambiguous(s: Searched, d: Derivation) -> bool:
    """Whether rows of the same parents differ in the target, and a line lies within a step of both.

    Age and year of birth add up to this year or the last, and a line of odd numbers is near both.
    A sum of what was rounded may differ too, but has short numbers.
    """
    if isinstance(d.rule, Linear) and is_short(s, d):
        return False
    rows = s.known((d.target, *d.parents))
    x = s.x[rows[:, None], [*d.parents, d.target]]
    x = x[np.lexsort(x.T[::-1])]
    same = (x[1:, :-1] == x[:-1, :-1]).all(axis=1)
    return bool((x[1:, -1] != x[:-1, -1])[same].mean() > ALLOWED) if same.any() else False


def _of_gaps(s: Searched, d: Derivation) -> bool:
    """Whether a target says what is missing, also where a parent is missing: links hold that."""
    if s.variables[d.target].kind != "state":
        return False
    gaps = np.isnan(s.x[:, list(d.parents)]).any(axis=1) & ~np.isnan(s.x[:, d.target])
    return bool(np.count_nonzero(gaps) >= FEWEST)


def fit_identity(
    c: Coordinates, record: Rule, *, times: Collection[int] = ()
) -> Coordinates | None:
    """Return coordinates with the declared identity, or None if the table breaks it.

    The numbers of a formula must hold as they are written. With times among its members it adds and
    subtracts columns only, whose units are found; where no function can be read, it is fitted.
    Which member is derived is decided as in :func:`find_identities`, unless the record was found.

    Raises
    ------
    SchemaError
        If it names a variable that there is none of.
    """
    s = Searched.of(c)
    hit = stated_in(s, c, record, times)
    if hit is None or hit.share > record.allow:
        return None
    # what was found says which member is derived, which all of its table decided
    hit = hit if record.told is not None else directed(s, hit, declared=hit.derivation.target)
    return _added(c, hit, times, record)


def stated_in(
    s: Searched, c: Coordinates, record: Rule, times: Collection[int]
) -> Supported | None:
    """Return what a record declares, whatever share of the rows breaks it, None where nothing fits.

    Raises
    ------
    SchemaError
        If it names a variable that there is none of.
    """
    stated = read(record.formula) if record.formula else None
    whole = stated is not None and (stated.sign or stated.part.endswith((AFTER, FROM)))
    if stated is None or (stated.rule is None and record.columns and not whole):
        if len(record.columns) < 2:
            return None
        part = "" if stated is None else stated.part
        stated = Statement(record.columns[0], record.columns[1:], part=part)
    for name in record.columns:
        c.place(name)
    j, parents = c.place(stated.target), [c.place(name) for name in stated.parents]
    if j in s.above or any(s.depends(i, j) for i in parents):
        return None
    return _fitted(s, j, parents, stated, record.allow, times)


def _fitted(
    s: Searched,
    j: int,
    parents: list[int],
    stated: Statement,
    allow: float,
    times: Collection[int],
) -> Supported | None:
    """Return the declared derivation with the numbers of its formula, or with fitted ones."""
    if stated.part.endswith((AFTER, FROM)):
        return declared_months(s, j, parents, stated)
    if stated.part:
        return _of_time(s, j, parents[0], stated.part)
    if stated.sign == "steps" and stated.rule is not None:
        return stepped_as(s, j, parents, stated.rule, stated.text, 0.0)
    if stated.sign == "steps":
        return compared_as(s, j, (parents[0], parents[1]), 0.0)
    if stated.sign and stated.rule is not None:
        return declared_as(s, j, parents, stated.rule, stated.sign, stated.text)
    if stated.off > 0 and stated.rule is not None:
        return judged(s, j, parents, stated.rule, wide_room(stated.off, float(s.steps[j])), least=1)
    if stated.rule is not None:
        if not {j, *parents}.isdisjoint(times):
            if isinstance(stated.rule, Expression) and stated.rule.folds and j not in times:
                return declared_spans(s, j, parents, stated.rule)
            return timed(s, j, parents, stated, allow)
        return judged(s, j, parents, stated.rule, s.room(j, Rounding.COARSE), least=1)
    for rounding, fit in product_of(Rounding, (linear, product)):
        room = s.room(j, rounding)
        hit = fit(s, j, parents, room, 0.0, allow) if s.ordered[j] else None
        if hit is not None and set(hit.derivation.parents) == set(parents):
            return hit
    if len(parents) == 1:
        return lookup_of(s, j, parents, 0.0)
    few = sorted(parents, key=lambda i: s.distinct[i])
    hit = grouped_of(s, j, few, parents) if s.ordered[j] else None
    return hit if hit is not None and set(hit.derivation.parents) == set(parents) else None


def _of_time(s: Searched, j: int, i: int, part: str) -> Supported | None:
    """Return a declared function of a part of a time.

    Raises
    ------
    SchemaError
        If it is that of a column without a calendar.
    """
    if i not in s.clocks:
        name = s.variables[i].name
        raise SchemaError(f"formula '{part} of {name}': {name!r} holds no dates; declare its kind")
    hits = [dated_as(s, j, i, part, 0.0, way) for way in (True, False) if s.ordered[j] or not way]
    return next((hit for hit in hits if hit is not None), None) or mostly(s, j, i, part)


def _added(
    c: Coordinates, hit: Supported, times: Collection[int], record: Rule | None = None
) -> Coordinates:
    """Return coordinates with the derivation, its record, and parts for exceptions."""
    d, names = hit.derivation, [v.name for v in c.variables]
    broken = hit.told - hit.obey
    nominal = [i for i, v in enumerate(c.variables) if v.kind == "nominal"]
    written = Rule(
        "identity",
        (names[d.target], *(names[i] for i in sorted(d.parents))),
        words(d, names, times, nominal, ahead(d, c.clocks)) + _off(d, c),
        allow=float(np.ceil(1000 * broken / hit.told) / 1000),
        obey=hit.obey,
        told=hit.told,
    )
    if record is not None:
        written = replace(written, allow=record.allow)
    if is_wide(d, c.x[:, d.target]):
        rough, part = within(d, c.x, c.variables[d.target], len(names))
        return c.adding(rough, written, (part,)) if c.takes(rough) else c
    rule: Derivation | Excepted = d
    parts: tuple[Variable, ...] = ()
    if broken >= FEWEST:
        rule, parts = excepted(d, c.x, c.variables[d.target], names[d.target])
    behind = guarded(rule, c.x, c.variables, len(names) + len(parts))
    if behind is not None and c.takes(behind[0]):
        c = c.adding(behind[0], written, (*parts, behind[1]))
        return replace(c, scales=_scales(c, d.target, behind[0].own)) if c.scales else c
    return c.adding(rule, written, parts) if behind is None and c.takes(rule) else c


def _off(d: Derivation, c: Coordinates) -> str:
    """Return how far a target may be off, in words."""
    if not is_wide(d, c.x[:, d.target]):
        return ""
    return f" within {narrow_room(d.room, d.step):.12g}"


def _scales(c: Coordinates, target: int, part: int) -> tuple[tuple[float, float], ...]:
    """Return scales with that of a target for its part, so that orders compare it as well."""
    unscaled = [(0.0, 1.0)] * (part - len(c.scales))
    return (*c.scales, *unscaled, c.scales[target])
