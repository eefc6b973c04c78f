"""What all rows say of each column that a sample may not show, by values whose merge is exact."""

from dataclasses import dataclass, field, replace
from math import gcd

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copulasynth._arrays import Floats
from copulasynth.rows.lake.contents import EVERY, Contents, Gathering, Limit, alike
from copulasynth.rows.lake.hashing import Hashes, Texts, hashes_of, is_word, unmixed, values_of

__all__ = ["LEVELS", "ColumnSeen", "LookingAtColumn"]

#: Values of a column that are known with their counts: most levels that a column may have.
LEVELS = 10_000
#: Most decimals that are looked for, as where columns are inferred.
DECIMALS = 6
#: Floats from which on all are whole numbers.
WHOLE = 2.0**53
#: Values among which differences are whole numbers of 63 bits.
FAR = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class ColumnSeen:
    """What is known of the cells that were read of a column.

    Attributes
    ----------
    values : Contents
        Values of the smallest hashes, all if there are at most `LEVELS`.
    nulls, nans, infinite : int
    ends : pa.Array
        The least and the greatest value of numbers and times, empty if there is none.
    places : int
        Decimals that floats need, 7 if more than six; -1 before there is one.
    finest : float
        The least value that needs so many.
    origin, step : int
        Of whole numbers and times: one of them, and the greatest common divisor of the distances
        from it; 0 where all are equal.
    """

    values: Contents
    nulls: int = 0
    nans: int = 0
    infinite: int = 0
    ends: pa.Array = field(default_factory=lambda: pa.nulls(0))
    places: int = -1
    finest: float = np.inf
    origin: int | None = None
    step: int = 0

    @classmethod
    def none(cls, column: pa.Field) -> "ColumnSeen":
        """Return what is known of no cells."""
        return cls(Contents.none(pa.schema([column]), LEVELS), ends=pa.nulls(0, column.type))

    @property
    def many(self) -> bool:
        """Whether there are more values than are known."""
        return self.values.full

    @property
    def single(self) -> float:
        """The share of the rows of the known values whose value is that of no other."""
        counts = self.values.counts
        return float((counts == 1).sum() / counts.sum()) if len(counts) else 1.0

    @property
    def between(self) -> int | None:
        """A number between the ends that has the greatest common divisor of all, if any has."""
        if self.origin is None or not self.step:
            return None
        return self.origin + self.step

    def merged(self, other: "ColumnSeen") -> "ColumnSeen":
        """Return what is known of the cells of both."""
        places = max(self.places, other.places)
        origin, step = _common(self, other)
        return ColumnSeen(
            self.values.merged([other.values]),
            self.nulls + other.nulls,
            self.nans + other.nans,
            self.infinite + other.infinite,
            _ends(pa.concat_arrays([self.ends, other.ends])),
            places,
            min(c.finest for c in (self, other) if c.places == places),
            origin,
            step,
        )


def _common(a: ColumnSeen, b: ColumnSeen) -> tuple[int | None, int]:
    """Return the lesser origin and the divisor of all distances from it."""
    if a.origin is None or b.origin is None:
        known = b if a.origin is None else a
        return known.origin, known.step
    return min(a.origin, b.origin), gcd(a.step, b.step, a.origin - b.origin)


def _ends(array: pa.Array) -> pa.Array:
    """Return the least and the greatest value, of which durations have no order of their own."""
    if not len(array):
        return array
    counts = array.cast(pa.int64()) if pa.types.is_duration(array.type) else array
    ends = pc.min_max(counts)
    return pa.array([ends["min"], ends["max"]], counts.type).cast(array.type)


