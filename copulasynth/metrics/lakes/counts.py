"""Counts over all rows of a table: sums over its pieces, whatever these are."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa

from copulasynth._arrays import Floats, Ints
from copulasynth.metrics.bins import level_places, number_bins
from copulasynth.metrics.lakes.coding import LEVELS, ColumnCoder, States, opened_batch
from copulasynth.metrics.lakes.sides import LakeSide
from copulasynth.metrics.pair_counts import MAX_LEVELS
from copulasynth.metrics.table import Table
from copulasynth.rows.lake import Where, mapped

__all__ = ["CountPlan", "LakeCounts", "counts_of", "labels_of", "plan_of"]

#: Quantile groups of numbers in tables of one column, and of two.
ONE, TWO = 10, 5
#: Points at which distribution functions are compared; all values where there are no more.
POINTS = 1 << 13
#: Columns of which all pairs are counted.
WIDEST = 200


@dataclass(frozen=True, slots=True, eq=False)
class CountedColumn:
    """How the rows of a column fall into cells.

    Attributes
    ----------
    coder : ColumnCoder
    places : dict
        The place of each level; none for numbers.
    starts : pair of ndarray
        Where bins of numbers begin, or the cell of each level: in tables of one column, and two.
    points : ndarray
        Where distribution functions are compared; of numbers.
    sizes : pair of int
        Cells without gaps.
    """

    coder: ColumnCoder
    places: dict[str, int]
    starts: tuple[Floats | Ints, Floats | Ints]
    points: Floats
    sizes: tuple[int, int]

    def cells(self, which: int) -> int:
        """Return how many cells there are, gaps included, in tables of one column or two."""
        return self.sizes[which] + self.coder.states - 1


@dataclass(frozen=True, slots=True, eq=False)
class CountPlan:
    """What is counted: the columns, and their pairs unless they are too many."""

    columns: tuple[CountedColumn, ...]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs of columns."""
        wide = len(self.columns) > WIDEST
        return [] if wide else list(combinations(range(len(self.columns)), 2))


@dataclass(frozen=True, slots=True, eq=False)
class LakeCounts:
    """Counts of cells, of each column and of each pair, of states and between points."""

    rows: int
    ones: list[Ints]
    twos: list[Ints]
    states: list[Ints]
    below: list[Ints]

    def added(self, other: "LakeCounts") -> "LakeCounts":
        """Return the counts of the rows of both."""
        lists = (
            [a + b for a, b in zip(mine, others, strict=True)]
            for mine, others in (
                (self.ones, other.ones), (self.twos, other.twos),
                (self.states, other.states), (self.below, other.below),
            )
        )  # fmt: skip
        return LakeCounts(self.rows + other.rows, *lists)


@dataclass(frozen=True, slots=True, eq=False)
class CountLabels:
    """Counts the levels of columns in the rows of a piece."""

    coders: tuple[ColumnCoder, ...]

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> list[Counter[str]]:
        found: list[Counter[str]] = [Counter() for _ in self.coders]
        for batch in batches:
            if not batch.num_rows:
                continue
            frame = opened_batch(batch)
            for counter, coder in zip(found, self.coders, strict=True):
                # more than can be counted are refused by whoever adds them up
                if not coder.numeric and len(counter) <= LEVELS:
                    labels, places = coder.labels(frame)
                    seen = np.bincount(places + 1, minlength=len(labels) + 1)[1:]
                    told = zip(labels, seen.tolist(), strict=True)
                    counter.update({label: k for label, k in told if k})
        return found


def labels_of(side: LakeSide, coders: tuple[ColumnCoder, ...], where: Where) -> list[Counter[str]]:
    """Return how often each level of each column occurs in all rows."""
    total: list[Counter[str]] = [Counter() for _ in coders]
    if all(coder.numeric for coder in coders):
        return total
    for part in mapped(CountLabels(coders), side.lake, where):
        for counter, more in zip(total, part, strict=True):
            if len(counter) <= LEVELS:
                counter.update(more)
    return total


def plan_of(
    coders: tuple[ColumnCoder, ...], labels: list[list[Counter[str]]], samples: tuple[Table, Table]
) -> CountPlan:
    """Return what is counted: bins of numbers are those of the samples, levels are all."""
    columns = []
    for j, coder in enumerate(coders):
        if coder.numeric:
            columns.append(_numbers(coder, [t.numbers[j] for t in samples]))
        else:
            columns.append(_levels(coder, [side[j] for side in labels]))
    return CountPlan(tuple(columns))


