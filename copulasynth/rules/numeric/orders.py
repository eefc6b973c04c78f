"""Find orders that hold in every row of a table, and the way to hold each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import SchemaError
from copulasynth.rules.api import Coordinates
from copulasynth.rules.numeric.evident import LEAST, evident_orders, reduced
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.trial import departure, known, outer_bounds, pair, thinned
from copulasynth.rules.words.reading import name_in
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = ["find_orders", "fit_order", "is_number", "order_of", "orders_in", "scaled", "written"]

#: A variable is made from another only if both are there in this share of its rows.
BOTH = 0.9
#: The same for a part that few rows use: to draw those again would change how many there are.
BOTH_PART = 0.4
#: Rows expected on each of the least gaps, from which on it is no chance that no tie is there.
TIES, NEAR = 10.0, 3
#: Rejection is preferred if it departs by no more than this beyond the best gap.
SIMPLER = 0.01
#: Share of rows that rejection must keep.
ACCEPTED = 0.5
#: A gap of so few values is discrete.
FEW = 50

Scales = Sequence[tuple[float, float]]


def find_orders(
    c: Coordinates,
    refused: frozenset[tuple[str, frozenset[str]]] = frozenset(),
    scales: Scales | None = None,
) -> Coordinates:
    """Add the orders that hold in every row and would not by chance.

    An order counts as chance if it follows from the two laws: among all ways to match the values
    of one column with those of the other the share that obeys is told exactly. Rows with the
    least value of the greater column or the greatest of the lesser cannot break it and do not
    count. What follows from two other orders is left out.

    Parameters
    ----------
    c : Coordinates
    refused : keys of rules
    scales : sequence of (origin, unit), optional
        For each coordinate: values compare as ``origin + unit * x``. A unit of 0 takes the
        coordinate out.
    """
    told = scaled(c, scales)
    # the gap of one order beside a column that was in it tells nothing new
    gaps = {j for f in c.found if isinstance(f.rule, OrderRule) for j in f.rule.needs}
    numbers = [
        j
        for j in c.free
        if is_number(c.variables[j]) and told[j][1] > 0 and (j < c.own or j not in gaps)
    ]
    if len(numbers) < 2 or len(c.x) < LEAST:
        return c
    x = np.column_stack([told[j][0] + told[j][1] * c.x[:, j] for j in numbers])
    for i, j in np.argwhere(reduced(evident_orders(x))).tolist():
        low, high = numbers[i], numbers[j]
        names = str(c.variables[low].name), str(c.variables[high].name)
        if ("order", frozenset(names)) not in refused:
            c = _adding(c, order_of(c, low, high, told), Rule("order", names))
    return c


def orders_in(c: Coordinates) -> tuple[OrderRule, ...]:
    """Return all orders of a table's numbers, also those that follow from others."""
    told = scaled(c, c.scales)
    numbers = [j for j in range(c.own) if is_number(c.variables[j]) and told[j][1] > 0]
    if len(numbers) < 2 or len(c.x) < LEAST:
        return ()
    x = np.column_stack([told[j][0] + told[j][1] * c.x[:, j] for j in numbers])
    pairs = np.argwhere(evident_orders(x)).tolist()
    return tuple(order_of(c, numbers[i], numbers[j], told) for i, j in pairs)


def fit_order(c: Coordinates, record: Rule, scales: Scales | None = None) -> Coordinates | None:
    """Add the declared order, one rule and record for each two neighbours of a chain."""
    told = scaled(c, scales)
    places = [c.place(name) for name in record.columns]
    strict = "<" in record.formula.replace("<=", "")
    members, times = [c.variables[j] for j in places], {c.variables[j].column for j in c.clocks}
    if len({v.column in times for v in members}) > 1 or not all(map(is_number, members)):
        raise SchemaError(f"rule {record.words!r}: its columns are not all numbers, or all times")
    for low, high in pairwise(places):
        rule = replace(order_of(c, low, high, told), strict=strict)
        a, b = c.x[:, low], c.x[:, high]
        rows = np.count_nonzero(known(a, b))
        broken = int(np.count_nonzero(~rule.obeyed(a, b)))
        if broken > record.allow * rows:
            return None
        names = str(c.variables[low].name), str(c.variables[high].name)
        c = _adding(c, replace(rule, loose=broken > 0), replace(record, columns=names))
    return c


def scaled(c: Coordinates, scales: Scales | None) -> list[tuple[float, float]]:
    told = list(scales or ())
    return told + [(0.0, 1.0)] * (len(c.variables) - len(told))


def is_number(v: Variable) -> bool:
    return v.kind in ("continuous", "discrete") and v.levels == 0


def order_of(c: Coordinates, low: int, high: int, scales: list[tuple[float, float]]) -> OrderRule:
    """Return the order of two coordinates, strict if it is in all rows and ties would be there."""
    rule = OrderRule(
        low,
        high,
        origins=(scales[low][0], scales[high][0]),
        units=(scales[low][1], scales[high][1]),
        steps=(c.variables[low].step or 0.0, c.variables[high].step or 0.0),
    )
    grid = max(s * u for s, u in zip(rule.steps, rule.units, strict=True))
    if grid == 0.0 or min(rule.steps) == 0.0:
        return rule
    gap = np.round(rule.distance(c.x[:, low], c.x[:, high]) / grid)
    near = np.count_nonzero((gap >= 1) & (gap <= NEAR))
    return replace(rule, strict=bool(near >= NEAR * TIES and not (gap == 0).any()))


