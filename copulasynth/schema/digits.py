"""Numbers that a table keeps as text: how they are written, read and written again."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from copulasynth.schema.column import Scalar

__all__ = ["MOST", "Digits", "read_digits", "reader"]

PLACES = 18
"""Most decimals of numbers that are kept as text: R writes 15 digits, other programs 17."""
MOST = 10**18
"""Counts of the last place lie below; those above 2**53 keep 53 significant bits."""
ODD = 3
"""A column of numbers may hold so many other texts, such as "N" or " "."""
WHOLE = r"-?(?:0|[1-9]\d{0,14})"
WRITINGS = {
    "fixed": WHOLE + r"\.\d{%d}",
    "shortest": WHOLE + r"(?:\.\d{0,17}[1-9])?",
    "point": WHOLE + r"\.(?:0|\d{0,17}[1-9])",
}


@dataclass(frozen=True, slots=True)
class Digits:
    """What texts have in common that are numbers.

    Attributes
    ----------
    writing : {"fixed", "shortest", "point"}
        The same number of decimals everywhere; no zeros at the end ("2", "2.5"); the same, but
        with one decimal at least ("2.0", "2.5").
    places : int
        Most decimals of a number.
    counts : tuple of int or None
        Each text as a count of the last place; None for texts that are no numbers.
    """

    writing: str
    places: int
    counts: tuple[int | None, ...]

    @property
    def odd(self) -> tuple[int, ...]:
        """Places of the texts that are no numbers."""
        return tuple(i for i, c in enumerate(self.counts) if c is None)


def read_digits(texts: Sequence[Scalar]) -> Digits | None:
    """Return how the numbers in `texts` are written, or None if they are not numbers.

    Only a writing that gives every text back exactly counts, so "007" and "1e3" are no numbers.

    >>> read_digits(["29.85", "20", "N"])
    Digits(writing='shortest', places=2, counts=(2985, 2000, None))
    >>> read_digits(["01234", "02345"]) is None
    True
    """
    points = [len(t.partition(".")[2]) for t in map(str, texts) if re.fullmatch(r"[-\d.]+", t)]
    places = max(points, default=0)
    if places > PLACES:
        return None
    readings = [Digits(w, places, tuple(map(reader(w, places), texts))) for w in WRITINGS]
    best = min(readings, key=lambda found: len(found.odd))
    return best if len(best.odd) <= min(ODD, len(texts) - 1) else None


def reader(writing: str, places: int) -> Callable[[Scalar], int | None]:
    """Return a function from a text to a count of the last of `places` decimals, or None."""
    if writing == "fixed" and places == 0:
        return lambda text: None
    pattern = re.compile(WRITINGS[writing] % places if writing == "fixed" else WRITINGS[writing])

    def read(text: Scalar) -> int | None:
        if not isinstance(text, str) or not pattern.fullmatch(text):
            return None
        whole, _, rest = text.partition(".")
        if len(rest) > places:
            return None
        count = int(whole + rest.ljust(places, "0"))
        fits = abs(count) < MOST and not (count == 0 and text.startswith("-"))
        return count if fits else None

    return read
