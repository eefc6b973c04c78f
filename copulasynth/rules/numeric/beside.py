"""Orders of what an identity makes: whether they say anything new, and can be held beside it."""

from collections.abc import Iterable

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.api import Coordinates, FittedRule, sorted_rules
from copulasynth.rules.numeric.gap import GapRule
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.trial import everywhere, several, thinned

__all__ = ["ancestors", "follows", "holdable", "implied"]

#: Share of the rows that must keep the order as they are drawn, and rows that tell. The others are
#: drawn again, and marginals are made even among those that are kept.
KEPT, LEAST = 0.75, 20


def ancestors(c: Coordinates, j: int) -> set[int]:
    """Return coordinate j and all that it is made from, directly or through others."""
    return _sources(c.rules, j)


def _sources(rules: Iterable[FittedRule], j: int) -> set[int]:
    makers = {k: rule for rule in rules for k in rule.makes}
    seen: set[int] = set()
    left = [j]
    while left:
        k = left.pop()
        if k not in seen:
            seen.add(k)
            left += makers[k].needs if k in makers else ()
    return seen


def implied(c: Coordinates, rule: OrderRule) -> bool:
    """Whether one is made from the other, so that what is added says which is greater."""
    # a gap that is drawn for a flag's sake says nothing: it may have either sign
    rules = [r for r in c.rules if not isinstance(r, GapRule)]
    return rule.low in _sources(rules, rule.high) or rule.high in _sources(rules, rule.low)


def follows(c: Coordinates, low: int, high: int) -> bool:
    """Whether a chain of orders that were found says that one is at most the other."""
    orders = [r for r in c.rules if isinstance(r, OrderRule) and not r.loose]
    above, left = {low}, [low]
    while left:
        j = left.pop()
        more = {r.high for r in orders if r.low == j} - above
        above |= more
        left += more
    return high in above


def holdable(c: Coordinates, rule: OrderRule) -> bool:
    """Whether an order of what is derived can be held by drawing rows again."""
    members = ancestors(c, rule.low) | ancestors(c, rule.high)
    drawn = _drawn(c, [j for j in c.free if j in members], members)
    if drawn is None:
        return False
    return bool(rule.obeyed(drawn[rule.low], drawn[rule.high]).mean() >= KEPT)


def _drawn(c: Coordinates, roots: list[int], members: set[int]) -> Floats | None:
    """Return rows (D, n) of which the roots go together as in the table, and the rest is made."""
    rows = thinned(c.x[~np.isnan(c.x[:, roots]).any(axis=1)])
    if len(rows) < LEAST:
        # parts of links are known in some rows each, of which few or none have them all
        whole = [j for j in {*roots, *members} if j < c.own]
        rows = thinned(c.x[~np.isnan(c.x[:, whole]).any(axis=1)])
    if len(rows) < LEAST:
        return None
    drawn = several(np.column_stack([everywhere(rows[:, j]) for j in roots]))
    x = np.full((len(c.variables), drawn.shape[1]), np.nan)
    x[roots] = drawn
    for rule in sorted_rules(r for r in c.rules if not members.isdisjoint(r.makes)):
        rule.make(x)
    return x
