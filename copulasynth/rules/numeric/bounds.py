"""Bounds of a column that a person declares, held by drawing rows again."""

from dataclasses import dataclass, replace

import numpy as np

from copulasynth._arrays import Bools, Endless, Floats
from copulasynth.errors import SchemaError
from copulasynth.rules.api import Checking, Coordinates
from copulasynth.rules.words.formula import parse_order
from copulasynth.schema.records import Rule

__all__ = ["BoundsRule", "bounds_of", "find_bounds", "fit_bounds"]


@dataclass(frozen=True, slots=True)
class BoundsRule(Checking):
    """Coordinate `place` lies between `lower` and `upper`, which it may equal unless strict."""

    place: int
    lower: Endless = -np.inf
    upper: Endless = np.inf
    strict: tuple[bool, ...] = (False, False)

    def __post_init__(self) -> None:
        if self.place < 0 or len(self.strict) != 2 or not self.lower <= self.upper:
            raise ValueError("bounds need a coordinate, and lower up to upper")

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.place,)

    def holds(self, x: Floats, /) -> Bools:
        y = x[self.place]
        above = y > self.lower if self.strict[0] else y >= self.lower
        below = y < self.upper if self.strict[1] else y <= self.upper
        return np.asarray(np.isnan(y) | (above & below), dtype=np.bool_)


def find_bounds(c: Coordinates, refused: object = frozenset()) -> Coordinates:
    """Return the coordinates as they are: marginals keep to the natural bounds by themselves."""
    return c


def fit_bounds(c: Coordinates, record: Rule) -> Coordinates | None:
    """Return coordinates with declared bounds, or None if too many rows break them."""
    rule = bounds_of(c, record)
    told = int(np.count_nonzero(~np.isnan(c.x[:, rule.place])))
    obey = told - round(c.breaking(rule) * len(c.x))
    if told - obey > record.allow * told:
        return None
    return c.adding(rule, replace(record, obey=obey, told=told))


def bounds_of(c: Coordinates, record: Rule) -> BoundsRule:
    """Return declared bounds; those of spans of time count seconds.

    Raises
    ------
    SchemaError
        If the column holds no numbers, or points in time.
    """
    name, j = record.columns[0], c.place(record.columns[0])
    if c.variables[j].levels:
        raise SchemaError(f"rule {record.words!r}: column {name!r} holds no numbers")
    if j in c.clocks:
        raise SchemaError(
            f"rule {record.words!r}: column {name!r} holds times, which numbers do not bound. Pass "
            f"cs.rules.Check(function)."
        )
    origin, unit = c.scales[j] if j < len(c.scales) else (0.0, 1.0)
    terms, signs = parse_order(record.formula)
    at = next(k for k, term in enumerate(terms) if isinstance(term, str))
    below = [t for t in terms[:at] if isinstance(t, float)]
    above = [t for t in terms[at + 1 :] if isinstance(t, float)]
    return BoundsRule(
        j,
        (below[-1] - origin) / unit if below else -np.inf,
        (above[0] - origin) / unit if above else np.inf,
        (bool(below) and signs[at - 1], bool(above) and signs[at]),
    )