def _adding(c: Coordinates, rule: OrderRule, record: Rule) -> Coordinates:
    """Add an order in the way that keeps both laws best, with its evidence."""
    a, b = c.x[:, rule.low], c.x[:, rule.high]
    both = known(a, b)
    record = written(c, rule, record)
    rule = _best(rule, a[both], b[both], _ways(c, rule))
    if rule.part < 0:
        return c.adding(rule, record)
    return c.adding(rule, record, [_gap_variable(c, rule)])


def written(c: Coordinates, rule: OrderRule, record: Rule) -> Rule:
    """Return the record of an order with its words and its evidence."""
    a, b = c.x[:, rule.low], c.x[:, rule.high]
    told = int(np.count_nonzero(known(a, b)))
    obey = told - int(np.count_nonzero(~rule.obeyed(a, b)))
    sign = "<" if rule.strict else "<="
    formula = record.formula or f" {sign} ".join(map(name_in, record.columns))
    return replace(record, formula=formula, obey=obey, told=told)


def _ways(c: Coordinates, rule: OrderRule) -> list[OrderRule]:
    """Return the ways to hold an order with a gap: what is made once, and not in a circle."""
    found = []
    for upward in (True, False):
        way = replace(rule, upward=upward, part=len(c.variables))
        own, other = c.x[:, way.made], c.x[:, way.base]
        there = np.count_nonzero(~np.isnan(own))
        if way.made in c.made or way.made in _ancestors(c, way.base):
            continue
        share = BOTH if way.made < c.own else BOTH_PART
        if np.count_nonzero(known(own, other)) >= share * there > 0:
            variable = c.variables[way.made]
            lower, upper = outer_bounds(own[~np.isnan(own)])
            lower, upper = max(lower, variable.lower), min(upper, variable.upper)
            way = replace(way, lower=lower, upper=upper)
            found += [way, replace(way, ratio=True)] if _proportional(c, way) else [way]
    return found


def _proportional(c: Coordinates, way: OrderRule) -> bool:
    """Whether what is made is a share or a multiple of the other, whatever that one is."""
    low, high = c.x[:, way.low], c.x[:, way.high]
    if way.loose or (*way.origins, *way.units) != (0.0, 0.0, 1.0, 1.0):
        return False
    return not ((low <= 0) if way.upward else (low < 0) | (high < 0)).any()


def _ancestors(c: Coordinates, j: int) -> set[int]:
    """Return coordinate j and all that it is made from, directly or through others."""
    makers = {k: f.rule for f in c.found for k in f.rule.makes}
    seen: set[int] = set()
    left = [j]
    while left:
        k = left.pop()
        if k not in seen:
            seen.add(k)
            left += makers[k].needs if k in makers else ()
    return seen


def _best(rule: OrderRule, a: Floats, b: Floats, ways: Iterable[OrderRule]) -> OrderRule:
    """Return the way of least departure of both laws and of that of their distance."""
    ways = list(ways)
    if not ways or a.size < LEAST:
        return rule
    if rule.loose:
        return ways[0]
    a, b = thinned(a), thinned(b)
    costs = [_departure(way, a, b) for way in ways]
    best = int(np.argmin(costs))
    return rule if _departure(rule, a, b) <= costs[best] + SIMPLER else ways[best]


def _departure(rule: OrderRule, a: Floats, b: Floats) -> float:
    """Return how far the laws of both and of their distance are from the real ones in a trial."""
    if rule.part < 0:
        low, high = pair(a, b)
        rows = rule.obeyed(low, high)
    else:
        base, made = (a, b) if rule.upward else (b, a)
        gap = rule.gap(base, made)
        there = ~np.isnan(gap)
        drawn, gap = pair(base[there], gap[there])
        value = rule.at(drawn, gap)
        low, high = (drawn, value) if rule.upward else (value, drawn)
        rows = (value >= rule.lower) & (value <= rule.upper)
    if rows.mean() < ACCEPTED:
        return np.inf if rule.part < 0 else 3.0
    low, high = low[rows], high[rows]
    apart = departure(rule.distance(low, high), rule.distance(a, b))
    return departure(low, a) + departure(high, b) + apart


def _gap_variable(c: Coordinates, rule: OrderRule) -> Variable:
    made, base = c.variables[rule.made], c.variables[rule.base]
    gap = rule.gap(c.x[:, rule.base], c.x[:, rule.made])
    few = np.unique(gap[~np.isnan(gap)]).size <= FEW
    if rule.ratio:
        lower, upper = (1.0, np.inf) if rule.upward else (0.0, 1.0)
        name = f"{made.name} [ratio to {base.name}]"
        return Variable(name, made.column, "continuous", lower=lower, upper=upper)
    return Variable(
        name=f"{made.name} [gap to {base.name}]",
        column=made.column,
        kind="discrete" if few and rule.step else "continuous",
        step=rule.step or None,
        lower=-np.inf if rule.loose else 0.0,
    )
