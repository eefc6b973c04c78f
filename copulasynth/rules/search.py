"""Find variables that are exact functions of others.

A classifier finds such pairs first: a model that draws charge and minutes separately is told from
the real table by their ratio alone. The search is over step functions of one parent, linear
functions and products of a few parents, and linear functions whose weights differ between groups
of rows. Each is judged by whether it holds in *every* row up to the rounding of the values, and by
whether that could be chance.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth.rules.api import Coordinates
from copulasynth.rules.grouped import LEVELS, candidates, grouped_linear
from copulasynth.rules.kinds import Derivation, Function, Linear, Lookup, Product
from copulasynth.rules.pursuit import EVIDENCE, ROOM, pursuit
from copulasynth.schema.records import Rule

__all__ = [
    "find_derivations",
    "find_identities",
    "fit_identity",
    "fit_rule",
    "sorted_derivations",
]

#: More steps than this are a table, not a rule.
STEPS = 60

#: Rows on which a step function is tried first: nearly every pair of columns fails there.
SCREEN = 256


def find_derivations(
    x: Floats, ordered: Sequence[bool], steps: Sequence[float | None]
) -> tuple[Derivation, ...]:
    """Return the derivations that hold in a table, parents before children.

    Parameters
    ----------
    x : (n, d) float64
        Variables, NaN where unknown.
    ordered : d flags
        False for nominal and state variables, whose values are codes.
    steps : d floats or None
        Grid on which each variable's values lie, where they do.

    Returns
    -------
    tuple of Derivation
        No variable is derived from itself, directly or through others. Of two variables that
        determine each other, the one with fewer values, unordered, or further right is derived.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> minutes = np.round(rng.gamma(2, 90, 500), 1)
    >>> x = np.column_stack([minutes, np.round(0.17 * minutes, 2), minutes > 100])
    >>> found = find_derivations(x, [True, True, False], [0.1, 0.01, 1.0])
    >>> [(d.target, d.parents, type(d.rule).__name__) for d in found]
    [(2, (0,), 'Lookup'), (1, (0,), 'Linear')]
    """
    n, d = x.shape
    if n < 2 * len(str(n)) or d < 2:
        return ()
    table = _Searched.of(np.asfortranarray(x), ordered, steps)
    levels = np.minimum(table.distinct, STEPS + 1)
    order = sorted(range(d), key=lambda j: (levels[j], bool(ordered[j]), -j))
    found: dict[int, Derivation] = {}

    def add(search: Callable[[int, list[int]], Derivation | None]) -> None:
        for j in order:
            if j in found or table.distinct[j] < 2:
                continue
            allowed = [i for i in range(d) if i != j and not _depends(i, j, found)]
            rule = search(j, allowed)
            if rule is not None:
                found[j] = rule

    add(table.simple)
    # only what no rule for all rows explains, so that such a rule always has precedence
    hopeful = table.hopeful(range(d))
    add(lambda j, allowed: table.grouped(j, allowed, hopeful))
    return sorted_derivations(found.values())


def fit_rule(
    x: Floats,
    target: int,
    parents: Sequence[int],
    ordered: Sequence[bool],
    steps: Sequence[float | None],
) -> Derivation | None:
    """Return the rule from exactly these parents, or None if none of the kinds holds."""
    table, allowed = _Searched.of(x, ordered, steps), list(parents)
    rule = table.simple(target, allowed)
    return rule or table.grouped(target, allowed, table.hopeful(parents))


@dataclass(frozen=True, slots=True, eq=False)
class _Searched:
    """The variables, and what the search knows of them."""

    x: Floats
    ordered: Bools
    steps: Sequence[float | None]
    distinct: Ints

    @classmethod
    def of(cls, x: Floats, ordered: Sequence[bool], steps: Sequence[float | None]) -> "_Searched":
        distinct = np.array([len(np.unique(c[~np.isnan(c)])) for c in x.T])
        return cls(x, np.array(ordered, dtype=bool), steps, distinct)

    def whole(self, j: int, allowed: Iterable[int]) -> tuple[Floats, Floats, list[int]]:
        """Return the rows where j is known, j in them, and the parents that are known there."""
        rows = ~np.isnan(self.x[:, j])
        a = self.x if rows.all() else np.asfortranarray(self.x[rows])
        usable = ~np.isnan(a).any(axis=0) & (self.distinct > 1)
        if not self.ordered[j]:
            usable &= self.distinct >= self.distinct[j]
        return a, a[:, j], [i for i in allowed if usable[i]]

    def simple(self, j: int, allowed: Iterable[int]) -> Derivation | None:
        """Return a rule that is one for all rows."""
        a, y, whole = self.whole(j, allowed)
        if y.size < 20:
            return None
        levels = self.distinct[j]
        if levels <= STEPS:
            for i in sorted(whole, key=lambda i: (self.distinct[i], i)):
                if self.distinct[i] < levels:
                    continue
                if rule := _lookup(a[:, i], y, self.ordered[i], levels):
                    return _derivation(j, (i,), rule, y)
        if not self._number(j):
            return None
        numbers = [i for i in whole if self.ordered[i]]
        for find in (_linear, _product):
            hit = find(a[:, numbers], y, self.steps[j] or 0.0)
            if hit is not None:
                return _derivation(j, tuple(numbers[k] for k in hit[0]), hit[1], y)
        return None

    def hopeful(self, allowed: Iterable[int]) -> dict[int, Bools]:
        """Return for each parent of few levels which variables may be linear in its groups."""
        few = [i for i in allowed if 2 <= self.distinct[i] <= LEVELS]
        return candidates(self.x, self.ordered, self.steps, few)

    def grouped(
        self, j: int, allowed: list[int], hopeful: Mapping[int, Bools]
    ) -> Derivation | None:
        """Return a linear rule whose weights differ between the groups of one parent."""
        few = [i for i in allowed if i in hopeful and hopeful[i][j]]
        if not few or not self._number(j):
            return None
        a, y, whole = self.whole(j, allowed)
        if y.size < 20:
            return None
        numbers = [i for i in whole if self.ordered[i]]
        for i in sorted(set(few).intersection(whole), key=lambda i: (self.distinct[i], i)):
            hit = grouped_linear(a, y, self.steps[j] or 0.0, i, [k for k in numbers if k != i])
            if hit is not None:
                return _derivation(j, (i, *hit[0]), hit[1], y)
        return None

    def _number(self, j: int) -> bool:
        return bool(self.ordered[j] and self.distinct[j] >= 10)


def _derivation(j: int, parents: tuple[int, ...], rule: Function, y: Floats) -> Derivation:
    lower = 0.0 if y.min() >= 0 else -np.inf
    return Derivation(j, parents, rule, lower=lower)


def _lookup(a: Floats, y: Floats, ordered: bool, levels: int) -> Lookup | None:
    """Return y as a step function of a, unless it is none or its steps may be chance.

    A run of m rows is of one value by chance with probability sum_v p_v^m; placing R runs adds
    the choice of R - 1 edges among the values of the parent. A parent of many numbers may have
    two runs a value and no more: with more, almost any noisy threshold would pass for a rule.
    Some of the rows are tried first: they show already that nearly every pair is no such function.
    """
    whole = np.stack([a, y])
    for step in (max(1, y.size // SCREEN), 1):
        a, y = whole[:, ::step]
        order = np.lexsort((y, a))
        a, y = a[order], y[order]
        new, ends = np.diff(a) > 0, np.flatnonzero(np.diff(y))
        values = np.count_nonzero(new) + 1
        most = 2 * (levels - 1) if ordered and values > STEPS else values
        if not new[ends].all() or len(ends) > most:
            return None
    lengths = np.diff(np.concatenate([[0], ends + 1, [y.size]]))
    p = np.unique(y, return_counts=True)[1] / y.size
    chance = logsumexp(np.outer(lengths, np.log(p)), axis=1).sum()
    choices = len(ends) * np.log(values)
    # the values themselves were free to be chosen once
    if chance + choices + np.log(y.size) > EVIDENCE:
        return None
    return Lookup(edges=(a[ends] + a[ends + 1]) / 2, values=y[np.append(ends, y.size - 1)])


def _linear(a: Floats, y: Floats, step: float) -> tuple[tuple[int, ...], Linear] | None:
    """Return y as a linear function of few columns of a, exact up to the rounding of y."""
    hit = pursuit(a, y, np.full(y.size, step), 1e-9 * float(np.abs(y).max()))
    return None if hit is None else (tuple(hit[0]), Linear(hit[1], hit[2]))


def _product(a: Floats, y: Floats, step: float) -> tuple[tuple[int, ...], Product] | None:
    """Return y as a product of powers of positive columns of a, exact up to the rounding of y."""
    usable = np.flatnonzero((a >= 0).all(axis=0) & ((a > 0).mean(axis=0) > 0.9))
    if (y < 0).any() or usable.size == 0:
        return None
    rows = (y > 0) & (a[:, usable] > 0).all(axis=1)
    if np.count_nonzero(rows) < max(20, y.size / 2):
        return None
    b, z = a[np.ix_(rows, usable)], y[rows]
    hit = pursuit(np.log(b), np.log(z), step / z, 1e-9)
    if hit is None:
        return None
    used, _, powers = hit
    constant = (np.log(z) - np.log(b[:, used]) @ powers).mean()
    rule = Product(float(np.exp(constant)), powers)
    parents = tuple(int(usable[k]) for k in used)
    if (np.abs(y - rule(a[:, parents].T)) > ROOM * step + 1e-9 * np.abs(y)).any():
        return None
    return parents, rule


def _depends(i: int, j: int, found: dict[int, Derivation]) -> bool:
    """Whether variable i is derived from variable j, directly or through others."""
    return i == j or (i in found and any(_depends(k, j, found) for k in found[i].parents))


def sorted_derivations(derivations: Iterable[Derivation]) -> tuple[Derivation, ...]:
    """Return derivations with parents before children.

    Raises
    ------
    ValueError
        If two derive the same variable, or one depends on itself through others.
    """
    left = {d.target: d for d in derivations}
    done: list[Derivation] = []
    while left:
        ready = [d for d in left.values() if not any(p in left for p in d.parents)]
        if not ready:
            raise ValueError(f"variables {sorted(left)} are derived from each other in a circle")
        done += [left.pop(d.target) for d in ready]
    return tuple(done)


def _scales(c: Coordinates) -> tuple[list[bool], list[float | None]]:
    """Return whether the order of each coordinate means something, and its step."""
    return [v.kind not in ("nominal", "state") for v in c.variables], [v.step for v in c.variables]


def find_identities(
    c: Coordinates, refused: frozenset[tuple[str, frozenset[str]]] = frozenset()
) -> Coordinates:
    names = [v.name for v in c.variables]
    for d in find_derivations(c.x, *_scales(c)):
        record = Rule("identity", (names[d.target], *(names[i] for i in d.parents)))
        if record.key not in refused:
            c = c.adding(_bounded(d, c), record)
    return c


def _bounded(d: Derivation, c: Coordinates) -> Derivation:
    v = c.variables[d.target]
    return d if v.levels else replace(d, lower=max(d.lower, v.lower), upper=min(d.upper, v.upper))


def fit_identity(c: Coordinates, record: Rule) -> Coordinates | None:
    target, *parents = (c.place(name) for name in record.columns)
    d = fit_rule(c.x, target, parents, *_scales(c))
    return None if d is None else c.adding(_bounded(d, c), record)
