"""The kinds of columns, what their values are made of, and the values themselves."""

from collections.abc import Iterable
from typing import Any, Literal, get_args

__all__ = [
    "ALLOWED",
    "COUNTED",
    "FLOATS",
    "INTEGERS",
    "KINDS",
    "KINDS_OF",
    "LEVELLED",
    "NUMBERS_ONLY",
    "SECOND",
    "Kind",
    "Label",
    "Scalar",
    "Storage",
    "key",
    "places_among",
    "short",
]

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
    "text": (
        "nominal",
        "ordinal",
        "identifier",
        "constant",
        "continuous",
        "integer",
        "datetime",
        "duration",
        "drop",
    ),
    "datetime": ("datetime", "ordinal", "nominal", "constant", "drop"),
    "duration": ("duration", "ordinal", "nominal", "constant", "drop"),
    "time": ("duration", "ordinal", "nominal", "constant", "drop"),
    "null": ("constant", "drop"),
}
#: The kinds of text that holds numbers, dates, times of day or durations, by how it is stored.
KINDS_OF: dict[str, tuple[str, ...]] = {
    "decimal": ("continuous", "integer"),
    "datetime": ("datetime",),
    "time": ("duration",),
    "duration": ("duration",),
}
#: What only numbers and times have that are kept as text.
NUMBERS_ONLY = ("writing", "unit", "offset", "scale", "decimals", "multiple", "lower", "upper")
LEVELLED = ("ordinal", "nominal", "boolean")
COUNTED = ("integer", "datetime", "duration", "time")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
SECOND = {"D": 0, "s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""How many of each unit are a second."""


def key(value: Scalar) -> tuple[bool, Scalar]:
    """Return what equal values share, where True is not 1 (but 1.0 is).

    >>> key(1) == key(1.0), key(1) == key(True)
    (True, False)
    """
    return isinstance(value, bool), value


def places_among(values: Iterable[Scalar]) -> dict[tuple[bool, Scalar], int]:
    """Return the place of each value by its key."""
    return {key(v): i for i, v in enumerate(values)}


def short(values: tuple[Any, ...], most: int = 6) -> str:
    """Show the first few of many values."""
    text = ", ".join(repr(v) for v in values[:most])
    return f"[{text}{', ...' if len(values) > most else ''}]"
