"""Thresholds of numbers below or from which on another column shows one thing."""

from collections.abc import Sequence

import numpy as np
from scipy.special import xlogy

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.links.events import Event, EventKind

__all__ = ["thresholds"]

#: Rows on which every number is tried against every event.
SCREEN = 400

#: Fewest values of a number that can have a threshold, and values on either side of it.
VALUES, SIDE = 8, 2

#: Share of the rows beyond a threshold that may lack the event, on all rows, and rows on the few.
BREAKING, LACKING = 0.01, 1

#: Log chance of a stretch of rows at an end of the number, on the few.
HOPE = -7.0


def thresholds(
    c: Coordinates, numbers: Sequence[int], pool: Sequence[Event], sought: set[tuple[int, int]]
) -> list[Event]:
    """Return thresholds beyond which an event of another column nearly always holds.

    Parameters
    ----------
    numbers : sequence of int
    pool : sequence of Event
    sought : set of pairs
        Places of a number and of an event that need not be looked at again.
    """
    step = max(1, len(c.x) // SCREEN)
    events = [e for e in pool if e.single]
    if not events:
        return []
    sample = c.x[::step]
    shown = np.array([e.of(sample[:, e.place]) for e in events]).T
    lacking = ~shown & ~np.isnan(sample[:, [e.place for e in events]])
    found: list[Event] = []
    for j in numbers:
        own = sample[:, j]
        if c.variables[j].levels or np.unique(own[own == own]).size < VALUES:
            continue
        open_ = np.array(
            [
                (j, e.place) not in sought and c.variables[e.place].column != c.variables[j].column
                for e in events
            ]
        )
        if open_.any():
            hits = np.flatnonzero(_hopeful(own, shown[:, open_], lacking[:, open_])).tolist()
            near = [events[k] for k in np.flatnonzero(open_)[hits].tolist()]
            order = np.argsort(c.x[:, j], kind="stable") if near else np.empty(0, dtype=np.int64)
            found += [t for e in near for t in _placed(c, j, e, order)]
    return list(dict.fromkeys(found))


def _hopeful(x: Floats, shown: Bools, lacking: Bools) -> Bools:
    """Return which events hold in all rows at the low or the high end of x, not by chance."""
    rows = np.flatnonzero(x == x)
    order = rows[np.argsort(x[rows], kind="stable")]
    known = (shown | lacking)[order].sum(axis=0)
    share = shown[order].sum(axis=0) / np.maximum(known, 1)
    cost = np.log(np.clip(share, 1e-9, 1.0))
    out = np.zeros(shown.shape[1], dtype=bool)
    for way in (order, order[::-1]):
        ahead = np.cumsum(lacking[way], axis=0, dtype=np.int16) <= LACKING
        held = (shown[way] & ahead).sum(axis=0)
        out |= held * cost < HOPE
    return np.asarray(out & (known - shown[order].sum(axis=0) >= 2))


def _placed(c: Coordinates, j: int, event: Event, order: Ints) -> list[Event]:
    """Return where in coordinate j the event begins to hold always, from below or from above.

    Of the places beyond which nearly all rows show it, that at which the shares on both sides have
    the highest likelihood. `order` puts the rows in the order of the number.
    """
    x, y = c.x[order, j], c.x[order, event.place]
    whole = ~(np.isnan(x) | np.isnan(y))
    x, shown = x[whole], event.of(y[whole])
    ends: Ints = np.flatnonzero(np.diff(x) > 0)
    if ends.size < 2 * SIDE:
        return []
    ends = ends[SIDE - 1 : ends.size - SIDE + 1]
    rows, held = floats(ends + 1), floats(np.cumsum(shown)[ends])
    total, every = float(x.size), float(shown.sum())
    found = []
    kinds: tuple[EventKind, EventKind] = ("below", "above")
    for kind, inside, size in zip(kinds, (held, every - held), (rows, total - rows), strict=True):
        pure = np.flatnonzero(size - inside <= BREAKING * size)
        if pure.size:
            gain = _fit(inside[pure], size[pure]) + _fit(every - inside[pure], total - size[pure])
            k = int(ends[pure[gain.argmax()]])
            found.append(Event(j, kind, _between(c, j, x, k)))
    return found


def _fit(held: Floats, rows: Floats) -> Floats:
    """Return the log likelihood of so many of the rows, at their share."""
    return np.asarray(
        xlogy(held, held / np.maximum(rows, 1))
        + xlogy(rows - held, (rows - held) / np.maximum(rows, 1))
    )


def _between(c: Coordinates, j: int, x: Floats, k: int) -> float:
    """Return the threshold between two values that follow each other: the upper, on a grid."""
    low, high = float(x[k]), float(x[k + 1])
    return high if c.variables[j].step else (low + high) / 2
