"""Two numbers that are equal in a share of the rows: a payment and the bill that it settles.

An identity holds in nearly all rows. A tie holds in a share of them, and the others have a value of
their own; equal values then follow from one column, and whether they are equal is a part that the
copula sees. It sees the other column's values in all rows: were they unknown where both are equal,
so would be how they go with everything else. Numbers that differ by one of a few constants, or have
one of a few ratios, are tied as well, and the part says which.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy

from copulasynth._arrays import Bools, Floats, midranks
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.constants import constants_of, hopeful
from copulasynth.rules.identity.excepted import FEWEST
from copulasynth.rules.identity.tied import (
    EQUAL,
    Refused,
    TiedPair,
    heaps_of,
    scales_of,
    steps_of,
    with_tie,
)
from copulasynth.rules.numeric.gap import orders_of
from copulasynth.rules.numeric.trial import thinned

__all__ = ["EVIDENCE", "find_factors", "find_ties"]

#: Log of the probability below which no tie is by chance, less two logs of the columns.
EVIDENCE = -15.0
#: Share of the rows that are equal, and how many different values they have, at least.
SHARE, DIFFERENT = 0.02, 20
#: Steps on either side that say how many rows are equal by chance, and how many times as many
#: must be.
NEAR, TIMES = 3, 4.0
#: Most of the unequal rows that lie so few steps aside.
BESIDE = 0.2
#: Rows on which a tie is tried first, and equal ones among them.
SCREEN, SCREENED = 4000, 10
#: Part of a step, and of a value, that rounding errors stay below.
SLACK, TINY = 0.25, 1e-9


def find_ties(c: Coordinates, refused: Refused = frozenset()) -> Coordinates:
    """Add the ties that are in far more rows than chance explains, but those by a factor.

    Rows in which either value is a heap do not count. Of the others, as many as lie a step or a few
    aside are equal by chance, for a joint density is smooth: the excess is judged by a Poisson law.

    Parameters
    ----------
    c : Coordinates
    refused : keys of rules

    Examples
    --------
    >>> from copulasynth.schema.column import Variable
    >>> rng = np.random.default_rng(1)
    >>> bill, other = rng.lognormal(6, 1, (2, 2000)).round()
    >>> x = np.column_stack([bill, np.where(rng.random(2000) < 0.2, bill, other)])
    >>> variables = [Variable(n, k, "continuous", step=1.0) for k, n in enumerate(("bill", "paid"))]
    >>> found = find_ties(Coordinates(x, tuple(variables))).found[0]
    >>> found.record.formula, found.record.allow
    ('bill = paid', 0.806)
    """
    s = _Tieable.of(c)
    found: list[TiedPair] = []
    for i, j in _screened(s.values, s.heaps) if len(s.values) > 1 else ():
        step = max(s.steps[i], s.steps[j])
        equal = _excess(s.values[i], s.values[j], s.heaps[i] | s.heaps[j], step, s.limit)
        found += [TiedPair(equal, *pair, (EQUAL,)) for pair in ((i, j), (j, i)) if equal]
    others = [j for j in s.values if j not in c.clocks]
    for tie in (*s.tied([*c.clocks], False), *s.tied(others, False)):
        same = [t for t in found if (t.target, t.parent) == (tie.target, tie.parent)]
        found = [t for t in found if t not in same]
        found.append(
            replace(tie, ways=tuple(sorted({*tie.ways, *(w for t in same for w in t.ways)})))
        )
    return _with(c, s, found, refused)


def find_factors(c: Coordinates, refused: Refused = frozenset()) -> Coordinates:
    """Add the ties of numbers whose ratio is one of few in far more rows than any other."""
    s = _Tieable.of(c)
    found = s.tied([j for j in s.values if j not in c.clocks], True)
    return _with(c, s, [t for t in found if t.ways != (EQUAL,)], refused)


@dataclass(frozen=True, slots=True, eq=False)
class _Tieable:
    """The coordinates that may be tied, as the table has them, and where their values are heaps."""

    x: Floats
    steps: tuple[float, ...]
    values: dict[int, Floats]
    heaps: dict[int, Bools]

    @classmethod
    def of(cls, c: Coordinates) -> "_Tieable":
        told, x = scales_of(c), thinned(c.x)
        gaps = {r.part for r in orders_of(c.rules)}
        free = [j for j in c.free if j not in gaps and told[j][1] > 0 and _tellable(c, x, j)]
        values = {j: told[j][0] + told[j][1] * x[:, j] for j in free}
        return cls(x, steps_of(c), values, {j: heaps_of(values[j]) for j in free})

    @property
    def limit(self) -> float:
        """Log of the probability below which nothing is by chance, over all pairs."""
        return EVIDENCE - 2.0 * float(np.log(max(len(self.values), 1)))

    def tied(self, among: Sequence[int], ratio: bool) -> Iterator[TiedPair]:
        """Yield the ties by constants, or by factors, of some coordinates, both ways round."""
        places = [j for j in among if j in self.values]
        if len(places) < 2:
            return
        few = np.array([np.where(self.heaps[j], np.nan, self.values[j]) for j in places])
        steps = np.array([self.steps[j] for j in places])
        for a, b in hopeful(few, steps, ratio):
            i, j = places[a], places[b]
            both = np.stack([self.values[i], self.values[j]])
            heap, grids = self.heaps[i] | self.heaps[j], (self.steps[i], self.steps[j])
            for own in constants_of(both, heap, grids, ratio, self.limit):
                target, parent = (i, j) if own.back else (j, i)
                # where the parent is unknown a value of the target would follow from nothing
                if not (np.isnan(self.values[parent]) & ~np.isnan(self.values[target])).any():
                    yield TiedPair(own.rows, target, parent, own.ways)


def _tellable(c: Coordinates, x: Floats, j: int) -> bool:
    """Whether a coordinate has numbers, enough different ones."""
    v = c.variables[j]
    if v.kind not in ("continuous", "discrete") or v.levels:
        return False
    return np.unique(x[~np.isnan(x[:, j]), j]).size > 2 * DIFFERENT


def _screened(values: dict[int, Floats], heaps: dict[int, Bools]) -> list[tuple[int, int]]:
    """Return the pairs that a few thousand rows do not rule out."""
    places = list(values)
    few = np.array([np.where(heaps[j], np.nan, values[j]) for j in places])
    few = np.ascontiguousarray(thinned(few.T, SCREEN).T)
    every = len(values[places[0]]) / few.shape[1]
    least = max(1.0, min(SCREENED, SHARE * few.shape[1] / 4) if every > 1 else 1.0)
    hopeful = []
    for k, own in enumerate(few[:-1]):
        near = np.abs(few[k + 1 :] - own) <= TINY * np.abs(own)
        hopeful += [(places[k], places[k + 1 + m]) for m in np.flatnonzero(near.sum(1) >= least)]
    return hopeful


def _excess(a: Floats, b: Floats, heap: Bools, step: float, limit: float) -> int:
    """Return in how many rows two columns are equal, 0 if chance may explain it."""
    a, b = a[~heap], b[~heap]
    apart = np.abs(a - b)
    equal = _same(apart, a, step)
    count = int(np.count_nonzero(equal))
    if count < max(FEWEST, SHARE * heap.size) or np.unique(a[equal]).size < DIFFERENT:
        return 0
    near = np.count_nonzero((apart <= (NEAR + SLACK) * step) & ~equal) / (2 * NEAR)
    if near * 2 * NEAR > BESIDE * np.count_nonzero(~equal & ~np.isnan(apart)):
        return 0  # what differs does so by a step or a few: noise that was rounded
    if count < TIMES * near or scipy.stats.poisson.logsf(count - 1, max(near, 1.0)) > limit:
        return 0
    return count


def _same(apart: Floats, a: Floats, step: float) -> Bools:
    """Return where a distance is nothing but rounding."""
    return np.asarray(apart <= np.maximum(SLACK * step, TINY * np.abs(a)))


def _dependence(x: Floats, numbers: list[int]) -> dict[int, float]:
    """Return how much the others say of each: the sum of its rank correlations.

    The one of which they say less is made: what is drawn with the others stays whole.
    """
    x = thinned(x[:, numbers], SCREEN)
    known = np.count_nonzero(~np.isnan(x), axis=0)
    x = np.where(np.isnan(x), np.nansum(x, axis=0) / np.maximum(known, 1), x)
    with np.errstate(invalid="ignore"):
        r = np.corrcoef(midranks(x), rowvar=False)
    return dict(zip(numbers, np.nansum(np.abs(np.atleast_2d(r)), axis=0), strict=True))


def _with(c: Coordinates, s: _Tieable, found: Sequence[TiedPair], refused: Refused) -> Coordinates:
    """Return coordinates with ties, those in most rows first."""
    if not found:
        return c
    others, every = _dependence(s.x, [*s.values]), _dependence(s.x, [*c.free])

    def rank(t: TiedPair) -> tuple[float, ...]:
        # the last digits of two equal sums decide nothing
        pair = (min(t.target, t.parent), max(t.target, t.parent))
        below = sum(constant < 0 for constant, _ in t.ways)
        told = (round(own[t.target] / TINY) for own in (others, every))
        return -t.rows, *pair, *told, below, t.target

    for tie in sorted(found, key=rank):
        c = with_tie(c, tie, refused)
    return c
