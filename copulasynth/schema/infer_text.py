"""Infer what a column is that came as text, booleans or a categorical."""

import re
import shlex
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._paths import one_line
from copulasynth.errors import SchemaError
from copulasynth.schema._raw import Raw
from copulasynth.schema.column import READ, Column, Scalar, short
from copulasynth.schema.infer_meant import meaning, unread_note
from copulasynth.schema.infer_pattern import find_pattern, rows_of, unused
from copulasynth.schema.patterns import Pattern, read_pattern

__all__ = [
    "DISCRETE",
    "IDENTIFIER_ROWS",
    "constant_column",
    "identifier_note",
    "infer_levelled",
    "is_discrete",
    "pattern_of",
]

DISCRETE = 20
"""Numbers with at most so many distinct values are discrete."""
IDENTIFIER_ROWS = 20
"""Fewer rows are too few to tell an identifier."""
ONCE = 0.9
"""Text of which so many rows have a value of their own identifies rows: as levels, the values of
real rows would be given away, and there is nothing to be learned about them."""
TEXT_LENGTH = 30
"""Mostly distinct strings that are longer on average, with spaces, are free text."""
SINGLE = 0.05
"""From such a share of the rows on, levels of one row each are told of."""
MOSTLY = 0.8
"""From such a share of different texts on that are numbers, the others may be words for gaps."""
PLAIN = re.compile(r"[-+(]?\d[\d.,'’ ]*\)?")
GENERAL = "id-#######"
"""Identifiers of tables whose own have no form in common."""


def infer_levelled(
    raw: Raw, kind: str | None, common: dict[str, Any], form: str = ""
) -> tuple[Column, str]:
    """Infer a column that came as text, booleans or a categorical."""
    assert raw.levels is not None
    levels = raw.levels
    counts = np.bincount(raw.present, minlength=len(levels))
    if raw.storage == "text" and not raw.categorical and kind is None:
        once = (counts == 1).sum() >= max(ONCE * counts.sum(), IDENTIFIER_ROWS)
        used = [str(levels[i]) for i in np.flatnonzero(counts)] if once and not form else []
        if what := meaning(used):
            return _unread(raw, what, used, common)
        if form or (once and not _long(levels)):
            kind = "identifier"
        else:
            _refuse_free_text(raw, counts)
    elif kind in READ and raw.categorical:
        raise SchemaError(
            f"column {raw.name!r}: kind {kind!r} does not fit a categorical; cast it to text first"
        )
    if kind == "identifier":
        return _identifier(raw, form, common)
    common |= {"levels": levels, "categorical": raw.categorical, "ordered": raw.ordered}
    special = common["missing_codes"]
    if raw.categorical:
        common["missing_codes"] = tuple(c for c in special if c in levels)
    else:
        common["levels"] = (*levels, *(c for c in special if c not in levels))
    counts[[i for i, v in enumerate(levels) if v in special]] = 0
    if kind == "constant" or (kind is None and raw.n > 0 and (counts > 0).sum() <= 1):
        return constant_column(raw, [levels[i] for i in np.flatnonzero(counts)], common), ""
    asked = kind is not None
    if kind is None:
        kind = "boolean" if raw.storage == "boolean" else "ordinal" if raw.ordered else "nominal"
    note = "" if asked else _mixed_note(raw, counts) or _single_note(raw, counts)
    return Column(**common | {"kind": kind}), note


def _mixed_note(raw: Raw, counts: NDArray[Any]) -> str:
    """Say that most texts are numbers, which are levels since others are among them."""
    used = [str(raw.levels[i]) for i in np.flatnonzero(counts)] if raw.levels else []
    numbers = sum(PLAIN.fullmatch(text) is not None for text in used)
    if raw.storage != "text" or numbers <= max(DISCRETE, MOSTLY * len(used)) or raw.categorical:
        return ""
    return (
        f"column {raw.name!r}: {numbers:,} of its {len(used):,} different texts are numbers, and "
        "others stop it from being read as such: its texts are levels. "
        f"kinds={{{raw.name!r}: 'continuous'}}, on the command line --kind "
        f"{_word(raw.name)}=continuous, takes words among them for kinds of missing"
    )


def _single_note(raw: Raw, counts: NDArray[Any]) -> str:
    """Say that many values are each of one row, whose they are when they are drawn."""
    single = int((counts == 1).sum())
    if raw.storage != "text" or single < max(IDENTIFIER_ROWS, SINGLE * counts.sum()):
        return ""
    return (
        f"column {raw.name!r}: {single:,} of its {(counts > 0).sum():,} values are those of one "
        "row each, which the model holds and draws as they are. If they are remarks or name "
        f"somebody, leave the column out: kinds={{{raw.name!r}: 'drop'}}, on the command line "
        f"--kind {_word(raw.name)}=drop"
    )


