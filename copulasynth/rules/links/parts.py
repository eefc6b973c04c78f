"""How a link splits a coordinate: what it is where its event holds, and where it does not."""

from dataclasses import dataclass, field, replace

import numpy as np

from copulasynth._arrays import Bools, Endless, Floats, Gappy, Ints, floats, frozen, put
from copulasynth.rules.api import Coordinates
from copulasynth.rules.links.events import Event
from copulasynth.schema.column import Variable

__all__ = ["Branch", "Fork", "fork_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """The values of a coordinate on one side of an event.

    Attributes
    ----------
    part : int
        The coordinate that has them, -1 if there is one only.
    values : (k,) float64
        What the codes 0, 1, .. of the part stand for, or the one value; empty for numbers.
    lower, upper : float
        Ends of the numbers: rounding must not carry them over a threshold.
    without : float
        A number that is none of them, NaN for none.
    aside : float
        The nearest that is.
    """

    part: int
    values: Floats = field(default_factory=lambda: np.empty(0))
    lower: Endless = -np.inf
    upper: Endless = np.inf
    without: Gappy = np.nan
    aside: Gappy = np.nan

    def __post_init__(self) -> None:
        values = floats(self.values, 1)
        if self.part < -1 or not np.isfinite(values).all() or not self.lower <= self.upper:
            raise ValueError("a branch has a part, finite values, and ends in their order")
        if self.part < 0 and values.size != 1:
            raise ValueError("a branch without a part has one value")
        if np.isfinite(self.without) and not np.isfinite(self.aside):
            raise ValueError("a branch without a number has another beside it")
        put(self, values=frozen(values))

    def make(self, x: Floats, rows: Bools) -> Floats:
        """Return the values of some rows of x, (D, n)."""
        if self.part < 0:
            return np.full(np.count_nonzero(rows), self.values[0])
        y = x[self.part, rows]
        if self.values.size:
            return np.asarray(self.values[np.clip(y, 0, self.values.size - 1).astype(np.int64)])
        y = np.clip(y, self.lower, self.upper)
        return np.where(y == self.without, self.aside, y)

    def split(self, x: Floats, y: Floats, rows: Bools) -> None:
        """Fill in the part for the rows of this side, whose values are in y."""
        if self.part < 0:
            return
        x[self.part] = np.nan
        own = y[rows]
        if self.values.size:
            order = np.argsort(self.values)
            at = np.searchsorted(self.values[order], own)
            code: Ints = order[np.minimum(at, order.size - 1)]
            own = np.where(self.values[code] == own, code, np.nan)
        x[self.part, rows] = own


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    """The event of one coordinate, its values where that holds, and where it does not.

    A decided coordinate has its event's value where it is forced, and `outside` all values that it
    has where it is not, the event's among them.
    """

    event: Event
    inside: Branch
    outside: Branch

    @property
    def needs(self) -> tuple[int, ...]:
        return tuple(b.part for b in (self.inside, self.outside) if b.part >= 0)

    def make(self, x: Floats, held: Bools) -> None:
        x[self.event.place, held] = self.inside.make(x, held)
        x[self.event.place, ~held] = self.outside.make(x, ~held)

    def split(self, x: Floats, bits: Floats) -> None:
        y = x[self.event.place]
        self.inside.split(x, y, bits == 1)
        self.outside.split(x, y, bits == 0)


def fork_of(
    c: Coordinates, event: Event, bits: Floats, at: int, decides: bool
) -> tuple[Fork, list[Variable]]:
    """Return how a coordinate is split, and its parts, which get the places from `at` on."""
    parts: list[Variable] = []
    v, x = c.variables[event.place], c.x[:, event.place]
    if event.single:
        inside = Branch(-1, np.array([event.number]))
    else:
        inside, made = _branch(v, x[bits == 1], at, *_side(event, True))
        parts += made
    if not decides:
        outside, made = _branch(v, x[bits == 0], at + len(parts), "free")
    elif event.single:
        outside, made = _without(v, x[bits == 0], at + len(parts), event.number)
    else:
        outside, made = _branch(v, x[bits == 0], at + len(parts), *_side(event, False))
    return Fork(event, inside, outside), parts + made


def _side(event: Event, held: bool) -> tuple[str, float, float]:
    """Return words for one side of an event of many values, and its ends."""
    if event.others:
        levels = " or ".join(f"{v:g}" for v in event.values)
        return f"{'' if held else 'not '}{levels}", -np.inf, np.inf
    if (event.kind == "below") == held:
        return f"< {event.number:g}", -np.inf, event.number
    return f">= {event.number:g}", event.number, np.inf


def _branch(
    v: Variable, x: Floats, at: int, words: str, lower: float = -np.inf, upper: float = np.inf
) -> tuple[Branch, list[Variable]]:
    """Return a side that has the values seen in x."""
    x = x[x == x]
    values = np.unique(x)
    name = f"{v.name} | {words}"
    if values.size < 2:
        return Branch(-1, values if values.size else np.zeros(1)), []
    if v.levels:
        if values.size == v.levels:
            return Branch(at, values), [replace(v, name=name)]
        part = replace(v, name=name, levels=values.size, lower=0.0, upper=values.size - 1.0)
        if v.kind == "state":
            # its codes are no longer those of a state
            part = replace(part, kind="nominal")
        return Branch(at, values), [part]
    if np.isfinite(upper):
        # the threshold itself lies on the other side of it
        upper = upper - v.step if v.step else float(values[-1])
        upper = max(upper, float(values[-1]))
    lower, upper = max(lower, v.lower), min(upper, v.upper)
    return Branch(at, lower=lower, upper=upper), [replace(v, name=name, lower=lower, upper=upper)]


def _without(v: Variable, x: Floats, at: int, number: float) -> tuple[Branch, list[Variable]]:
    """Return the side that has all values but one."""
    words = f"not {number:g}"
    branch, parts = _branch(v, x, at, words)
    if not parts or v.levels:
        return branch, parts
    x = x[x == x]
    lower, upper = branch.lower, branch.upper
    if x.min() > number:
        lower = max(lower, min(number + v.step, float(x.min())) if v.step else float(x.min()))
    elif x.max() < number:
        upper = min(upper, max(number - v.step, float(x.max())) if v.step else float(x.max()))
    aside = float(x[np.abs(x - number).argmin()])
    return (
        replace(branch, lower=lower, upper=upper, without=number, aside=aside),
        [replace(parts[0], lower=lower, upper=upper)],
    )
