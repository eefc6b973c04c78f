"""Find step functions of one parent: the group of an age, the price of a product."""

from collections.abc import Collection

import numpy as np
from scipy.special import gammaln, logsumexp

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.rules.identity.kinds import Lookup
from copulasynth.rules.identity.pursuit import EVIDENCE, simplest
from copulasynth.rules.identity.searched import Searched
from copulasynth.rules.identity.settle import ALLOWED, LEFT

__all__ = ["candidates", "clear", "lookup", "nearly", "rounded"]

#: An ordered parent of more values than this has two runs a value of the target and no more,
#: unless this many rows to a value show that each decides: else a noisy threshold would pass.
STEPS, ROWS = 60, 3

#: Rows to a value of the parent that let one see which of them are exceptions.
CLEAR = 10

#: Rows of a parent that are looked at first: so many stretches of neighbours, so long.
STRETCHES, LENGTH = 8, 32

#: Share of neighbours of one parent value that differ for a rule with exceptions.
DIFFER = 0.15

#: Neighbours of one parent value that agree, from which on that says something.
AGREE = 5

#: Part of the distance between two values by which an edge lies aside of a simple number.
ASIDE = 1e-3

#: Changes that exceptions may make among the rows that are looked at first.
EXCEPTED = 4

#: Most rows that are sorted to find neighbours.
SORTED = 20_000


