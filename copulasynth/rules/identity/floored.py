"""Find numbers that are functions of others down to a floor, or up to a cap.

Minutes beyond those included are max(0, minutes - included), a payment is what exceeds the
deductible, a fee is a share but at least 1. Among the rows off the floor such a number is a linear
function or a product. The rows on it agree where the function lies beyond the floor there; else
they are exceptions, all with one value.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from copulasynth.rules.identity.numbers import Numbers
from copulasynth.rules.identity.searched import FEWEST, Rounding, Searched, Supported, judged
from copulasynth.rules.identity.settle import ALLOWED
from copulasynth.rules.identity.spanned import folded_spans
from copulasynth.rules.identity.wording import words
from copulasynth.rules.words.formula import expressed
from copulasynth.rules.words.reading import name_in

__all__ = ["floored", "floors"]

#: Share of the rows that lie on a floor, at least, and off it.
ON, OFF = 0.02, 0.01

#: Share of the rows that may lie on an end which the function does not know.
ON_END = 0.7

#: Rows on which all other numbers are tried first, for themselves and for each of these, the ridge
#: of their correlations, and what they may leave of the variance.
TRIED, TRIED_EACH, RIDGE, UNEXPLAINED = 300, 3, 1e-6, 0.35

#: A number has at least so many values beside its floor.
VALUES = 10


def floors(s: Searched) -> list[int]:
    """Return the numbers, by name, that many rows share the least or the greatest value of."""
    wide = [j for j in s.targets if s.ordered[j] and s.distinct[j] > VALUES]
    return [j for j in wide if any(True for _ in _ends(s, j))]


def floored(s: Searched, j: int) -> Supported | None:
    """Return j as the maximum or minimum of a constant and a function of others, if it is one."""
    for end, fold in _ends(s, j):
        of_times = folded_spans(s, j, end, fold)
        span = next((f for f in of_times if f.share <= ALLOWED and _agrees(s, f, end)), None)
        if span is not None:
            return span
        ways = [logs for logs in (False, True) if _explained(s, j, end, logs)]
        if not ways:
            continue
        # rows on the end say nothing of it: what is 0 there may be a factor elsewhere
        off = replace(s, x=np.asfortranarray(s.x[s.x[:, j] != end]))
        for logs in ways:
            numbers = Numbers.of(off, logs, targets=(j,))
            hit = numbers.relation(off, j, Rounding.FINE) if j in numbers.likely else None
            found = None if hit is None else _folded(s, hit, end, fold) or _apart(s, hit)
            if found is not None:
                return found
    return None


def _agrees(s: Searched, found: Supported, end: float) -> bool:
    """Whether the rows on an end lie there by the function too."""
    d = found.derivation
    rows = s.known((d.target, *d.parents))
    on = rows[s.x[rows, d.target] == end]
    return on.size >= FEWEST and float(np.mean(d.obeys(s.x[on].T))) > 1 - ALLOWED


def _explained(s: Searched, j: int, end: float, logs: bool) -> bool:
    """Whether all other numbers explain most of j off its end, or of its logarithm."""
    others = [i for i in s.parents(j) if s.ordered[i]]
    rows = np.flatnonzero(~np.isnan(s.x[:, j]) & (s.x[:, j] != end))
    rows = rows[:: max(1, rows.size // (TRIED + TRIED_EACH * len(others)))]
    x = s.x[rows[:, None], [j, *others]]
    if logs:
        x = np.log(np.where(x == 0, np.nan, np.abs(x)))
    with np.errstate(all="ignore"):
        known = ~np.isnan(x)
        x = np.where(known, x - np.nansum(x, axis=0) / np.maximum(known.sum(axis=0), 1), 0.0)
        x = x / np.maximum(np.sqrt((x**2).mean(axis=0)), np.finfo(float).tiny)
    if not np.isfinite(x).all():
        return True
    y, a = x[:, 0], x[:, 1:]
    products = a.T @ a + RIDGE * len(x) * np.eye(len(others))
    left = y - a @ np.linalg.solve(products, a.T @ y)
    return bool((left**2).mean() <= UNEXPLAINED)


def _ends(s: Searched, j: int) -> Iterator[tuple[float, str]]:
    """Yield the least value, if many rows have it, and the greatest, each with what folds there."""
    y = s.x[:, j]
    y = y[~np.isnan(y)]
    for end, fold in ((float(y.min()), "max"), (float(y.max()), "min")):
        on = np.count_nonzero(y == end)
        if max(FEWEST, ON * y.size) <= on <= min((1 - OFF) * y.size, y.size - 2 * FEWEST):
            yield end, fold


def _folded(s: Searched, hit: Supported, end: float, fold: str) -> Supported | None:
    """Return what was found off the floor with its floor, if the rows on the floor agree."""
    d = hit.derivation
    names = [v.name for v in s.variables]
    inner = words(d, names).removeprefix(f"{name_in(names[d.target])} = ")
    number = f"{end:.0f}" if end == round(end) and abs(end) < 1e15 else repr(end)
    rule = expressed(f"{fold}({number}, {inner})", tuple(names[i] for i in d.parents))
    found = None if rule is None else judged(s, d.target, d.parents, rule, d.room)
    if found is None or found.share > ALLOWED:
        return None
    # a function that never goes beyond is none with a floor
    rows = s.known((d.target, *d.parents))
    y, made = s.x[rows, d.target], d.rule(s.x[rows].T[list(d.parents)])
    on = y == end
    beyond = np.abs(made - end) > max(d.room, float(s.steps[d.target]))
    agree = float(np.mean(found.derivation.obeys(s.x[rows[on]].T)))
    return found if np.count_nonzero(on & beyond) >= FEWEST and agree > 1 - ALLOWED else None


def _apart(s: Searched, hit: Supported) -> Supported | None:
    """Return what was found off the end with the rows on it as exceptions, if none else are.

    A total is 0 where a stay was cancelled, whatever its price and length.
    """
    d = hit.derivation
    found = judged(s, d.target, d.parents, d.rule, d.room)
    return found if found is not None and hit.share == 0 and found.share <= ON_END else None
