"""Find orders that hold in every row of a table, and the way to hold each."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.errors import SchemaError
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.kinds import Derivation
from copulasynth.rules.numeric.beside import ancestors, follows, holdable, implied
from copulasynth.rules.numeric.gap import GapRule, orders_of
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.trial import departure, kept_pair, known, outer_bounds, pair, thinned
from copulasynth.rules.words.formula import strict_in
from copulasynth.rules.words.reading import name_in
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = ["declared_orders", "find_orders", "fit_order", "gap_variable", "never_equal"]
__all__ += ["orders_in", "ways"]

#: Log of the probability below which no order is by chance, less two logs of the columns.
EVIDENCE = -15.0
#: Share of the pairs of rows that break the order if either variable goes its own way. With
#: fewer, ranges hardly overlap: the marginals nearly hold the order without a rule.
OVERLAP = 0.005
#: Rows on which an order is tried first, and how far rows are shifted against each other there.
SCREEN, SHIFTS = 256, (17, 43, 71, 101)
#: A variable is made from another only if both are there in this share of its rows.
BOTH = 0.9
#: The same for a part that few rows use: to draw those again would change how many there are.
BOTH_PART = 0.4
#: Rows told at least.
LEAST = 20
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

    What an identity makes, such as the greatest value where that is the least and a range, is held
    to its orders too, by drawing rows again where that leaves the laws of both as they are.

    Parameters
    ----------
    c : Coordinates
    refused : keys of rules
    scales : sequence of (origin, unit), optional
        For each coordinate: values compare as ``origin + unit * x``. A unit of 0 takes the
        coordinate out.
    """
    told = _scales(c, scales)
    # the gap of one order beside a column that was in it tells nothing new
    gaps = {j for r in orders_of(c.rules) for j in r.needs}
    derived = {j for r in c.rules if isinstance(r, Derivation | GapRule) for j in r.makes}
    numbers = [
        j
        for j in sorted({*c.free, *derived})
        if _number(c.variables[j]) and told[j][1] > 0 and (j < c.own or j not in gaps)
    ]
    if len(numbers) < 2 or len(c.x) < LEAST:
        return c
    held = _held(c, numbers, told)
    reduced = held & ~(held.astype(np.int64) @ held.astype(np.int64) > 0)
    before = c
    pairs = [(numbers[i], numbers[j]) for i, j in np.argwhere(reduced).tolist()]
    # those of what is derived last, so that gaps stand when they are tried
    for low, high in sorted(pairs, key=lambda p: not derived.isdisjoint(p)):
        names = str(c.variables[low].name), str(c.variables[high].name)
        if follows(before, low, high):
            continue
        if not derived.isdisjoint((low, high)):
            rule = _order(c, low, high, told)
            if implied(before, rule) or not holdable(c, rule):
                continue
        if ("order", frozenset(names)) not in refused:
            c = _adding(c, _order(c, low, high, told), Rule("order", names))
    return c


def orders_in(c: Coordinates) -> tuple[OrderRule, ...]:
    """Return all orders of a table's numbers, also those that follow from others."""
    told = _scales(c, c.scales)
    numbers = [j for j in range(c.own) if _number(c.variables[j]) and told[j][1] > 0]
    if len(numbers) < 2 or len(c.x) < LEAST:
        return ()
    pairs = np.argwhere(_held(c, numbers, told)).tolist()
    return tuple(_order(c, numbers[i], numbers[j], told) for i, j in pairs)


def _held(c: Coordinates, numbers: list[int], told: Scales) -> Bools:
    """Return which of these coordinates are at most which others in all rows, beyond chance."""
    x = np.column_stack([told[j][0] + told[j][1] * c.x[:, j] for j in numbers])
    limit = EVIDENCE - 2.0 * np.log(len(numbers))
    held = np.zeros((len(numbers), len(numbers)), dtype=bool)
    for i, j in np.argwhere(_screened(x)).tolist():
        held[i, j] = _evident(x[:, i], x[:, j], limit)
    return np.asarray(held & ~held.T)


