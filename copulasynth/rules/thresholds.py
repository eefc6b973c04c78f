"""Thresholds of numbers below or from which on another column shows one thing."""

from collections.abc import Sequence

import numpy as np
from scipy.special import xlogy

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.events import Event

__all__ = ["thresholds"]

#: Rows on which every number is tried against every event.
SCREEN = 400

#: Fewest values of a number that can have a threshold, and values on either side of it.
VALUES, SIDE = 8, 2

#: Share of the rows beyond a threshold that may lack the event, on all rows, and rows on the few.
BREAKING, LACKING = 0.01, 1

#: Log chance of a stretch of rows at an end of the number, on the few.
HOPE = -7.0


def thresholds(c: Coordinates, pool: Sequence[Event], sought: set[tuple[int, int]]) -> list[Event]:
    """Return thresholds beyond which an event of another column nearly always holds.

    Parameters
    ----------
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
    for j in c.free:
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
            hits = np.flatnonzero(_hopeful(own, shown[:, open_], lacking[:, open_]))
            near = [events[k] for k in np.flatnonzero(open_)[hits].tolist()]
            found += [t for e in near for t in _placed(c, j, e)]
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


def _placed(c: Coordinates, j: int, event: Event) -> list[Event]:
    """Return where in coordinate j the event begins to hold always, from below or from above."""
    x, y = c.x[:, j], c.x[:, event.place]
    whole = ~(np.isnan(x) | np.isnan(y))
    order = np.argsort(x[whole], kind="stable")
    x, shown = x[whole][order], event.of(y[whole][order])
    ends: Ints = np.flatnonzero(np.diff(x) > 0)
    if ends.size < 2 * SIDE:
        return []
    ends = ends[SIDE - 1 : ends.size - SIDE + 1]
    rows = floats(ends + 1)
    held = floats(np.cumsum(shown)[ends])
    total, every = float(x.size), float(shown.sum())
    gain = _fit(held, rows) + _fit(every - held, total - rows)
    found = []
    for inside, size, kind in ((held, rows, "below"), (every - held, total - rows, "above")):
        pure = size - inside <= BREAKING * size
        if pure.any():
            k = ends[int(np.where(pure, gain, -np.inf).argmax())]
            found.append(Event(j, "below" if kind == "below" else "above", _between(c, j, x, k)))
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