def is_discrete(distinct: int, rows: int) -> bool:
    """Whether numbers take few values, of which some repeat."""
    return distinct <= min(DISCRETE, max(2, rows // 2)) and (distinct < rows or not rows)


def constant_column(raw: Raw, values: list[Scalar], common: dict[str, Any]) -> Column:
    if len(values) > 1:
        raise SchemaError(
            f"column {raw.name!r} is declared constant but holds {short(tuple(values))}"
        )
    if not values:
        return Column(kind="constant", value=None, **{**common, "gaps": True})
    return Column(kind="constant", value=values[0], **common)


def _long(levels: tuple[Scalar, ...]) -> bool:
    texts = [str(v) for v in levels]
    spaced = sum(" " in t for t in texts) > len(texts) / 2
    return spaced and sum(map(len, texts)) > TEXT_LENGTH * len(texts)


def _refuse_free_text(raw: Raw, counts: NDArray[Any]) -> None:
    assert raw.levels is not None
    distinct, n = len(raw.levels), int(counts.sum())
    if distinct > DISCRETE / 2 and distinct > n / 2 and _long(raw.levels):
        raise SchemaError(
            f"column {raw.name!r} looks like free text: {distinct} distinct strings in {n} rows. "
            f"Drop it, or declare what it is: kinds={{{raw.name!r}: 'drop'}} or 'identifier', "
            f"'nominal'; on the command line --kind {_word(raw.name)}=drop."
        )


def _identifier(raw: Raw, form: str, common: dict[str, Any]) -> tuple[Column, str]:
    """Return the column of identifiers, with the pattern that new ones will have."""
    common = {**common, "missing_codes": ()}
    if raw.storage != "text":
        return Column(kind="identifier", **common), identifier_note(raw, "a new sequence")
    asked = read_pattern(form) if form else None
    if form and asked is None:
        raise SchemaError(
            f"column {raw.name!r}: {form!r} is no pattern of identifiers; write # for a digit, "
            "[A-Z] for a letter, as in 'ID-#####' or '[A-Z]{2}-####'"
        )
    texts = (
        [str(raw.levels[i]) for i in np.flatnonzero(np.bincount(raw.present))] if raw.levels else []
    )
    found = asked or find_pattern(texts)
    made = pattern_of(raw.name, found, texts)
    has = f" of the form {found.words!r}" if found is not None else ""
    new = f"values of the form {made or GENERAL!r}, which the table has none of"
    behind = 0 if found is None or asked else rows_of(found, texts)
    column = Column(kind="identifier", writing=made, behind=behind, **common)
    return column, identifier_note(raw, new, has)


def _unread(raw: Raw, what: str, texts: list[str], common: dict[str, Any]) -> tuple[Column, str]:
    """Return the column whose texts mean something that is not read: numbered, in no form of its.

    Its texts are in nearly one row each, so that levels would give real rows' values away.
    """
    made = pattern_of(raw.name, None, texts)
    column = Column(kind="identifier", writing=made, **{**common, "missing_codes": ()})
    return column, unread_note(raw.name, what, repr(_shape(texts)))


def _shape(texts: list[str]) -> str:
    """Return what most texts look like, with none of their own digits and letters."""
    masked = (re.sub("[A-Z]", "A", re.sub("[^\\W\\dA-Z_]", "a", t)) for t in texts)
    return Counter(re.sub(r"\d", "0", t) for t in masked).most_common(1)[0][0]


def pattern_of(name: object, pattern: Pattern | None, texts: list[str]) -> str:
    """Return the pattern of new identifiers, or "" for the usual one, which no text begins like."""
    usual = pattern is None
    if pattern is None:
        pattern = read_pattern(GENERAL)
        assert pattern is not None
    if usual and not any(t.startswith("id-") for t in texts):
        return ""
    try:
        return unused(pattern, texts).words if texts else pattern.words
    except SchemaError as e:
        raise SchemaError(f"column {name!r}: {e}") from e


def _word(name: object) -> str:
    return shlex.quote(one_line(str(name)))


def identifier_note(raw: Raw, new: str, has: str = "") -> str:
    every = len(np.unique(raw.present)) == len(raw.present)
    often = "every" if every else "nearly every"
    return (
        f"column {raw.name!r} is an identifier{has} ({often} value occurs once): it is not "
        f"modelled, and synthetic rows get {new}"
    )
