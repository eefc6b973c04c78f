"""One distance for rows of mixed columns, on one scale for every table that is compared."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from copulasynth._arrays import Bools, Floats, Ints, floats
from copulasynth._clock import step
from copulasynth.metrics.table import Table, join

__all__ = [
    "TIE",
    "MixedRows",
    "MixedScale",
    "chunks",
    "distances",
    "nearest",
    "nearest_two",
    "squared",
    "squared_to",
    "within",
]

# Distances closer than this differ by rounding alone.
TIE = 1e-9

# A squared distance below this is the rounding of equal rows: ranks differ by more.
_ROUNDING = 1e-13
# Levels of a column that are worth an indicator each; those of more are compared as codes.
_MOST_FLAGS = 40
# Distances worked on at a time: they stay in the caches of a processor.
_CHUNK = 500_000
# So many nearest rows are found one by one faster than by a partition.
_ONE_BY_ONE = 8


@dataclass(frozen=True, slots=True, eq=False)
class MixedRows:
    """Rows placed for distances: ranks and flags (n, p), codes of many levels (n, m), d columns."""

    places: Floats
    codes: Floats
    d: int

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, rows: slice) -> "MixedRows":
        return MixedRows(self.places[rows], self.codes[rows], self.d)


@dataclass(frozen=True, slots=True, eq=False)
class MixedScale:
    """Places of numbers on a common rank scale; built once, used for all tables.

    The distance of two rows is the root of the mean over columns of: the squared difference of
    the ranks of two numbers among the reference rows (0 to 1), whether two levels differ, and
    for gaps 0 where both rows have the same one, and at least one half where they do not. Ranks
    make it robust: one outlier cannot decide the scale of its column, as it would with ranges.
    A Euclidean distance is needed for the energy distance; a sum of absolute differences over
    columns would make that blind to dependence.

    Parameters
    ----------
    knots, places : tuple of ndarray
        Sorted distinct reference values of each ordered column and their mid-ranks in (0, 1).
    gaps : tuple of tuples of int
        States of each ordered column that occur in some table.
    """

    knots: tuple[Floats, ...]
    places: tuple[Floats, ...]
    gaps: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, references: Sequence[Table], others: Sequence[Table] = ()) -> "MixedScale":
        """Return the scale of all reference rows together, ready for the other tables too."""
        both = join(*references)
        knots, places, gaps = [], [], []
        for j, column in enumerate(both.columns):
            x = both.numbers[j]
            values, counts = np.unique(x[~np.isnan(x)], return_counts=True)
            knots.append(values)
            places.append((np.cumsum(counts) - counts / 2) / max(counts.sum(), 1))
            shown = {int(k) for t in (*references, *others) for k in np.unique(t.states[j])}
            gaps.append(tuple(sorted(shown - {0})) if column.ranked else ())
        return cls(tuple(knots), tuple(places), tuple(gaps))

    def place(self, table: Table) -> MixedRows:
        """Return the rows of a table on this scale."""
        places, codes = [np.empty((table.n, 0))], [np.empty((table.n, 0))]
        for j, column in enumerate(table.columns):
            x, state = table.numbers[j], table.states[j]
            if not column.ranked and len(column.levels) <= _MOST_FLAGS:
                code = np.where(state == 0, x, len(column.levels) + state - 1.0)
                shown = np.arange(len(column.levels) + len(column.states) - 1)
                # two rows of different levels differ in two flags
                places.append(np.sqrt(0.5) * (code[:, None] == shown))
                continue
            if not column.ranked:
                codes.append(np.where(state == 0, x, -state.astype(float))[:, None])
                continue
            here = state == 0
            rank = np.full(table.n, 0.5)
            if here.any() and self.knots[j].size:
                rank[here] = _interpolate(x[here], self.knots[j], self.places[j])
            flags = [np.sqrt(0.5) * (state == k) for k in self.gaps[j]]
            places.append(np.stack([rank, *flags], axis=1))
        return MixedRows(np.hstack(places), np.hstack(codes), len(table.columns))


def _interpolate(x: Floats, knots: Floats, places: Floats) -> Floats:
    out = np.interp(x, knots, places)
    # Outside the reference a value is farther than any value in it, by less than one row.
    out[x < knots[0]] = 0.0
    out[x > knots[-1]] = 1.0
    return out


def distances(a: MixedRows, b: MixedRows) -> Floats:
    """Return all distances between two sets of rows, shape (len(a), len(b)); copies are at 0."""
    total = squared(a, b)
    return floats(np.sqrt(total, out=total))


def squared(a: MixedRows, b: MixedRows) -> Floats:
    """Return squared distances, shape (len(a), len(b)), by one product of matrices."""
    return squared_to(b)(a)


def squared_to(b: MixedRows) -> Callable[[MixedRows], Floats]:
    """Return what gives the squared distances of rows to all of `b`.

    Each call overwrites what the last one gave: new memory costs as much as the distances in it.
    """
    turned, own = -2 / b.d * b.places.T, (b.places**2).sum(axis=1) / b.d
    memory = np.empty((0, len(b)))

    def found(a: MixedRows) -> Floats:
        nonlocal memory
        if len(memory) < len(a):
            memory = np.empty((len(a), len(b)))
        total = np.matmul(a.places, turned, out=memory[: len(a)])
        total += (a.places**2).sum(axis=1)[:, None] / a.d
        total += own
        if a.codes.shape[1]:
            differing = scipy.spatial.distance.cdist(a.codes, b.codes, "hamming")
            total += differing * (a.codes.shape[1] / a.d)
        total[total < _ROUNDING] = 0.0
        return total

    return found


def nearest(queries: MixedRows, references: MixedRows, k: int = 1, own: bool = False) -> Floats:
    """Return distances to the k nearest references, shape (n, k), by exhaustive search.

    Parameters
    ----------
    own : bool
        Queries are the references: leave out the row itself (not its duplicates).
    """
    out, apart = np.empty((len(queries), k)), squared_to(references)
    for rows in chunks(len(queries), len(references)):
        d = apart(queries[rows])
        if own:
            d[np.arange(len(d)), np.arange(rows.start, rows.stop)] = np.inf
        if k > _ONE_BY_ONE:
            out[rows] = np.sqrt(np.sort(np.partition(d, k - 1)[:, :k], axis=1))
            continue
        for i in range(k):
            out[rows, i] = np.sqrt(_taken(d))
    return out


def _taken(d: Floats) -> Floats:
    """Return the least distance of each row, and take it out of them."""
    place = d.argmin(axis=1)[:, None]
    least = np.take_along_axis(d, place, 1)[:, 0]
    np.put_along_axis(d, place, np.inf, 1)
    return least


def nearest_two(
    queries: MixedRows, references: MixedRows, own: bool = False, ties: bool = True
) -> tuple[Floats, Floats, Ints]:
    """Return distances to the two nearest references, and how many are as near as the nearest.

    Parameters
    ----------
    own : bool
        Queries are the references: leave out the row itself (not its duplicates).
    ties : bool
        Count them; otherwise 1 stands for all.
    """
    found = np.full((2, len(queries)), np.inf)
    count, apart = np.ones(len(queries), dtype=np.int64), squared_to(references)
    for rows in chunks(len(queries), len(references)):
        d = apart(queries[rows])
        if own:
            d[np.arange(len(d)), np.arange(rows.start, rows.stop)] = np.inf
        found[0, rows] = np.sqrt(_taken(d))
        if ties:
            near = np.count_nonzero(d <= (found[0, rows, None] + TIE) ** 2, axis=1)
            count[rows] = near + np.isfinite(found[0, rows])
        found[1, rows] = np.sqrt(d.min(axis=1))
    return found[0], found[1], count


def within(queries: MixedRows, support: MixedRows, radius: Floats) -> Bools:
    """Tell which queries lie within the radius of some row of the support."""
    out, apart, reach = np.zeros(len(queries), dtype=np.bool_), squared_to(support), radius**2
    for rows in chunks(len(queries), len(support)):
        out[rows] = (apart(queries[rows]) <= reach).any(axis=1)
    return out


def chunks(n: int, width: int) -> Iterator[slice]:
    """Yield the rows to work on at a time, where each has so many distances."""
    size = max(1, _CHUNK // max(width, 1))
    for start in range(0, n, size):
        step(f"distances: {start:,} of {n:,} rows")
        yield slice(start, min(start + size, n))
