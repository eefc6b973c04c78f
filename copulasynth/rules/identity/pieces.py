"""Find numbers that are piecewise linear in another: a tax by brackets, a price in tiers.

In the order of the other number, each row lies on the line through its neighbours but at a few
kinks. Lines are laid from the lowest value on, each as far as it holds; where two meet is a kink.
"""

import itertools
from collections.abc import Callable

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity.kinds import Lookup
from copulasynth.rules.identity.lookups import rounded
from copulasynth.rules.identity.pursuit import simplest
from copulasynth.rules.identity.searched import Searched, Supported, judged
from copulasynth.rules.identity.settle import ALLOWED, by_chance, explained, settled
from copulasynth.rules.words.formula import Expression, expressed
from copulasynth.rules.words.reading import name_in

__all__ = ["pieced", "pieces"]

#: Most lines, and values that a number and its parent need.
LINES, VALUES = 9, 20

#: Stretches of neighbours that are looked at first, so long, of so many rows; and the share of
#: them that lie on a line, at least so many.
STRETCHES, LENGTH, SORTED, STRAIGHT, SEEN = 8, 32, 20_000, 0.7, 16

#: Rows that a line begins with, the last one, and rows by which it is tried how far it holds; how
#: many times as many of all rows may miss it then.
BEGIN, LAST, TRIED, LOOSE = 8, 3, 400, 2.0

#: Lines that do not meet are so many times the room apart somewhere.
JUMP = 4.0

_Line = tuple[float, float]


def pieced(s: Searched) -> tuple[list[int], Callable[[Searched, int], Supported | None]]:
    """Return which numbers may be piecewise linear in another, and how to find it."""
    numbers = [j for j in s.order if s.ordered[j] and s.distinct[j] > VALUES and j not in s.clocks]
    hopeful = {i: _straight(s, i) for i in numbers}
    tries = 2 * float(np.log(len(s.variables)))

    def search(s: Searched, j: int) -> Supported | None:
        for i in numbers:
            if hopeful[i][j] and not s.depends(i, j):
                hit = pieces(s, j, i, tries)
                if hit is None:
                    continue
                turned = i not in s.above and not s.depends(j, i) and hopeful[j][i]
                other = pieces(s, i, j, tries) if turned else None
                # of two ways the one with shorter numbers is how the table was made
                return hit if other is None or _length(hit) <= _length(other) else other
        return None

    targets = [j for j in s.targets if j in hopeful and any(hopeful[i][j] for i in numbers)]
    return targets, search


def _length(hit: Supported) -> int:
    """Return how long a formula is, whatever its column is called."""
    rule = hit.derivation.rule
    return len(rule.text.replace(name_in(rule.names[0]), "")) if isinstance(rule, Expression) else 0


