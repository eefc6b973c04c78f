"""Find numbers that are the greatest, or the least, of several others in every row."""

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.identity.searched import LATTICE, Searched, Supported, judged
from copulasynth.rules.words.formula import expressed
from copulasynth.rules.words.reading import name_in

__all__ = ["extreme", "spanning"]

#: A member is the greatest, beyond the other members, in this share of the rows and so many.
SHARE, ROWS = 0.01, 10

#: Values that a number needs, rows that are tried first, and members at most.
VALUES, TRIED, MEMBERS = 5, 300, 12


def spanning(s: Searched) -> list[int]:
    """Return the numbers, by name, that may be the greatest or the least of others."""
    return [j for j in s.targets if any(len(m) > 1 for m, _ in _sides(s, j, TRIED))]


def extreme(s: Searched, j: int) -> Supported | None:
    """Return j as the greatest or least of others, if it is that in every row."""
    for members, fold in _sides(s, j):
        needed = _needed(s, j, members)
        if not 2 <= len(needed) <= MEMBERS:
            continue
        names = [s.variables[i].name for i in needed]
        text = name_in(names[0])
        for name in names[1:]:
            text = f"{fold}({text}, {name_in(name)})"
        rule = expressed(text, tuple(names))
        found = None if rule is None else judged(s, j, needed, rule)
        if found is not None and found.obey == found.told:
            return found
    return None


def _sides(s: Searched, j: int, rows: int | None = None) -> list[tuple[list[int], str]]:
    """Return the numbers that are never greater than j, and those never less, where some touch."""
    if not s.ordered[j] or s.distinct[j] < VALUES:
        return []
    x = s.x if rows is None else s.x[:: max(1, len(s.x) // rows)]
    found = []
    others = [i for i in s.parents(j) if s.ordered[i] and s.distinct[i] >= VALUES]
    for fold, sign in (("max", 1.0), ("min", -1.0)):
        beyond = sign * (x[:, others] - x[:, [j]])
        # what never touches j is no member, however far it lies
        with np.errstate(invalid="ignore"):
            kept = ~(beyond > LATTICE * s.steps[j]).any(axis=0) & (beyond >= 0).any(axis=0)
        found.append(([i for i, k in zip(others, kept, strict=True) if k], fold))
    return found


def _needed(s: Searched, j: int, members: list[int]) -> tuple[int, ...]:
    """Return the members that alone reach j in a share of the rows."""
    rows = s.known((j, *members)) if members else np.empty(0, dtype=np.int64)
    if not s.enough(rows.size, j):
        return ()
    touches: Floats = np.equal(s.x[rows[:, None], members], s.x[rows, j][:, None]).astype(float)
    alone = touches[touches.sum(axis=1) == 1].sum(axis=0)
    return tuple(
        i for i, k in zip(members, alone, strict=True) if k >= max(ROWS, SHARE * rows.size)
    )
