"""Infer what a column is that came as text, booleans or a categorical."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth.errors import SchemaError
from copulasynth.schema._raw import Raw
from copulasynth.schema.column import Column, Scalar, short
from copulasynth.schema.digits import read_digits
from copulasynth.schema.grid import multiple_of

__all__ = [
    "DISCRETE",
    "IDENTIFIER_ROWS",
    "NUMERIC",
    "constant_column",
    "identifier_note",
    "infer_levelled",
    "is_discrete",
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
REPEATS = 10
"""Text that holds numbers is taken for numbers if they repeat less often on average."""
NUMERIC = ("continuous", "integer")


def infer_levelled(raw: Raw, kind: str | None, common: dict[str, Any]) -> tuple[Column, str]:
    """Infer a column that came as text, booleans or a categorical."""
    assert raw.levels is not None
    levels = raw.levels
    counts = np.bincount(raw.present, minlength=len(levels))
    note = ""
    if raw.storage == "text" and not raw.categorical and kind in (None, *NUMERIC):
        column = _digits(raw, kind, counts, common)
        if column is not None:
            return column, (
                f"column {raw.name!r} is text that holds numbers: it is modelled as numbers and "
                "comes back as text"
            )
        once = (counts == 1).sum() >= max(ONCE * counts.sum(), IDENTIFIER_ROWS)
        if once and not _long(levels):
            kind, note = "identifier", identifier_note(raw)
        else:
            _refuse_free_text(raw, counts)
    elif kind in NUMERIC:
        raise SchemaError(f"column {raw.name!r}: kind {kind!r} does not fit a categorical")
    if kind == "identifier":
        return Column(kind="identifier", **{**common, "missing_codes": ()}), note
    common |= {"levels": levels, "categorical": raw.categorical, "ordered": raw.ordered}
    special = common["missing_codes"]
    if raw.categorical:
        common["missing_codes"] = tuple(c for c in special if c in levels)
    else:
        common["levels"] = (*levels, *(c for c in special if c not in levels))
    counts[[i for i, v in enumerate(levels) if v in special]] = 0
    if kind == "constant" or (kind is None and raw.n > 0 and (counts > 0).sum() <= 1):
        return constant_column(raw, [levels[i] for i in np.flatnonzero(counts)], common), note
    if kind is None:
        kind = "boolean" if raw.storage == "boolean" else "ordinal" if raw.ordered else "nominal"
    return Column(**common | {"kind": kind}), note


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
            "Drop it, or declare what it is with kinds={"
            f"{raw.name!r}: 'identifier'}} or 'nominal'."
        )


def identifier_note(raw: Raw) -> str:
    every = len(np.unique(raw.present)) == len(raw.present)
    often = "every" if every else "nearly every"
    return (
        f"column {raw.name!r} is an identifier ({often} value occurs once): it is not modelled, "
        "and synthetic rows get a new sequence"
    )


def _digits(
    raw: Raw, kind: str | None, counts: NDArray[Any], common: dict[str, Any]
) -> Column | None:
    """Return the column of numbers that are kept as text, or None if they are none."""
    assert raw.levels is not None
    codes = common["missing_codes"]
    places = [i for i, v in enumerate(raw.levels) if v not in codes]
    found = read_digits([raw.levels[i] for i in places])
    if found is None:
        if kind is not None and raw.n:
            raise SchemaError(
                f"column {raw.name!r} is declared {kind} but holds text that is not written as "
                f"plain numbers, for example {short(raw.levels, 3)}"
            )
        return None
    numbers = [c for c in found.counts if c is not None]
    rows = int(counts[places].sum() - counts[[places[i] for i in found.odd]].sum())
    if kind is None and not _telling(len(numbers), rows, int(counts.sum()), found.places):
        return None
    odd = tuple(raw.levels[places[i]] for i in found.odd)
    return Column(
        **{
            **common,
            "kind": kind or ("continuous" if found.places else "integer"),
            "storage": "decimal",
            "physical": "int64",
            "writing": found.writing,
            "scale": 10**found.places,
            "decimals": found.places,
            "multiple": multiple_of(np.array(numbers)),
            "missing_codes": (*codes, *odd),
            "discrete": is_discrete(len(numbers), rows),
            "lower": 0 if min(numbers) >= 0 else None,
        }
    )


def _telling(distinct: int, rows: int, n: int, places: int) -> bool:
    """Whether text that reads as numbers is numbers, and not names of levels or identifiers."""
    many = distinct > DISCRETE and rows < REPEATS * distinct and 2 * rows > n
    return many and (places > 0 or distinct < rows)
