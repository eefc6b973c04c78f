"""Numbers that stand for "none", such as the year 0 of what was never renovated.

Such a number lies further from all others of its column than these lie from each other, and what is
true of years is not true of it: renovated after built. It is set aside, as a link sets aside what
it decides, where the other values are in an order with another column that all of them are not.
"""

import numpy as np

from copulasynth.rules.api import Coordinates
from copulasynth.rules.links.candidates import ROWS
from copulasynth.rules.links.events import Event
from copulasynth.rules.links.link import split_by
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.rules.numeric.orders import find_orders

__all__ = ["find_codes"]


def find_codes(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Set aside the numbers that stand for none, where that shows an order of the others."""
    for j in c.free:
        event = _code(c, j)
        if event is None or ("link", frozenset((c.variables[j].name,))) in refused:
            continue
        more = split_by(c, event)
        if more is None:
            continue
        part = range(len(c.variables), len(more.variables))
        orders = find_orders(more, refused, more.scales).found[len(more.found) :]
        members = {k for f in orders if isinstance(f.rule, OrderRule) for k in f.rule.needs}
        if not members.isdisjoint(part):
            c = more
    return c


def _code(c: Coordinates, j: int) -> Event | None:
    """Return the end of a number that lies further off than the others from each other."""
    v, x = c.variables[j], c.x[:, j]
    if j >= c.own or v.levels or j in c.clocks:
        return None
    values, counts = np.unique(x[~np.isnan(x)], return_counts=True)
    if values.size < 3:
        return None
    for end, inner in ((0, values[1:]), (-1, values[:-1])):
        apart = abs(float(values[end] - inner[0 if end == 0 else -1]))
        if apart > inner[-1] - inner[0] and min(counts[end], x.size - counts[end]) >= ROWS:
            return Event(j, "value", float(values[end]))
    return None
