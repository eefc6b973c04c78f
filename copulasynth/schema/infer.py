"""Infer what a column is from its values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import LARGEST, Bools
from copulasynth.errors import SchemaError
from copulasynth.schema._raw import Raw, first
from copulasynth.schema.column import ALLOWED, KINDS, READ, SECOND, Column, Scalar
from copulasynth.schema.forms import WORDS
from copulasynth.schema.grid import EXACT, multiple_of
from copulasynth.schema.infer_pattern import beyond
from copulasynth.schema.infer_text import (
    IDENTIFIER_ROWS,
    constant_column,
    identifier_note,
    infer_levelled,
    is_discrete,
)
from copulasynth.schema.infer_written import Written, written_in
from copulasynth.schema.patterns import is_pattern_only

__all__ = ["infer_column"]

DECIMALS = 6
"""Most decimals that are looked for in floating-point numbers."""


def infer_column(
    raw: Raw, kind: str | None = None, missing_codes: Sequence[Scalar] = (), form: str = ""
) -> tuple[Column, str]:
    """Return the column that `raw` is, and a note for the user (or "").

    `form` is that of the numbers, dates or durations that text holds, or the pattern of its
    identifiers; it may stand behind the kind, as in "datetime %d/%m/%Y".

    Raises
    ------
    SchemaError
        If a declared kind or form does not fit, a value is infinite, or the column is free text.
    """
    if kind is not None and " " in kind:
        kind, _, form = kind.partition(" ")
    form = "" if form in WORDS else form
    _check_declared(raw, kind, form)
    codes = tuple(stored_code(raw, c) for c in missing_codes)
    common: dict[str, Any] = {
        "name": raw.name,
        "storage": raw.storage,
        "dtype": raw.dtype,
        "physical": raw.physical,
        "unit": raw.unit,
        "timezone": raw.timezone,
        "marker": raw.marker,
        "gaps": bool(raw.missing.any()) or raw.storage == "null",
        "missing_codes": codes,
        "scale": raw.scale,
    }
    if kind == "drop":
        return Column(kind="drop", **{**common, "missing_codes": ()}), ""
    written = None
    if raw.storage == "text" and not raw.categorical and kind in (None, *READ):
        written = None if is_pattern_only(form) else written_in(raw, kind, form, codes)
    if written is not None:
        column, note = _read(written, kind, common)
    elif raw.levels is not None:
        column, note = infer_levelled(raw, kind, common, form)
    else:
        column, note = _numeric(raw, kind, common)
    return column, " ".join(t for t in (note, raw.note) if t)


def _check_declared(raw: Raw, kind: str | None, form: str) -> None:
    """Refuse kinds that do not exist or fit, and forms of what is no text."""
    if kind is not None and kind not in KINDS:
        raise SchemaError(f"column {raw.name!r}: unknown kind {kind!r}; use one of {list(KINDS)}")
    if kind is not None and kind not in ALLOWED[raw.storage]:
        raise SchemaError(
            f"column {raw.name!r}: kind {kind!r} does not fit {raw.storage} values; use one of "
            f"{list(ALLOWED[raw.storage])}"
        )
    if form and kind is not None and kind not in ("identifier", *READ):
        raise SchemaError(f"column {raw.name!r} is declared {kind}, which has no form ({form!r})")
    if form and (raw.storage not in ("text", "null") or raw.categorical):
        what = "a categorical" if raw.categorical else f"{raw.storage} values"
        raise SchemaError(
            f"column {raw.name!r} holds {what}, which have no form; only text has one"
        )


def _read(written: Written, kind: str | None, common: dict[str, Any]) -> tuple[Column, str]:
    """Return the column of numbers or times that are kept as text."""
    raw = written.raw
    common |= {"storage": raw.storage, "physical": "int64", "unit": raw.unit, "scale": raw.scale}
    common |= {"writing": written.form, "missing_codes": (*common["missing_codes"], *written.odd)}
    common |= {"stray": written.stray, "gaps": common["gaps"] or written.stray}
    values = raw.present
    distinct = np.unique(values)
    common["discrete"] = is_discrete(len(distinct), len(values))
    note = written.note
    if raw.storage == "decimal":
        _real(raw, kind, values, distinct, common)
    else:
        note = " ".join(filter(None, (note, _counted(raw, kind, distinct, common))))
    return Column(**common), note


def stored_code(raw: Raw, code: Any) -> Scalar:
    """Check that a missing code has the type of the column's values."""
    types: dict[str, tuple[type, ...]] = {
        "integer": (int, np.integer),
        "float": (float, int, np.number),
        "text": (str,),
    }
    fitting = types.get(raw.storage, ())
    if isinstance(code, bool) or not isinstance(code, fitting):
        raise SchemaError(
            f"column {raw.name!r}: missing code {code!r} does not fit {raw.storage} values"
        )
    plain: Scalar = fitting[0](code)
    return plain


