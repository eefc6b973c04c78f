"""Which members of an identity are missing together, where some patterns of gaps do not occur.

A total is missing only where a part is, or no row lacks more than one of its members. What says of
each member whether it is missing is one nominal part, of the patterns that occur.
"""

from collections.abc import Iterator

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.levels.combination import combined
from copulasynth.rules.levels.patterns import seen_patterns
from copulasynth.schema.records import Rule

__all__ = ["find_gaps"]

#: Most members with gaps, and rows to each pattern.
MEMBERS, ROWS = 12, 8

#: Rows that independent gaps would show of patterns that do not occur, at least.
EXPECTED = 14.0


def find_gaps(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Add the patterns of gaps of identities' members, where others would be drawn."""
    for columns in _identities(c):
        names = {c.variables[j].column: c.variables[j].name for j in range(c.own)}
        own = [j for j in c.free if c.variables[j].kind == "state"]
        members = [j for j in own if c.variables[j].column in columns]
        if not 2 <= len(members) <= MEMBERS or not _lacking(c.x[:, members]):
            continue
        said = " + ".join(names[c.variables[j].column] for j in members)
        told = int(np.count_nonzero(~np.isnan(c.x[:, members]).any(axis=1)))
        record = Rule(
            "combination",
            tuple(c.variables[j].name for j in members),
            f"gaps of {said}",
            obey=told,
            told=told,
        )
        if record.key not in refused:
            c = combined(c, members, record) or c
    return c


def _identities(c: Coordinates) -> Iterator[set[int]]:
    """Yield the columns of identities that share members, then those of each."""
    each: list[set[int]] = []
    for f in c.found:
        if f.record.kind == "identity":
            places = {j for j in (*f.rule.makes, *f.rule.needs) if j < c.own}
            each.append({c.variables[j].column for j in places})
    joined: list[set[int]] = []
    for columns in each:
        for other in [g for g in joined if g & columns]:
            joined.remove(other)
            columns = columns | other
        joined.append(columns)
    yield from joined
    yield from each


def _lacking(x: Floats) -> bool:
    """Whether patterns of gaps (n, m) do not occur that independent gaps would have."""
    seen = seen_patterns(x.T, max(2, len(x) // ROWS))
    if seen is None:
        return False
    levels, counts = seen
    n, share = counts.sum(), (counts @ levels) / counts.sum()
    shown = np.where(levels > 0, share, 1.0 - share).prod(axis=1)
    return bool(n * (1.0 - shown.sum()) >= EXPECTED)
