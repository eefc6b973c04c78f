"""Dates that a table keeps as text: how they are written, read and written again."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from copulasynth.schema.column import SECOND, Scalar
from copulasynth.schema.digits import ODD

__all__ = ["Dates", "date_range", "date_reader", "read_dates"]

DAYS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d-%b-%Y",
)
CLOCKS = ("%H:%M", "%H:%M:%S")
ZONES = ("", "Z", "+00:00")
FORMS = (*DAYS, *(f"{d}{t}{c}{z}" for d in DAYS for t in "T " for c in CLOCKS for z in ZONES))
"""Forms of dates that are looked for; of those that fit all texts, the first counts."""
LIKELY = re.compile(r"\d{2,4}([-/. ])(?:\d\d|[A-Z][a-z]{2})\1\d{2,4}(?:[T ].*)?")
FRACTION = re.compile(r"(.*:\d\d)\.(\d{3}|\d{6})(\D.*)?")
LOOKED_AT = 50
"""Texts by which a form is given up before all are read."""
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Dates:
    """What texts have in common that are dates.

    Attributes
    ----------
    form : str
        As for :meth:`datetime.datetime.strftime`.
    unit : {"D", "s", "ms", "us"}
        What the counts count since 1970; seconds have so many decimals.
    counts : tuple of int or None
        Each text as a count of units; None for texts that are no dates.
    """

    form: str
    unit: str
    counts: tuple[int | None, ...]


def read_dates(texts: Sequence[Scalar], form: str = "") -> Dates | None:
    """Return how the dates in `texts` are written (in `form`, if given), or None if they are none.

    Only a form that gives every text back exactly counts; at most three texts may be no dates.

    >>> read_dates(["31/12/2020", "01/02/2021", "NA"])
    Dates(form='%d/%m/%Y', unit='D', counts=(18627, 18659, None))
    >>> read_dates(["2020-12-31T10:00Z", "2021-01-01T00:30Z"]).form
    '%Y-%m-%dT%H:%MZ'
    >>> read_dates(["12-2020", "a"]) is None
    True
    """
    head = texts[:LOOKED_AT]
    if not form and sum(LIKELY.fullmatch(str(t)) is None for t in head) > ODD:
        return None
    for each in (form,) if form else FORMS:
        unit = _unit(each, head)
        read = date_reader(each, unit)
        if sum(read(t) is None for t in head) <= ODD:
            counts = tuple(map(read, texts))
            odd = counts.count(None)
            if odd <= min(ODD, len(counts) - 1):
                return Dates(each, unit, counts)
    return None


def _unit(form: str, texts: Sequence[Scalar]) -> str:
    if "%H" not in form:
        return "D"
    found = (FRACTION.fullmatch(str(t)) for t in texts) if "%S" in form else ()
    digits = {len(f[2]) for f in found if f}
    return {3: "ms", 6: "us"}.get(max(digits, default=0), "s")


def date_reader(form: str, unit: str) -> Callable[[Scalar], int | None]:
    """Return a function from a text to a count of units since 1970, or None."""
    second = SECOND[unit]
    digits = len(str(second)) - 1

    def read(text: Scalar) -> int | None:
        base, part = str(text), "0"
        if digits:
            found = FRACTION.fullmatch(base)
            if found is None or len(found[2]) != digits:
                return None
            base, part = found[1] + (found[3] or ""), found[2]
        try:
            time = datetime.strptime(base, form)
            if time.strftime(form) != base:
                return None
        except ValueError:
            return None
        elapsed = time - EPOCH
        seconds = elapsed.days * 86_400 + elapsed.seconds
        return elapsed.days if unit == "D" else seconds * second + int(part)

    return read


def date_range(form: str, unit: str) -> tuple[int, int]:
    """Return the first and the last count that a form can write: years of two digits are few."""
    early, late = (1969, 2068) if "%y" in form else (1000, 9999)
    first = (datetime(early, 1, 1) - EPOCH).days
    last = (datetime(late, 12, 31) - EPOCH).days
    if unit == "D":
        return first, last
    day = 86_400 * SECOND[unit]
    return first * day, (last + 1) * day - 1
