r"""Patterns of identifiers: what new ones look like, as a function of the number of their row.

``#`` is a digit, ``[A-Z]`` or ``[0-9a-f]{8}`` signs of a class, ``#{4,}`` a whole number of four
digits and more; ``{luhn}`` is a check digit, ``{mod97}`` the two of an IBAN or, at the end, of
ISO 7064. Everything else is itself, after a backslash too.
"""

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from copulasynth.schema.forms import LONGEST, said_storage

__all__ = ["CHECKS", "DIGITS", "Pattern", "Sign", "is_pattern", "is_pattern_only", "read_pattern"]

WIDEST = 64
"""Most signs of an identifier that are not the same everywhere."""
GROUP = 1 << 31
"""Products of two numbers below have 62 bits."""
DIGITS = "0123456789"
CHECKS = {"luhn": 1, "mod97": 2}
_TOKEN = re.compile(
    r"\\(?P<quoted>.)|\{(?P<check>luhn|mod97)\}|(?P<digit>#)(?:\{(?P<least>\d{1,2}),\})?"
    r"|\[(?P<set>[A-Za-z0-9-]{1,64})\](?:\{(?P<times>\d{1,2})\})?|(?P<literal>[^\\{}\[\]#])"
)


@dataclass(frozen=True, slots=True)
class Sign:
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

    parts: tuple[Sign, ...]

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
        return replace(self, parts=(*self.parts[:place], Sign(DIGITS), *self.parts[place:]))


def _word(part: Sign) -> str:
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
    parts: list[Sign] = []
    at = 0
    while at < len(words) <= LONGEST:
        found = _TOKEN.match(words, at)
        made = None if found is None else _parts(found)
        if found is None or made is None:
            return None
        parts += made
        at = found.end()
    return Pattern(tuple(parts)) if _sound(parts) else None


def _parts(found: re.Match[str]) -> list[Sign] | None:
    if found["check"]:
        return [Sign(DIGITS, check=found["check"])]
    if found["digit"]:
        least = found["least"]
        return [Sign(DIGITS, least=int(least or 0))] if least is None or int(least) else None
    if found["set"]:
        signs = _expanded(found["set"])
        times = int(found["times"] or 1)
        return None if signs is None or not times else [Sign(signs)] * times
    literal = found["quoted"] or found["literal"]
    return [Sign(literal)] if literal.isprintable() else None


def _expanded(text: str) -> str | None:
    """Return the signs of a class such as A-F0-9, or None if a range runs backwards."""
    found: dict[str, None] = {}
    for low, _, high in re.findall(r"(.)(-(.))?", text):
        if high and high < low:
            return None
        found |= dict.fromkeys(map(chr, range(ord(low), ord(high or low) + 1)))
    return "".join(c for c in found if c.isalnum()) if len(found) > 1 else None


def _sound(parts: list[Sign]) -> bool:
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
