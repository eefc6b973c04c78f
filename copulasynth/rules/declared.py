"""Rules that a person declares: one function a kind, each returns the record of a rule.

>>> Order("start", "end").formula, Identity("total = price * quantity").columns
('start <= end', ('total', 'price', 'quantity'))
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

from copulasynth.errors import SchemaError
from copulasynth.rules.identity.wording import read
from copulasynth.rules.words.formula import (
    alternatives,
    parse_comparison,
    parse_identity,
    parse_order,
)
from copulasynth.rules.words.reading import name_in
from copulasynth.rules.words.saying import parse_link
from copulasynth.schema.records import Rule

__all__ = [
    "Calendar",
    "Check",
    "Combination",
    "Identity",
    "Lattice",
    "Link",
    "OneHot",
    "Order",
    "Place",
    "Range",
    "Tie",
    "Unique",
    "normalised",
]


def Identity(formula: str, *, allow: float = 0.0) -> Rule:
    """Declare a column to follow from others: ``Identity("total = price * quantity")``."""
    return normalised(Rule("identity", (), _text(formula), allow=allow))


def Order(*columns: str, strict: bool = False, allow: float = 0.0) -> Rule:
    """Declare columns, given from the least to the greatest, to come in that order in every row."""
    sign, names = " < " if strict else " <= ", _names(columns)
    return normalised(Rule("order", names, sign.join(map(name_in, names)), allow=allow))


def Range(
    column: str, lower: float | None = None, upper: float | None = None, *, allow: float = 0.0
) -> Rule:
    """Declare the bounds of a column of numbers."""
    for bound in (lower, upper):
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | float)):
            raise SchemaError(f"Range of {column!r}: bounds are numbers, got {bound!r}")
    if lower is None and upper is None:
        raise SchemaError(f"Range of {column!r}: give lower, upper or both")
    if lower is not None and upper is not None and not lower <= upper:
        raise SchemaError(f"Range of {column!r}: lower = {lower} lies above upper = {upper}")
    low, high = "" if lower is None else f"{lower} <= ", "" if upper is None else f" <= {upper}"
    (name,) = _names((column,))
    return normalised(Rule("range", (name,), f"{low}{name_in(name)}{high}", allow=allow))


def Combination(*columns: str, allow: float = 0.0) -> Rule:
    """Declare that only combinations of levels that the table has may be drawn."""
    return normalised(Rule("combination", _names(columns), allow=allow))


def Link(formula: str, *, allow: float = 0.0) -> Rule:
    """Declare what one column decides of another: ``Link("age < 18 -> alcohol is missing")``.

    One value by itself, ``Link("renovated = 0")``, is set aside: other rules are about the rest.
    """
    return normalised(Rule("link", (), _text(formula), allow=allow))


def OneHot(*columns: str, at_most: bool = False, allow: float = 0.0) -> Rule:
    """Declare columns of 0 and 1 of which exactly one, or `at_most` one, is 1 in every row."""
    names = _names(columns)
    formula = f"{' + '.join(map(name_in, names))} {'<=' if at_most else '='} 1"
    return normalised(Rule("one_hot", names, formula, allow=allow))


def Lattice(column: str) -> Rule:
    """Declare that the last digits of a column have a law of their own."""
    return normalised(Rule("lattice", _names((column,))))


def Calendar(column: str, month: str = "", day: str = "") -> Rule:
    """Declare that the hours and weekdays, or days of the month, of a time have laws of their own.

    Of three columns they declare that a year, a month and a day of the month are one date.
    """
    if bool(month) != bool(day):
        raise SchemaError("Calendar takes one column of times, or a year, a month and a day")
    names = _names((column, month, day) if month else (column,))
    said = f"{', '.join(map(name_in, names))} are a date" if month else ""
    return normalised(Rule("calendar", names, said))


def Place(first: str, second: str) -> Rule:
    """Declare two coordinates to be a place, such as latitude and longitude."""
    return normalised(Rule("place", _names((first, second))))


def Tie(column: str, other: str = "") -> Rule:
    """Declare two columns of numbers to be equal in a share of the rows, which the table tells.

    One text is a formula of constants: ``Tie("price = list or 0.9 * list")``.
    """
    if not other:
        return normalised(Rule("tie", (), _text(column)))
    names = _names((column, other))
    return normalised(Rule("tie", names, " = ".join(map(name_in, names))))


def Unique(*columns: str) -> Rule:
    """Declare that no two rows agree in these columns; judged, not held (see the guide)."""
    return normalised(Rule("unique", _names(columns)))


def _names(columns: tuple[object, ...]) -> tuple[str, ...]:
    """Return names of columns as texts, or say what was passed in their place."""
    for column in columns:
        if not isinstance(column, str | int | float):
            raise SchemaError(f"pass columns one by one, as 'a', 'b'; got {column!r}")
    return tuple(map(str, columns))


def _text(formula: object) -> str:
    if not isinstance(formula, str):
        raise SchemaError(f"a formula is a text such as 'total = a + b', got {formula!r}")
    return formula


@dataclass(frozen=True, slots=True)
class Check:
    """A predicate on a table, held by drawing rows again; no model file can store it.

    Parameters
    ----------
    function : callable
        Takes a table like the fitted one and returns a truth value for each row.
    name : str
        What errors and listings call it.

    Examples
    --------
    >>> Check(lambda df: df["age"] - df["years_worked"] >= 14, "nobody works as a child")
    Check('nobody works as a child')
    """

    function: Callable[[Any], Any]
    name: str = ""

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise SchemaError(f"Check needs a function of a table, got {self.function!r}")
        if not isinstance(self.name, str):
            raise SchemaError(f"the name of a Check is a text, got {self.name!r}")

    def __repr__(self) -> str:
        return f"Check({self.words!r})"

    @property
    def words(self) -> str:
        """What the check is called."""
        named = isinstance(self.function, FunctionType)
        return self.name or (self.function.__name__ if named else type(self.function).__name__)


def normalised(record: Rule) -> Rule:
    """Return a record whose columns are those that its formula names.

    Raises
    ------
    SchemaError
        If the formula cannot be read or names others than the record does, or the kind needs more
        columns than are named.
    """
    columns = record.columns or _named(record)
    _same_names(record)
    pairs = ("order", "combination", "one_hot", "place", "identity", "tie")
    least = dict.fromkeys(pairs, 2)
    if len(columns) < least.get(record.kind, 1):
        raise SchemaError(
            f"rule of kind {record.kind!r} needs {least[record.kind]} columns, got {list(columns)}"
        )
    return replace(record, columns=columns)


def _same_names(record: Rule) -> None:
    """Refuse a formula, as a person may write it in a schema file, that names other columns."""
    if not record.columns or not record.formula:
        return
    try:
        named = _named(record)
    except SchemaError:
        return  # no formula of a kind says all, and who fits the rule reads it
    # "drinks is missing" is about what the columns call "drinks [state]"
    known = {name.removesuffix(" [state]") for name in record.columns}
    if others := [name for name in named if name.removesuffix(" [state]") not in known]:
        raise SchemaError(
            f"the rule {record.words!r} is about {others[0]!r}, which is not among its columns "
            f"{list(record.columns)}. Write the same names in both, or leave columns out."
        )


def _named(record: Rule) -> tuple[str, ...]:
    """Return the columns that a formula names, an identity's target first."""
    stated = read(record.formula) if record.kind == "identity" else None
    if stated is not None:
        return stated.target, *stated.parents
    if record.kind == "tie":
        found = [parse_identity(each) for each in alternatives(record.formula)]
        return found[0][0], *dict.fromkeys(name for _, f in found for name in f.names)
    if record.kind == "identity":
        parse_comparison(record.formula)
        target, function = parse_identity(record.formula)
        return target, *function.names
    if record.kind == "link":
        return tuple(said.column for side in parse_link(record.formula) for said in side)
    if record.kind in ("order", "range"):
        return tuple(term for term in parse_order(record.formula)[0] if isinstance(term, str))
    raise SchemaError(f"rule of kind {record.kind!r}: name its columns")