class LookingAtColumn:
    """Cells of batches that come one after the other."""

    def __init__(self, first: ColumnSeen, limit: Limit) -> None:
        self._first, self._made = first, first
        self._values = Gathering(first.values, limit)

    def add(self, array: pa.Array) -> Hashes:
        """Take the cells of a batch, and return their hashes."""
        kind = array.type
        if pa.types.is_string(kind):
            texts = Texts.of(array)
            self._values.add(self._of_texts(texts))
            hashes = texts.hashes
        else:
            hashes = hashes_of(array)
        own = ColumnSeen(self._first.values, nulls=array.null_count, ends=self._first.ends)
        present = np.asarray(array.is_valid()) if array.null_count else slice(None)
        if is_word(kind):
            numbers = pc.drop_null(array) if array.null_count else array
            own, finite = self._of_numbers(own, numbers)
            cells = hashes[present]
            self._values.add(self._of_words(cells if finite is None else cells[finite], kind))
        elif not pa.types.is_string(kind) and not pa.types.is_null(kind):
            self._values.add(self._of_others(array, hashes, present))
            if pa.types.is_decimal(kind):
                own = replace(own, ends=_ends(pc.drop_null(array)))
        self._made = self._made.merged(own)
        return hashes

    def done(self) -> ColumnSeen:
        """Return what is known of the column."""
        return self._made.merged(ColumnSeen(self._values.done(), ends=self._first.ends))

    def _of_texts(self, texts: Texts) -> Contents:
        batch = pa.record_batch([texts.different], names=self._names)
        return _with_counts(self._first.values, batch, texts, self._values.limit)

    @property
    def _names(self) -> list[str]:
        return list(self._first.values.rows.schema.names)

    def _of_words(self, hashes: Hashes, kind: pa.DataType) -> Contents:
        limit, most = self._values.limit, self._first.values.most
        found, counts = alike(hashes[hashes <= limit] if limit < EVERY else hashes)
        full, found, counts = len(found) > most, found[:most], counts[:most]
        rows = pa.table([values_of(unmixed(found), kind)], schema=self._first.values.rows.schema)
        return Contents(found, counts, rows, most, full)

    def _of_others(self, array: pa.Array, hashes: Hashes, present: slice | np.ndarray) -> Contents:
        batch = pa.record_batch([pc.drop_null(array)], names=self._names)
        return self._first.values.of(batch, hashes[present], self._values.limit)

    def _of_numbers(
        self, own: ColumnSeen, numbers: pa.Array
    ) -> tuple[ColumnSeen, np.ndarray | None]:
        """Return what numbers and times say, and which of them are finite if not all are."""
        kind = numbers.type
        if pa.types.is_boolean(kind) or not len(numbers):
            return own, None
        if not pa.types.is_floating(kind):
            origin, step = _grid(numbers, self._made.step)
            ends = _ends(numbers)
            return ColumnSeen(own.values, own.nulls, 0, 0, ends, -1, np.inf, origin, step), None
        x = numbers.to_numpy(zero_copy_only=False)
        finite = np.isfinite(x)
        kept = None if finite.all() else finite
        x = x if kept is None else x[finite]
        nans = (
            int(np.isnan(numbers.to_numpy(zero_copy_only=False)).sum()) if kept is not None else 0
        )
        infinite = 0 if kept is None else int((~finite).sum()) - nans
        places, finest = finest_of(x, max(self._made.places, 0))
        ends = _ends(pa.array(x, kind))
        return ColumnSeen(own.values, own.nulls, nans, infinite, ends, places, finest), kept


def _with_counts(
    first: Contents, batch: pa.RecordBatch, texts: Texts, limit: np.uint64
) -> Contents:
    """Return the contents of texts that differ, with how often each occurs."""
    found = first.of(batch, texts.own[:-1], limit)
    counts = np.append(texts.counts, 0)
    order = np.argsort(texts.own[:-1], kind="stable")
    places = order[np.searchsorted(texts.own[:-1], found.hashes, sorter=order)]
    return Contents(found.hashes, counts[places], found.rows, found.most, found.full)


def finest_of(x: Floats, least: int) -> tuple[int, float]:
    """Return how many decimals values need, at least `least`, and the least that needs so many.

    >>> finest_of(np.array([1.5, 2.25, 3.75]), 0), finest_of(np.array([1.5, 2.0]), 2)
    ((2, 2.25), (2, inf))
    """
    if not len(x):
        return -1, np.inf
    places = least
    while places <= DECIMALS and _beyond(x, places).any():
        places += 1
    needing = x if places == 0 else x[_beyond(x, places - 1)]
    return places, float(needing.min()) if len(needing) else np.inf


def _beyond(x: Floats, places: int) -> np.ndarray:
    """Return which values are not written by so many decimals, noise of the last bits aside."""
    x = np.where(np.abs(x) < WHOLE, x, 0)
    grid = np.rint(x * 10.0**places) / 10.0**places
    room = 4 * float(np.finfo(x.dtype).eps) * np.abs(x)
    return np.asarray(np.abs(grid - x) > room)


def _grid(numbers: pa.Array, known: int) -> tuple[int | None, int]:
    """Return the least of whole numbers and the divisor of distances, 1 if they are too far.

    `known` is a divisor of others: what is a multiple of it needs no search.
    """
    kind = numbers.type
    if pa.types.is_temporal(kind):
        numbers = numbers.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    ends = pc.min_max(numbers)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if known == 1 or high - low > FAR or not -(2**63) <= low <= high < 2**63:
        return low, 1
    distances = numbers.to_numpy(zero_copy_only=False).astype(np.int64) - low
    if not known:
        known = int(np.gcd.reduce(distances[:1000]))
    rest = distances % known if known else distances
    return low, gcd(known, int(np.gcd.reduce(rest[rest != 0]))) if rest.any() else known
