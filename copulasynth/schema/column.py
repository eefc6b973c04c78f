"""What a column is, and the numeric variables that stand for it before a copula."""

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from copulasynth._arrays import Endless
from copulasynth.errors import SchemaError
from copulasynth.schema.faults import column_faults
from copulasynth.schema.kinds import (
    ALLOWED,
    COUNTED,
    KINDS,
    KINDS_OF,
    LEVELLED,
    NUMBERS_ONLY,
    SECOND,
    Kind,
    Label,
    Scalar,
    Storage,
    key,
    places_among,
    short,
)

__all__ = [
    "ALLOWED",
    "KINDS",
    "KINDS_OF",
    "READ",
    "SECOND",
    "Column",
    "Kind",
    "Label",
    "Scalar",
    "Storage",
    "Variable",
    "key",
    "places_among",
    "short",
]

#: Kinds of text that is to be read, in a form that the data tell.
READ = ("continuous", "integer", "datetime", "duration")


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
    writing : str
        The form of what a text column holds (:mod:`copulasynth.schema.forms`): "#,##0.00 EUR",
        "%d/%m/%Y", "[h]:mm"; of an identifier, the pattern of new ones
        (:mod:`copulasynth.schema.patterns`): "ID-6####". ``format`` or ``pattern`` in a file.
    behind : int
        Given identifiers that the pattern was found in; 0 where nobody counted.
    stray : bool
        Whether texts that are not written in the form are missing values, and not refused.
    style : str
        How text files write numbers, truth values and times (:mod:`copulasynth.schema.styles`):
        "0.00", "TRUE/FALSE", "%Y-%m-%d %H:%M"; "" is with as few signs as can be.
    title : str
        What SPSS and Stata call the label of a variable: the question that was asked.
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
    behind: int = 0
    stray: bool = False
    style: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        if self.written and self.kind in ("ordinal", "nominal", "identifier"):
            self._become_text()
        elif self.storage == "text" and self.kind not in ("identifier", *READ):
            object.__setattr__(self, "writing", "")
        for fault in column_faults(self):
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
    def written(self) -> bool:
        """Whether its counts are written as text, in a form."""
        return bool(self.writing) and self.storage != "text"

    @property
    def unread(self) -> bool:
        """Whether a person says what text holds, and the data have not yet told its form."""
        return self.storage == "text" and self.kind in READ

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
