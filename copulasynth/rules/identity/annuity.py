"""Find payments of loans: what a principal, a rate and a term make of each other.

An annuity is no sum and no product, so that no search of these finds it, but every table of loans
has it: P i / (1 - (1 + i)^-n), with the rate i of a period and n periods (Kellison, The Theory of
Interest, chapter 3). Rates are read as percent or fractions, of a year or of a period, and terms as
periods or years of twelve.
"""

from collections.abc import Callable
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
import scipy

from copulasynth._arrays import Floats, Ints
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.settle import ALLOWED
from copulasynth.rules.words.formula import expressed
from copulasynth.rules.words.reading import name_in

__all__ = ["annuities"]

#: Rows that are tried first, and values that an amount needs.
TRIED, VALUES = 300, 20

#: Longest term, in periods, and most terms of a table.
LONGEST, TERMS = 600, 60

#: Cheapest and dearest rate of a period.
CHEAPEST, DEAREST = 1e-4, 0.3

#: What a rate is divided by to be one of a period, and how many periods a unit of the term has.
UNITS = ((1200, 1), (12, 1), (100, 1), (1, 1), (1200, 12), (12, 12))

#: Rows in which shares of amounts are compared with those that rates and terms make, so many times,
#: how near logarithms must be, and how many of each are compared.
LOOKS, AT_ONCE, NEAR, MOST = 3, 5, 2e-3, 40_000


class _Unit(NamedTuple):
    """A rate and a term, and what they are counted in."""

    rate: int
    term: int
    over: int
    times: int

    def share(self, x: Floats) -> Floats:
        """Return what a payment is of its principal."""
        i, n = x[:, self.rate] / self.over, x[:, self.term] * self.times
        return np.asarray(i / (1 - (1 + i) ** -n))


def annuities(s: Searched) -> tuple[list[int], Callable[[Searched, int], Supported | None]]:
    """Return the numbers, by name, that may be payments of loans, and how to find of what.

    The share of one amount in another is compared with what each rate and term makes of it, all at
    once by a tree of neighbours in a few rows.
    """
    units = _units(s)
    amounts = [j for j in s.order if _amount(s, j)]
    pairs = [*permutations(amounts, 2)]
    if not units or not pairs or max(len(units), len(pairs)) > MOST:
        return [], lambda s, j: None
    columns = sorted({*amounts, *(u.rate for u in units), *(u.term for u in units)})
    found: dict[int, list[tuple[int, _Unit]]] = {}
    for rows in _looks(s.x[:, columns]):
        for k, n in _alike(s.x[rows], units, pairs):
            principal, payment = pairs[n]
            own = found.setdefault(payment, [])
            if (principal, units[k]) not in own:
                own.append((principal, units[k]))

    def search(s: Searched, j: int) -> Supported | None:
        hits = (_judged(s, j, i, unit) for i, unit in found[j])
        return next((hit for hit in hits if hit is not None and hit.share <= ALLOWED), None)

    return [j for j in s.targets if j in found], search


def _amount(s: Searched, j: int) -> bool:
    """Whether a number may be a principal or its payment."""
    if not s.ordered[j] or j in s.clocks or s.distinct[j] < VALUES:
        return False
    return bool(np.nanmin(s.x[:, j]) >= 0)


def _units(s: Searched) -> list[_Unit]:
    """Return the rates and terms that there may be, in all units."""
    numbers = [j for j in s.order if s.ordered[j] and j not in s.clocks and s.distinct[j] > 1]
    ends = {j: (float(np.nanmin(s.x[:, j])), float(np.nanmax(s.x[:, j]))) for j in numbers}
    terms = [
        j
        for j in numbers
        if ends[j][0] >= 1 and ends[j][1] <= LONGEST and s.distinct[j] <= TERMS and s.steps[j] == 1
    ]
    return [
        _Unit(rate, term, over, times)
        for term, rate in product(terms, numbers)
        for over, times in UNITS
        if rate != term
        and ends[rate][0] >= 0
        and CHEAPEST <= ends[rate][1] / over <= DEAREST
        and ends[term][1] * times <= LONGEST
    ]


def _looks(x: Floats) -> list[Ints]:
    """Return a few rows, more than once, of those that know most of what is asked."""
    gaps = np.isnan(x).sum(axis=1)
    best = np.argsort(gaps, kind="stable")[: max(len(x) // 2, 1)]
    spread = best[np.linspace(0, best.size - 1, LOOKS * AT_ONCE).astype(np.int64)]
    return [spread[k::LOOKS] for k in range(LOOKS)]


def _alike(x: Floats, units: list[_Unit], pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return which units make the shares of which pairs in all these rows."""
    with np.errstate(all="ignore"):
        made = np.log([u.share(x) for u in units])
        shares = np.log(x[:, [j for _, j in pairs]] / x[:, [i for i, _ in pairs]]).T
    known = np.flatnonzero(np.isfinite(shares).all(axis=1))
    asked = np.flatnonzero(np.isfinite(made).all(axis=1))
    if not known.size or not asked.size:
        return []
    tree = scipy.spatial.KDTree
    near = tree(made[asked]).query_ball_tree(tree(shares[known]), NEAR, p=np.inf)
    return [(int(k), int(known[n])) for k, own in zip(asked, near, strict=True) for n in own]


def _judged(s: Searched, j: int, principal: int, unit: _Unit) -> Supported | None:
    """Return what all rows say of a payment, in the words of the table."""
    parents = (principal, unit.rate, unit.term)
    if not {*parents} <= {*s.parents(j)} or len({j, *parents}) < 4:
        return None
    x = s.x[:: max(1, len(s.x) // TRIED)]
    with np.errstate(all="ignore"):
        off = np.abs(x[:, principal] * unit.share(x) - x[:, j])
    off = off[~np.isnan(off)]
    if off.size < VALUES or np.mean(off > s.room(j, Rounding.COARSE)) > ALLOWED:
        return None
    names = tuple(s.variables[k].name for k in parents)
    sum_, rate, term = (name_in(name) for name in names)
    rate = f"{rate} / {unit.over}" if unit.over > 1 else rate
    term = f"({unit.times} * {term})" if unit.times > 1 else term
    rule = expressed(f"{sum_} * ({rate}) / (1 - (1 + {rate})^(-{term}))", names)
    return None if rule is None else judged(s, j, parents, rule)
