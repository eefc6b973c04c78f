"""How a column contradicts itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from copulasynth._arrays import LARGEST
from copulasynth.schema.forms import number_form, said_storage
from copulasynth.schema.kinds import (
    ALLOWED,
    FLOATS,
    INTEGERS,
    KINDS_OF,
    SECOND,
    Scalar,
    key,
    places_among,
    short,
)
from copulasynth.schema.patterns import is_pattern
from copulasynth.schema.styles import is_style

if TYPE_CHECKING:
    from copulasynth.schema.column import Column

__all__ = ["column_faults"]


def column_faults(c: "Column") -> Iterator[str]:
    """Yield how a column contradicts itself; files are untrusted input."""
    if c.storage not in ALLOWED:
        yield f"unknown storage {c.storage!r}; use one of {list(ALLOWED)}"
    allowed = list(ALLOWED[c.storage])
    if c.kind not in allowed:
        yield f"kind {c.kind!r} does not fit {c.storage} values; use one of {allowed}"
    if c.kind == "identifier" and c.categorical:
        yield "an identifier cannot be a categorical; cast it to text first"
    if c.physical not in (*INTEGERS, *FLOATS, "bool", "str"):
        yield f"unknown physical type {c.physical!r}"
    if c.writing and not _is_writing(c):
        yield f"unknown writing {c.writing!r}"
    if c.style and not is_style(c.style, c.storage):
        yield f"unknown style {c.style!r}"
    if not 0 <= c.behind < 2**63:
        yield f"behind must be a number of rows, got {c.behind}"
    if c.unit is not None and c.unit not in SECOND:
        yield f"unit must be D, s, ms, us or ns, got {c.unit!r}"
    if not 1 <= c.scale <= 10**18:
        yield f"scale must lie between 1 and 10**18, got {c.scale}"
    if not -(2**63) <= c.offset < 2**64:
        yield f"offset must be a 64-bit integer, got {c.offset}"
    if c.decimals is not None and not 0 <= c.decimals <= 38:
        yield f"decimals must lie between 0 and 38, got {c.decimals}"
    if not 1 <= c.multiple <= 10**15:
        yield f"multiple must lie between 1 and 10**15, got {c.multiple}"
    for bound in (c.lower, c.upper):
        if bound is not None and (isinstance(bound, bool) or not abs(bound) <= LARGEST):
            yield f"a bound must be a number within {LARGEST:g}, got {bound!r}"
    if c.lower is not None and c.upper is not None and c.lower > c.upper:
        yield f"lower = {c.lower} lies above upper = {c.upper}"
    if c.coded:
        yield from _level_faults(c)


def _is_writing(c: "Column") -> bool:
    """Whether a column can be written in its form; files are untrusted input."""
    if c.kind == "identifier":
        return is_pattern(c.writing)
    if c.storage == "text":  # to be read when the data are seen
        return c.kind in KINDS_OF.get(said_storage(c.writing) or "", ())
    if c.storage == "decimal":
        form = number_form(c.writing, c.places)
        return form is not None and 10**form.places == c.scale
    return c.timezone is None and said_storage(c.writing) == c.storage


def _level_faults(c: "Column") -> Iterator[str]:
    for level in c.levels:
        if not _fits(c.storage, level):
            yield f"level {level!r} does not fit its {c.storage} values"
    places = places_among(c.levels)
    for i, level in enumerate(c.levels):
        if places[key(level)] != i:
            yield f"level {level!r} is listed twice; list every level once"
    for code in c.missing_codes if c.levels else ():
        if key(code) not in places:
            yield f"missing code {code!r} is not among its levels {short(c.levels)}"
    if c.order and sorted(c.order) != list(c.default_order):
        yield (
            "order must list every level once (without missing codes); "
            "delete it to keep the order of the levels"
        )
    if c.kind == "constant" and c.value is not None and key(c.value) not in places:
        yield f"its value {c.value!r} is not among its levels"


def _fits(storage: str, level: Scalar) -> bool:
    """Whether a level is of the type that its column stores."""
    if storage in ("text", "boolean"):
        return isinstance(level, str if storage == "text" else bool)
    if storage == "float":
        return isinstance(level, int | float) and not isinstance(level, bool) and level == level
    return isinstance(level, int) and not isinstance(level, bool)
