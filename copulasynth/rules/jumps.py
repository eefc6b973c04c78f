"""Whether a forced event is a rule that begins somewhere, or what another kind of rule is about."""

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.tables import codes_of, crosstab, impossible

__all__ = ["begins", "function_of", "left_to_levels"]

#: Rows beside an event that are looked at, at least, and as a share of its rows.
BESIDE, SHARE = 25, 0.1

#: What is forced must be lacking beside it so often, of what it is elsewhere.
JUMP = 0.5

#: Most values of a column that may be a function of another, and most steps of the function.
VALUES, STEPS = 60, 2

#: A pair of columns of levels leaves no more than this to a combination.
LEFT = 0.02


def begins(x: Floats, left: Bools, right: Bools) -> bool:
    """Whether rows whose x lies beside an event at an end of it often lack what it forces.

    A threshold or an end of a number that forces something makes a jump there. Under a smooth
    dependence what is always so at an end is nearly always so beside it.
    """
    low, high = x[left].min(), x[left].max()
    lacking = float((~right)[~left].mean())
    room = max(BESIDE, int(SHARE * left.sum()))
    beside = []
    for there, far in ((x > high, x - high), (x < low, low - x)):
        if there.any():
            distance = far[there]
            room_here = min(room, distance.size) - 1
            near = distance <= np.partition(distance, room_here)[room_here]
            beside.append(float((~right)[there][near].mean()))
    inside = (x > low) & (x < high) & ~left
    if inside.any():
        beside.append(float((~right)[inside].mean()))
    return bool(beside) and min(beside) >= JUMP * lacking


def function_of(y: Floats, x: Floats) -> bool:
    """Whether y, of few values, is a function of x: in steps, if x has many values."""
    codes = codes_of(y, VALUES)
    if codes is None:
        return False
    values, own = codes
    order = np.lexsort((own, x))
    x, own = x[order], own[order]
    turns = np.flatnonzero(np.diff(own))
    if (x[turns] == x[turns + 1]).any():
        return False
    few = np.count_nonzero(np.diff(x)) < VALUES
    return bool(few or turns.size <= STEPS * (values.size - 1))


def left_to_levels(x: Floats, y: Floats, i: float, j: float) -> bool:
    """Whether nothing is impossible in a table of levels but for levels i of x and j of y."""
    u, a = np.unique(x, return_inverse=True)
    v, b = np.unique(y, return_inverse=True)
    table = crosstab(a, b, u.size, v.size)
    row, column = int(np.searchsorted(u, i)), int(np.searchsorted(v, j))
    rows, columns = np.arange(u.size) != row, np.ones(v.size, dtype=bool)
    if not table[rows, column].any():
        columns[column] = False
    rest = table[rows][:, columns]
    return min(rest.shape) < 2 or impossible(rest) < LEFT
