"""The forms of numbers, dates and durations that text holds, as a person writes them down.

Numbers have the forms of spreadsheets, such as ``#,##0.00``, with every mark as it stands in the
text; dates and times of day those of `strptime`; durations those of spreadsheets or of ISO 8601.
"""

import re
from dataclasses import dataclass
from typing import Any

__all__ = [
    "FORMS",
    "LONGEST",
    "SPANS",
    "WORDS",
    "NumberForm",
    "Texts",
    "number_form",
    "said_storage",
]

#: An Arrow array of texts, or what comes of one.
Texts = Any

FORMS = (
    "forms are such as '#,##0.00 EUR' for numbers, '%d/%m/%Y' for dates, '%H:%M' for times, "
    "'[h]:mm:ss' for durations, 'ID-#####' for identifiers"
)
LONGEST = 160
"""Most signs of a form."""
PLACES = 18
"""Most decimals of numbers that are kept as text: R writes 15 digits, other programs 17."""
GROUPS = ",. '’\u00a0\u202f"
PANDAS = "[d] days hh:mm:ss"
"""How pandas writes durations, those below zero as ``-1 days +23:00:00``."""
SPANS = ("[h]:mm", "[hh]:mm", "[h]:mm:ss", "[hh]:mm:ss", "PnDTnHnMnS", "PTnHnMnS", PANDAS)
TIME = r"%-?[HI]|%[Mp]"
DAY = r"%[YyBbAa]|%\^[Bb]|%-?[md]"
_STRPTIME = re.compile(rf"(?:[^%\n\x01]|{TIME}|{DAY}|%S){{1,60}}")
_SECTION = re.compile(
    rf"(?P<pre>[^\d#;]*)(?P<body>(?:#(?P<group>[{GROUPS}])##0|0)"
    r"(?:(?P<mark>[.,])(?P<least>0*)(?P<more>#*))?)(?P<post>(?:[^\d#;][^0#;]*)?)"
)
#: What earlier releases called the forms of plain numbers.
WORDS = {"fixed": ("0" * PLACES, ""), "shortest": ("", "#" * PLACES), "point": ("0", "#" * PLACES)}


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How numbers are written.

    Attributes
    ----------
    places, least : int
        Most and fewest decimals.
    mark, group : str
        What stands before the decimals, and between thousands.
    plus, minus, zero : (str, str)
        What stands before and behind a number of each sign.
    """

    places: int = 0
    least: int = 0
    mark: str = "."
    group: str = ""
    plus: tuple[str, str] = ("", "")
    minus: tuple[str, str] = ("-", "")
    zero: tuple[str, str] = ("", "")

    @property
    def words(self) -> str:
        """The form as a person writes it."""
        body = f"#{self.group}##0" if self.group else "0"
        if self.places:
            body += self.mark + "0" * self.least + "#" * (self.places - self.least)
        usual = self.plus, _negative(self.plus), self.plus
        signs = [self.plus, self.minus, self.zero]
        while len(signs) > 1 and signs[-1] == usual[len(signs) - 1]:
            signs.pop()
        return ";".join(f"{before}{body}{behind}" for before, behind in signs)


def _negative(plus: tuple[str, str]) -> tuple[str, str]:
    return "-" + plus[0], plus[1]


def number_form(words: str, places: int = PLACES) -> NumberForm | None:
    """Read a form of numbers; None if it is none.

    >>> number_form("#.##0,00 EUR").plus, number_form("0;(0)").minus, number_form("abc")
    (('', ' EUR'), ('(', ')'), None)
    """
    if words in WORDS:
        least, more = WORDS[words]
        words = "0." + (least + more)[:places] if places else "0"
    if len(words) > LONGEST or not re.sub("[\u00a0\u202f]", " ", words).isprintable():
        return None
    found = [_SECTION.fullmatch(section) for section in words.split(";", 3)]
    known = [m for m in found if m is not None]
    first = known[0] if known else None
    if first is None or len(known) < len(found) or len(known) > 3:
        return None
    least, more = first["least"] or "", first["more"] or ""
    count = len(least + more)
    marks = first["mark"] or "", first["group"] or ""
    fits = {m["body"] for m in known} == {first["body"]} and (marks[0] != marks[1] or not marks[0])
    if not fits or count > PLACES or (first["mark"] and not count):
        return None
    signs = [(m["pre"], m["post"]) for m in known]
    signs += [_negative(signs[0])] if len(signs) < 2 else []
    signs += [signs[0]] if len(signs) < 3 else []
    if signs[1] in (signs[0], signs[2]):
        return None
    return NumberForm(count, len(least), first["mark"] or ".", first["group"] or "", *signs)


def said_storage(form: str) -> str | None:
    """Return what a form writes: "decimal", "datetime", "time" or "duration"; None if nothing.

    >>> [said_storage(f) for f in ("0.00", "%d/%m/%Y", "%H:%M", "[h]:mm", "?")]
    ['decimal', 'datetime', 'time', 'duration', None]
    """
    if form in SPANS:
        return "duration"
    if "%" in form and len(form) <= LONGEST and _STRPTIME.fullmatch(form):
        days, times = re.search(DAY, form), re.search(TIME, form)
        if days or times:
            return "datetime" if days else "time"
    return None if number_form(form) is None else "decimal"
