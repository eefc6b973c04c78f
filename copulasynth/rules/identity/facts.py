"""All that rows of a chain obey in few digits, whichever member is derived from which.

A bill knows `vat = 0.19 * net` and `gross = net + vat`, and so it obeys `vat = 0.15966 * gross` as
well: rounding hides the difference in each of its rows, but not in rows that are drawn by it. What
somebody wrote down is short where other numbers would have done as well: 19 % and not 18.9998 %.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

import numpy as np

from copulasynth._arrays import Floats, Ints
from copulasynth.rules.identity.kinds import Derivation, Function, Linear, Product, known
from copulasynth.rules.identity.near import Nearly
from copulasynth.rules.identity.numbers import simple_product
from copulasynth.rules.identity.pursuit import between, round_to, simple, written
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.settle import (
    ALLOWED,
    DIFFERENT,
    DIFFERENT_ROUNDED,
    by_chance,
    explained,
    halfway,
)

__all__ = ["facts", "is_short"]

#: Rows in which facts are sought, and the fewest.
ROWS, FEWEST = 1000, 40

#: Most members of a chain, and values that a number of it needs, and one that follows from others.
MOST, VALUES, MADE = 14, 2, 3

#: Singular value of standardised columns, a row, below which a sum of them is exact.
EXACT = 1e-11

#: Weights that are smaller beside the largest are errors of arithmetic, and so is what others, or
#: one over them, lack of so many decimals.
NOTHING, DECIMALS = 1e-7, 5

#: Ways to leave columns out of exact sums that are tried.
CIRCUITS = 3000

#: Most numbers that are looked at, and share of the rows in which those beside a chain are known.
WIDE, KNOWN = 30, 0.5

#: Digits that the rows tell of a formula's numbers beyond those that it is written with.
SPARE = 1.0


def facts(s: Searched, members: Sequence[int], found: Sequence[Supported]) -> list[Supported]:
    """Return short functions by which members, and what follows from them, follow from others.

    They hold in nearly all rows.

    Parameters
    ----------
    s : Searched
    members : sequence of int
    found : sequence of Supported
        Relations of the members that are known. Rows that break one are exceptions.
    """
    own = [j for j in members if _number(s, j)]
    rows = s.known(members)
    for hit in found:
        rows = rows[hit.derivation.obeys(s.x[rows].T)]
    if rows.size < FEWEST or not 1 < len(own) <= MOST:
        return []
    numbers, rows = _beside(s, own, members, rows)
    rows = rows[:: -(-rows.size // ROWS)]
    # rows on an end of a member may follow another law than all others
    most = {f.derivation.target: f.share for f in found if f.share > ALLOWED}
    exact = [*_exact(s, own, rows, most)]
    taken = [frozenset((d.target, *d.parents)) for d in (hit.derivation for hit in exact)]
    near = Nearly.of(s.x[rows[:, None], numbers])
    rounded = [
        hit
        for j in numbers
        if _made(s, j)
        for hit in _rounded(s, j, numbers, set(own), near, taken, most.get(j, ALLOWED))
    ]
    # what was found says which rows are exceptions, and what else there may be a sum of
    for hit in rounded:
        rows = rows[hit.derivation.obeys(s.x[rows].T)]
    joined = {j for f in rounded for j in (f.derivation.target, *f.derivation.parents)}
    wide = [j for j in numbers if j in joined.union(own)]
    return [*_exact(s, wide, rows, most), *rounded] if rows.size >= FEWEST else exact + rounded


def _number(s: Searched, j: int) -> bool:
    return bool(s.ordered[j] and s.distinct[j] >= VALUES and j not in s.clocks)


def _made(s: Searched, j: int) -> bool:
    return bool(j not in s.above and s.distinct[j] >= MADE)


def _beside(
    s: Searched, own: list[int], members: Sequence[int], rows: Ints
) -> tuple[list[int], Ints]:
    """Return members and other numbers that are known in most of the rows, and those rows."""
    inner = set(members)
    others = [j for j in s.order if j not in inner and j not in s.above and _number(s, j)]
    gaps = {j: np.isnan(s.x[rows, j]) for j in others}
    known, least = np.ones(rows.size, dtype=bool), max(FEWEST, KNOWN * rows.size)
    wide = [*own]
    for j in sorted(others, key=lambda j: np.count_nonzero(gaps[j])):
        if len(wide) < WIDE and np.count_nonzero(known & ~gaps[j]) >= least:
            wide, known = [*wide, j], known & ~gaps[j]
    return wide, rows[known]


def is_short(s: Searched, d: Derivation) -> bool:
    """Whether the rows tell more digits of a function's numbers than it is written with."""
    rows = s.known((d.target, *d.parents))
    rows = rows[d.obeys(s.x[rows].T)]
    rows = rows[:: max(1, rows.size // ROWS)]
    a, y, room = s.x[rows[:, None], d.parents], s.x[rows, d.target], d.room
    exact = s.room(d.target, Rounding.NONE)
    if (np.abs(y - d.rule(a.T)) <= exact).all():
        room = min(room, exact)
    return _spare(d.rule, a, y, room) >= SPARE


def _exact(
    s: Searched, numbers: list[int], rows: Ints, most: dict[int, float]
) -> Iterator[Supported]:
    """Yield the shortest sums of which all others are made, solved for each of their members."""
    x = s.x[rows[:, None], numbers]
    for weights in _circuits(x):
        used = np.flatnonzero(weights)
        for k in used:
            j, others = numbers[k], [i for i in used if i != k]
            if not _made(s, j):
                continue
            own = _decimal(-weights[others] / weights[k])
            constant = float(np.median(x[:, k] - x[:, others] @ own))
            rule = known(Linear, _written(constant, float(s.steps[j])), own)
            if rule is None or not own.all():
                continue
            hit = judged(s, j, [numbers[i] for i in others], rule, s.room(j, Rounding.NONE))
            if hit is not None and hit.share <= most.get(j, ALLOWED):
                yield judged(s, j, hit.derivation.parents, rule) or hit


def _decimal(weights: Floats) -> Floats:
    """Return weights with few decimals where they, or one over them, have such: 1 / 30."""
    for short in (round_to(weights, DECIMALS), np.round(weights, DECIMALS)):
        weights = np.where(np.abs(short - weights) <= NOTHING * np.abs(weights), short, weights)
    return weights


def _written(constant: float, step: float) -> float:
    return float(round(constant / step) * step) if step > 0 else constant


def _circuits(x: Floats) -> list[Floats]:
    """Return weights of exact sums of few columns, no shorter ones of which they are made."""
    scale = x.std(axis=0)
    inner = np.flatnonzero(scale > 0)
    z = (x[:, inner] - x[:, inner].mean(axis=0)) / scale[inner]
    if len(z) < 2 * z.shape[1] or z.shape[1] < 2:
        return []
    values, axes = np.linalg.svd(z, full_matrices=False)[1:]
    null = axes[values <= EXACT * np.sqrt(len(z))]
    k, d = null.shape
    if k == 0 or comb(d, k - 1) > CIRCUITS:
        return []
    found: dict[tuple[int, ...], Floats] = {}
    for out in combinations(range(d), k - 1):
        turn = np.linalg.svd(null[:, out].T)[2][-1] if k > 1 else np.ones(1)
        w = turn @ null
        w = np.where(np.abs(w) > NOTHING * np.abs(w).max(), w, 0.0)
        found.setdefault(tuple(np.flatnonzero(w)), w)
    kept: list[Floats] = []
    for used in sorted(found, key=lambda u: (len(u), u)):
        trial = [*kept, found[used]]
        if np.linalg.matrix_rank(np.array(trial), tol=1e-6) == len(trial):
            kept = trial
    whole = np.zeros((len(kept), x.shape[1]))
    whole[:, inner] = np.array(kept) / scale[inner]
    return [*whole]


def _rounded(
    s: Searched,
    j: int,
    numbers: list[int],
    own: set[int],
    near: Nearly,
    exact: list[frozenset[int]],
    allowed: float,
) -> Iterator[Supported]:
    """Yield short functions of few parents that are rounded to j, none of more than is needed."""
    room, k = s.room(j, Rounding.COARSE), numbers.index(j)
    y, taken = near.x[:, k], [m - {j} for m in exact if j in m]
    for used, logs in near.few(k, room):
        parents = [numbers[i] for i in used]
        if any(t.issubset(parents) for t in taken) or own.isdisjoint((j, *parents)):
            continue
        if any(s.depends(i, j) for i in parents):
            continue
        a = near.x[:, used]
        some = (y != 0) & (a != 0).all(axis=1)
        rule = simple_product(a[some], y[some], room, ALLOWED) if logs else _line(a, y, room)
        if rule is None:
            continue
        taken.append(frozenset(parents))
        hit = _fact(s, j, parents, rule, (a, y), allowed)
        if hit is not None:
            yield hit


def _line(a: Floats, y: Floats, room: float) -> Linear | None:
    """Return a linear function of simple numbers that fits every row but exceptions."""
    each = np.full(y.size, room)
    obeys = explained(a, y, each, ALLOWED)
    if obeys is None:
        return None
    a, y = a[obeys], y[obeys]
    constant, weights = simple(a, y, each[obeys])
    fits = (np.abs(y - constant - a @ weights) <= room).all() and weights.all()
    return known(Linear, constant, weights) if fits else None


def _fact(
    s: Searched,
    j: int,
    parents: list[int],
    rule: Function,
    rows: tuple[Floats, Floats],
    allowed: float,
) -> Supported | None:
    """Return a function as a fact, if it is short, holds in nearly all rows, and not by chance."""
    a, y = rows
    room = s.room(j, Rounding.COARSE)
    obeys = np.abs(y - rule(a.T)) <= room
    if _spare(rule, a[obeys], y[obeys], room) < SPARE or halfway(y, rule(a.T), float(s.steps[j])):
        return None
    tries = (len(parents) + 1) * float(np.log(len(s.variables)))
    different = DIFFERENT_ROUNDED if s.coarse(j) else DIFFERENT
    if by_chance(a, y, obeys, tries, different):
        return None
    hit = judged(s, j, parents, rule, room)
    return hit if hit is not None and hit.share <= allowed else None


def _spare(rule: Function, a: Floats, y: Floats, room: float) -> float:
    """Return how many digits of its numbers the rows tell beyond those that they have."""
    left, spare = y - rule(a.T), 0.0
    if isinstance(rule, Linear) and not rule.constant and (np.abs(rule.weights) == 1).all():
        # no number is in it
        return SPARE
    if isinstance(rule, Product):
        if rule.factor == 1:
            return SPARE
        return _beyond(rule.factor, rule(a.T) / rule.factor, left, room)
    if not isinstance(rule, Linear):
        return 0.0
    if rule.constant:
        spare += _beyond(rule.constant, np.ones(y.size), left, room)
    return spare + sum(_beyond(w, a[:, k], left, room) for k, w in enumerate(rule.weights))


def _beyond(number: float, a: Floats, left: Floats, room: float) -> float:
    """Return the digits that rows tell of a number with that slope, less those that it has."""
    low, high = between(a, left, room)
    told = np.log10(abs(number) / max(high - low, 1e-15 * abs(number)))
    return float(told) - min(written(number), written(1.0 / number))
