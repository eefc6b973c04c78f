"""Numbers and codes as a search for identities sees them, and a function judged on their rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth._clock import step
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.contrast import Contrast
from copulasynth.rules.identity.dated import Dated
from copulasynth.rules.identity.kinds import Derivation, Function, Lookup
from copulasynth.rules.identity.pursuit import ROUNDING, SHARP
from copulasynth.rules.numeric.order import OrderRule
from copulasynth.schema.column import Variable

__all__ = ["Rounding", "Searched", "Supported", "commonest", "judged"]

#: A function whose values lie on a grid by themselves leaves so little of a step.
LATTICE = 0.01

#: Relative error of numbers that are not rounded.
TINY = 1e-9

#: Of the rows in which its target is known a rule must tell of the first share, and each of its
#: parents must be known in the second.
TOLD, EACH = 0.2, 0.5

#: Fewest rows that can tell.
FEWEST = 20

#: A cap or floor is a value at the end that so many rows and such a share of them have.
CAPPED, CAPPED_SHARE = 10, 0.01


#: Largest share of the spread of the values that counts as noise of floats.
NARROW = 0.01


class Rounding(IntEnum):
    """Whether a function may lie off the grid of its target, and be rounded to it.

    On a grid that is coarse beside the spread of the values, half a step says little. What lies on
    the grid by itself is looked for first: gross = net + tax rather than gross = 1.19 * net.
    """

    NONE = 0
    FINE = 1
    COARSE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Supported:
    """A derivation, and in how many of the rows that can tell it holds."""

    derivation: Derivation
    obey: int
    told: int

    @property
    def share(self) -> float:
        """Share of the rows that break it."""
        return 1.0 - self.obey / self.told


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """The coordinates, and what the search knows of each.

    Attributes
    ----------
    x : (n, D) float64
    variables : D variables
    steps : (D,) float64
        Grid of the values, 0 for none.
    ordered : (D,) bool
        False for nominal and state variables, whose values are codes.
    distinct : (D,) int
    spread, largest : (D,) float64
        Standard deviations, and largest absolute values.
    order : tuple of int
        The coordinates by name, so that where a column stands in the table decides nothing.
    above : mapping
        For each made coordinate what it is made from.
    relations : tuple of Derivation
        What the search has found.
    orders : tuple of OrderRule
        What holds in all rows, and cannot be modelled where its members are derived.
    clocks, scales, labels
        As those of :class:`Coordinates`.
    """

    x: Floats
    variables: tuple[Variable, ...]
    steps: Floats
    ordered: Bools
    distinct: Ints
    spread: Floats
    largest: Floats
    order: tuple[int, ...]
    above: dict[int, tuple[int, ...]]
    relations: tuple[Derivation, ...] = ()
    orders: tuple[OrderRule, ...] = ()
    clocks: Mapping[int, tuple[float, float, int]] = field(default_factory=dict)
    scales: tuple[tuple[float, float], ...] = ()
    labels: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, c: Coordinates) -> "Searched":
        x = np.asfortranarray(c.x)
        return cls(
            x=x,
            variables=c.variables,
            steps=np.array([v.step or 0.0 for v in c.variables]),
            ordered=np.array([v.kind not in ("nominal", "state") for v in c.variables]),
            distinct=np.array([len(np.unique(col[~np.isnan(col)])) for col in x.T]),
            spread=np.array([_spread(col) for col in x.T]),
            largest=np.array([float(np.nanmax(np.abs(col), initial=0.0)) for col in x.T]),
            order=tuple(sorted(range(len(c.variables)), key=lambda j: c.variables[j].name)),
            above={j: f.rule.needs for f in c.found for j in f.rule.makes},
            clocks=c.clocks,
            scales=c.scales,
            labels=c.labels,
        )

    def depends(self, i: int, j: int) -> bool:
        """Whether coordinate i is made from coordinate j, directly or through others."""
        return i == j or any(self.depends(k, j) for k in self.above.get(i, ()))

    def parents(self, j: int) -> list[int]:
        """Return the coordinates from which j may be derived, by name."""
        step(f"rules: {self.variables[j].name}")
        return [i for i in self.order if self.distinct[i] > 1 and not self.depends(i, j)]

    @property
    def targets(self) -> list[int]:
        """Coordinates that nothing makes yet, by name."""
        return [j for j in self.order if j not in self.above and self.distinct[j] > 1]

    def adding(self, d: Derivation) -> "Searched":
        above = {**self.above, d.target: d.parents}
        return replace(self, above=above, relations=(*self.relations, d))

    def room(self, j: int, rounding: Rounding = Rounding.FINE) -> float:
        """Return how far a value of j may lie from what it is a function of."""
        rounded = rounding == Rounding.COARSE or (rounding and not self.coarse(j))
        # numbers that hardly differ are a function of anything, but for this
        noise = min(TINY * float(self.largest[j]), NARROW * float(self.spread[j]))
        return (ROUNDING if rounded else LATTICE) * float(self.steps[j]) + noise

    def listed(self, j: int) -> bool:
        """Whether j is drawn from a list of values, and never between them."""
        return self.variables[j].kind != "continuous"

    def coarse(self, j: int) -> bool:
        """Whether the grid of j is coarse beside the spread of its values."""
        return bool(self.steps[j] > SHARP * self.spread[j])

    def known(self, members: Iterable[int]) -> Ints:
        """Return the rows in which all members are known."""
        return np.flatnonzero(~np.isnan(self.x[:, list(members)]).any(axis=1))

    def enough(self, rows: int, j: int, least: int = FEWEST) -> bool:
        """Whether so many rows can tell of coordinate j."""
        return rows >= max(least, TOLD * np.count_nonzero(~np.isnan(self.x[:, j])))

    def beside(self, i: int, j: int) -> bool:
        """Whether coordinate i is known in most rows in which j is."""
        return bool(self.known((i, j)).size >= EACH * np.count_nonzero(~np.isnan(self.x[:, j])))


def _spread(y: Floats) -> float:
    """Return the standard deviation of what is known; 0 where it is no number."""
    with np.errstate(all="ignore"):
        known = y[~np.isnan(y)]
        spread = float(known.std()) if known.size else 0.0
    return spread if np.isfinite(spread) else 0.0


def commonest(y: Floats) -> float:
    """Return the most frequent value, 0 of none."""
    values, counts = np.unique(y, return_counts=True)
    return float(values[counts.argmax()]) if values.size else 0.0


def judged(
    s: Searched,
    j: int,
    parents: Iterable[int],
    function: Function,
    room: float | None = None,
    least: int = FEWEST,
) -> Supported | None:
    """Return the derivation of j by a function, beside the rows that tell and obey; None if few."""
    parents = tuple(parents)
    rows = s.known((j, *parents))
    if not s.enough(rows.size, j, least) or not all(s.beside(i, j) for i in parents):
        return None
    lower, upper = _range(s, j, function)
    d = Derivation(j, parents, function, lower, upper, float(s.steps[j]), room or s.room(j))
    return Supported(d, int(np.count_nonzero(d.obeys(s.x[rows].T))), rows.size)


def _range(s: Searched, j: int, function: Function) -> tuple[float, float]:
    """Return the natural bounds of a variable, and caps and floors that many rows share.

    What makes values of a list only, or one beyond them all, needs no others.
    """
    if isinstance(function, Dated) and function.named.size:
        return -np.inf, float(np.nanmax(s.x[:, j]))
    if isinstance(function, Lookup | Dated | Contrast):
        return -np.inf, np.inf
    v, y = s.variables[j], s.x[:, j]
    y = y[~np.isnan(y)]
    low, high = float(y.min()), float(y.max())
    lower = max(v.lower, 0.0) if low >= 0 else v.lower
    many = max(CAPPED, CAPPED_SHARE * y.size)
    if s.distinct[j] > 2 * CAPPED:
        lower = low if np.count_nonzero(y == low) >= many else lower
        upper = high if np.count_nonzero(y == high) >= many else v.upper
        return lower, max(lower, upper)
    return lower, v.upper
