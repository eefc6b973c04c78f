r"""Patterns of identifiers: what new ones look like, as a function of the number of their row.

``#`` is a digit, ``[A-Z]`` or ``[0-9a-f]{8}`` signs of a class, ``#{4,}`` a whole number of four
digits and more; ``{luhn}`` is a check digit, ``{mod97}`` the two of an IBAN or, at the end, of
ISO 7064. Everything else is itself, after a backslash too.
"""

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Ints
from copulasynth.schema.forms import LONGEST, Texts, said_storage

__all__ = ["CHECKS", "Part", "Pattern", "is_pattern", "is_pattern_only", "read_pattern"]

WIDEST = 64
"""Most signs of an identifier that are not the same everywhere."""
PLAIN = 10**7
"""Up to so many identifiers count up; more look drawn."""
GROUP = 1 << 31
"""Products of two numbers below have 62 bits."""
DIGITS = "0123456789"
CHECKS = {"luhn": 1, "mod97": 2}
_TOKEN = re.compile(
    r"\\(?P<quoted>.)|\{(?P<check>luhn|mod97)\}|(?P<digit>#)(?:\{(?P<least>\d{1,2}),\})?"
    r"|\[(?P<set>[A-Za-z0-9-]{1,64})\](?:\{(?P<times>\d{1,2})\})?|(?P<literal>[^\\{}\[\]#])"
)
Codes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Part:
    """One sign of an identifier: itself, one of a class, a number, or a check digit.

    Attributes
    ----------
    signs : str
        What may stand there; digits of a number and of a check.
    least : int
        Fewest digits of a number, which has no leading zeros; 0 for other parts.
    check : str
        A key of :data:`CHECKS`, or "".
    """

    signs: str
    least: int = 0
    check: str = ""

    @property
    def free(self) -> bool:
        """Whether several signs are possible, of which rows choose."""
        return len(self.signs) > 1 and not self.check

    @property
    def width(self) -> int:
        """Signs of a text that it takes."""
        return CHECKS.get(self.check, 1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What identifiers look like."""

    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        """The pattern as a person writes it."""
        text = "".join(map(_word, self.parts))
        return re.sub(r"(\[[^\]]+\])\1+", lambda m: f"{m[1]}{{{len(m[0]) // len(m[1])}}}", text)

    @property
    def slots(self) -> tuple[int, ...]:
        """Places of the parts of which rows choose."""
        return tuple(i for i, p in enumerate(self.parts) if p.free)

    @property
    def counts(self) -> bool:
        """Whether it is a whole number between signs that are always the same."""
        return any(p.least for p in self.parts)

    @property
    def capacity(self) -> int:
        """How many identifiers have the pattern."""
        return math.prod(len(self.parts[i].signs) for i in self.slots)

    @property
    def groups(self) -> list[list[int]]:
        """Places of slots from the last, in groups of few enough values to be multiplied."""
        found: list[list[int]] = [[]]
        size = 1
        for place in reversed(self.slots):
            size *= len(self.parts[place].signs)
            if size > GROUP:
                found.append([])
                size = len(self.parts[place].signs)
            found[-1].insert(0, place)
        return found

    def wider(self) -> "Pattern":
        """Return the pattern with one more digit, whose identifiers are all longer."""
        digits = [i for i in self.slots if self.parts[i].signs == DIGITS]
        place = digits[-1] + 1 if digits else len(self.parts)
        return replace(self, parts=(*self.parts[:place], Part(DIGITS), *self.parts[place:]))

    def write(self, numbers: Ints) -> Texts:
        """Return the identifiers of rows 1, 2, ...; those beyond the capacity are longer."""
        index = numbers - 1
        if self.counts:
            return self._numbered(index)
        sizes = [math.prod(len(self.parts[i].signs) for i in g) for g in self.groups[:2]]
        most = min(math.prod(sizes), 1 << 62)
        beyond: Bools = index >= most
        if not beyond.any():
            return self._written(index)
        longer = self.wider().write(numbers[beyond] - most)
        order = np.argsort(np.append(np.flatnonzero(~beyond), np.flatnonzero(beyond)))
        parts = [self._written(index[~beyond]), longer]
        return pa.concat_arrays(parts).take(pa.array(order))

    def _numbered(self, index: Ints) -> Texts:
        place = next(i for i, p in enumerate(self.parts) if p.least)
        before = "".join(p.signs for p in self.parts[:place])
        behind = "".join(p.signs for p in self.parts[place + 1 :])
        number = pa.array(index + 10 ** (self.parts[place].least - 1)).cast(pa.string())
        return pc.binary_join_element_wise(before, number, behind, "")

    def _written(self, index: Ints) -> Texts:
        """Return identifiers as Arrow text, made of a table of their bytes."""
        starts = np.cumsum([0, *(_bytes(p) for p in self.parts)])
        out = np.empty((len(index), int(starts[-1])), dtype=np.uint8)
        for part, at in zip(self.parts, starts[:-1], strict=True):
            if not part.free:
                fixed = part.signs[0].encode() * part.width
                out[:, at : at + len(fixed)] = np.frombuffer(fixed, dtype=np.uint8)
        for place, value in self._chosen(index).items():
            signs = np.frombuffer(self.parts[place].signs.encode(), dtype=np.uint8)
            out[:, starts[place]] = signs[value]
        for part, at in zip(self.parts, starts[:-1], strict=True):
            if part.check:
                fill_check(part.check, out, int(at))
        ends = np.arange(len(index) + 1, dtype=np.int64) * out.shape[1]
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(out)]
        return pa.Array.from_buffers(pa.large_string(), len(index), buffers)

    def _chosen(self, index: Ints) -> dict[int, Ints]:
        """Return which sign of each slot a row has; no two rows have the same of all.

        The last group of slots goes through all of its values before one comes again; the group
        before it counts those rounds, from a start that the last group's value decides.
        """
        groups, found = self.groups, {}
        plain = self.capacity <= PLAIN
        rounds, last = index, index
        for k, group in enumerate(groups):
            sizes = [len(self.parts[i].signs) for i in group]
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


def _bytes(part: Part) -> int:
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


def _word(part: Part) -> str:
    if part.check:
        return f"{{{part.check}}}"
    if part.signs == DIGITS:
        return f"#{{{part.least},}}" if part.least else "#"
    if part.free:
        return f"[{_ranges(part.signs)}]"
    return "".join("\\" + c if c in "\\{}[]#" else c for c in part.signs)


def _ranges(signs: str) -> str:
    text = signs
    for run in (
        DIGITS,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "abcdefghijklmnopqrstuvwxyz",
        "abcdef",
        "ABCDEF",
    ):
        text = text.replace(run, f"{run[0]}-{run[-1]}")
    return text


@lru_cache(maxsize=256)
def read_pattern(words: str) -> Pattern | None:
    """Read a pattern; None if it is none.

    >>> read_pattern("ID-##[A-C]").capacity, read_pattern("[x") is None
    (300, True)
    """
    parts: list[Part] = []
    at = 0
    while at < len(words) <= LONGEST:
        found = _TOKEN.match(words, at)
        made = None if found is None else _parts(found)
        if found is None or made is None:
            return None
        parts += made
        at = found.end()
    return Pattern(tuple(parts)) if _sound(parts) else None


def _parts(found: re.Match[str]) -> list[Part] | None:
    if found["check"]:
        return [Part(DIGITS, check=found["check"])]
    if found["digit"]:
        least = found["least"]
        return [Part(DIGITS, least=int(least or 0))] if least is None or int(least) else None
    if found["set"]:
        signs = _expanded(found["set"])
        times = int(found["times"] or 1)
        return None if signs is None or not times else [Part(signs)] * times
    literal = found["quoted"] or found["literal"]
    return [Part(literal)] if literal.isprintable() else None


def _expanded(text: str) -> str | None:
    """Return the signs of a class such as A-F0-9, or None if a range runs backwards."""
    found: dict[str, None] = {}
    for low, _, high in re.findall(r"(.)(-(.))?", text):
        if high and high < low:
            return None
        found |= dict.fromkeys(map(chr, range(ord(low), ord(high or low) + 1)))
    return "".join(c for c in found if c.isalnum()) if len(found) > 1 else None


def _sound(parts: list[Part]) -> bool:
    free = [p for p in parts if p.free]
    numbers = [p for p in parts if p.least]
    checks = [p for p in parts if p.check]
    if not 1 <= len(free) <= WIDEST or len(parts) > LONGEST or len(checks) > 1:
        return False
    if numbers and (len(free) > 1 or checks or numbers[0].least > 15):
        return False
    mixed = any(p.signs != DIGITS and set(p.signs) & set(DIGITS) for p in free)
    return not (checks and checks[0].check == "luhn" and mixed)


def is_pattern(words: str) -> bool:
    """Whether a text is a pattern."""
    return read_pattern(words) is not None


def is_pattern_only(words: str) -> bool:
    """Whether a text is a pattern, and no form of numbers, dates or durations."""
    return said_storage(words) is None and is_pattern(words)
