"""What a direction does to the orders of a table: gaps hold those of what is drawn, none others."""

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.kinds import Derivation
from copulasynth.rules.identity.searched import Searched

__all__ = ["beside", "disordered", "in_order"]

#: Share of the rows of a relation in which what is in order with a member must be known.
KNOWN = 0.99

#: Share of the draws that must keep the orders of what is drawn, for the others to be left out.
MOST = 0.5


def beside(s: Searched, members: list[int]) -> list[int]:
    """Return what is in an order with a member without being one, if it is known with them."""
    pairs = [{o.low, o.high} for o in s.orders]
    other = {i for pair in pairs if not pair.isdisjoint(members) for i in pair}
    found = sorted(other.difference(members), key=s.order.index)
    rows = s.known(members)
    return [i for i in found if np.mean(~np.isnan(s.x[rows, i])) >= KNOWN]


def in_order(s: Searched, target: int, drawn: Floats) -> Floats:
    """Return the draws (D, n) that keep the orders of all but the target, if many do."""
    kept: Bools = np.ones(drawn.shape[1], dtype=bool)
    for o in s.orders:
        if target not in (o.low, o.high):
            kept = kept & o.obeyed(drawn[o.low], drawn[o.high])
    return drawn[:, kept] if kept.mean() > MOST else drawn


def disordered(s: Searched, d: Derivation, drawn: Floats, y: Floats) -> float:
    """Return the share of draws in which a derived value leaves an order that the table has."""
    lost = 0.0
    for o in s.orders:
        if d.target in (o.low, o.high) and {o.low, o.high}.isdisjoint(d.parents):
            low, high = (y if j == d.target else drawn[j] for j in (o.low, o.high))
            lost = max(lost, float(np.mean(~o.obeyed(low, high))))
    return lost
