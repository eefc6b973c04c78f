"""Identities: variables that are exact functions of others, found or declared, and derived."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import product as product_of

import numpy as np

from copulasynth.errors import SchemaError
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.direction import directed
from copulasynth.rules.identity.excepted import FEWEST, Excepted, excepted
from copulasynth.rules.identity.guarded import guarded
from copulasynth.rules.identity.kinds import Derivation, Linear
from copulasynth.rules.identity.numbers import linear, product
from copulasynth.rules.identity.search import grouped_of, lookup_of, relations
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.together import redirected
from copulasynth.rules.identity.wording import Statement, read, words
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.orders import find_orders, orders_in
from copulasynth.rules.words.formula import Expression
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = ["find_identities", "fit_identity"]

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

    def choose(s: Searched, hit: Supported) -> Supported | None:
        d = hit.derivation
        members = frozenset(names[i] for i in (d.target, *d.parents))
        if ("identity", members) in refused or _of_gaps(s, d):
            return None
        if isinstance(d.rule, Expression) and not {d.target, *d.parents}.isdisjoint(times):
            return None
        return directed(s, hit)

    if len(c.x) < 2 * len(str(len(c.x))) or len(names) < 2:
        return c
    s = Searched.of(c)
    hits = list(relations(s, choose))

    def added(c: Coordinates, hits: Sequence[Supported]) -> Coordinates:
        for hit in hits:
            c = _added(c, hit, times)
        return c

    beside = replace(s, orders=_beside(hits, orders_in(c)))
    return added(
        c, redirected(beside, hits, c, lambda c, way: find_orders(added(c, way), refused, c.scales))
    )


def _beside(hits: list[Supported], orders: tuple[OrderRule, ...]) -> tuple[OrderRule, ...]:
    """Return the orders that are not within a relation, where they may follow from it."""
    members = [{h.derivation.target, *h.derivation.parents} for h in hits]
    return tuple(o for o in orders if not any({o.low, o.high} <= m for m in members))


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
    s, stated = Searched.of(c), read(record.formula) if record.formula else None
    if stated is None or (stated.rule is None and record.columns):
        if len(record.columns) < 2:
            return None
        stated = Statement(record.columns[0], record.columns[1:])
    for name in record.columns:
        c.place(name)
    j, parents = c.place(stated.target), [c.place(name) for name in stated.parents]
    if j in s.above or any(s.depends(i, j) for i in parents):
        return None
    hit = _fitted(s, j, parents, stated, record.allow, times)
    if hit is None or hit.share > record.allow:
        return None
    # what was found says which member is derived, which all of its table decided
    hit = hit if record.told is not None else directed(s, hit, declared=j)
    return _added(c, hit, times, record)


def _fitted(
    s: Searched,
    j: int,
    parents: list[int],
    stated: Statement,
    allow: float,
    times: Collection[int],
) -> Supported | None:
    """Return the declared derivation with the numbers of its formula, or with fitted ones."""
    if stated.rule is not None:
        if not {j, *parents}.isdisjoint(times):
            return _timed(s, j, parents, stated, allow)
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


def _timed(
    s: Searched, j: int, parents: list[int], stated: Statement, allow: float
) -> Supported | None:
    """Return a sum or difference with times, whose origins and units are those of the table.

    Raises
    ------
    SchemaError
        If the formula does more than add and subtract columns.
    """
    rule = stated.rule
    if not isinstance(rule, Linear) or rule.constant != 0 or (np.abs(rule.weights) != 1).any():
        raise SchemaError(
            f"formula of {stated.target!r}: with times, columns are only added and subtracted, as "
            "in 'end = start + stay'; units are found in the table"
        )
    for rounding in Rounding:
        hit = linear(s, j, parents, s.room(j, rounding), 0.0, allow)
        found = None if hit is None else hit.derivation
        if found is None or not isinstance(found.rule, Linear):
            continue
        signs = dict(zip(found.parents, np.sign(found.rule.weights), strict=True))
        if signs == dict(zip(parents, rule.weights, strict=True)):
            return hit
    return None


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
        words(d, names, times, nominal),
        allow=float(np.ceil(1000 * broken / hit.told) / 1000),
        obey=hit.obey,
        told=hit.told,
    )
    if record is not None:
        written = replace(written, allow=record.allow)
    rule: Derivation | Excepted = d
    parts: tuple[Variable, ...] = ()
    if broken >= FEWEST:
        rule, parts = excepted(d, c.x, c.variables[d.target], names[d.target])
    behind = guarded(rule, c.x, c.variables, len(names) + len(parts))
    if behind is not None and c.takes(behind[0]):
        c = c.adding(behind[0], written, (*parts, behind[1]))
        return replace(c, scales=_scales(c, d.target, behind[0].own)) if c.scales else c
    return c.adding(rule, written, parts) if behind is None and c.takes(rule) else c


def _scales(c: Coordinates, target: int, part: int) -> tuple[tuple[float, float], ...]:
    """Return scales with that of a target for its part, so that orders compare it as well."""
    unscaled = [(0.0, 1.0)] * (part - len(c.scales))
    return (*c.scales, *unscaled, c.scales[target])