def _numbers(coder: ColumnCoder, values: list[Floats]) -> CountedColumn:
    found = [number_bins(values, groups, True) for groups in (ONE, TWO)]
    sizes = tuple(max(len(names), 1) for names, _ in found)
    points = np.unique(np.concatenate([x[~np.isnan(x)] for x in values]))
    if len(points) > POINTS:
        points = np.unique(points[np.linspace(0, len(points) - 1, POINTS).astype(np.int64)])
    starts = found[0][1], found[1][1]
    return CountedColumn(coder, {}, starts, points, (sizes[0], sizes[1]))


def _levels(coder: ColumnCoder, counts: list[Counter[str]]) -> CountedColumn:
    levels = coder.levels(counts)
    each = np.array([sum(found[v] for found in counts) for v in levels], dtype=np.int64)
    (_, one), (kept, two) = (level_places(levels, each, most) for most in (None, MAX_LEVELS))
    places = {level: k for k, level in enumerate(levels)}
    sizes = max(len(levels), 1), max(len(kept), 1)
    own = [p if len(p) else np.zeros(1, dtype=np.int64) for p in (one, two)]
    points = np.arange(float(len(levels)))
    return CountedColumn(coder, places, (own[0], own[1]), points, sizes)


@dataclass(frozen=True, slots=True, eq=False)
class CountRows:
    """Counts the rows of a piece."""

    plan: CountPlan

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> LakeCounts:
        total = self.none()
        for batch in batches:
            if batch.num_rows:
                total = total.added(self._batch(batch))
        return total

    def none(self) -> LakeCounts:
        """Return the counts of no rows."""
        c = self.plan.columns

        def zeros(size: int) -> Ints:
            return np.zeros(size, dtype=np.int64)

        return LakeCounts(
            0,
            [zeros(one.cells(0)) for one in c],
            [zeros(c[i].cells(1) * c[j].cells(1)) for i, j in self.plan.pairs],
            [zeros(one.coder.states) for one in c],
            [zeros(2 * len(one.points) + 1) for one in c],
        )

    def _batch(self, batch: pa.RecordBatch) -> LakeCounts:
        frame = opened_batch(batch)
        ones, states, below, codes = [], [], [], []
        for c in self.plan.columns:
            value, state = c.coder.numbers(frame) if c.coder.numeric else c.coder.coded(
                frame, c.places
            )  # fmt: skip
            first, second = (_cell(c, which, value, state) for which in (0, 1))
            ones.append(np.bincount(first, minlength=c.cells(0)))
            states.append(np.bincount(state, minlength=c.coder.states))
            below.append(_between(c.points, value[state == 0]))
            codes.append(second)
        sizes = [c.cells(1) for c in self.plan.columns]
        twos = [
            np.bincount(codes[i] * sizes[j] + codes[j], minlength=sizes[i] * sizes[j])
            for i, j in self.plan.pairs
        ]
        return LakeCounts(batch.num_rows, ones, twos, states, below)


def _cell(c: CountedColumn, which: int, value: Floats | Ints, state: States | Ints) -> Ints:
    """Return the cell of each row: a bin or a level, or the kind of missing behind these."""
    starts = c.starts[which]
    if c.coder.numeric:
        cell = np.searchsorted(starts, value, side="right").astype(np.int64)
    else:
        cell = starts[value.astype(np.int64)].astype(np.int64)
    gap = state != 0
    cell[gap] = c.sizes[which] + state[gap].astype(np.int64) - 1
    return cell


def _between(points: Floats, x: Floats | Ints) -> Ints:
    """Return how many values lie before each point, on it, and behind the last one."""
    # to find the few points among sorted values takes less than each value among the points
    ranked = np.sort(x)
    before = np.searchsorted(ranked, points, side="left")
    upto = np.searchsorted(ranked, points, side="right")
    found = np.empty(2 * len(points) + 1, dtype=np.int64)
    found[0:-1:2] = before - np.concatenate([[0], upto[:-1]]) if len(points) else 0
    found[1::2] = upto - before
    found[-1] = len(x) - (upto[-1] if len(points) else 0)
    return found


def counts_of(side: LakeSide, plan: CountPlan, where: Where) -> LakeCounts:
    """Return the counts of all rows of a table."""
    count = CountRows(plan)
    total = count.none()
    for part in mapped(count, side.lake, where):
        total = total.added(part)
    return total
