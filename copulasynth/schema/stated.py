"""What a file states of its columns: kept with the fields of an Arrow table until it is read."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import pyarrow as pa

from copulasynth.schema.column import Column, Label
from copulasynth.schema.styled import fits_type
from copulasynth.schema.styles import is_style

__all__ = [
    "as_stated",
    "codes_of",
    "styles_of",
    "titles_of",
    "with_codes",
    "with_styles",
    "with_titles",
]

CODES = b"copulasynth.missing_codes"
STYLE = b"copulasynth.style"
TITLE = b"copulasynth.title"


Fields = TypeVar("Fields", pa.Table, pa.Schema)


def with_codes(table: Fields, codes: Mapping[str, tuple[Any, ...]]) -> Fields:
    """Return a table, or its schema, whose fields carry values that mean another kind of missing.

    Examples
    --------
    >>> codes_of(with_codes(pa.table({"income": [1, -8]}), {"income": (-8,)}))
    {'income': (-8,)}
    """
    return _with(table, CODES, {name: json.dumps(values) for name, values in codes.items()})


def codes_of(table: pa.Table | pa.Schema) -> dict[Label, tuple[Any, ...]]:
    """Return the codes that fields carry."""
    return {name: tuple(json.loads(values)) for name, values in _of(table, CODES).items()}


def with_styles(table: Fields, styles: Mapping[str, str]) -> Fields:
    """Return a table, or its schema, whose fields carry how text files write them.

    Examples
    --------
    >>> styles_of(with_styles(pa.table({"price": [1.5, 2.25]}), {"price": "0.00"}))
    {'price': '0.00'}
    """
    return _with(table, STYLE, styles)


def styles_of(table: pa.Table | pa.Schema) -> dict[str, str]:
    """Return the styles that fields carry, where their types can be written so."""
    schema = table if isinstance(table, pa.Schema) else table.schema
    told = {name: value.decode(errors="replace") for name, value in _of(table, STYLE).items()}
    return {n: style for n, style in told.items() if fits_type(style, schema.field(n).type)}


def with_titles(table: Fields, titles: Mapping[str, str]) -> Fields:
    """Return a table, or its schema, whose fields carry what SPSS and Stata call their labels.

    Examples
    --------
    >>> titles_of(with_titles(pa.table({"q1": [1, 2]}), {"q1": "How old are you?"}))
    {'q1': 'How old are you?'}
    """
    return _with(table, TITLE, titles)


def titles_of(table: pa.Table | pa.Schema) -> dict[str, str]:
    """Return the titles that fields carry."""
    return {name: title.decode(errors="replace") for name, title in _of(table, TITLE).items()}


def as_stated(column: Column, styles: Mapping[str, str], titles: Mapping[str, str]) -> Column:
    """Return a column with its title, and with its style, where its values can be written so."""
    name = str(column.name)
    column = column.replace(title=titles[name]) if name in titles else column
    style = styles.get(name, "")
    plain = not (column.writing or column.categorical or column.kind == "drop")
    return column.replace(style=style) if plain and is_style(style, column.storage) else column


def _with(table: Fields, key: bytes, values: Mapping[str, str]) -> Fields:
    schema = table if isinstance(table, pa.Schema) else table.schema
    fields = [
        f.with_metadata({**(f.metadata or {}), key: values[f.name]}) if f.name in values else f
        for f in schema
    ]
    told = pa.schema(fields, schema.metadata)
    return told if isinstance(table, pa.Schema) else table.cast(told)


def _of(table: pa.Table | pa.Schema, key: bytes) -> dict[str, bytes]:
    fields = table if isinstance(table, pa.Schema) else table.schema
    return {f.name: f.metadata[key] for f in fields if f.metadata and key in f.metadata}
