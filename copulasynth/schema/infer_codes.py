"""Codes that look like numbers, such as postal codes: told by digits, counts and a silent order.

A measure of a fixed number of digits either has no holes or its order says something about another
column. A code has holes, few values for so many digits, last digits without a preference, and an
order that says nothing. Only what passes every test is taken for a code.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import ndtr

from copulasynth._arrays import Bools, Floats, Ints, midranks
from copulasynth.schema._raw import Raw
from copulasynth.schema.column import Column
from copulasynth.schema.infer_text import DISCRETE

__all__ = ["code_note", "looks_like_codes", "order_is_silent"]

#: Fewer rows say too little of a value, and values with fewer on average are no levels.
ROWS = 5
#: Numbers of the range for each that occurs, and the usual distance between two that do.
SPREAD, GAP = 10, 3
#: Digits that a code has at least.
DIGITS = 4
#: Chance of an order that says nothing to be heard, over all other columns.
LEVEL = 0.05
#: Levels of another column that are looked at, the most frequent ones.
FREQUENT = 5
YEARS = (1500, 2200)


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """The distinct values of a column, how often each occurs, and where (-1 where missing)."""

    distinct: Ints
    counts: Ints
    places: Ints


def code_note(column: Column) -> str:
    """Say what was taken for codes, and how to say that it is none."""
    return (
        f"column {column.name!r} holds numbers of equally many digits whose order says nothing "
        f"about any other column: taken for codes. If it is a measure, declare "
        f"kinds={{{column.name!r}: 'integer'}}."
    )


def looks_like_codes(column: Column, raw: Raw) -> bool:
    """Whether digits and counts of a whole-number column are those of codes."""
    if column.kind != "integer" or column.storage not in ("integer", "float"):
        return False
    if column.discrete or column.missing_codes or column.multiple > 1 or column.offset:
        return False
    present = raw.present
    least, most = int(present.min()), int(present.max())
    if least < 10 ** (DIGITS - 1) or len(str(least)) != len(str(most)):
        return False
    found = _values(raw)
    x, counts = found.distinct, found.counts
    often = counts >= ROWS
    held = (
        len(present) >= ROWS * len(x)
        and often.sum() > DISCRETE
        and counts[often].sum() >= 0.8 * len(present)
    )
    sparse = x[-1] - x[0] >= SPREAD * len(x) and np.median(np.diff(x)) >= GAP
    return bool(held and sparse and not _dates(x) and _even_ends(x))


def _values(raw: Raw) -> _Values:
    present = ~raw.missing
    distinct, inverse, counts = np.unique(
        raw.values[present].astype(np.int64), return_inverse=True, return_counts=True
    )
    places = np.full(raw.n, -1, dtype=np.int64)
    places[present] = inverse
    return _Values(distinct, counts, places)


def _dates(x: Ints) -> bool:
    """Whether whole numbers read as years, months or days: 2024, 202412, 20241231."""
    digits = len(str(x[0]))
    if digits not in (4, 6, 8):
        return False
    year = x // 10 ** (digits - 4)
    month = x // 10 ** max(digits - 6, 0) % 100 if digits > 4 else np.ones_like(x)
    day = x % 100 if digits == 8 else np.ones_like(x)
    fits = (year >= YEARS[0]) & (year <= YEARS[1]) & (month >= 1) & (month <= 12)
    return bool((fits & (day >= 1) & (day <= 31)).all())


def _even_ends(x: Ints) -> bool:
    """Whether last digits have no preference, as those of rounded amounts and prices have."""
    ends = np.bincount(x % 10, minlength=10)
    return bool(scipy.stats.chisquare(ends).pvalue > 0.001)


def order_is_silent(raw: Raw, others: Iterable[Raw]) -> bool:
    """Whether the order of a column's values says nothing about any other column.

    Of each other column the mean (of ranks, or of the indicator of a level) at each value is
    taken. Under a silent order these means are exchangeable: they have no trend (Spearman's test)
    and neighbours are no more alike than others (Bartels 1982, JASA 77, 40-46, the rank version of
    von Neumann's ratio). All tests together are at level .05.
    """
    found = _values(raw)
    kept = found.counts >= ROWS
    chances = [
        chance
        for other in others
        for means in _means(found, kept, other)
        for chance in (_trend(means), _bartels(means))
    ]
    return bool(chances) and min(chances) > LEVEL / len(chances)


def _means(found: _Values, kept: Bools, other: Raw) -> Iterator[Floats]:
    """Yield the means of another column at each value that has enough rows, in their order."""
    size = len(found.distinct)
    rows = (found.places >= 0) & ~other.missing
    at = found.places[rows]
    counts = np.bincount(at, minlength=size)
    seen = kept & (counts >= ROWS)
    if seen.sum() <= DISCRETE:
        return
    for y in _features(other, rows):
        means = np.bincount(at, weights=y, minlength=size)[seen] / counts[seen]
        if np.ptp(means) > 0.0:
            yield means


def _features(other: Raw, rows: Bools) -> Iterator[Floats]:
    values: NDArray[Any] = other.values[rows]
    if other.levels is None and other.storage != "boolean":
        yield midranks(values)
        return
    levels, counts = np.unique(values, return_counts=True)
    for level in levels[np.argsort(-counts, kind="stable")][:FREQUENT]:
        yield (values == level).astype(np.float64)


def _trend(means: Floats) -> float:
    """Return the chance of a rank correlation with the order that is so far from none."""
    return float(scipy.stats.spearmanr(np.arange(len(means)), means).pvalue)


def _bartels(means: Floats) -> float:
    """Return the chance of neighbours so alike, in the normal limit of the rank ratio."""
    n = len(means)
    ranks = midranks(means)
    ratio = (np.diff(ranks) ** 2).sum() / ((ranks - ranks.mean()) ** 2).sum()
    spread = 4 * (n - 2) * (5 * n**2 - 2 * n - 9) / (5 * n * (n + 1) * (n - 1) ** 2)
    return float(ndtr((ratio - 2) / np.sqrt(spread)))