def _numeric(raw: Raw, kind: str | None, common: dict[str, Any]) -> tuple[Column, str]:
    """Infer a column of numbers, times or durations."""
    if raw.storage == "float":
        _refuse_infinite(raw)
    values, codes = raw.present, common["missing_codes"]
    values = values[~np.isin(values, np.array(codes))] if codes else values
    distinct = np.unique(values)
    same = kind is None and raw.n > 0 and len(distinct) <= 1
    if raw.storage == "null" or kind == "constant" or same:
        return constant_column(raw, distinct.tolist(), common), ""
    note = ""
    if kind is None and raw.storage == "integer" and _is_identifier_number(distinct, len(values)):
        kind = "identifier"
    if kind == "identifier":
        return _sequence(raw, distinct, common)
    if kind in ("nominal", "ordinal"):
        return Column(**common | {"kind": kind, "levels": (*distinct.tolist(), *codes)}), note
    if raw.storage == "float":
        _refuse_huge(raw, values)
    common["discrete"] = is_discrete(len(distinct), len(values))
    if raw.storage in ("float", "decimal"):
        _real(raw, kind, values, distinct, common)
    else:
        note = _counted(raw, kind, distinct, common)
    return Column(**common), note


def _sequence(raw: Raw, distinct: NDArray[Any], common: dict[str, Any]) -> tuple[Column, str]:
    """Return the column of numbers that name rows; new ones lie beyond a power of ten."""
    start = beyond(distinct[-1:].tolist(), int(np.iinfo(raw.physical).max))
    column = Column(kind="identifier", **{**common, "missing_codes": (), "offset": start})
    return column, identifier_note(raw, f"a new sequence from {start + 1} on")


def _refuse_infinite(raw: Raw) -> None:
    infinite: Bools = np.isinf(raw.values)
    if infinite.any():
        raise SchemaError(
            f"column {raw.name!r} has {int(infinite.sum())} infinite values (first at row "
            f"{first(infinite)}). Replace or drop them before fitting."
        )


def _refuse_huge(raw: Raw, values: NDArray[Any]) -> None:
    huge: Bools = np.abs(values.astype(np.float64)) > LARGEST
    if huge.any():
        raise SchemaError(
            f"column {raw.name!r} has {int(huge.sum())} values beyond {LARGEST:g}, such as "
            f"{values[first(huge)]:g}, where squares leave the range of numbers. Divide the "
            "column, or declare a number that means missing as a missing code."
        )


def _is_identifier_number(distinct: NDArray[Any], n: int) -> bool:
    """Whether integers never repeat although numbers drawn from their range would.

    Of n values drawn uniformly from a range of R integers, n (n - 1) / (2 R) pairs are expected to
    be equal, and more under any other law; without a single pair among 9 or more expected
    (probability below exp(-9)), the values were given out one by one.
    """
    if n < IDENTIFIER_ROWS or len(distinct) < n:
        return False
    span = int(distinct[-1]) - int(distinct[0]) + 1
    return n * (n - 1) >= 18 * span or span > EXACT


