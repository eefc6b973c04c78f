"""Dates and times of day that a table keeps as text: how they are written, and read again."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from copulasynth._arrays import Ints
from copulasynth.schema.column import SECOND
from copulasynth.schema.forms import TIME, Texts

__all__ = ["CLOCK", "LIKELY", "Dates", "date_forms", "unit_of"]

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
    "%d-%b-%y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %B %Y",
    "%-d/%-m/%Y",
    "%-m/%-d/%Y",
    "%-d.%-m.%Y",
    "%-m/%-d/%y",
    "%-d/%-m/%y",
    "%-d %b %Y",
    "%-d %B %Y",
    "%b %-d, %Y",
    "%B %-d, %Y",
    "%Y%m%d",
    "%d%b%Y",
    "%d/%b/%Y",
    *(f"%A{mark} {day}" for mark in (",", "") for day in ("%B %d, %Y", "%B %-d, %Y", "%d %B %Y")),
    *(f"%a{mark} %d %b %Y" for mark in (",", "")),
    *(f"%d{mark}%^b{mark}{year}" for mark in ("-", " ", "", "/") for year in ("%Y", "%y")),
)
CLOCKS = (
    "%H:%M",
    "%H:%M:%S",
    "%-H:%M",
    "%I:%M %p",
    "%-I:%M %p",
    "%I:%M:%S %p",
    "%-I:%M:%S %p",
)
COMPACT = "%Y%m%d"
"""Digits alone are dates of these days, and only if there are several."""
ZONES = ("", "Z", "+00:00")
ZONE = re.compile(
    r"(?<=:\d\d) ?[+-]\d\d:?\d\d$"
    r"|(?<=[\dM]) (?:GMT|UTC|[CEW]ES?T|[PMCE][SD]T)(?:[+-]\d\d?(?::?\d\d)?)?$"
)
STAMPS = (*DAYS, *(f"{d}{t}{c}{z}" for d in DAYS for t in "T :" for c in CLOCKS for z in ZONES))
"""Forms of dates that are looked for; of those that fit equally many texts, the first counts."""
LIKELY = (
    r"^(\d{1,4}[-/. ](\d{1,2}|[A-Z][A-Za-z]{2,8})[-/. ]\d{2,4}|\d\d[A-Z][A-Za-z]{2}\d{2,4}"
    r"|([A-Z][a-z]+,? )?([A-Z][a-z]{2,8} \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]{2,8} \d{4})"
    r"|(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\D|$))"
)
CLOCK = r"^\d{1,2}:\d\d"
FRACTION = re.compile(r"^(?P<before>.*:\d\d)\.(?P<part>\d{9}|\d{6}|\d{3})(?P<behind>(?:\D.*)?)$")
COUNTS = 2**63
"""Nanoseconds since 1970 reach from 1677 to 2262."""
BARE = "\x01"
"""Stands, while dates are written, before a number whose leading zero is to go."""
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates, or times of day, in one form.

    Attributes
    ----------
    form : str
        As for :meth:`datetime.datetime.strftime`; ``%-d`` writes no leading zero, ``%^b`` capitals.
    unit : {"D", "s", "ms", "us", "ns"}
        What the counts count since 1970, or since midnight; seconds have so many decimals.
    storage : {"datetime", "time"}
    """

    form: str
    unit: str
    storage: Literal["datetime", "time"] = "datetime"
    scale: int = 1

    def write(self, counts: Ints) -> Texts:
        """Return counts as text; Arrow's seconds have the decimals of their unit."""
        times = counts * 86_400 if self.unit == "D" else counts
        kind = pa.timestamp("s" if self.unit == "D" else self.unit)
        form = self.form.replace("%-", BARE + "%").replace("%^", "%")
        text = pc.strftime(pa.array(times, pa.int64()).cast(kind), format=form)
        if BARE in form:
            text = pc.replace_substring(text, BARE + "0", "")
            text = pc.replace_substring(text, BARE, "")
        return pc.utf8_upper(text) if "%^" in self.form else text

    def guess(self, texts: Texts) -> Texts:
        """Return texts as counts, null where they are no dates; some may be written otherwise."""
        part = None
        if SECOND[self.unit] > 1:
            found = pc.extract_regex(texts, FRACTION.pattern)
            before, part, behind = (pc.struct_field(found, k) for k in range(3))
            texts = pc.binary_join_element_wise(before, behind, "")
            fits = pc.equal(pc.utf8_length(part), len(str(SECOND[self.unit])) - 1)
            part = pc.if_else(fits, part, None).cast(pa.int64())
        form = self.form.replace("%-", "%").replace("%^", "%")
        if self.storage == "time":
            form = "%Y-%m-%d " + form
            texts = pc.binary_join_element_wise(pa.scalar("1970-01-01", texts.type), texts, " ")
        times = pc.strptime(texts, format=form, unit="s", error_is_null=True).cast(pa.int64())
        if self.unit == "D":
            return pc.divide(pc.subtract(times, pc.if_else(pc.less(times, 0), 86_399, 0)), 86_400)
        return times if part is None else pc.add(pc.multiply(times, SECOND[self.unit]), part)

    @property
    def limits(self) -> tuple[int, int]:
        """The first and the last count that the form can write: years of two digits are few."""
        day = 86_400 * SECOND[self.unit]
        if self.storage == "time":
            return 0, day - 1
        early, late = (1969, 2068) if "%y" in self.form else (1000, 9999)
        early, late = (1900, 2099) if self.form.startswith(COMPACT) else (early, late)
        first, last = (datetime(early, 1, 1) - EPOCH).days, (datetime(late, 12, 31) - EPOCH).days
        if self.unit == "D":
            return first, last
        return max(first * day, 1 - COUNTS), min((last + 1) * day, COUNTS) - 1


def date_forms(head: Texts, form: str = "", clock: bool = False) -> Iterator[Dates]:
    """Yield the forms that dates, or times of day, may have of which these are the first."""
    storage: Literal["datetime", "time"] = "time" if clock else "datetime"
    cells = list(filter(None, head.to_pylist()))
    marks = Counter(map(_marks, cells)).most_common(1)
    zones = Counter(m[0] for m in map(ZONE.search, cells) if m).most_common(1)
    known = CLOCKS if clock else STAMPS
    if zones:  # one for all rows is a part of the form
        known = tuple(each.replace(ZONES[-1], zones[0][0]) for each in known)
    usual = [each for each in known if marks and _marks(each) == marks[0][0]]
    for each in (form,) if form else usual:
        yield Dates(each, unit_of(each, head), storage)


def _marks(text: str) -> str:
    """Return what stands between the parts of a date, or of a form of dates."""
    whole = re.sub(r"(:[0-9]{2})\.[0-9]+", r"\1", re.sub("%[-^]?[A-Za-z]", "", text))
    return re.sub("[0-9]+|[A-Za-z]{2,}", "", whole)


def unit_of(form: str, head: Texts = None) -> str:
    """Return the unit in which a form counts, by the decimals of the seconds of some texts."""
    if not re.search(TIME, form):
        return "D"
    if "%S" not in form or head is None:
        return "s"
    found = (FRACTION.fullmatch(t) for t in head.to_pylist())
    digits = {len(f["part"]) for f in found if f}
    return {3: "ms", 6: "us", 9: "ns"}.get(max(digits, default=0), "s")
