"""What a column is, and the numeric variables that stand for it before a copula."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from copulasynth._arrays import LARGEST, Endless
from copulasynth.errors import SchemaError

__all__ = ["ALLOWED", "KINDS", "Column", "Kind", "Label", "Scalar", "Storage", "Variable"]

Label = str | int | float | bool
Scalar = str | int | float | bool
Kind = Literal[
    "continuous",
    "integer",
    "ordinal",
    "nominal",
    "boolean",
    "datetime",
    "duration",
    "constant",
    "identifier",
    "drop",
]
Storage = Literal[
    "integer", "float", "decimal", "boolean", "text", "datetime", "duration", "time", "null"
]

KINDS: tuple[str, ...] = get_args(Kind)

#: The kinds that values of each storage can have.
ALLOWED: dict[str, tuple[str, ...]] = {
    "integer": ("integer", "continuous", "ordinal", "nominal", "identifier", "constant", "drop"),
    "float": ("continuous", "integer", "ordinal", "nominal", "constant", "drop"),
    "decimal": ("continuous", "integer", "ordinal", "nominal", "constant", "drop"),
    "boolean": ("boolean", "constant", "drop"),
    "text": ("nominal", "ordinal", "identifier", "constant", "drop"),
    "datetime": ("datetime", "ordinal", "nominal", "constant", "drop"),
    "duration": ("duration", "ordinal", "nominal", "constant", "drop"),
    "time": ("duration", "ordinal", "nominal", "constant", "drop"),
    "null": ("constant", "drop"),
}
#: What only numbers and dates have that are kept as text.
NUMBERS_ONLY = ("writing", "unit", "offset", "scale", "decimals", "multiple", "lower", "upper")
FORM = re.compile(r"(?:[^%\n]|%[YmdybHMS]){1,40}")
LEVELLED = ("ordinal", "nominal", "boolean")
COUNTED = ("integer", "datetime", "duration", "time")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
SECOND = {"D": 0, "s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""How many of each unit are a second."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One numeric dimension that the copula sees.

    Attributes
    ----------
    name : str
        The column's name, with " [state]" behind it for the variable that says what is missing.
    column : int
        Place of its column in ``schema.columns``.
    kind : {"continuous", "discrete", "nominal", "state"}
        How its values are to be treated: numbers; few numbers or ordered codes; codes without an
        order of their own; 0 = present, 1 = missing, 2, 3, ... = the first, second, ... missing
        code of the column.
    levels : int
        Number of codes (values 0 .. levels - 1), or 0 for numbers.
    step : float or None
        Grid of the values: 1 for integers and codes, ``10**-decimals`` for rounded numbers.
    lower, upper : float
        Natural bounds, possibly infinite.
    """

    name: str
    column: int
    kind: Literal["continuous", "discrete", "nominal", "state"]
    levels: int = 0
    step: float | None = None
    lower: Endless = -math.inf
    upper: Endless = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column: what its values mean, how they are stored, and how to make them again.

    Attributes
    ----------
    name : str, int, float or bool
        The label.
    kind : str
        One of :data:`KINDS`. A "drop" column is left out of the model and of synthetic tables.
    storage : str
        What the values are made of: a key of :data:`ALLOWED`.
    dtype : str
        The type as the table library calls it; the column comes back with it.
    physical : str
        NumPy type of the plain values: of the numbers themselves, of counts for times and
        decimals, "str" for text.
    unit, timezone : str or None
        Resolution ("D", "s", "ms", "us", "ns") of a time or duration, and its time zone.
    levels : tuple
        Every level as stored (times as counts), in the order of the category list.
    order : tuple of int
        ``levels[order[r]]`` is the level of code r. Ordinal levels keep their own order; a copula
        may prefer another for nominal ones. Levels that are missing codes are not in it.
    categorical, ordered : bool
        Whether the library stores it as a categorical, and whether that one is ordered.
    marker : str
        What a missing value of an object column is: "None", "nan", "NA" or "NaT". A float column
        of an Arrow table has "nan" where NaN, not null, says that a value is missing.
    gaps : bool
        Whether values may be missing.
    missing_codes : tuple
        Values such as -8 that mean another kind of missing; they come back as themselves.
    discrete : bool
        Numbers with few distinct values.
    decimals : int or None
        Decimals of the numbers (0 for integers and counts); None if they are not rounded.
    multiple : int
        The numbers are multiples of so many units of their last decimal: 100 where incomes are
        given in hundreds, 5 with two decimals where prices end in 0 or 5. Needs decimals.
    lower, upper : int, float or None
        Natural bounds in the column's own values (counts for times); None is unbounded.
    offset, scale : int
        Stored value = number * scale + offset, for integers, times and decimals.
    value : str, int, float, bool or None
        The only value of a constant column; None if all are missing.
    writing : {"", "fixed", "shortest", "point"} or str
        How decimals are written that a text column holds (see :mod:`copulasynth.schema.digits`), or
        the form of its dates, such as "%d/%m/%Y" (see :mod:`copulasynth.schema.dates`).
    """

    name: Label
    kind: Kind
    storage: Storage
    dtype: str
    physical: str = "float64"
    unit: str | None = None
    timezone: str | None = None
    levels: tuple[Scalar, ...] = ()
    order: tuple[int, ...] = ()
    categorical: bool = False
    ordered: bool = False
    marker: str = "null"
    gaps: bool = False
    missing_codes: tuple[Scalar, ...] = ()
    discrete: bool = False
    decimals: int | None = None
    multiple: int = 1
    lower: int | float | None = None
    upper: int | float | None = None
    offset: int = 0
    scale: int = 1
    value: Scalar | None = None
    writing: str = ""

    def __post_init__(self) -> None:
        if self.writing and self.kind in ("ordinal", "nominal", "identifier"):
            self._become_text()
        for fault in _faults(self):
            raise SchemaError(f"column {self.name!r}: {fault}")
        whole = self.storage in COUNTED or self.kind == "integer"
        if self.decimals is None and whole and self.modelled and not self.coded:
            object.__setattr__(self, "decimals", 0)
        if not self.order and self.coded:
            object.__setattr__(self, "order", self.default_order)

    def _become_text(self) -> None:
        """Take numbers that are kept as text for the text that they are."""
        object.__setattr__(self, "storage", "text")
        object.__setattr__(self, "physical", "str")
        for f in fields(self):
            if f.name in NUMBERS_ONLY:
                object.__setattr__(self, f.name, f.default)

    @property
    def coded(self) -> bool:
        """Whether buffers hold codes into `levels` instead of values."""
        return self.kind != "identifier" and self.measure != "numeric"

    @property
    def measure(self) -> Literal["numeric", "ordinal", "nominal"]:
        """Whether the values are numbers (or times), levels in order, or levels."""
        if not (self.kind in LEVELLED or self.categorical or self.storage in ("text", "boolean")):
            return "numeric"
        constant_in_order = self.kind == "constant" and self.ordered
        return "ordinal" if self.kind == "ordinal" or constant_in_order else "nominal"

    @property
    def modelled(self) -> bool:
        """Whether the column has a value variable."""
        return self.kind not in ("constant", "identifier", "drop")

    @property
    def has_state(self) -> bool:
        """Whether the column has a variable that says what is missing."""
        return (self.gaps or bool(self.missing_codes)) and (
            self.modelled or (self.kind == "constant" and self.value is not None)
        )

    @property
    def default_order(self) -> tuple[int, ...]:
        """Levels as given, without the missing codes."""
        codes = set(map(key, self.missing_codes))
        return tuple(i for i, v in enumerate(self.levels) if key(v) not in codes)

    @property
    def places(self) -> int:
        """Decimals that counts of the last place have, where the scale is a power of ten."""
        return len(str(self.scale)) - 1

    @property
    def step(self) -> float | None:
        """Grid of the numbers, or None."""
        return None if self.decimals is None else self.multiple / 10**self.decimals

    @property
    def code_places(self) -> tuple[int, ...]:
        """Where each missing code is among the levels of a coded column."""
        places = places_among(self.levels)
        return tuple(places[key(code)] for code in self.missing_codes)

    def replace(self, **changes: Any) -> "Column":
        """Return a copy with some fields changed and checked again."""
        return replace(self, **changes)


def key(value: Scalar) -> tuple[bool, Scalar]:
    """Return what equal values share, where True is not 1 (but 1.0 is).

    >>> key(1) == key(1.0), key(1) == key(True)
    (True, False)
    """
    return isinstance(value, bool), value


def places_among(values: Iterable[Scalar]) -> dict[tuple[bool, Scalar], int]:
    """Return the place of each value by its key."""
    return {key(v): i for i, v in enumerate(values)}


def _faults(c: Column) -> Iterator[str]:
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


def _is_writing(c: Column) -> bool:
    if c.storage == "datetime":
        return c.timezone is None and FORM.fullmatch(c.writing) is not None
    return c.storage == "decimal" and c.writing in ("fixed", "shortest", "point")


def _level_faults(c: Column) -> Iterator[str]:
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


def short(values: tuple[Any, ...], most: int = 6) -> str:
    """Show the first few of many values."""
    text = ", ".join(repr(v) for v in values[:most])
    return f"[{text}{', ...' if len(values) > most else ''}]"
