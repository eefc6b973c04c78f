"""A variable that lies at a gap from another, on either side of it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import FittedRule
from copulasynth.rules.numeric.order import OrderRule

__all__ = ["GapRule", "gap_pairs", "orders_of"]


@dataclass(frozen=True, slots=True, eq=False)
class GapRule:
    """Two variables that a flag compares, one of them made from the other and what is between.

    No rule of the table: either may be the greater one. A row in which the one that is made leaves
    its bounds is drawn again, and so is one in which they are equal where they never are.

    Attributes
    ----------
    order : OrderRule
        Of the two, with a part, loose; strict where they are never equal.
    """

    order: OrderRule

    def __post_init__(self) -> None:
        if self.order.part < 0 or not self.order.loose:
            raise ValueError("a gap is the part of an order that any row may break")

    @property
    def makes(self) -> tuple[int, ...]:
        return self.order.makes

    @property
    def needs(self) -> tuple[int, ...]:
        return self.order.needs

    @property
    def rejects(self) -> bool:
        return True

    def make(self, x: Floats, /) -> None:
        """Fill in what lies at the gap, (D, n)."""
        self.order.make(x)

    def split(self, x: Floats, /) -> None:
        """Fill in the gap, (D, n)."""
        self.order.split(x)

    def holds(self, x: Floats, /) -> Bools:
        """Return where what is made lies in its bounds, or is not known."""
        order, made = self.order, x[self.order.made]
        out = (made < order.lower) | (made > order.upper)
        if order.strict:
            out |= np.abs(order.distance(x[order.low], x[order.high])) <= order.slack
        return np.asarray(~out)


def orders_of(rules: Iterable[FittedRule]) -> list[OrderRule]:
    """Return the orders among rules, and those of which only the gap is drawn."""
    orders = (r.order if isinstance(r, GapRule) else r for r in rules)
    return [r for r in orders if isinstance(r, OrderRule)]


def gap_pairs(rules: Iterable[FittedRule]) -> list[tuple[int, int]]:
    """Return the two variables between which each gap lies."""
    return [(r.order.low, r.order.high) for r in rules if isinstance(r, GapRule)]
