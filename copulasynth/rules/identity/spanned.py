"""Functions of how far times are apart: the days by which a payment was late, what they cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from copulasynth._arrays import Bools, Floats, floats, freeze
from copulasynth.rules.identity.searched import FEWEST, Rounding, Searched, Supported, judged
from copulasynth.rules.identity.settle import by_chance, settled
from copulasynth.rules.words.formula import Expression, expressed
from copulasynth.rules.words.reading import name_in

__all__ = ["Spanned", "declared_spans", "folded_spans"]

#: Seconds in a day, and what a number may count of it: days, hours, minutes, seconds, weeks.
DAY = 86_400.0
UNITS = (1.0, 24.0, 1440.0, DAY, 1 / 7)

#: So near to a rate of a day is a unit that the target may count, and decimals of days.
NEAR, DECIMALS = 0.02, 9

#: Rows on which two times are tried first.
TRIED = 400


@dataclass(frozen=True, slots=True, eq=False)
class Spanned:
    """A formula of times, which count days in it: max(0, paid - due).

    Attributes
    ----------
    expression : Expression
    origins, units : (p,) float64
        Days since 1970 of a parent that is a time: origin + unit * x.
    size : float
        What the formula gives is so many of the target's units.
    """

    expression: Expression
    origins: Floats
    units: Floats
    size: float

    def __post_init__(self) -> None:
        shape = (len(self.expression.names),)
        for values in (floats(self.origins, 1), floats(self.units, 1)):
            if values.shape != shape or not np.isfinite(values).all():
                raise ValueError("a formula of times needs an origin and a unit of each parent")
        freeze(self, "origins", "units")
        if not 0 < self.size < np.inf:
            raise ValueError("a formula of times gives a positive number of units")

    @property
    def text(self) -> str:
        """The formula as it is written."""
        return self.expression.text

    def __call__(self, parents: Floats, /) -> Floats:
        days = self.origins[:, None] + self.units[:, None] * parents
        return np.asarray(self.size * self.expression(days))


def folded_spans(s: Searched, j: int, end: float, fold: str) -> Iterator[Supported]:
    """Yield j as linear in how far two times are apart off an end that many rows are on."""
    times = [i for i in s.order if i in s.clocks and not s.depends(i, j)]
    pairs = [*combinations(times, 2)] if j not in s.clocks else []
    tries = float(np.log(max(len(pairs), 1)) + np.log(len(s.variables)))
    for pair in pairs:
        rows = s.known((j, *pair))
        rows = rows[s.x[rows, j] != end]
        first, last = (_days(s, i)[rows] for i in pair)
        rate = _rate((first - last)[:, None], s.x[rows, j], s.room(j), tries)
        if rate is not None:
            yield from _worded(s, j, pair, (end, fold), rate)


def _rate(gap: Floats, y: Floats, room: float, tries: float) -> tuple[float, float] | None:
    """Return constant and rate of a number in days, if it has some and that is no chance."""
    every = max(1, y.size // TRIED)
    if y.size < FEWEST or _settled(gap[::every], y[::every], room) is None:
        return None
    fit = _settled(gap, y, room)
    if fit is None or fit[1][0] == 0 or by_chance(gap, y, fit[2], tries):
        return None
    return fit[0], float(fit[1][0])


def _settled(gap: Floats, y: Floats, room: float) -> tuple[float, Floats, Bools] | None:
    return settled(gap, y, np.full(y.size, room))


def _worded(
    s: Searched, j: int, pair: tuple[int, int], ends: tuple[float, str], fit: tuple[float, float]
) -> Iterator[Supported]:
    """Yield a folded difference in the target's units of time if it counts some, else by a rate."""
    (end, fold), (constant, rate) = ends, fit
    size = abs(rate)
    first, last = (name_in(s.variables[i].name) for i in (pair if rate > 0 else pair[::-1]))
    units = [own] if (own := _span(s, j)) else [u for u in UNITS if abs(u / size - 1) < NEAR]
    for unit in (*units, 0.0):
        later = round(constant / (unit or size), DECIMALS)
        more = f" {'-' if later < 0 else '+'} {abs(later):.12g}" if later else ""
        text = f"{fold}({round(end / (unit or size), DECIMALS) + 0.0:.12g}, {first} - {last}{more})"
        text = text if unit else f"{size:.12g} * {text}"
        formula = expressed(text, tuple(s.variables[i].name for i in pair))
        hit = None if formula is None else _judged(s, j, pair, formula, unit or 1.0)
        if hit is not None:
            yield hit


def _days(s: Searched, i: int) -> Floats:
    per_day, origin, _ = s.clocks[i]
    return np.asarray((s.x[:, i] - origin) / per_day)


def declared_spans(
    s: Searched, j: int, parents: list[int], formula: Expression
) -> Supported | None:
    """Return a declared formula of times in the units of its target that fewest rows break."""
    sizes = (own,) if (own := _span(s, j)) else UNITS
    hits = [_judged(s, j, tuple(parents), formula, size) for size in sizes]
    return max((h for h in hits if h is not None), key=lambda h: h.obey, default=None)


def _span(s: Searched, j: int) -> float:
    """Return the units in a day of a column of spans, 0 of another."""
    origin, unit = s.scales[j] if j < len(s.scales) else (0.0, 1.0)
    return DAY / unit if j not in s.clocks and unit != 1.0 and origin == 0.0 else 0.0


def _judged(
    s: Searched, j: int, parents: tuple[int, ...], formula: Expression, size: float
) -> Supported | None:
    clocks = [s.clocks.get(i, (1.0, 0.0, 0))[:2] for i in parents]
    units = np.array([1.0 / per_day for per_day, _ in clocks])
    origins = np.array([-origin / per_day for per_day, origin in clocks])
    rule = Spanned(formula, origins, units, size)
    return judged(s, j, parents, rule, s.room(j, Rounding.COARSE), least=1)
