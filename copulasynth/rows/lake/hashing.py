"""Hashes of cells and rows: of what they hold, not of where or how it is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = [
    "Hashes",
    "Texts",
    "combined",
    "hashes_of",
    "is_word",
    "mixed",
    "salt_of",
    "unmixed",
    "values_of",
    "words_of",
]

Hashes = NDArray[np.uint64]

# the finaliser of SplitMix64 (Steele, Lea and Flood 2014), and the inverses of its multipliers
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
FIRST_BACK, SECOND_BACK = np.uint64(0x96DE1B173F119089), np.uint64(0x319642B2D24D8EC3)
#: What stands for null and NaN.
NULL, NAN = np.uint64(0x5851F42D4C957F2D), np.uint64(0x14057B7EF767814F)


def mixed(x: Hashes) -> Hashes:
    """Return whole numbers of 64 bits mixed, each to another one.

    >>> x = np.arange(4, dtype=np.uint64)
    >>> bool((unmixed(mixed(x)) == x).all())
    True
    """
    x = x + GOLDEN
    x ^= x >> np.uint64(30)
    x *= FIRST
    x ^= x >> np.uint64(27)
    x *= SECOND
    x ^= x >> np.uint64(31)
    return np.asarray(x)


def unmixed(x: Hashes) -> Hashes:
    """Return what `mixed` was given."""
    x = x ^ (x >> np.uint64(31)) ^ (x >> np.uint64(62))
    x *= SECOND_BACK
    x ^= (x >> np.uint64(27)) ^ (x >> np.uint64(54))
    x *= FIRST_BACK
    x ^= (x >> np.uint64(30)) ^ (x >> np.uint64(60))
    return np.asarray(x - GOLDEN)


def salt_of(name: str, seed: int = 0) -> np.uint64:
    """Return the number that keeps the cells of one column from being those of another."""
    return np.uint64(_of_objects([name])[0] ^ mixed(np.array([seed % 2**64], np.uint64))[0])


def combined(columns: Iterable[tuple[np.uint64, Hashes]], rows: int) -> Hashes:
    """Return the hashes of rows from salts and hashes of their cells, in any order of columns."""
    total = np.zeros(rows, dtype=np.uint64)
    for salt, cells in columns:
        total += mixed(cells ^ salt)
    return mixed(total)


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts as places among those that differ, and the hashes of these; nulls have the last."""

    different: pa.Array
    own: Hashes
    places: NDArray[np.int32]

    @classmethod
    def of(cls, array: pa.Array) -> "Texts":
        """Return an array of texts so."""
        coded = array.dictionary_encode()
        own = np.append(_of_objects(coded.dictionary.to_pylist()), NULL)
        places = pc.fill_null(coded.indices, len(own) - 1).to_numpy(zero_copy_only=False)
        return cls(coded.dictionary, own, places)

    @property
    def hashes(self) -> Hashes:
        """A hash of each text."""
        return np.asarray(self.own[self.places])

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each of the different ones occurs."""
        return np.bincount(self.places, minlength=len(self.own))[:-1]


def hashes_of(array: pa.Array) -> Hashes:
    """Return a hash of each cell; of numbers and times of up to 64 bits, one a value."""
    kind = array.type
    if pa.types.is_null(kind):
        return np.full(len(array), NULL)
    if pa.types.is_string(kind):
        return Texts.of(array).hashes
    if pa.types.is_decimal(kind):
        out = _of_decimals(array)
    elif is_word(kind):
        out = mixed(words_of(array))
        if pa.types.is_floating(kind):
            values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
            out[np.isnan(values)] = NAN
    else:
        out = _of_objects([repr(v) for v in array.to_pylist()])
    if array.null_count:
        out[array.is_null().to_numpy(zero_copy_only=False)] = NULL
    return out


def is_word(kind: pa.DataType) -> bool:
    """Whether values have at most 64 bits."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or (pa.types.is_temporal(kind) and not pa.types.is_interval(kind))
    )


def words_of(array: pa.Array) -> Hashes:
    """Return values as words of 64 bits, any where missing; minus zero is zero."""
    kind = array.type
    if pa.types.is_floating(kind):
        values = pc.fill_null(array.cast(pa.float64()), 0).to_numpy(zero_copy_only=False)
        return np.asarray(values + 0.0).view(np.uint64)
    if pa.types.is_boolean(kind):
        array = array.cast(pa.uint8())
    elif pa.types.is_temporal(kind):
        array = array.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
    # sign bits go on, so that a value is the same word whatever its width
    wide = np.uint64 if values.dtype.kind == "u" else np.int64
    return np.asarray(values.astype(wide).view(np.uint64))


def values_of(words: Hashes, kind: pa.DataType) -> pa.Array:
    """Return the values that words stand for."""
    if pa.types.is_floating(kind):
        return pa.array(words.view(np.float64)).cast(kind)
    if pa.types.is_boolean(kind):
        return pa.array(words.view(np.int64).astype(np.int8)).cast(kind)
    if pa.types.is_temporal(kind):
        width = pa.int32() if kind.bit_width == 32 else pa.int64()
        return pa.array(words.view(np.int64)).cast(width).cast(kind)
    return pa.array(words if pa.types.is_uint64(kind) else words.view(np.int64)).cast(kind)


def _of_decimals(array: pa.Array) -> Hashes:
    words = array.type.bit_width // 64
    if words == 0:
        return _of_objects([repr(v) for v in array.to_pylist()])
    data = array.buffers()[1]
    size = array.type.bit_width // 8
    raw = np.frombuffer(data, np.uint64, len(array) * words, array.offset * size)
    out = np.zeros(len(array), dtype=np.uint64)
    for k in range(words):
        out = mixed(out + raw[k::words])
    return out


def _of_objects(values: list[Any]) -> Hashes:
    found = np.array(values, dtype=object)
    hashed: Hashes = pd.util.hash_array(found, categorize=False)
    return hashed.astype(np.uint64, copy=False)
