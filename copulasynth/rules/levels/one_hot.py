"""One-hot and multi-hot groups: columns of 0 and 1 of which exactly, or at most, so many are 1.

The columns of a group become one nominal part whose levels are the rows that occur. The search
knows two ways. Where every row has k ones in a group, its indicator vector is in the null space of
the covariance matrix, and the reduced echelon form of a basis shows the groups one by one. Where
rows have one or none, or a few break the rule, the group is a clique of columns that are never 1
together, though chance would have had them so.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Bools, Floats
from copulasynth.rules.api import Coordinates
from copulasynth.rules.levels.jumps import STRONG, beyond
from copulasynth.rules.levels.patterns import (
    Patterned,
    check_levels,
    check_places,
    matched,
    nominal_part,
    seen_order,
    seen_patterns,
)
from copulasynth.rules.levels.sums import constant_sums, exclusive
from copulasynth.schema.records import Rule

__all__ = ["OneHotRule", "find_one_hot", "fit_one_hot"]

#: Most levels of the part, and the rows that there are to each of them.
LEVELS, ROWS = 512, 5

#: Share of the rows that may break a group that is found.
BREAKING = 0.01

#: A group is found if rows would obey it by chance less often than e to this, choices included.
EVIDENCE = -14.0


@dataclass(frozen=True, slots=True, eq=False)
class OneHotRule(Patterned):
    """Of some coordinates of 0 and 1, `total` are 1 in every row, or at most so many.

    Attributes
    ----------
    part : int
        The coordinate that says which pattern a row has.
    makes : tuple of int
        The coordinates of the group.
    levels : (K, m) float64
        The patterns: 0 and 1.
    total : int
    exact : bool
        Whether rows have exactly `total` ones, not at most.
    """

    part: int
    makes: tuple[int, ...]
    levels: Floats
    total: int
    exact: bool
    weights: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        check_places("one-hot group", self.part, *self.makes)
        check_levels("one-hot group", self, self.levels, self.weights, len(self.makes))
        if not np.isin(self.levels, (0.0, 1.0)).all():
            raise ValueError("the levels of a one-hot group hold 0 and 1")
        if not 0 <= self.total <= len(self.makes):
            raise ValueError("a one-hot group has as many ones as columns, or fewer")

    def holds(self, x: Floats, /) -> Bools:
        obey, told = _obeying(x[list(self.makes)], self.total, self.exact)
        return obey | ~told


def _obeying(b: Floats, total: int, exact: bool) -> tuple[Bools, Bools]:
    """Return which rows of (m, n) obey, and which could tell: the known ones can already do."""
    gaps = np.isnan(b).sum(axis=0)
    ones = np.nansum(b, axis=0)
    obey: Bools = ones <= total
    if exact:
        obey &= ones + gaps >= total
    told: Bools = (gaps == 0) | ~obey
    return obey, told


def find_one_hot(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    """Add the groups of columns of 0 and 1 that have a fixed sum, or at most one 1, in each row."""
    places = [j for j in c.free if _binary(c, j)]
    if len(places) < 2:
        return c
    rows = slice(None, None, max(1, len(c.x) // 20_000))
    b = c.x[rows][:, places]
    used: set[int] = set()
    for group, total, exact in _groups(b):
        members = [places[k] for k in group]
        record = _record(c, members, total, exact)
        if used.intersection(members) or record.key in refused or not _certain(c, members, record):
            continue
        added = _added(c, members, record)
        if added is not None:
            c = added
            used |= set(members)
    return c


def _binary(c: Coordinates, j: int) -> bool:
    """Whether a coordinate takes the values 0 and 1, both."""
    v = c.variables[j]
    if v.kind == "state" or (v.levels and v.levels != 2):
        return False
    # a few rows tell of nearly every column that it is not
    for x in (c.x[:64, j], c.x[:, j]):
        x = x[x == x]
        if not ((x == 0) | (x == 1)).all():
            return False
    return bool(x.size and 0 < x.sum() < x.size)


def _groups(b: Floats) -> Iterable[tuple[Sequence[int], int, bool]]:
    """Yield groups of columns of (n, p), their number of ones, and whether it is exact."""
    yield from ((g, total, True) for g, total in constant_sums(b))
    for group, every in exclusive(b):
        if len(group) >= 3 or not every:
            yield group, 1, every


def _certain(c: Coordinates, members: Sequence[int], record: Rule) -> bool:
    """Whether nearly all rows obey, and independent columns would not have done so.

    Of two columns alone, a strong dependence between them must not show as much either.
    """
    told, obey = record.told or 0, record.obey or 0
    if not told or told - obey > BREAKING * told:
        return False
    if len(members) == 2:
        p, q = np.nanmean(c.x[:, list(members)], axis=0).tolist()
        if not beyond(round(p * told), told - obey, 1 - q, told, STRONG):
            return False
    _, total, exact = _read(record)
    ones = np.array([1.0])
    for j in members:
        p = float(np.nanmean(c.x[:, j]))
        ones = np.convolve(ones, [1 - p, p])
    by_chance = float(ones[total] if exact else ones[: total + 1].sum())
    choices = math.log(math.comb(len(c.variables), len(members)))
    # of the rows that break the rule any could be the ones
    broken = told - obey
    choices += math.lgamma(told + 1) - math.lgamma(broken + 1) - math.lgamma(obey + 1)
    return obey * math.log(min(max(by_chance, 1e-300), 1.0)) + choices < EVIDENCE


def _record(c: Coordinates, members: Sequence[int], total: int, exact: bool) -> Rule:
    names = tuple(c.variables[j].name for j in members)
    obey, told = _obeying(c.x[:, list(members)].T, total, exact)
    broken = int(np.count_nonzero(told & ~obey))
    count = int(np.count_nonzero(told))
    allow = math.ceil(1e4 * broken / max(count, 1)) / 1e4
    sign = "=" if exact else "<="
    formula = f"{' + '.join(names)} {sign} {total}"
    return Rule("one_hot", names, formula, allow=allow, obey=count - broken, told=count)


def not_one(c: Coordinates, record: Rule) -> Bools:
    """Return which rows break a declared group, also by another value than 0 and 1."""
    x = c.x[:, [c.place(name) for name in record.columns]].T
    _, total, exact = _read(record)
    obey, told = _obeying(x, total, exact)
    other = ~np.isnan(x) & (x != 0) & (x != 1)
    return np.asarray((told & ~obey) | other.any(axis=0))


def _read(record: Rule) -> tuple[tuple[str, ...], int, bool]:
    """Return columns, number of ones and whether it is exact, of a record.

    Without a formula rows have exactly one. Names are not read from the formula: they may hold
    signs.
    """
    head, _, number = record.formula.rpartition("=")
    try:
        total = int(number) if number.strip() else 1
    except ValueError:
        raise ValueError(
            f"one_hot: expected '... = 1' or '... <= 1', got {record.formula!r}"
        ) from None
    return record.columns, total, not head.endswith("<")


def _added(c: Coordinates, members: Sequence[int], record: Rule) -> Coordinates | None:
    """Return coordinates with the group as one part; None if it has too many patterns."""
    n = len(c.x)
    b = c.x[:, list(members)].T
    seen = seen_patterns(b, min(LEVELS, max(n // ROWS, len(members) + 1)))
    if seen is None:
        return None
    levels, weights = seen
    order = seen_order(c, matched(b, levels), len(levels), members)
    weights = weights[order] if np.isnan(b).any() else np.empty(0)
    _, total, exact = _read(record)
    name = f"{record.columns[0]} [one of {len(members)}]"
    part = nominal_part(name, c.variables[members[0]].column, len(levels))
    rule = OneHotRule(len(c.variables), tuple(members), levels[order], total, exact, weights)
    return c.adding(rule, record, [part])


def fit_one_hot(c: Coordinates, record: Rule) -> Coordinates | None:
    """Return coordinates with the declared group, or None if too many rows break it.

    The formula ends in ``= 1`` or ``<= 1``, or another number; without one it is ``= 1``.
    """
    members = [c.place(name) for name in record.columns]
    _, total, exact = _read(record)
    known = c.x[:, members]
    known = known[~np.isnan(known)]
    if not set(members) <= set(c.free) or not ((known == 0) | (known == 1)).all():
        return None
    fitted = _record(c, members, total, exact)
    told, obey = fitted.told or 0, fitted.obey or 0
    if not told or told - obey > record.allow * told:
        return None
    held = Rule("one_hot", record.columns, fitted.formula, True, record.allow, obey, told)
    return _added(c, members, held)