def _straight(s: Searched, i: int) -> Bools:
    """Return which variables lie on lines through neighbours in the order of i."""
    x = s.x[:: max(1, len(s.x) // SORTED)]
    x = x[~np.isnan(x[:, i])]
    a, first = np.unique(x[:, i], return_index=True)
    starts = np.linspace(0, max(0, first.size - LENGTH - 2), STRETCHES).astype(np.int64)
    at = np.unique(starts[:, None] + np.arange(LENGTH))
    at = at[at < first.size - 2]
    low, middle, high = (x[first[at + k]] for k in range(3))
    part = ((a[at + 1] - a[at]) / (a[at + 2] - a[at]))[:, None]
    room = 2 * np.array([s.room(j) for j in range(len(s.variables))])
    told = ~np.isnan(low + middle + high) & ((low != middle) | (middle != high))
    miss = np.abs(middle - low - part * (high - low)) > room
    right, every = np.count_nonzero(told & ~miss, axis=0), np.count_nonzero(told, axis=0)
    found = (right >= STRAIGHT * every) & (right >= SEEN) & s.ordered & (s.distinct > VALUES)
    found[i] = False
    return np.asarray(found)


def pieces(s: Searched, j: int, i: int, tries: float) -> Supported | None:
    """Return j as a continuous piecewise linear function of i, if it is one and no chance."""
    rows = s.known((i, j))
    if not s.enough(rows.size, j):
        return None
    rows = rows[np.argsort(s.x[rows, i], kind="stable")][:: max(1, rows.size // SORTED)]
    x, y, room = s.x[rows, i], s.x[rows, j], s.room(j)
    lines = _lines(x, y, room)
    kinks = _kinks(lines, x, room)
    jumps = None if kinks is not None else _jumps(lines, x, y, room, float(s.steps[i]))
    name = s.variables[i].name
    if kinks is not None:
        text, beyond = _written(name_in(name), lines, kinks), _bent(x, kinks)
    elif jumps is not None:
        text, beyond = _stepped(name_in(name), lines, jumps), _apart(x, jumps)
    else:
        return None
    rule = expressed(text, (name,))
    found = None if rule is None else judged(s, j, (i,), rule, room)
    if rule is None or found is None or found.share > ALLOWED:
        return None
    obeys = np.abs(y - rule(x[None])) <= room
    chosen = tries + (len(lines) - 1) * float(np.log(y.size))
    return None if by_chance(np.column_stack([x, *beyond]), y, obeys, chosen) else found


def _bent(x: Floats, kinks: list[float]) -> list[Floats]:
    return [np.maximum(0.0, x - kink) for kink in kinks]


def _apart(x: Floats, jumps: list[float]) -> list[Floats]:
    behind = [(x >= at).astype(np.float64) for at in jumps]
    return [*behind, *(x * own for own in behind)]


def _lines(x: Floats, y: Floats, room: float) -> list[_Line]:
    """Return lines that follow each other along x, none if there are too many."""
    lines: list[_Line] = []
    start = 0
    while y.size - start >= LAST:
        if len(lines) > LINES:
            return []
        stop = _reach(x, y, room, start)
        last = y.size - start < BEGIN
        fit = None
        if stop > start:
            own = slice(start, stop)
            # a line holds a little beyond its kink, for a few rows may miss it
            most = LOOSE * _allowed(stop - start)
            fit = settled(x[own, None], y[own], np.full(stop - start, room), most)
        if fit is None:
            return lines if last else []
        line = fit[0], float(fit[1][0])
        if lines[-1:] != [line]:
            lines.append(line)
        start = stop
    return lines


def _allowed(rows: int) -> float:
    """Return the share of the rows of a line that may miss it: one of a few."""
    return max(ALLOWED, 1.0 / rows if rows >= BEGIN else 0.0)


def _reach(x: Floats, y: Floats, room: float, start: int) -> int:
    """Return behind which row the line from one on ends, that row itself if there is no line."""

    def holds(stop: int) -> bool:
        own = slice(start, stop, max(1, (stop - start) // TRIED))
        a, b = x[own, None], y[own]
        if a[0] == a[-1]:
            return True
        return explained(a, b, np.full(b.size, room), _allowed(b.size)) is not None

    good = min(start + BEGIN, y.size)
    if not holds(good):
        return start
    bad = good + 1
    while bad < y.size and holds(bad):
        good, bad = bad, min(start + 2 * (bad - start), y.size)
    if holds(y.size):
        return y.size
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


def _kinks(lines: list[_Line], x: Floats, room: float) -> list[float] | None:
    """Return where lines meet, as simple numbers; None if some do not meet in their order."""
    kinks: list[float] = []
    for (c, w), (constant, weight) in itertools.pairwise(lines):
        if w == weight:
            return None
        at, blur = (c - constant) / (weight - w), room / abs(weight - w)
        kinks.append(simplest(at - blur, at + blur))
    ends = [float(x[0]), *kinks, float(x[-1])]
    return kinks if kinks and (np.diff(ends) > 0).all() else None


def _jumps(
    lines: list[_Line], x: Floats, y: Floats, room: float, step: float
) -> list[float] | None:
    """Return where each line but the first begins, if some begin apart from where others end.

    A line that is laid a little beyond its end leaves it to the rows where it ends: where the
    fewest before miss it, and the fewest behind miss the next.
    """
    if len(lines) < 2 or not any(w for _, w in lines):
        return None
    missed = [np.abs(y - c - w * x) > room for c, w in lines]
    new = np.flatnonzero(np.diff(x) > 0)
    ends = [0]
    for before, behind in itertools.pairwise(missed):
        left = new[new >= ends[-1]]
        if not left.size:
            return None
        wrong = np.cumsum(before)[left] + np.cumsum(behind[::-1])[::-1][left + 1]
        ends.append(int(left[wrong.argmin()]))
    rows = np.diff([*ends, x.size])
    edges = np.array([(x[k] + x[k + 1]) / 2 for k in ends[1:]])
    if rows.min() < BEGIN or (np.diff(edges) <= 0).any():
        return None
    edges = rounded(Lookup(edges, np.arange(float(len(lines)))), x, step).edges
    # a number that lies just below its edge is where the line behind it begins
    at = [simplest(e, e + step) if step else float(np.nextafter(e, np.inf)) for e in edges]
    gaps = [
        abs(c + w * e - constant - weight * e)
        for e, (c, w), (constant, weight) in zip(at, lines[:-1], lines[1:], strict=True)
    ]
    return at if max(gaps) > JUMP * room else None


def _stepped(name: str, lines: list[_Line], jumps: list[float]) -> str:
    """Return the function as a formula: a line, and what is added from each jump on."""
    terms = [_line(*lines[0], name)] if any(lines[0]) else []
    for at, (c, w), (constant, weight) in zip(jumps, lines[:-1], lines[1:], strict=True):
        more = _line(_short(constant - c), _short(weight - w), name)
        more = f"({more})" if " " in more else more
        terms.append(f"{more} * step({name}, {_plain(at)})")
    return " + ".join(terms)


def _line(constant: float, weight: float, name: str) -> str:
    if not weight:
        return _plain(constant)
    sign = "-" if constant < 0 else "+"
    more = f" {sign} {_plain(abs(constant))}" if constant else ""
    return f"{_plain(weight)} * {name}{more}"


def _short(x: float) -> float:
    return float(f"{x:.12g}")


def _written(name: str, lines: list[_Line], kinks: list[float]) -> str:
    """Return the function as a formula: a line, and what changes from each kink on."""
    constant, weight = lines[0]
    terms = [(constant, ""), (weight, f" * {name}")]
    for kink, (_, before), (_, behind) in zip(kinks, lines[:-1], lines[1:], strict=True):
        beyond = f"{name} - {_plain(kink)}" if kink >= 0 else f"{name} + {_plain(-kink)}"
        terms.append((_short(behind - before), f" * max(0, {beyond})"))
    shown = [f"{'-' if w < 0 else '+'} {_plain(abs(w))}{of}" for w, of in terms if w]
    shown.sort(key=lambda term: term[0] == "-")
    return " ".join(shown).removeprefix("+ ")


def _plain(x: float) -> str:
    return f"{x:.0f}" if x == round(x) and abs(x) < 1e15 else repr(x)
