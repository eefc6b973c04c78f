"""Find columns that are parts of a time, or functions of one: hours, names of months, weekends.

A part with few values is tried before one with many, so that a weekend follows from the weekday and
not from the date. Numbers that count on from a part hold for parts that were never seen as well.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.identity import lookups
from copulasynth.rules.identity.dated import COUNTED, PARTS, TIMES, Dated, named_periods, part_of
from copulasynth.rules.identity.elapsed import elapsed, elapsing
from copulasynth.rules.identity.kinds import Linear, Lookup, known
from copulasynth.rules.identity.searched import Searched, Supported, commonest, judged
from copulasynth.rules.identity.settle import ALLOWED, by_chance, settled

__all__ = ["dated_as", "dating"]

#: Rows on which every part of a time is tried first, and neighbours of one part that must agree.
TRIED, AGREE = 400, 5

#: Share of those rows that may break what a function of a part would show.
LOOSE = 0.15

#: A part from which others are looked up has fewer values than its time, by this share.
COARSE = 0.9

#: Decimals of constants.
DECIMALS = 9

#: Relative error of slopes and values.
TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _Hopeful:
    """A part of a time, and the coordinates that may follow from it."""

    part: str
    parent: int
    values: int
    shifted: Bools
    listed: Bools


def dating(s: Searched) -> tuple[list[int], Callable[[Searched, int], Supported | None]]:
    """Return which variables may follow from a part of a time, and how to find it."""
    found = [h for i in s.order if i in s.clocks for h in _hopeful(s, i)]
    found.sort(key=lambda h: h.values)
    tries = float(np.log(max(len(found), 1)) + 2 * np.log(len(s.variables)))

    def search(s: Searched, j: int) -> Supported | None:
        # what counts on holds for parts that no row has, so it is tried first
        ways = [(h, True) for h in found if h.shifted[j]]
        ways += [(h, False) for h in found if h.listed[j]]
        best: Supported | None = None
        part, rows = "", int(np.count_nonzero(~np.isnan(s.x[:, j])))
        for h, counting in ways:
            if s.depends(h.parent, j) or (part and h.part != part):
                continue
            hit = dated_as(s, j, h.parent, h.part, tries, counting)
            if hit is not None and (best is None or _better(hit, best)):
                best = hit
                # of two times with the same part the one that is there in more rows is asked
                part = h.part if hit.obey == hit.told else ""
            if best is not None and best.obey == rows:
                break
        return best

    hopeful = np.zeros(len(s.variables), dtype=np.bool_)
    for h in found:
        hopeful |= h.shifted | h.listed
    counting = elapsing(s)

    def either(s: Searched, j: int) -> Supported | None:
        part = search(s, j) if hopeful[j] else None
        if j not in counting or (part is not None and _whole(s, part)):
            return part
        # days over the length of a year are nearly an age
        age = elapsed(s, j)
        return part if age is None else age

    return [j for j in s.targets if hopeful[j] or j in counting], either


def _better(one: Supported, other: Supported) -> bool:
    return (one.share, -one.told) < (other.share, -other.told)


def _hopeful(s: Searched, i: int) -> list[_Hopeful]:
    """Return the parts of time i that a few rows show others to follow from."""
    per_day, origin, _ = s.clocks[i]
    rows = np.flatnonzero(~np.isnan(s.x[:, i]))
    rows = rows[:: max(1, rows.size // TRIED)]
    x = s.x[rows]
    days = (x[:, i] - origin) / per_day
    others = np.arange(x.shape[1]) != i
    untimed = np.array([j not in s.clocks for j in range(x.shape[1])])
    rooms = np.array([s.room(j) for j in range(x.shape[1])])
    found = []
    for part in PARTS:
        p = part_of(days, part)
        values = np.unique(p[~np.isnan(p)]).size
        if values < 2 or (part in TIMES and np.abs(p - days).max() < TINY):
            continue
        order = np.argsort(p, kind="stable")
        fits = others & s.ordered & (untimed | (part in TIMES))
        shifted = fits & _shifted(x[order], p[order], rooms)
        # what is as fine as the time itself says no more than a list of its values
        coarse = part in COUNTED and values < COARSE * np.unique(days).size
        listed = others & untimed & coarse & _listed(x[order], p[order])
        if shifted.any() or listed.any():
            found.append(_Hopeful(part, i, values, shifted, listed))
    return found


def _shifted(x: Floats, p: Floats, room: Floats) -> Bools:
    """Return which columns change with a part at one rate, rows in its order, (d,)."""
    half = len(p) // 2
    run = (p[half : 2 * half] - p[:half])[:, None]
    rise = x[half : 2 * half] - x[:half]
    with np.errstate(all="ignore"):
        told = ~np.isnan(rise) & (run > 0)
        rates = np.sort(np.where(told, rise / run, np.nan), axis=0)
        middle = np.maximum(np.count_nonzero(told, axis=0) - 1, 0) // 2
        rate = rates[middle, np.arange(rates.shape[1])] if half else np.nan
        miss = np.abs(rise - rate * run) > 2 * room + TINY * np.abs(rise)
    right = np.count_nonzero(told & ~miss, axis=0)
    wrong = np.count_nonzero(told & miss, axis=0)
    return np.asarray((wrong <= LOOSE * right) & (right >= AGREE))


def _listed(x: Floats, p: Floats) -> Bools:
    """Return which columns have one value for each of a part, rows in its order, (d,)."""
    same = (np.diff(p) == 0)[:, None] & ~np.isnan(x[1:]) & ~np.isnan(x[:-1])
    differ = same & (x[1:] != x[:-1])
    agree = np.count_nonzero(same & ~differ, axis=0)
    wrong = np.count_nonzero(differ, axis=0)
    return np.asarray((wrong <= LOOSE * agree) & (agree >= AGREE))


def dated_as(
    s: Searched, j: int, i: int, part: str, tries: float, counting: bool
) -> Supported | None:
    """Return j as a function of a part of time i, if it is one and that is no chance.

    With `counting` it is a number that counts on from the part, else any function of it.
    """
    per_day, origin, _ = s.clocks[i]
    rows = s.known((i, j))
    if not s.enough(rows.size, j):
        return None
    p, y = part_of((s.x[rows, i] - origin) / per_day, part), s.x[rows, j]
    if np.isnan(p).any():
        return None
    rule: Linear | Lookup | None = None
    if counting:
        rule = _counting(s, j, part, p, y, tries)
    elif part in COUNTED and j not in s.clocks:
        rule = lookups.lookup(p, y, False, int(s.distinct[j]), tries)
        rule = lookups.nearly(p, y, tries) if rule is None else rule
    if rule is None:
        return None
    named = named_periods(part, p, rule)
    found = judged(s, j, (i,), Dated(part, per_day, origin, rule, named))
    if found is None or found.share > ALLOWED:
        return None
    # what lies midway between two numbers is neither
    return found if _missed(s, found) <= ALLOWED else None


def _whole(s: Searched, found: Supported) -> bool:
    """Whether a part makes its target in all rows, and no number at a rate of days."""
    d = found.derivation
    rated = isinstance(d.rule, Dated) and d.rule.part in TIMES and d.target not in s.clocks
    return not rated and _missed(s, found) == 0


def _missed(s: Searched, found: Supported) -> float:
    """Return the share of the rows that do not come out as they are, rounded as the table is."""
    d = found.derivation
    rows = s.known((d.target, *d.parents))
    apart = np.abs(d.of(s.x[rows].T) - s.x[rows, d.target])
    return float(np.mean(apart > (0.5 * (1 - TINY) * d.step if d.step > 0 else d.room)))


def mostly(s: Searched, j: int, i: int, part: str) -> Supported | None:
    """Return the function of a part that fewest rows break, however many they are."""
    per_day, origin, _ = s.clocks[i]
    rows = s.known((i, j))
    p, y = part_of((s.x[rows, i] - origin) / per_day, part), s.x[rows, j]
    if not rows.size or np.isnan(p).any():
        return None
    values, place = np.unique(p, return_inverse=True)
    usual = np.array([commonest(y[place == k]) for k in range(values.size)])
    rule: Linear | Lookup = Lookup((values[:-1] + values[1:]) / 2, usual)
    if part not in COUNTED:
        half = values.size // 2
        rise, run = (v[half:] - v[: values.size - half] for v in (usual, values))
        rate = float(np.median(rise / run)) if half else 0.0
        rule = Linear(commonest(y - rate * p), np.array([rate]))
    return judged(s, j, (i,), Dated(part, per_day, origin, rule), least=1)


def _counting(s: Searched, j: int, part: str, p: Floats, y: Floats, tries: float) -> Linear | None:
    """Return j as a number that counts on from a part, by ones or in the days of a time."""
    if part not in TIMES or j in s.clocks:
        rate = s.clocks[j][0] if j in s.clocks else 1.0
        begin = commonest(np.round(y - rate * p, DECIMALS))
        fit = begin, np.array([rate]), np.abs(y - begin - rate * p) <= s.room(j)
    else:
        settling = settled(p[:, None], y, np.full(y.size, s.room(j)))
        if settling is None or settling[1][0] == 0:
            return None
        fit = settling
    return None if by_chance(p[:, None], y, fit[2], tries) else known(Linear, fit[0], fit[1])