def candidates(s: Searched, parents: Collection[int]) -> dict[int, Bools]:
    """Return for each parent which variables may be step functions of it.

    Neighbours in the order of the parent show it for all variables at once: those with the same
    value of the parent agree in a function, and there are few changes between others.
    """
    every = max(1, len(s.x) // SORTED)
    x = s.x[::every]
    found = {}
    for i in parents:
        wrong, agree, changes, told = _neighbours(x, x[:, i])
        found[i] = (wrong <= DIFFER * agree) & ((agree >= AGREE) | (changes < told / 2))
        if _fine(bool(s.ordered[i]), int(s.distinct[i]), len(s.x)):
            found[i] &= changes <= 2 * (s.distinct - 1) + EXCEPTED
    return found


def _fine(ordered: bool, values: int, rows: int) -> bool:
    """Whether a parent has so many values that no single one of them shows anything."""
    return ordered and values > STEPS and rows < ROWS * values


def _neighbours(x: Floats, a: Floats) -> tuple[Ints, Ints, Ints, Ints]:
    """Return how often neighbours in the order of a differ, (d,).

    Those with the same value of a that differ and that agree, then all that differ, and all.
    """
    order = np.argsort(a, kind="stable")[: np.count_nonzero(~np.isnan(a))]
    starts = np.linspace(0, max(0, order.size - LENGTH - 1), STRETCHES).astype(np.int64)
    first = np.unique(starts[:, None] + np.arange(LENGTH))
    first = first[first < order.size - 1]
    one, other = x[order[first]], x[order[first + 1]]
    same = (a[order[first]] == a[order[first + 1]])[:, None]
    told = ~np.isnan(one) & ~np.isnan(other)
    changes = told & (one != other)
    counted = (changes & same, told & same & ~changes, changes, told)
    wrong, agree, differ, every = (c.sum(axis=0) for c in counted)
    return wrong, agree, differ, every


def lookup(a: Floats, y: Floats, ordered: bool, levels: int, tries: float) -> Lookup | None:
    """Return y as a step function of a, unless it is none or its steps may be chance.

    A run of m rows is of one value by chance with probability sum_v p_v^m; placing R runs adds
    the choice of R - 1 edges among the values of the parent.
    """
    order = np.lexsort((y, a))
    a, y = a[order], y[order]
    new, ends = np.diff(a) > 0, np.flatnonzero(np.diff(y))
    if not new[ends].all():
        return None
    values = np.count_nonzero(new) + 1
    # one value of many rows, such as a zero, says nothing of the values of a row each
    rows = np.median(np.diff(np.concatenate([[0], np.flatnonzero(new) + 1, [y.size]])))
    if ordered and values > STEPS and rows < ROWS and len(ends) > 2 * (levels - 1):
        return None
    cost = float(len(ends) * np.log(values))
    # the values themselves were free to be chosen once
    if _by_chance(y, ends) + cost + np.log(y.size) + tries > EVIDENCE:
        return None
    if len(ends) > 2 * (levels - 1) and _by_chance(*_without_longest(y, ends)) + cost > 0:
        # a pile of rows, such as those without a claim, speaks for no step among the others
        return None
    return Lookup(edges=(a[ends] + a[ends + 1]) / 2, values=y[np.append(ends, y.size - 1)])


def rounded(rule: Lookup, a: Floats, step: float) -> Lookup:
    """Return steps whose edges are simple numbers, where no value of the parent says more.

    Whether a number that is an edge belongs to what lies above it, as in 18-24, or below, those
    edges tell whose number some row has; above, if none does.
    """
    values = np.unique(a)
    at = np.searchsorted(values, rule.edges)
    low, high = values[at - 1], values[at]
    number = np.array([simplest(*ends) for ends in zip(low.tolist(), high.tolist(), strict=True)])
    below = np.count_nonzero(number == low) > np.count_nonzero(number == high)
    up = ((number == low) | below) & (number < high)
    aside = np.minimum(step / 2, ASIDE * (high - low))
    # numbers without a grid may lie next to an edge; one on it belongs to what lies below
    near = number + np.where(up, aside, -aside) if step else np.where(up, number, _below(number))
    edges = np.where(high - low > 1.5 * step, near, rule.edges)
    return Lookup(edges, rule.values) if (np.diff(edges) > 0).all() else rule


def _below(x: Floats) -> Floats:
    return np.asarray(np.nextafter(x, -np.inf))


def _by_chance(y: Floats, ends: Ints) -> float:
    """Return the log chance that rows between the ends of runs are of one value each."""
    lengths = np.diff(np.concatenate([[0], ends + 1, [y.size]]))
    p = np.unique(y, return_counts=True)[1] / y.size
    different, times = np.unique(lengths, return_counts=True)
    # sums over values can be long, so each length is taken once
    return sum(float(t * logsumexp(m * np.log(p))) for m, t in zip(different, times, strict=True))


def _without_longest(y: Floats, ends: Ints) -> tuple[Floats, Ints]:
    """Return values and ends of runs without the longest run."""
    starts, stops = np.append(0, ends + 1), np.append(ends + 1, y.size)
    k = int(np.argmax(stops - starts))
    length = stops[k] - starts[k]
    left = np.concatenate([stops[:k], stops[k + 1 :] - length]) - 1
    return np.delete(y, slice(starts[k], stops[k])), left[:-1]


def clear(rows: int, values: int) -> bool:
    """Whether so many values of a parent have rows enough to show which are exceptions."""
    return rows >= CLEAR * values


def nearly(a: Floats, y: Floats, tries: float) -> Lookup | None:
    """Return what most rows of each value of a have, if all but a few rows follow it."""
    values, row = np.unique(a, return_inverse=True)
    levels, column = np.unique(y, return_inverse=True)
    if not clear(y.size, values.size) or values.size * levels.size > 50 * y.size:
        return None
    counts: Ints = np.bincount(row * levels.size + column, minlength=values.size * levels.size)
    counts = counts.reshape(values.size, levels.size)
    best = np.argmax(counts, axis=1)
    obey = counts[np.arange(values.size), best]
    broken, p = y.size - int(obey.sum()), counts.sum(axis=0) / y.size
    if not 0 < broken <= min(ALLOWED, LEFT * (1.0 - p.max())) * y.size:
        return None
    chance = float(obey @ np.log(p[best])) + values.size * np.log(levels.size)
    chance += gammaln(y.size + 1) - gammaln(broken + 1) - gammaln(y.size - broken + 1)
    if chance + tries > EVIDENCE:
        return None
    ends = np.flatnonzero(np.diff(best))
    return Lookup((values[ends] + values[ends + 1]) / 2, levels[best[np.append(ends, -1)]])
