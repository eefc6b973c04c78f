"""Draw the gap of two columns that a flag compares or a fee folds, where both would lose it.

A delivery is late where it comes after the day that was promised. Both days range over years and
the delay over a few days: drawn side by side, as many are late as are not. So the delay is drawn,
with its own law, and the delivery is the day that was promised and the delay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from copulasynth.rules.api import Coordinates, FittedRule
from copulasynth.rules.identity.contrast import Contrast
from copulasynth.rules.identity.excepted import Excepted
from copulasynth.rules.identity.guarded import Guarded
from copulasynth.rules.identity.kinds import Derivation, Function, Linear, Lookup
from copulasynth.rules.identity.spanned import Spanned
from copulasynth.rules.identity.turning import lost_of
from copulasynth.rules.links.link import LinkRule
from copulasynth.rules.numeric.gap import GapRule, orders_of
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.orders import gap_variable, never_equal, ways
from copulasynth.rules.numeric.trial import known, thinned
from copulasynth.rules.words.formula import Expression
from copulasynth.schema.column import Variable

__all__ = ["Ordering", "with_gaps"]

#: Rows that are looked at, and most pairs.
ROWS, PAIRS = 5000, 8

#: How much less must be lost in sum for a gap to be drawn, and again for a ratio.
GAIN, SIMPLER = 0.02, 0.02

#: Returns coordinates with the orders between them.
Ordering = Callable[[Coordinates], Coordinates]


@dataclass(frozen=True, slots=True, eq=False)
class _Contrasted:
    """Two numbers, how far they are apart, and what is made of that."""

    order: OrderRule
    made: tuple[Derivation, ...]

    @property
    def pair(self) -> tuple[int, int]:
        return self.order.low, self.order.high


def with_gaps(c: Coordinates, orders: Ordering) -> Coordinates:
    """Return coordinates with gaps in place of what flags compare, but without their orders.

    Each way to make one of the two from the other is drawn with all that stands in an order with
    them. It is taken if it loses less of the laws of both, of their distance and of the flag than
    drawing them side by side does, and keeps every order.
    """
    for compared in _pairs(c)[:PAIRS]:
        best, found = c, orders(c)
        beside, kept = _beside(found, compared), _orders(found)
        least = _lost(found, compared, beside) - GAIN
        for way in ways(c, compared.order):
            gap = c.turning(GapRule(way), gap_variable(c, way))
            tried = orders(gap)
            lost = _lost(tried, compared, beside) if _orders(tried) == kept else np.inf
            lost += way.ratio * SIMPLER
            if lost < least:
                best, least = gap, lost
        c = best
    return c


def _pairs(c: Coordinates) -> list[_Contrasted]:
    """Return the pairs of numbers of whose difference others are made, but by adding."""
    found: dict[tuple[int, int], _Contrasted] = {}
    for f in c.found:
        flag = _flag(f.rule)
        if flag is None:
            continue
        d, difference = flag
        # by name: where columns stand in the table, or in a formula, decides nothing
        first, last = sorted((0, 1), key=lambda k: c.variables[d.parents[k]].name)
        low, high, weights = d.parents[first], d.parents[last], np.abs(difference.weights)
        between = difference.constant * float(np.sign(difference.weights[last]))
        origin, unit = c.scales[low] if low < len(c.scales) else (0.0, 1.0)
        begin = origin * float(weights[first]) / unit if unit > 0 else 0.0
        order = OrderRule(
            low,
            high,
            loose=True,
            origins=(begin, begin + between),
            units=(float(weights[first]), float(weights[last])),
            steps=(c.variables[low].step or 0.0, c.variables[high].step or 0.0),
        )
        for places in product(_split(c, low), _split(c, high)):
            own = replace(order, low=places[0], high=places[1])
            other = found.get(places)
            if other is None:
                other = _Contrasted(replace(own, strict=never_equal(c, own)), ())
            found[places] = replace(other, made=(*other.made, d))
    return [*found.values()]


def _split(c: Coordinates, j: int) -> list[int]:
    """Return a number, and the parts that a link makes it from: what can be drawn in its place."""
    forks = [f for r in c.rules if isinstance(r, LinkRule) for f in r.forks if f.event.place == j]
    return [j, *(k for f in forks for k in f.needs)]


def _flag(rule: FittedRule) -> tuple[Derivation, Linear] | None:
    """Return what a rule makes of the difference of two numbers, and the difference."""
    inner = rule.rule if isinstance(rule, Guarded) else rule
    d = inner.derivation if isinstance(inner, Excepted) else inner
    if not isinstance(d, Derivation) or len(d.parents) != 2:
        return None
    difference = _difference(d.rule)
    return (d, difference) if difference is not None and difference.weights.prod() < 0 else None


def _difference(rule: Function) -> Linear | None:
    """Return the sum or difference that a function folds or compares, None of others."""
    if isinstance(rule, Contrast):
        return rule.difference if isinstance(rule.difference, Linear) else None
    formula = rule.expression if isinstance(rule, Spanned) else rule
    if not isinstance(formula, Expression) or not formula.folds:
        return None
    # what stays where both rise alike
    probes = np.random.default_rng(0).uniform(0, 99, (2, 99))
    if not np.allclose(formula(probes), formula(probes + 7.0), atol=1e-9):
        return None
    if isinstance(rule, Spanned):
        return Linear(float(np.diff(rule.origins)[0]), rule.units * [-1.0, 1.0])
    return Linear(0.0, np.array([-1.0, 1.0]))


def _orders(c: Coordinates) -> set[tuple[str, frozenset[str]]]:
    return {f.record.key for f in c.found if f.record.kind == "order"}


def _beside(c: Coordinates, compared: _Contrasted) -> list[int]:
    """Return the variables of the table that are in an order with one of a pair."""
    pairs = [{r.low, r.high} for r in orders_of(c.rules)]
    other = {j for p in pairs if not p.isdisjoint(compared.pair) for j in p}
    return sorted(j for j in other.difference(compared.pair) if j < c.own)


def _lost(c: Coordinates, compared: _Contrasted, beside: list[int]) -> float:
    """Return what is lost of a pair, of what is in order with it, of its distance and of flags."""
    rows = np.flatnonzero(known(*(c.x[:, j] for j in (*compared.pair, *beside))))
    low, high = compared.pair
    unit, own = compared.order.units
    between = Linear(compared.order.origins[1], np.array([-unit, own]))
    made: list[Function] = [between]
    made += [_numbered(d.rule) for d in compared.made]
    parents = [(low, high), *(d.parents for d in compared.made)]
    c = _measured(replace(c, x=thinned(c.x[rows], ROWS)), list(zip(parents, made, strict=True)))
    members = [low, high, *beside, *range(len(c.variables) - len(made), len(c.variables))]
    return len(members) * lost_of(c, members)


def _numbered(rule: Function) -> Function:
    """Return a function whose values are numbers."""
    if not isinstance(rule, Contrast):
        return rule
    edges = rule.rule.edges
    return replace(rule, rule=Lookup(edges, np.arange(len(edges) + 1, dtype=np.float64)))


def _measured(c: Coordinates, made: Sequence[tuple[tuple[int, ...], Function]]) -> Coordinates:
    """Return coordinates with what functions make of others behind them."""
    size = len(c.variables)
    rules = [Derivation(size + k, parents, rule) for k, (parents, rule) in enumerate(made)]
    values = [rule(c.x[:, list(parents)].T) for parents, rule in made]
    parts = [
        Variable(f"[{size + k}]", c.variables[parents[0]].column, "continuous")
        for k, (parents, _) in enumerate(made)
    ]
    return replace(
        c,
        x=np.column_stack([c.x, *values]),
        variables=(*c.variables, *parts),
        parts=c.parts + len(parts),
        turned=(*c.turned, *rules),
    )
