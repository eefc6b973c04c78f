"""Two numbers that are equal in a share of the rows: a payment and the bill that it settles.

An identity holds in nearly all rows. A tie holds in a share of them, and the others have a value of
their own; equal values then follow from one column, and whether they are equal is a part that the
copula sees. It sees the other column's values in all rows: were they unknown where both are equal,
so would be how they go with everything else.
"""

from dataclasses import replace

import numpy as np
import scipy

from copulasynth._arrays import Bools, Floats, midranks
from copulasynth.errors import SchemaError
from copulasynth.rules.api import Coordinates
from copulasynth.rules.identity.excepted import FEWEST, Excepted
from copulasynth.rules.identity.kinds import Derivation, Linear
from copulasynth.rules.numeric.gap import orders_of
from copulasynth.rules.numeric.trial import thinned
from copulasynth.rules.words.reading import name_in
from copulasynth.schema.column import Variable
from copulasynth.schema.records import Rule

__all__ = ["EVIDENCE", "find_ties", "fit_tie"]

#: Log of the probability below which no tie is by chance, less two logs of the columns.
EVIDENCE = -15.0
#: Share of the rows that are equal, and how many different values they have, at least.
SHARE, DIFFERENT = 0.02, 20
#: A value of so many rows and such a share of them is a heap: two columns meet there anyway.
HEAP, HEAP_SHARE = 10, 0.005
#: Steps on either side that say how many rows are equal by chance, and how many times as many
#: must be.
NEAR, TIMES = 3, 4.0
#: Most of the unequal rows that lie so few steps aside.
BESIDE = 0.2
#: Rows on which a tie is tried first, and equal ones among them.
SCREEN, SCREENED = 4000, 10
#: Part of a step, and of a value, that rounding errors stay below.
SLACK, TINY = 0.25, 1e-9


def find_ties(
    c: Coordinates,
    refused: frozenset[tuple[str, frozenset[str]]] = frozenset(),
) -> Coordinates:
    """Add the ties that are in far more rows than chance explains.

    Rows in which either value is a heap do not count. Of the others, as many as lie a step or a few
    aside are equal by chance, for a joint density is smooth: the excess is judged by a Poisson law.

    Parameters
    ----------
    c : Coordinates
    refused : keys of rules

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> bill, other = rng.lognormal(6, 1, (2, 2000)).round()
    >>> x = np.column_stack([bill, np.where(rng.random(2000) < 0.2, bill, other)])
    >>> variables = [Variable(n, k, "continuous", step=1.0) for k, n in enumerate(("bill", "paid"))]
    >>> found = find_ties(Coordinates(x, tuple(variables))).found[0]
    >>> found.record.formula, found.record.allow
    ('bill = paid', 0.806)
    """
    told = _scales(c)
    x = thinned(c.x)
    gaps = {r.part for r in orders_of(c.rules)}
    numbers = [j for j in c.free if j not in gaps and told[j][1] > 0 and _tellable(c, x, j)]
    if len(numbers) < 2:
        return c
    values = {j: told[j][0] + told[j][1] * x[:, j] for j in numbers}
    heaps = {j: _heaps(values[j]) for j in numbers}
    limit = EVIDENCE - 2.0 * np.log(len(numbers))
    found = []
    for i, j in _screened(values, heaps):
        step = max((c.variables[k].step or 0.0) * told[k][1] for k in (i, j))
        equal = _excess(values[i], values[j], heaps[i] | heaps[j], step, limit)
        if equal:
            found.append((equal, i, j))
    others = _dependence(x, numbers)
    for _, i, j in sorted(found, key=lambda one: (-one[0], one[1], one[2])):
        # the last digits of two equal sums decide nothing
        target, parent = (i, j) if others[i] <= others[j] + TINY else (j, i)
        c = _added(c, target, parent, told, refused)
    return c


def fit_tie(c: Coordinates, record: Rule) -> Coordinates | None:
    """Return coordinates with the declared tie, or None if hardly any rows show it.

    Raises
    ------
    SchemaError
        If its columns are not two, or not both numbers, or times.
    """
    if len(record.columns) != 2:
        raise SchemaError(f"rule {record.words!r}: a tie is of two columns")
    told = _scales(c)
    target, parent = (c.place(name) for name in record.columns)
    if any(c.variables[j].levels or told[j][1] <= 0 for j in (target, parent)):
        raise SchemaError(f"rule {record.words!r}: its columns are not both numbers, or times")
    more = _added(c, target, parent, told, frozenset(), record)
    return None if more is c else more


def _scales(c: Coordinates) -> list[tuple[float, float]]:
    return [*c.scales, *[(0.0, 1.0)] * (len(c.variables) - len(c.scales))]


def _tellable(c: Coordinates, x: Floats, j: int) -> bool:
    """Whether a coordinate has numbers, enough different ones."""
    v = c.variables[j]
    if v.kind not in ("continuous", "discrete") or v.levels:
        return False
    return np.unique(x[~np.isnan(x[:, j]), j]).size > 2 * DIFFERENT


def _heaps(x: Floats) -> Bools:
    """Return which values are missing, or those of many rows."""
    values, place, counts = np.unique(x, return_inverse=True, return_counts=True)
    many = counts > max(HEAP, HEAP_SHARE * x.size)
    return np.asarray((many | np.isnan(values))[place])


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
    x = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
    with np.errstate(invalid="ignore"):
        r = np.corrcoef(midranks(x), rowvar=False)
    return dict(zip(numbers, np.nansum(np.abs(np.atleast_2d(r)), axis=0), strict=True))


def _added(
    c: Coordinates,
    target: int,
    parent: int,
    scales: list[tuple[float, float]],
    refused: frozenset[tuple[str, frozenset[str]]],
    record: Rule | None = None,
) -> Coordinates:
    """Return coordinates with a tie, if nothing stands against it."""
    v, names = c.variables[target], [c.variables[j].name for j in (target, parent)]
    if target in c.made or ("tie", frozenset(names)) in refused:
        return c
    (o, u), (origin, unit) = scales[target], scales[parent]
    step = v.step or 0.0
    x = c.x[:, [target, parent]]
    both = x[~np.isnan(x).any(axis=1)]
    room = SLACK * step or TINY * float(np.median(np.abs(both))) if both.size else 0.0
    same = Linear((origin - o) / u, np.array([unit / u]))
    found = Derivation(target, (parent,), same, v.lower, v.upper, step, room)
    rule = Excepted(found, len(c.variables), len(c.variables) + 1, tie=True)
    equal = int(np.count_nonzero(found.obeys(c.x.T) & ~np.isnan(c.x[:, [target, parent]]).any(1)))
    if not FEWEST <= equal <= len(both) - FEWEST or not c.takes(rule):
        return c
    told = len(both)
    shown = replace(
        record or Rule("tie", tuple(names), " = ".join(map(name_in, names))),
        allow=float(np.ceil(1000 * (told - equal) / told) / 1000),
        obey=equal,
        told=told,
    )
    flag = Variable(f"{v.name} [not {names[1]}]", v.column, "discrete", 2, 1.0, 0.0, 1.0)
    # what they differ by, in its place, would lose zeros and other values of many rows
    return c.adding(rule, shown, (flag, replace(v, name=f"{v.name} [own]")))