def fit_order(c: Coordinates, record: Rule, scales: Scales | None = None) -> Coordinates | None:
    """Add the declared order, one rule and record for each two neighbours of a chain."""
    for rule in declared_orders(c, record, scales):
        low, high = rule.low, rule.high
        a, b = c.x[:, low], c.x[:, high]
        rows = np.count_nonzero(known(a, b))
        broken = int(np.count_nonzero(~rule.obeyed(a, b)))
        if broken > record.allow * rows:
            return None
        names = str(c.variables[low].name), str(c.variables[high].name)
        c = _adding(c, replace(rule, loose=broken > 0), replace(record, columns=names))
    return c


def declared_orders(c: Coordinates, record: Rule, scales: Scales | None = None) -> list[OrderRule]:
    """Return the orders of each two neighbours of a declared chain.

    Raises
    ------
    SchemaError
        If its members cannot be compared.
    """
    told = _scales(c, c.scales if scales is None else scales)
    places = [c.place(name) for name in record.columns]
    members, times = [c.variables[j] for j in places], {c.variables[j].column for j in c.clocks}
    if len({v.column in times for v in members}) > 1 or not all(map(_number, members)):
        raise SchemaError(f"rule {record.words!r}: its columns are not all numbers, or all times")
    strict = strict_in(record.formula, record.columns)
    pairs = zip(pairwise(places), strict, strict=True)
    return [replace(_order(c, *pair, told), strict=below) for pair, below in pairs]


def _scales(c: Coordinates, scales: Scales | None) -> list[tuple[float, float]]:
    told = list(scales or ())
    return told + [(0.0, 1.0)] * (len(c.variables) - len(told))


def _number(v: Variable) -> bool:
    return v.kind in ("continuous", "discrete") and v.levels == 0


def _screened(x: Floats) -> Bools:
    """Return which pairs may be in order, (d, d): few rows show that nearly all are not."""
    y = thinned(x, SCREEN)
    shifted = np.concatenate([y] * len(SHIFTS))
    rolled = np.concatenate([np.roll(y, s, axis=0) for s in SHIFTS])
    hopeful = np.zeros((y.shape[1], y.shape[1]), dtype=bool)
    for i in range(y.shape[1]):
        never: Bools = ~np.any(y[:, i : i + 1] > y, axis=0)
        never[i] = False
        if never.any():
            free = (rolled[:, i : i + 1] > shifted[:, never]).mean(axis=0)
            hopeful[i, never] = free >= 0.25 * OVERLAP
    return hopeful


def _evident(a: Floats, b: Floats, limit: float) -> bool:
    """Whether a <= b in all rows, and neither by chance nor because the ranges tell."""
    if (a > b).any():
        return False
    rows = known(a, b)
    a, b = thinned(a[rows]), thinned(b[rows])
    if a.size < LEAST:
        return False
    able = (b > b.min()) & (a < a.max())
    a, b = np.sort(a[able]), np.sort(b[able])
    if a.size < LEAST:
        return False
    below, before = np.searchsorted(a, b, "right"), np.arange(a.size)
    if 1.0 - below.mean() / a.size < OVERLAP:
        return False
    # of the values left over, so many may go with the least, the next, ... of the other column
    chance = np.log((below - before) / (a.size - before)).sum()
    return bool(chance < limit)


def _order(c: Coordinates, low: int, high: int, scales: list[tuple[float, float]]) -> OrderRule:
    """Return the order of two coordinates, strict if it is in all rows and ties would be there."""
    rule = OrderRule(
        low,
        high,
        origins=(scales[low][0], scales[high][0]),
        units=(scales[low][1], scales[high][1]),
        steps=(c.variables[low].step or 0.0, c.variables[high].step or 0.0),
    )
    return replace(rule, strict=never_equal(c, rule))


def never_equal(c: Coordinates, rule: OrderRule) -> bool:
    """Whether two coordinates are equal in no row, where by chance they would be."""
    grid = max(s * u for s, u in zip(rule.steps, rule.units, strict=True))
    if grid == 0.0 or min(rule.steps) == 0.0:
        return False
    gap = np.abs(np.round(rule.distance(c.x[:, rule.low], c.x[:, rule.high]) / grid))
    near = np.count_nonzero((gap >= 1) & (gap <= NEAR))
    return bool(near >= NEAR * TIES and not (gap == 0).any())


