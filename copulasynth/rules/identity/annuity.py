"""Find payments of loans: what a principal, a rate and a term make of each other.

An annuity is no sum and no product, so that no search of these finds it, but every table of loans
has it: P i / (1 - (1 + i)^-n), with the rate i of a period and n periods (Kellison, The Theory of
Interest, chapter 3). Rates are read as percent or fractions, of a year or of a period, and terms as
periods or years of twelve.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.rules.identity.searched import Rounding, Searched, Supported, judged
from copulasynth.rules.identity.settle import ALLOWED
from copulasynth.rules.words.formula import expressed
from copulasynth.rules.words.reading import name_in

__all__ = ["annuities", "annuity"]

#: Rows that are tried first, and values that an amount needs.
TRIED, VALUES = 300, 20

#: Longest term, in periods, and most terms of a table.
LONGEST, TERMS = 600, 60

#: Largest rate of a period.
DEAREST = 0.3

#: What a rate is divided by to be one of a period, and how many periods a unit of the term has.
UNITS = ((1200, 1), (12, 1), (100, 1), (1, 1), (1200, 12), (12, 12))


class _Factor(NamedTuple):
    """What a payment is of its principal, and the rate and the term that it comes from."""

    rate: int
    term: int
    over: int
    times: int
    share: Floats


def annuities(s: Searched) -> list[int]:
    """Return the numbers, by name, that may be payments, where there are a term and a rate."""
    if not any(True for _ in _factors(s, s.x[:TRIED])):
        return []
    return [j for j in s.targets if _amount(s, j)]


def annuity(s: Searched, j: int) -> Supported | None:
    """Return j as the payment of a loan, if it is one."""
    x = s.x[:: max(1, len(s.x) // TRIED)]
    room = s.room(j, Rounding.COARSE)
    for i in (i for i in s.parents(j) if i != j and _amount(s, i)):
        for f in _factors(s, x):
            if len({i, j, f.rate, f.term}) < 4 or not {f.rate, f.term} <= {*s.parents(j)}:
                continue
            off = np.abs(x[:, i] * f.share - x[:, j])
            off = off[~np.isnan(off)]
            if off.size < VALUES or np.mean(off > room) > ALLOWED:
                continue
            found = _judged(s, j, i, f)
            if found is not None and found.share <= ALLOWED:
                return found
    return None


def _amount(s: Searched, j: int) -> bool:
    """Whether a number may be a principal or its payment."""
    return bool(s.ordered[j] and s.distinct[j] >= VALUES and np.nanmin(s.x[:, j]) >= 0)


def _factors(s: Searched, x: Floats) -> Iterator[_Factor]:
    """Yield what a payment may be of its principal in rows of x."""
    numbers = [j for j in s.order if s.ordered[j] and j not in s.clocks and s.distinct[j] > 1]
    ends = {j: (float(np.nanmin(s.x[:, j])), float(np.nanmax(s.x[:, j]))) for j in numbers}
    terms = [
        j
        for j in numbers
        if ends[j][0] >= 1 and ends[j][1] <= LONGEST and s.distinct[j] <= TERMS and s.steps[j] == 1
    ]
    for term in terms:
        for rate in numbers:
            low, high = ends[rate]
            for over, times in UNITS:
                if rate == term or low < 0 or high / over > DEAREST or high / over < 1e-4:
                    continue
                i, n = x[:, rate] / over, x[:, term] * times
                with np.errstate(all="ignore"):
                    yield _Factor(rate, term, over, times, i / (1 - (1 + i) ** -n))


def _judged(s: Searched, j: int, principal: int, f: _Factor) -> Supported | None:
    """Return what all rows say of a payment, in the words of the table."""
    names = tuple(s.variables[k].name for k in (principal, f.rate, f.term))
    sum_, rate, term = (name_in(name) for name in names)
    rate = f"{rate} / {f.over}" if f.over > 1 else rate
    term = f"({f.times} * {term})" if f.times > 1 else term
    rule = expressed(f"{sum_} * ({rate}) / (1 - (1 + {rate})^(-{term}))", names)
    return None if rule is None else judged(s, j, (principal, f.rate, f.term), rule)
