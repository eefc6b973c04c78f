"""What is said of text that holds numbers, dates or durations: its form, and what is set apart."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from copulasynth._arrays import Bools, Ints
from copulasynth._masking import K_MIN
from copulasynth.schema._raw import Raw
from copulasynth.schema.dates import Dates
from copulasynth.schema.digits import NumberTexts
from copulasynth.schema.forms import Texts
from copulasynth.schema.writings import Writing, read_texts

__all__ = ["Read", "note_of"]

PADDED = r"^\s*[-+]?0[0-9]"
"""Numbers with zeros in front."""
STRAY = (
    " {} of a single row written otherwise counts as missing: drawn again, it would give away what "
    "one row says. Name it in missing_codes to keep it."
)
WHAT = {"decimal": "numbers", "datetime": "dates", "time": "times of day", "duration": "durations"}
#: How texts are written, what they count, and which are written so.
Read = tuple[Any, Ints, Bools]


def note_of(
    raw: Raw, read: Read, form: str, texts: Texts, kept: Mapping[str, int], lost: int
) -> str:
    """Return what to say of a column.

    Parameters
    ----------
    kept : mapping of text to rows
        Texts of another form that stay as they are.
    lost : int
        How many are taken for missing.
    """
    writing, _, known = read
    what = WHAT[writing.storage]
    other = _other(writing, texts, known)
    also = ""
    if other:
        also = f" {other!r} fits as well: formats={{{raw.name!r}: {other!r}}} declares it."
    return (
        f"column {raw.name!r} is text that holds {what}, read as {form!r}: it is modelled as "
        f"{what} and comes back as text.{also}{_apart(kept)}{_stray(lost)}"
    )


def _stray(lost: int) -> str:
    return STRAY.format("1 text" if lost == 1 else f"Each of {lost} texts") if lost else ""


def _apart(kept: Mapping[str, int]) -> str:
    """Say which texts are kept beside the numbers, those of few rows without their names."""
    if not kept:
        return ""
    named = [repr(text) for text, rows in kept.items() if rows >= K_MIN]
    few = len(kept) - len(named)
    what = [*named, *([f"{few} of few rows"] if few else [])]
    padded = any(re.match(PADDED, text) for text in kept)
    told = f" Texts among them stay as they are: {', '.join(what)}."
    return told + " If numbers with zeros in front are codes, declare it nominal." * padded


def _other(writing: Writing, texts: Texts, known: Bools) -> str:
    """Return another form that reads as many texts as something else, or nothing."""
    swapped = ""
    if isinstance(writing, Dates):
        pairs = {"d": "m", "m": "d"}
        swapped = "".join(
            pairs[c] if c in pairs and writing.form[:i].endswith(("%", "%-")) else c
            for i, c in enumerate(writing.form)
        )
        if (
            swapped == writing.form
            or writing.form[:2] == "%Y"
            or "%d" not in swapped.replace("-", "")
        ):
            return ""
        second: Writing = replace(writing, form=swapped)
    elif isinstance(writing, NumberTexts):
        form = writing.form
        marks = {(",", ".", 0): ("", ",", 3), (".", ".", 0): ("", ".", 3)}
        marks |= {("", ",", 3): (",", ".", 0), ("", ".", 3): (".", ".", 0)}
        found = marks.get((form.group, form.mark, form.places))
        if found is None:
            return ""
        group, mark, places = found
        new = replace(form, group=group, mark=mark, places=places, least=places)
        second, swapped = NumberTexts(new), new.words
    else:
        return ""
    return swapped if (read_texts(second, texts)[1] | ~known).all() else ""