def _adding(c: Coordinates, rule: OrderRule, record: Rule) -> Coordinates:
    """Add an order in the way that keeps both laws best, with its evidence."""
    a, b = c.x[:, rule.low], c.x[:, rule.high]
    both = known(a, b)
    told = int(np.count_nonzero(both))
    obey = told - int(np.count_nonzero(~rule.obeyed(a, b)))
    sign = "<" if rule.strict else "<="
    formula = record.formula or f" {sign} ".join(map(name_in, record.columns))
    record = replace(record, formula=formula, obey=obey, told=told)
    free = (rule.low not in c.made, rule.high not in c.made)
    rule = _best(rule, a[both], b[both], ways(c, rule), free)
    if rule.part < 0:
        return c.adding(rule, record)
    return c.adding(rule, record, [gap_variable(c, rule)])


def ways(c: Coordinates, rule: OrderRule) -> list[OrderRule]:
    """Return the ways to hold an order with a gap: what is made once, and not in a circle."""
    found = []
    for upward in (True, False):
        way = replace(rule, upward=upward, part=len(c.variables))
        own, other = c.x[:, way.made], c.x[:, way.base]
        there = np.count_nonzero(~np.isnan(own))
        if way.made in c.made or way.made in ancestors(c, way.base):
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
    if c.variables[way.low].column in {c.variables[j].column for j in c.clocks}:
        return False
    pair = zip(way.origins, way.units, (way.low, way.high), strict=True)
    low, high = (origin + unit * c.x[:, j] for origin, unit, j in pair)
    return not ((low <= 0) if way.upward else (low < 0) | (high < 0)).any()


def _best(
    rule: OrderRule, a: Floats, b: Floats, others: list[OrderRule], free: tuple[bool, bool]
) -> OrderRule:
    """Return the way of least departure of both laws and of that of their distance."""
    if not others or a.size < LEAST:
        return rule
    if rule.loose:
        return others[0]
    a, b = thinned(a), thinned(b)
    costs = [_departure(way, a, b) for way in others]
    best = int(np.argmin(costs))
    return rule if _departure(rule, a, b, free) <= costs[best] + SIMPLER else others[best]


def _departure(
    rule: OrderRule, a: Floats, b: Floats, free: tuple[bool, bool] = (True, True)
) -> float:
    """Return how far the laws of both and of their distance are from the real ones in a trial."""
    if rule.part < 0:
        low, high, share = kept_pair(a, b, rule.obeyed, free)
    else:
        base, made = (a, b) if rule.upward else (b, a)
        gap = rule.gap(base, made)
        there = ~np.isnan(gap)
        drawn, gap = pair(base[there], gap[there])
        value = rule.at(drawn, gap)
        low, high = (drawn, value) if rule.upward else (value, drawn)
        rows = (value >= rule.lower) & (value <= rule.upper)
        low, high, share = low[rows], high[rows], float(rows.mean())
    if share < ACCEPTED:
        return np.inf if rule.part < 0 else 3.0
    apart = departure(rule.distance(low, high), rule.distance(a, b))
    return departure(low, a) + departure(high, b) + apart


def gap_variable(c: Coordinates, rule: OrderRule) -> Variable:
    made, base = c.variables[rule.made], c.variables[rule.base]
    gap = rule.gap(c.x[:, rule.base], c.x[:, rule.made])
    few = np.unique(gap[~np.isnan(gap)]).size <= FEW
    if rule.ratio:
        lower, upper = (1.0, np.inf) if rule.upward else (0.0, 1.0)
        lower, upper = (0.0, np.inf) if rule.loose else (lower, upper)
        name = f"{made.name} [ratio to {base.name}]"
        return Variable(name, made.column, "continuous", lower=lower, upper=upper)
    return Variable(
        name=f"{made.name} [gap to {base.name}]",
        column=made.column,
        kind="discrete" if few and rule.step else "continuous",
        step=rule.step or None,
        lower=-np.inf if rule.loose else 0.0,
    )
