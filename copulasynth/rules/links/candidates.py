"""The events of one coordinate that may decide others, or be decided."""

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.links.events import Event, EventKind

__all__ = ["events_of"]

#: Most levels of a column whose levels are events.
LEVELS = 12

#: Fewest rows of a value that is an event, and their share: of a number's ends and 0, and of any.
ROWS, END, ANY = 10, 0.005, 0.2


def events_of(c: Coordinates, j: int) -> list[Event]:
    """Return the levels of a column of few, the codes of a state, the atoms of a number."""
    v, x = c.variables[j], c.x[:, j]
    if v.kind in ("nominal", "state"):
        if v.levels > LEVELS:
            return []
        known = x[x == x].astype(np.int64)
        counts = np.bincount(known, minlength=v.levels)
        kind: EventKind = "missing" if v.kind == "state" else "value"
        return [Event(j, kind, float(k)) for k in np.flatnonzero(counts >= ROWS).tolist()]
    return [Event(j, "value", value) for value in _atoms(x)]


def _atoms(x: Floats) -> list[float]:
    """Return the values of a number that hold enough rows: its ends, 0, and what is frequent."""
    x = x[x == x]
    if x.size < 2 * ROWS:
        return []
    least, most = float(x.min()), float(x.max())
    if least == most:
        return []
    found = [
        value
        for value in dict.fromkeys((least, most, 0.0))
        if (x == value).sum() >= max(ROWS, END * x.size)
    ]
    sample = np.sort(x[:: max(1, x.size // 1000)])
    # a value of a fifth of the rows is at one of the nine tenths between the ends
    for value in np.unique(sample[(np.arange(1, 10) * sample.size) // 10]).tolist():
        if value not in found and (x == value).mean() >= ANY:
            found.append(value)
    return found
