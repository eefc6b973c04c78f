"""Tell text that means a date, a time, a measure or a number although it has no form that is read.

Such text is no identifier: digits that are put in place of its own would be dates that cannot be.
Fields count for a month or a day only where they can be one in every text.
"""

import re
from collections.abc import Callable, Sequence

__all__ = ["heeded", "meaning", "unread_note"]

UNREAD = "but has no form that is read, such as"

MOST = 0.9
"""Texts that must look alike; the others may be marks of missing values."""
SAMPLE = 2_000
"""Texts that are looked at: the first of those that differ."""
MONTHS = re.compile(
    r"(?<![A-Za-z])(jan|feb|m[aä]r|apr|ma[yi]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|janv|f[eé]v|avr|juin"
    r"|juil|ao[uû]t|ene|abr|ago|dic)[a-zéû]{0,7}\.?(?![A-Za-z])",
    re.IGNORECASE,
)
DAY = re.compile(r"(?<!\d)(?:(\d{4})([-/.])(\d\d?)\2(\d\d?)|(\d\d?)([-/.])(\d\d?)\6(\d{4}|\d\d))")
AROUND_DAY = r"(?:$|[ T,;:_Z])"
COMPACT = re.compile(
    r"(?:1[5-9]|2[01])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[T ]\d{4}(\d\d)?"
)
CLOCK = re.compile(
    r"(?<![\w:.-])(?:\d{4}-\d\d-\d\dT)?\d{1,4}:[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?"
    r"(?=$|[ ,;)Z+]|-\d|[ap]\.?m)",
    re.IGNORECASE,
)
SPAN = re.compile(
    r"[-+]?P(?=[\dT])(\d+[.,]?\d*[YMWD])*(T(\d+[.,]?\d*[HMS])*)?"
    r"|[-+]?(\d+[.,]?\d* ?(y|yrs?|years?|mo|months?|w|wks?|weeks?|d|days?|h|hrs?|hours?|m|min|mins|"
    r"minutes?|s|sec|secs|seconds?|ms)[ ,]*){2,}"
)
UNIT = (
    r"[µmkcdMG]?(?:m|g|l|L|W|Wh|V|A|Hz|Pa|J|N|B|bps|mol|eV|bar|cal)[23²³]?|kt|t|lbs?|oz|st|ft|in|yd"
    r"|mi|mph|km/h|m/s|mg/dL|mmol/L|mmHg|ppm|ha|h|hrs?|min|s|sec|ms|d|days?|years?|yrs?|weeks?"
    r"|months?|°?\s?[NSEWCFK]|°|[%‰]|px|pt|IU|U|mm|dB|rpm|GB|MB|kB|TB|KiB|MiB|GiB"
)
MONEY = (
    r"[$€£¥₹₩₽₺₫₪฿₴₦]|[A-Z]{1,2}\$|kr|Kr|zł|Kč|Ft|lei|Fr|Rs|Rp|Tk|KSh|RM|R|USD|EUR|GBP|JPY|CHF|CAD"
    r"|AUD|NZD|CNY|HKD|SGD|INR|KRW|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|ZAR|BRL|MXN|IDR|VND|PHP|THB"
)
DEGREES = re.compile(
    r"[NSEWO+-]?\s?\d{1,3}\s?[°º]\s?\d{1,2}(?:[.,]\d+)?\s?['′’](?:\s?\d{1,2}(?:[.,]\d+)?\s?(?:\"|″|”|''))?"
    r"\s?[NSEWO]?"
)
WHOLE = r"\d{1,3}(?:[,.'’ \u00a0\u202f]\d{2,3})*[,.'’ \u00a0\u202f]\d{3}|\d+"
PART = r"(?:[.,](?:\d+|[-–]+))?(?:[eEdD][-+]?\d{1,3})?"
NUMBER = re.compile(
    rf"\s*[-+−(]?\s*(?P<pre>(?:{MONEY})\.?\s?)?[-+−]?(?P<whole>{WHOLE})(?P<part>{PART})"
    rf"(?P<post>\s?(?:{MONEY}|{UNIT}))?\s*[-)]?\s*"
)
PAIR = re.compile(
    r"(?P<a>[1-9]\d{0,2}|0)(?P<pa>[.,]\d+)?(?P<mark>\s?[/x×–-]\s?)(?P<b>[1-9]\d{0,2}|0)(?P<pb>[.,]\d+)?"
    rf"(?:\s?(?:{UNIT}))?"
)


def meaning(texts: Sequence[str]) -> str:
    """Return what different texts look like: "dates", "times", "measures", "numbers" or nothing.

    >>> meaning(["01-JAN-2020", "17-MAY-2021"]), meaning(["120/80", "98/60"]), meaning(["A-1"])
    ('dates', 'measures', '')
    """
    some = texts[:SAMPLE]
    tests: dict[str, Callable[[str], bool]] = {
        "dates": _is_date,
        "times": _is_time,
        "measures": _is_pair,
        "numbers": _is_number,
    }
    found = (what for what, test in tests.items() if sum(map(test, some)) >= MOST * len(some))
    return next(found, "") if some else ""


def _is_date(text: str) -> bool:
    if COMPACT.match(text):
        return True
    if MONTHS.search(re.sub(r"(?<=\d)(?=[A-Za-zé])|(?<=[A-Za-zé])(?=\d)", " ", text)):
        return re.search(r"\d", text) is not None and len(re.findall(r"\d+", text)) >= 2
    found = DAY.search(text)
    if found is None or not re.match(AROUND_DAY, text[found.end() :]):
        return False
    year_first = found[1] is not None
    a, b = (int(found[k]) for k in ((3, 4) if year_first else (5, 7)))
    # two fields of a date, one of which is a month
    return min(a, b) <= 12 and 1 <= max(a, b) <= 31


def _is_time(text: str) -> bool:
    return CLOCK.search(text) is not None or (len(text) > 1 and SPAN.fullmatch(text) is not None)


def _is_pair(text: str) -> bool:
    """Whether a text is two measures or more: a blood pressure, a range, degrees and minutes."""
    if DEGREES.fullmatch(text):
        return True
    found = PAIR.fullmatch(text)
    if found is None:
        return False
    return found["mark"].strip() not in "-–" or int(found["a"]) <= int(found["b"])


def _is_number(text: str) -> bool:
    """Whether a text is a number with a mark, an exponent, a currency or a unit about it.

    Digits alone, and those with a letter behind them, are what identifiers are made of.
    """
    found = NUMBER.fullmatch(text)
    if found is None:
        return False
    post = found["post"] or ""
    unit = bool(post) and (post[0].isspace() or not post[0].isalnum())
    return bool(found["pre"] or found["part"] or unit or not found["whole"].isdigit())


def unread_note(name: object, what: str, example: str) -> str:
    """Say that a column is not modelled though it means something, and what can be done."""
    return (
        f"column {name!r} looks like {what} {UNREAD} {example}: it is "
        "not modelled, and synthetic rows get 'id-0000001' and so on, since digits in "
        f"its form would be {what} that cannot be. Say its form (formats={{{name!r}: ...}}, "
        f"--format), keep its texts as levels (kinds={{{name!r}: 'nominal'}}, --kind "
        "NAME=nominal), or drop it."
    )


def heeded(notes: Sequence[str]) -> list[str]:
    """Return the notes of columns that are lost unless a person does something."""
    return [note for note in notes if UNREAD in note]
