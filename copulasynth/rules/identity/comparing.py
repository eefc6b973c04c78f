"""Find flags that compare two columns, and other step functions of a difference.

A flag says whether a delivery was late, a result who won. A few rows of each level are put in the
order of the difference of every two numbers: a step function changes seldom along it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import SchemaError
from copulasynth.rules.identity import lookups
from copulasynth.rules.identity.contrast import Contrast, contrast
from copulasynth.rules.identity.kinds import Function, Linear, Lookup
from copulasynth.rules.identity.pursuit import simplest
from copulasynth.rules.identity.searched import Searched, Supported, commonest, judged
from copulasynth.rules.identity.settle import ALLOWED
from copulasynth.rules.words.reading import name_in

__all__ = ["compared_as", "comparing", "declared_as"]

#: Most levels of what compares, and fewest values of what is compared.
LEVELS, VALUES = 5, 3

#: Rows on which every two numbers are tried, then those that are left, and changes of level along
#: the difference that exceptions may make on them.
TRIED, EXCEPTED = (24, 96), 4

#: A flag whose threshold is not 0 needs so many rows on either side.
SIDE = 20

#: Differences below this share of a step, or of the largest number, are errors of arithmetic.
STEP, TINY = 1e-3, 1e-11

#: What the level of a flag is called that says yes.
YES = frozenset(("1", "true", "t", "yes", "y", "late"))


@dataclass(frozen=True, slots=True, eq=False)
class _Scaled:
    """Numbers in units that can be compared, those of times in days.

    Attributes
    ----------
    places : (m,) int64
    origins, units : (m,) float64
        Of the coordinates: origin + unit * x.
    slack : (m,) float64
        What differences are blurred by.
    x : (n, m) float64
    """

    places: Ints
    origins: Floats
    units: Floats
    slack: Floats
    x: Floats

    @classmethod
    def of(cls, s: Searched, times: bool) -> "_Scaled":
        places = np.array(
            [
                j
                for j in s.order
                if s.ordered[j] and s.distinct[j] >= VALUES and (j in s.clocks) == times
            ],
            dtype=np.int64,
        )
        told = np.array([_scale(s, j) for j in places.tolist()]).reshape(-1, 2)
        x = told[:, 0] + told[:, 1] * s.x[:, places]
        steps = STEP * told[:, 1] * s.steps[places]
        noise = TINY * np.nanmax(np.abs(x), axis=0, initial=0.0)
        return cls(places, told[:, 0], told[:, 1], np.where(steps > 0, steps, noise), x)


def _scale(s: Searched, j: int) -> tuple[float, float]:
    """Return origin and unit of a coordinate; a time counts in days."""
    day = 86_400.0
    if j in s.clocks and j >= len(s.scales):
        per_day, origin, _ = s.clocks[j]
        return -origin / per_day, 1.0 / per_day
    origin, unit = s.scales[j] if j < len(s.scales) else (0.0, 1.0)
    return (origin / day, unit / day) if j in s.clocks else (origin, unit)


def comparing(s: Searched) -> tuple[list[int], Callable[[Searched, int], Supported | None]]:
    """Return which columns may compare two others, and how to find it."""
    targets = [j for j in s.targets if s.variables[j].kind != "state" and s.distinct[j] <= LEVELS]
    if not targets:
        return [], lambda s, j: None
    sides = [_Scaled.of(s, times) for times in (False, True)]

    def search(s: Searched, j: int) -> Supported | None:
        hits = [_among(s, j, side) for side in sides if side.places.size > 1]
        found = [hit for hit in hits if hit is not None]
        return max(found, key=lambda hit: hit.obey / hit.told) if found else None

    return targets, search


def _among(s: Searched, j: int, side: _Scaled) -> Supported | None:
    """Return j as a function of the difference of two of these numbers, if it is one."""
    open_ = [k for k, i in enumerate(side.places.tolist()) if not s.depends(i, j)]
    first, second = np.array(open_, dtype=np.int64)[np.array(np.triu_indices(len(open_), 1))]
    tries = 2 * float(np.log(max(len(open_), 1)) + np.log(len(s.variables)))
    for rows in TRIED:
        few = _of_each_level(s.x[:, j], rows)
        keep = _hopeful(side.x[few], s.x[few, j], first, second)
        first, second = first[keep], second[keep]
    best: Supported | None = None
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        pair = int(side.places[a]), int(side.places[b])
        hit = compared_as(s, j, pair, tries)
        if hit is not None and (best is None or hit.share < best.share):
            best = hit
        if best is not None and best.obey == best.told:
            break
    return best


def _of_each_level(y: Floats, rows: int) -> Ints:
    """Return about so many rows, evenly spread, as many of each level as of any other."""
    levels = np.unique(y[~np.isnan(y)])
    most = max(rows // max(levels.size, 1), 1)
    of = [np.flatnonzero(y == level) for level in levels]
    return np.concatenate([own[:: max(1, -(-own.size // most))] for own in of])


def _hopeful(x: Floats, y: Floats, first: Ints, second: Ints) -> Ints:
    """Return the pairs along whose difference y changes seldom; rows in the order of y."""
    gap = x[:, first].T - x[:, second].T
    ahead = y[np.argsort(gap, axis=1, kind="stable")]
    known = np.sort(np.isnan(gap), axis=1)
    changes = (ahead[:, 1:] != ahead[:, :-1]) & ~known[:, 1:]
    most = 2 * (np.unique(y).size - 1) + EXCEPTED
    enough = np.count_nonzero(~known, axis=1) >= len(y) / 2
    return np.flatnonzero((changes.sum(axis=1) <= most) & enough)


def compared_as(s: Searched, j: int, pair: tuple[int, int], tries: float) -> Supported | None:
    """Return j as a function of the difference of two numbers, if it is one and no chance."""
    (o, u), (origin, unit) = (_scale(s, i) for i in pair)
    rows = s.known((j, *pair))
    if not s.enough(rows.size, j):
        return None
    difference = Linear(o - origin, np.array([u, -unit]))
    gap, y = difference(s.x[rows][:, list(pair)].T), s.x[rows, j]
    sizes = [s.steps[i] * k for i, k in zip(pair, (u, unit), strict=True)]
    slack = STEP * min(sizes) or TINY * float(np.abs(s.x[rows][:, list(pair)]).max()) * max(u, unit)
    about = _event(s, j, y)
    rule = _by_sign(gap, y, slack, about, tries) or _by_size(s, j, gap, y, slack, tries)
    if rule is None or (not s.above.keys().isdisjoint(pair) and _meets(gap, y, slack)):
        return None
    names = (name_in(s.variables[pair[0]].name), name_in(s.variables[pair[1]].name))
    made = contrast(names, difference, rule, about, slack)
    found = judged(s, j, pair, made)
    return found if found is not None and found.share <= ALLOWED else None


def _meets(gap: Floats, y: Floats, slack: float) -> bool:
    """Whether y says that two numbers are equal: a derived one is never tied to another."""
    same = np.abs(gap) <= slack
    return bool(same.any()) and not np.isin(y[same], y[~same]).any()


def declared_as(
    s: Searched, j: int, parents: Sequence[int], difference: Function, sign: str, text: str
) -> Supported | None:
    """Return j as a flag of how a declared difference compares with 0.

    The table says which value goes with yes; of numbers it is the higher one.

    Raises
    ------
    SchemaError
        If it multiplies times.
    """
    gap_of = _in_units(s, parents, difference, text)
    rows = s.known((j, *parents))
    if not rows.size:
        return None
    x, y = s.x[rows[:, None], parents].T, s.x[rows, j]
    gap = gap_of(x)
    slack = TINY * float(np.abs(gap).max(initial=1.0) + np.abs(x).max() * _largest(gap_of))
    edges, shape = _SIGNS[sign]
    yes = np.asarray(shape)[np.searchsorted(np.array(edges) * slack, gap)] > 0
    levels = [commonest(y[side]) for side in (~yes, yes)]
    if s.ordered[j]:
        levels = [float(y.min()), float(y.max())]
    rule = Lookup(np.array(edges) * slack, np.array(levels)[list(shape)])
    return judged(s, j, parents, Contrast(text, gap_of, rule), least=1)


#: Edges about 0 for each sign, and whether what lies between them is a yes.
_SIGNS: Mapping[str, tuple[tuple[float, ...], tuple[int, ...]]] = {
    ">": ((1.0,), (0, 1)),
    ">=": ((-1.0,), (0, 1)),
    "<": ((-1.0,), (1, 0)),
    "<=": ((1.0,), (1, 0)),
    "=": ((-1.0, 1.0), (0, 1, 0)),
    "!=": ((-1.0, 1.0), (1, 0, 1)),
}


def _in_units(s: Searched, parents: Sequence[int], difference: Function, text: str) -> Function:
    """Return a difference on the numbers of the coordinates; constants beside times are days."""
    if s.clocks.keys().isdisjoint(parents):
        return difference
    if not isinstance(difference, Linear):
        raise SchemaError(f"formula {text!r}: times are only compared, added and subtracted")
    told = np.array([_scale(s, i) for i in parents])
    constant = difference.constant + float(difference.weights @ told[:, 0])
    return Linear(constant, difference.weights * told[:, 1])


def _largest(difference: Function) -> float:
    return float(np.abs(difference.weights).max()) if isinstance(difference, Linear) else 0.0


def _by_sign(gap: Floats, y: Floats, slack: float, about: float, tries: float) -> Lookup | None:
    """Return y as a function of which of two numbers is the larger one."""
    sign = np.sign(np.where(np.abs(gap) <= slack, 0.0, gap))
    levels = np.unique(y).size
    rule = lookups.lookup(sign, y, False, levels, tries) or lookups.nearly(sign, y, tries)
    if rule is None or not rule.edges.size:
        return None
    # where no two are equal, equal ones are no event
    tie = -slack if rule.values[0] == about else slack
    edges = np.where(rule.edges == 0, tie, slack * np.sign(rule.edges))
    return Lookup(edges, rule.values)


def _by_size(
    s: Searched, j: int, gap: Floats, y: Floats, slack: float, tries: float
) -> Lookup | None:
    """Return y as a function of how large a difference is, with edges at simple numbers."""
    levels = int(s.distinct[j])
    if np.unique(y, return_counts=True)[1].min() < SIDE:
        return None
    rule = lookups.lookup(gap, y, True, levels, tries + float(np.log(y.size)))
    if rule is None or not 0 < len(rule.edges) <= 2 * (levels - 1):
        return None
    ordered = np.sort(gap)
    at = np.searchsorted(ordered, rule.edges)
    edges = [_edge(ordered[k - 1], ordered[k], slack) for k in at.tolist()]
    return Lookup(np.array(edges), rule.values) if (np.diff(edges) > 0).all() else None


def _edge(low: float, high: float, slack: float) -> float:
    """Return an edge between two numbers: just above a simple one, or below the higher one."""
    at = simplest(low, high)
    return at - slack if at > high - slack else at + slack


def _event(s: Searched, j: int, y: Floats) -> float:
    """Return the level that a flag is about: the one that says yes, the higher, or the rarer."""
    labels = s.labels.get(j, ())
    for code, label in enumerate(labels):
        if str(label).lower() in YES:
            return float(code)
    values, counts = np.unique(y, return_counts=True)
    return float(values[-1] if s.ordered[j] else values[counts.argmin()])
