"""How text files write the values of columns that are no text: fixed decimals, TRUE, no seconds.

A style changes nothing of what a column is, and only files of text know it: a table and other files
hold numbers, truth values and times.
"""

import re

from copulasynth.schema.forms import PLACES

__all__ = ["NUMBER", "TIME", "TRUTHS", "is_style"]

TRUTHS = {"TRUE/FALSE": ("TRUE", "FALSE"), "True/False": ("True", "False")}
NUMBER = re.compile(
    r"(?P<whole>[0#])(?P<open>\[?)\.(?P<least>0*)(?P<more>#*)(?P<close>\]?)(?P<power>[eE]\+00)?"
)
"""``0.00``, ``0.0##``; ``#.00`` without a zero before the point, ``0[.00]`` without decimals where
they are zero, ``0.00E+00``."""
TIME = re.compile(
    r"(?P<day>%Y-%m-%d)?(?P<between>[T ]?)(?P<clock>%H:%M(?P<second>:%S(?:\.(?P<part>0{1,9}))?)?)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?"
)


def is_style(style: str, storage: str) -> bool:
    """Whether text files can write values that are stored so in a style; files are untrusted input.

    >>> is_style("0.00", "float"), is_style("%H:%M", "time"), is_style("0.00", "boolean")
    (True, True, False)
    """
    if storage == "boolean":
        return style in TRUTHS
    if storage == "float":
        found = NUMBER.fullmatch(style)
        return found is not None and _is_number(found)
    if storage not in ("datetime", "time"):
        return False
    time = TIME.fullmatch(style)
    if time is None or time["clock"] is None:
        return False
    whole = bool(time["between"]) and bool(time["day"])
    return whole if storage == "datetime" else style == time["clock"]


def _is_number(found: re.Match[str]) -> bool:
    places = len(found["least"] + found["more"])
    fixed = not found["more"] and bool(found["least"])
    bare = bool(found["open"])
    if bare != bool(found["close"]) or not 1 <= places <= PLACES:
        return False
    if found["power"] or bare:
        return fixed and found["whole"] == "0" and not (bare and found["power"])
    return True
