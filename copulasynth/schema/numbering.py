"""Identifiers of a pattern as a function of the number of their row."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Ints
from copulasynth.schema.forms import Texts
from copulasynth.schema.patterns import CHECKS, Pattern, Sign

__all__ = ["fill_check", "write_identifiers"]

PLAIN = 10**7
"""Up to so many identifiers count up; more look drawn."""
Codes = NDArray[np.uint8]


def write_identifiers(pattern: Pattern, numbers: Ints) -> Texts:
    """Return the identifiers of rows 1, 2, ...; those beyond the capacity are longer."""
    index = numbers - 1
    if pattern.counts:
        return _numbered(pattern, index)
    sizes = [math.prod(len(pattern.parts[i].signs) for i in g) for g in pattern.groups[:2]]
    most = min(math.prod(sizes), 1 << 62)
    beyond: Bools = index >= most
    if not beyond.any():
        return _written(pattern, index)
    longer = write_identifiers(pattern.wider(), numbers[beyond] - most)
    order = np.argsort(np.append(np.flatnonzero(~beyond), np.flatnonzero(beyond)))
    parts = [_written(pattern, index[~beyond]), longer]
    return pa.concat_arrays(parts).take(pa.array(order))


def _numbered(pattern: Pattern, index: Ints) -> Texts:
    place = next(i for i, p in enumerate(pattern.parts) if p.least)
    before = "".join(p.signs for p in pattern.parts[:place])
    behind = "".join(p.signs for p in pattern.parts[place + 1 :])
    number = pa.array(index + 10 ** (pattern.parts[place].least - 1)).cast(pa.string())
    return pc.binary_join_element_wise(before, number, behind, "")


def _written(pattern: Pattern, index: Ints) -> Texts:
    """Return identifiers as Arrow text, made of a table of their bytes."""
    starts = np.cumsum([0, *(_bytes(p) for p in pattern.parts)])
    out = np.empty((len(index), int(starts[-1])), dtype=np.uint8)
    for part, at in zip(pattern.parts, starts[:-1], strict=True):
        if not part.free:
            fixed = part.signs[0].encode() * part.width
            out[:, at : at + len(fixed)] = np.frombuffer(fixed, dtype=np.uint8)
    for place, value in _chosen(pattern, index).items():
        signs = np.frombuffer(pattern.parts[place].signs.encode(), dtype=np.uint8)
        out[:, starts[place]] = signs[value]
    for part, at in zip(pattern.parts, starts[:-1], strict=True):
        if part.check:
            fill_check(part.check, out, int(at))
    ends = np.arange(len(index) + 1, dtype=np.int64) * out.shape[1]
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(out)]
    return pa.Array.from_buffers(pa.large_string(), len(index), buffers)


def _chosen(pattern: Pattern, index: Ints) -> dict[int, Ints]:
    """Return which sign of each slot a row has; no two rows have the same of all.

    The last group of slots goes through all of its values before one comes again; the group
    before it counts those rounds, from a start that the last group's value decides.
    """
    groups, found = pattern.groups, {}
    plain = pattern.capacity <= PLAIN
    rounds, last = index, index
    for k, group in enumerate(groups):
        sizes = [len(pattern.parts[i].signs) for i in group]
        size = math.prod(sizes)
        if k == 0:
            last, rounds = index % size, index // size
            value = last if plain else (last * _stride(size) + size // 3) % size
        else:
            value = (_mixed(last, k) % np.uint64(size)).astype(np.int64)
            value = (value + (rounds if k == 1 else 0)) % size
        for place, radix in zip(reversed(group), reversed(sizes), strict=True):
            value, found[place] = value // radix, value % radix
    return found


def _stride(size: int) -> int:
    """Return a number without a common factor, near the golden section."""
    stride = max(int(size * 0.6180339887), 1)
    while math.gcd(stride, size) > 1:
        stride += 1
    return stride


def _mixed(x: Ints, salt: int) -> NDArray[np.uint64]:
    """Return 64 bits that look drawn (Steele, Lea and Flood 2014, splitmix64)."""
    z = x.astype(np.uint64) * np.uint64(8) + np.uint64(salt)
    z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _bytes(part: Sign) -> int:
    return part.width if part.free or part.check else len(part.signs.encode())


def fill_check(name: str, out: Codes, at: int) -> None:
    """Write check digits into a table of bytes, (n, width), from column `at` on."""
    width = CHECKS[name]
    columns = [j for j in range(out.shape[1]) if not at <= j < at + width]
    if name == "luhn":
        out[:, at] = 48 + _luhn(out, at)
        return
    if at == 2:  # an IBAN is read from its fifth sign on, then its country
        columns = [*range(4, out.shape[1]), 0, 1]
    rest = np.zeros(len(out), dtype=np.int64)
    for j in columns:
        rest = _mod97(rest, out[:, j])
    check = 98 - rest * 100 % 97
    out[:, at], out[:, at + 1] = 48 + check // 10, 48 + check % 10


def _mod97(rest: Ints, codes: Codes) -> Ints:
    """Go on by one sign of ISO 7064: letters are 10 to 35, blanks and marks nothing."""
    code = codes.astype(np.int64)
    digit = (code >= 48) & (code < 58)
    letter = ((code >= 65) & (code < 91)) | ((code >= 97) & (code < 123))
    value = np.where(digit, code - 48, (code & 31) + 9)
    return np.where(digit, rest * 10 + value, np.where(letter, rest * 100 + value, rest)) % 97


def _luhn(out: Codes, at: int) -> Ints:
    """Return the digit by which the digits of each row, with it at its place, pass Luhn's test."""
    total = np.zeros(len(out), dtype=np.int64)
    seen, place = np.zeros(len(out), dtype=np.int64), None
    for j in range(out.shape[1] - 1, -1, -1):
        if j == at:
            place = seen.copy()
            seen += 1
            continue
        value = out[:, j].astype(np.int64) - 48
        digit = (value >= 0) & (value < 10)
        double = np.where(value > 4, 2 * value - 9, 2 * value)
        total += np.where(digit, np.where(seen % 2 == 1, double, value), 0)
        seen += digit
    assert place is not None
    need = -total % 10
    halves = np.array([0, 5, 1, 6, 2, 7, 3, 8, 4, 9])
    return np.where(place % 2 == 1, halves[need], need)
