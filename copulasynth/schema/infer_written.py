"""Infer what text holds that is numbers, dates or durations, in one form for all cells."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Ints
from copulasynth.errors import SchemaError
from copulasynth.schema import dates, spans
from copulasynth.schema._raw import Raw
from copulasynth.schema.column import KINDS_OF, short
from copulasynth.schema.dates import date_forms
from copulasynth.schema.digits import NumberTexts, is_money, number_forms
from copulasynth.schema.forms import FORMS, NumberForm, Texts, said_storage
from copulasynth.schema.read_as import Read, note_of
from copulasynth.schema.spans import span_forms
from copulasynth.schema.writings import Writing, read_texts, text_array

__all__ = ["Written", "written_in"]

ODD = 3
"""A column of numbers may hold so many other texts, such as "N" or " "."""
HEAD = 50
"""Texts by which a form is given up before all are read."""
DISCRETE = 20
"""Plain numbers with at most so many distinct values are taken for levels."""
REPEATS = 10
"""Plain numbers are taken for levels if they repeat more often on average."""
SAME_LENGTH = 7
"""Different whole numbers of one length, from so many digits on, are numbers of telephones."""
ONCE = 0.9
FEW = 5
"""Different texts of digits alone that are dates."""


MARKS = {
    *(
        "n",
        "na",
        "n/a",
        "#n/a",
        "n.a.",
        "nan",
        "nil",
        "none",
        "null",
        "x",
        "inf",
        "-inf",
        "unknown",
    ),
    *("missing", "void", "nd", "n.d.", "tbd", "k.a.", "k. a.", "unbekannt", "keine", "inconnu"),
}
"""Words for what is missing, which come back though a single row has them."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Text of which (nearly) every cell has one form, and how it reads.

    Attributes
    ----------
    raw : Raw
        The column as numbers or times; what is odd is missing.
    writing : Writing
    odd : tuple of str
        The texts that are written otherwise, and come back.
    stray : bool
        Whether there are others, of single rows, which are taken for missing.
    note : str
    """

    raw: Raw
    writing: Writing
    form: str
    odd: tuple[str, ...]
    stray: bool
    note: str


def written_in(raw: Raw, kind: str | None, form: str, codes: tuple[Any, ...]) -> Written | None:
    """Return what a column of text holds in one form, or None if it is text.

    Raises
    ------
    SchemaError
        If a declared kind or form does not fit.
    """
    assert raw.levels is not None
    storage = said_storage(form) if form else None
    if form and (storage is None or (kind is not None and kind not in KINDS_OF[storage])):
        raise SchemaError(_no_form(raw, kind, form))
    places = np.array([i for i, v in enumerate(raw.levels) if v not in codes], dtype=np.int64)
    texts = text_array([raw.levels[i] for i in places])
    counts = np.bincount(raw.present, minlength=len(raw.levels))[places]
    used = counts > 0
    places, texts, counts = places[used], texts.filter(pa.array(used)), counts[used]
    for wanted in _wanted(kind, storage) if len(texts) else ():
        read = _read(_forms(wanted, texts, form), texts, bool(kind or form))
        if read is None or not (kind or form or _telling(read[0], read[1], read[2], texts, counts)):
            continue
        return _written(raw, read, places, texts, counts)
    if (kind or form) and raw.present.size:
        raise SchemaError(_unread(raw, kind, form))
    return None


def _wanted(kind: str | None, storage: str | None) -> Iterable[str]:
    """Return what to look for: of what a form says, of what a kind says, or of everything."""
    if storage is not None:
        return (storage,)
    return (
        s for s in ("datetime", "time", "duration", "decimal") if not kind or kind in KINDS_OF[s]
    )


def _forms(storage: str, texts: Texts, form: str) -> Iterator[Writing]:
    head = texts[:HEAD]
    if storage == "decimal":
        yield from number_forms(texts, form)
        return
    likely = {"datetime": dates.LIKELY, "time": dates.CLOCK, "duration": spans.LIKELY}[storage]
    if not form and pc.sum(pc.invert(pc.match_substring_regex(head, likely))).as_py() > ODD:
        return
    if storage == "duration":
        yield from span_forms(form)
    else:
        yield from date_forms(head, form, storage == "time")


def _read(forms: Iterator[Writing], texts: Texts, declared: bool) -> Read | None:
    """Return the form that fits most texts, with counts; None if more than a few are odd.

    Where a person says what they are, texts without a digit are not counted as odd.
    """
    best: Read | None = None
    most = min(ODD, len(texts) - 1)
    heeded: Bools = np.ones(len(texts), dtype=np.bool_)
    if declared:
        heeded = np.asarray(pc.match_substring_regex(texts, r"\d").to_numpy(zero_copy_only=False))
    for writing in forms:
        if (~read_texts(writing, texts[:HEAD])[1] & heeded[:HEAD]).sum() > most:
            continue
        counts, known = read_texts(writing, texts)
        odd = int((~known & heeded).sum())
        if odd <= most and (~known).sum() <= max(ODD, known.sum()):
            best, most = (writing, counts, known), odd - 1
        if most < 0:
            break
    return best


def _telling(writing: Writing, counts: Ints, known: Bools, texts: Texts, rows: Ints) -> bool:
    """Whether text that reads as something else is that, and not names of levels or identifiers."""
    distinct, there = int(known.sum()), int(rows[known].sum())
    others = texts.filter(pa.array(~known)).to_pylist()
    marks = [_is_mark(text) for text in others]
    words = int(rows[~known][~np.array(marks, dtype=bool)].sum())
    # levels of many numbers would be those of single rows
    if distinct < 2 or (there <= words and distinct <= DISCRETE):
        return False
    if not isinstance(writing, NumberTexts):
        return getattr(writing, "form", "") != dates.COMPACT or distinct >= FEW
    form = writing.form
    if not form.places and form.plus in (("", ""), ("+", "")) and _called(form, texts, known, rows):
        return False
    if any(form.plus) and form.plus != ("+", ""):
        strong = _unit(form.plus)
        if strong is not None:
            return (
                distinct >= 3
                if strong
                else distinct > DISCRETE and (form.places > 0 or distinct < there)
            )
        return False
    if form.group or form.mark == "," or form.plus[0] == "+":
        return distinct >= 5
    many = distinct > DISCRETE and there < REPEATS * distinct
    return many and (form.places > 0 or distinct < there)


def _unit(affix: tuple[str, str]) -> bool | None:
    """Return whether what stands about numbers is surely a unit; None if it surely is none."""
    before, behind = affix[0].lstrip("+"), affix[1]
    if is_money((before, behind)):
        return True
    word = behind.strip(" \u00a0\u202f")
    plain = word.rstrip("23²³")
    if (
        before
        or not plain
        or len(word) > 16
        or any(c.isdigit() or c in ".,;:()#-_" for c in plain[:1])
    ):
        return None
    if any(c.isdigit() or c in ";:()#_" for c in plain):
        return None
    return behind[:1] in " \u00a0\u202f" or not plain[0].isalnum()


def _called(form: NumberForm, texts: Texts, known: Bools, rows: Ints) -> bool:
    """Whether whole numbers, most of which occur once, are telephones'.

    Those are equally long, or all have a plus and many digits.
    """
    lengths = np.asarray(pc.utf8_length(texts))[known]
    once = (rows[known] == 1).sum() >= ONCE * len(lengths)
    same = lengths.min() == lengths.max()
    if form.plus[0]:
        plus = np.asarray(pc.starts_with(texts, "+"))[known]
        return bool(once and plus.all() and lengths.min() > SAME_LENGTH)
    return bool(once and same and lengths.max() >= SAME_LENGTH)


def _written(raw: Raw, read: Read, places: Ints, texts: Texts, held: Ints) -> Written:
    writing, counts, known = read
    size = len(raw.levels or ())
    by_level, there = np.zeros(size + 1, dtype=np.int64), np.zeros(size + 1, dtype=np.bool_)
    by_level[places], there[places] = counts, known
    rows: NDArray[Any] = raw.values
    numbers = replace(
        raw,
        storage=writing.storage,
        physical="int64",
        values=by_level[rows],
        missing=raw.missing | ~there[rows],
        levels=None,
        unit=writing.unit,
        scale=writing.scale,
    )
    others = texts.filter(pa.array(~known)).to_pylist()
    kept = {
        t: k for t, k in zip(others, held[~known].tolist(), strict=True) if k > 1 or _is_mark(t)
    }
    lost = len(others) - len(kept)
    form = writing.form
    if isinstance(writing, NumberTexts):
        form = writing.word or writing.form.words
    note = note_of(raw, read, form, texts, kept, lost)
    return Written(numbers, writing, form, tuple(kept), lost > 0, note)


def _is_mark(text: str) -> bool:
    """Whether a text is a usual word for what is missing, and says nothing of the row it is in."""
    return text.strip().lower() in MARKS or not any(c.isalnum() and c != "0" for c in text)


def _no_form(raw: Raw, kind: str | None, form: str) -> str:
    what = f" of kind {kind!r}" if kind else ""
    return f"column {raw.name!r}: {form!r} is no form{what}; {FORMS}"


def _unread(raw: Raw, kind: str | None, form: str) -> str:
    what = {"datetime": "dates", "duration": "durations"}.get(kind or "", "plain numbers")
    example = {"datetime": "%d/%m/%Y", "duration": "[h]:mm:ss"}.get(kind or "", "#,##0.00 EUR")
    said = kind or repr(form)
    holds = f"column {raw.name!r} is declared {said} but holds text that is not written as"
    shown = f"for example {short(raw.levels or (), 3)}"
    if form:
        return f"{holds} {form!r}, {shown}; name what means missing as missing_codes"
    return (
        f"{holds} {what} of one form, {shown}; say the form, as in "
        f"formats={{{raw.name!r}: {example!r}}}"
    )
