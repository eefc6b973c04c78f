"""Steps of a fine number that a few rows break: a class that was typed in wrongly here and there.

Rows that break steps are short runs within long ones, in the order of the parent. Where they stand
about the edges, a dependence without a step made them, and those are no steps.
"""

import numpy as np
from scipy.special import bdtr, gammaln

from copulasynth._arrays import Floats, Ints
from copulasynth.rules.identity.kinds import Lookup
from copulasynth.rules.identity.pursuit import EVIDENCE
from copulasynth.rules.identity.settle import ALLOWED, LEFT

__all__ = ["spoilt"]

#: Exceptions to steps stand anywhere: half of them further from an edge than so many rows for each
#: of them, and than one over so many of the rows of a value.
AROUND, NEAR = 2, 20

#: So few of them lie in the longest run by chance, at least.
ONE_SIDE = 0.05


def spoilt(a: Floats, y: Floats, tries: float) -> Lookup | None:
    """Return y as a few steps of a, if all but a few rows follow them, wherever these stand."""
    order = np.lexsort((y, a))
    a, y = a[order], y[order]
    levels, code = np.unique(y, return_inverse=True)
    p = np.bincount(code) / y.size
    most = min(ALLOWED, LEFT * (1.0 - p.max())) * y.size
    if np.count_nonzero(np.diff(code)) > 2 * (most + levels.size):
        return None
    steps = _steps(a, code, levels.size)
    if steps is None:
        return None
    edges, values = steps
    run = np.searchsorted(edges, a)
    wrong = np.flatnonzero(values[run] != code)
    # a level that only exceptions have is one that the steps do not know
    if not 0 < wrong.size <= most or np.unique(values).size < levels.size:
        return None
    apart = np.abs(wrong[:, None] - np.searchsorted(a, edges)).min(axis=1)
    if np.median(apart) < max(AROUND * wrong.size, y.size / (NEAR * values.size)):
        return None
    if _on_one_side(run, wrong, p[values]) or _by_chance(code, run, wrong, p, tries):
        return None
    return Lookup(edges, levels[values])


def _steps(a: Floats, code: Ints, levels: int) -> tuple[Floats, Ints] | None:
    """Return edges along a, and the level between them, without the shortest runs; None if many."""
    kept = _long(code, 2 * levels - 1)
    ends = None if kept is None else kept[np.flatnonzero(np.diff(code[kept]))]
    if kept is None or ends is None or not ends.size:
        return None
    starts = kept[np.searchsorted(kept, ends) + 1]
    edges = np.array([_parting(a, code, *e) for e in zip(ends, starts, strict=True)])
    values = code[np.append(ends, kept[-1])]
    return (edges, values) if (np.diff(edges) > 0).all() else None


def _by_chance(code: Ints, run: Ints, wrong: Ints, p: Floats, tries: float) -> bool:
    """Whether so many rows would follow so many steps by chance, with the choice of the others."""
    n, right = code.size, np.delete(code, wrong)
    cost = run[-1] * np.log(n) + gammaln(n + 1) - gammaln(wrong.size + 1) - gammaln(right.size + 1)
    if np.log(p[right]).sum() + cost + np.log(n) + tries > EVIDENCE:
        return True
    # a pile of rows speaks for no steps among the others
    rest = right[np.delete(run, wrong) != np.bincount(run).argmax()]
    share = np.bincount(rest)[rest] / max(rest.size, 1)
    return bool(run[-1] > 1 and np.log(share).sum() + cost > 0)


def _on_one_side(run: Ints, wrong: Ints, p: Floats) -> bool:
    """Whether hardly any exception lies in the longest run: the others then follow no steps.

    Values that came by themselves differ from those of a run as often as they are others, which
    has the chances 1 - p in the runs.
    """
    sizes = np.bincount(run, minlength=p.size)
    k, expected = int(sizes.argmax()), sizes * (1 - p)
    inside = np.count_nonzero(run[wrong] == k)
    return bool(bdtr(inside, wrong.size, expected[k] / expected.sum()) < ONE_SIDE)


def _long(code: Ints, most: int) -> Ints | None:
    """Return the rows that make no more than so many runs, once the shortest ones are left out."""
    rows, allowed, length = np.arange(code.size), (1 - ALLOWED) * code.size, 0
    while rows.size >= allowed:
        ends = np.append(np.flatnonzero(np.diff(code[rows])), rows.size - 1)
        if ends.size <= most:
            return rows
        long = np.diff(ends, prepend=-1)
        length = max(length + 1, int(long.min()))
        rows = rows[np.repeat(long > length, long)]
    return None


def _parting(a: Floats, code: Ints, end: int, start: int) -> float:
    """Return the edge between two long runs that the fewest rows between them lie beyond."""
    between = code[end : start + 1]
    new = np.flatnonzero(np.diff(a[end : start + 1]) > 0)
    if not new.size:
        return float(a[end])
    # rows up to k lie before the edge, and those from k + 1 on behind it
    before = np.cumsum(between != code[end])[new]
    behind = np.cumsum((between != code[start])[::-1])[::-1][new + 1]
    k = end + int(new[np.argmin(before + behind)])
    return float(a[k] + a[k + 1]) / 2
