"""Durations that a table keeps as text, as spreadsheets, ISO 8601 or pandas write them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copulasynth._arrays import Ints
from copulasynth.schema.forms import PANDAS, SPANS, Texts

__all__ = ["LIKELY", "Spans", "span_forms"]

LIKELY = r"^(\d{1,6}:\d\d(:\d\d)?|P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?|-?\d+ days \+?\d\d:\d\d:\d\d)$"
MOST = 10**12
"""Seconds below which durations are written."""
ISO = r"^P(?:(?P<d>\d{1,9})D)?(?:T(?:(?P<h>\d{1,9})H)?(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,9})S)?)?$"
CLOCK = r"^(?P<h>\d{1,9}):(?P<m>\d\d)(?::(?P<s>\d\d))?$"
DAYS = r"^(?P<d>-?\d{1,8}) days \+?(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)$"
SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True)
class Spans:
    """Durations in whole seconds, in one of the forms of :data:`forms.SPANS`."""

    form: str
    unit: str = "s"
    storage: str = "duration"
    scale: int = 1

    def write(self, counts: Ints) -> Texts:
        """Return seconds as text."""
        hours, minutes, seconds = counts // 3_600, counts // 60 % 60, counts % 60
        if self.form.startswith("[h"):
            first = _padded(hours) if self.form.startswith("[hh]") else _whole(hours)
            parts = [first, _padded(minutes), *([_padded(seconds)] if "ss" in self.form else [])]
            return pc.binary_join_element_wise(*parts, ":")
        return self._since_midnight(counts) if self.form == PANDAS else self._iso(counts)

    def _iso(self, counts: Ints) -> Texts:
        hours, minutes, seconds = counts // 3_600, counts // 60 % 60, counts % 60
        days = self.form == "PnDTnHnMnS"
        date = _named(hours // 24, "D") if days else pa.scalar("")
        time = pc.binary_join_element_wise(
            _named(hours % 24 if days else hours, "H"),
            _named(minutes, "M"),
            _named(seconds, "S"),
            "",
        )
        time = pc.if_else(pc.equal(time, ""), "", pc.binary_join_element_wise("T", time, ""))
        text = pc.binary_join_element_wise("P", date, time, "")
        return pc.if_else(pa.array(counts == 0), "PT0S", text)

    def _since_midnight(self, counts: Ints) -> Texts:
        """Return whole days, rounded down, and the time of day that is left."""
        between = pa.array(np.where(counts < 0, " days +", " days "))
        parts = [_padded(counts // per % limit) for per, limit in ((3_600, 24), (60, 60), (1, 60))]
        clock = pc.binary_join_element_wise(*parts, ":")
        return pc.binary_join_element_wise(_whole(counts // 86_400), between, clock, "")

    def guess(self, texts: Texts) -> Texts:
        """Return texts as seconds, null where they are no durations."""
        clock = self.form.startswith("[h")
        found = pc.extract_regex(texts, CLOCK if clock else DAYS if self.form == PANDAS else ISO)
        total = None
        for k, name in enumerate("hms" if clock else "dhms"):
            part = pc.struct_field(found, k)
            part = pc.if_else(pc.equal(part, ""), "0", part).cast(pa.int64())
            part = pc.multiply(part, SECONDS[name])
            total = part if total is None else pc.add(total, part)
        return total

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest count that is written, in whole minutes without seconds."""
        return (-MOST if self.form == PANDAS else 0), MOST


def span_forms(form: str = "") -> tuple[Spans, ...]:
    """Return the forms that durations may have."""
    return tuple(Spans(each) for each in ((form,) if form else SPANS))


def _whole(counts: Ints) -> Texts:
    return pa.array(counts, pa.int64()).cast(pa.string())


def _padded(counts: Ints) -> Texts:
    return pc.utf8_lpad(_whole(counts), 2, padding="0")


def _named(counts: Ints, letter: str) -> Texts:
    """Return so many of a unit, or nothing where there is none."""
    return pc.if_else(
        pa.array(counts == 0), "", pc.binary_join_element_wise(_whole(counts), letter, "")
    )