def _real(
    raw: Raw, kind: str | None, values: NDArray[Any], distinct: NDArray[Any], common: dict[str, Any]
) -> None:
    """Fill in decimals, kind and bounds of floats and decimals."""
    numbers = distinct / raw.scale if raw.storage == "decimal" else distinct.astype(np.float64)
    if raw.storage == "decimal":
        places = range(len(str(raw.scale)))
        common["decimals"] = next(p for p in places if not (distinct % (raw.scale // 10**p)).any())
    else:
        common["decimals"] = decimals_of(distinct)
    if common["decimals"] is not None:
        common["multiple"] = multiple_of(numbers * 10.0 ** common["decimals"])
    whole = common["decimals"] == 0 and len(numbers) > 0
    common["kind"] = kind or ("integer" if whole else "continuous")
    if kind == "integer" and not whole and len(numbers):
        raise SchemaError(f"column {raw.name!r} is declared integer but holds fractions")
    if len(numbers) and numbers[0] >= 0:
        common["lower"] = 0
        if numbers[-1] <= 1 and not whole:
            common["upper"] = 1


def decimals_of(values: NDArray[Any]) -> int | None:
    """Return the fewest decimals (0 to 6) that write all values, or None.

    Noise of a few units in the last place, as in 0.1 + 0.2, is not taken for decimals.

    >>> decimals_of(np.array([1.5, 2.25])), decimals_of(np.array([0.1 + 0.2])), decimals_of(
    ...     np.array([2.0**0.5]))
    (2, 1, None)
    """
    if not len(values):
        return None
    eps = float(np.finfo(values.dtype).eps)
    x = values.astype(np.float64)
    largest = float(np.abs(x).max())
    tolerance = 4 * eps * np.abs(x)
    for places in range(DECIMALS + 1):
        if largest >= EXACT or (places and largest * 10.0**places * eps > 2.0**-6):
            return None
        for part in (slice(500), slice(None)):
            if (np.abs(np.round(x[part], places) - x[part]) > tolerance[part]).any():
                break
        else:
            return places
    return None


def _counted(raw: Raw, kind: str | None, distinct: NDArray[Any], common: dict[str, Any]) -> str:
    """Fill in kind, offset, grid and bounds of integers, times and durations."""
    common["kind"] = kind or ("duration" if raw.storage == "time" else raw.storage)
    common["decimals"] = 0
    if raw.storage == "integer" and kind == "continuous":
        common["discrete"] = False
    if not len(distinct):
        return ""
    low, high = int(distinct[0]), int(distinct[-1])
    if raw.storage == "integer" and max(-low, high) <= EXACT:
        common["multiple"] = multiple_of(distinct)
    if raw.storage == "datetime" or (max(-low, high) > EXACT and high - low <= 2**62):
        common["offset"] = low
    if raw.storage in ("datetime", "duration", "time"):
        common["scale"] = _grid(distinct.astype(np.int64), common.get("offset", 0), raw.unit or "s")
        if high - low > 2**62:  # a middle offset keeps differences within 63 bits
            common["offset"] = low + (high - low) // 2 // common["scale"] * common["scale"]
    if low >= 0 and raw.storage != "datetime":
        common["lower"] = 0
    if raw.storage == "time":
        common["upper"] = 86_400 * SECOND[raw.unit or "s"] - 1
    if (high - low) // int(common.get("scale", 1)) > EXACT:
        return (
            f"column {raw.name!r} spans more than 2**53 steps; synthetic values keep its type "
            "but only 53 significant bits"
        )
    return ""


def _grid(distinct: NDArray[np.int64], offset: int, unit: str) -> int:
    """Return the coarsest of day, hour, minute, second, ... that all times are multiples of."""
    second = SECOND[unit]
    if second == 0:
        return 1
    common = int(np.gcd.reduce((distinct - offset).view(np.uint64)))
    steps = [86_400 * second, 3_600 * second, 60 * second, second]
    steps += [10**p for p in (6, 3) if 10**p < second]
    return next((s for s in steps if common and common % s == 0), 1)
