"""What dictionaries say beside their values, carried beside the type of a column.

Rows are plain values on their way, whatever holds them; that they are levels, and what order these
have, stands in the metadata of the column, goes to workers with it, and is put back where columns
are inferred.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from copulasynth.errors import DataError

__all__ = ["Level", "check_order", "is_ordered", "levels_of", "order_of", "ordered", "with_orders"]

ORDER = b"copulasynth.order"
#: Marks columns whose values are levels though they are no text.
LEVELS = b"copulasynth.levels"
Level: TypeAlias = str | int
#: Levels of an order that a message names.
TOLD = 6


def is_ordered(kind: pa.DataType) -> bool:
    """Whether a type is that of texts or whole numbers whose order is part of the column."""
    if not pa.types.is_dictionary(kind) or not kind.ordered:
        return False
    value = kind.value_type
    return bool(_is_text(value) or pa.types.is_integer(value))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def with_levels(schema: pa.Schema, stored: pa.Schema) -> pa.Schema:
    """Return a schema that knows which columns are stored as dictionaries of numbers or times.

    Texts are levels anyway, and truth values.
    """
    fields = []
    for field in schema:
        kind = stored.field(field.name).type
        if pa.types.is_dictionary(kind) and not (
            _is_text(kind.value_type) or pa.types.is_boolean(kind.value_type)
        ):
            field = field.with_metadata({LEVELS: b"", **(field.metadata or {})})
        fields.append(field)
    return pa.schema(fields)


def levels_of(array: pa.DictionaryArray) -> list[Level]:
    """Return the levels of a dictionary in its order."""
    return [level for level in array.dictionary.to_pylist() if level is not None]


def order_of(field: pa.Field) -> list[Level] | None:
    """Return the levels of a column in their order, or None where it has none."""
    told = (field.metadata or {}).get(ORDER)
    if told is None:
        return None
    levels: list[Level] = json.loads(told)
    return levels


def with_orders(schema: pa.Schema, found: Mapping[str, Mapping[str, Sequence[Level]]]) -> pa.Schema:
    """Return a schema whose columns have the orders that parts of a table tell.

    Parameters
    ----------
    schema : Schema
    found : mapping
        The levels in their order, by the name of the column and of the part.

    Raises
    ------
    DataError
        If parts have other orders, and none is that of all levels.
    """
    fields = []
    for field in schema:
        told = found.get(field.name, {})
        if told and (pa.types.is_string(field.type) or pa.types.is_integer(field.type)):
            levels = json.dumps(_common(field.name, told))
            field = field.with_metadata({**(field.metadata or {}), ORDER: levels.encode()})
        fields.append(field)
    return pa.schema(fields)


def _common(name: str, told: Mapping[str, Sequence[Level]]) -> list[Level]:
    """Return the order in which those of all parts are."""
    first = max(told, key=lambda part: len(told[part]))
    places = {level: k for k, level in enumerate(told[first])}
    for part, levels in told.items():
        own = [places.get(level, -1) for level in levels]
        if own != sorted(set(own)) or -1 in own:
            raise DataError(_differing(name, part, levels, first, told[first]))
    return list(told[first])


def _differing(
    name: str, part: str, levels: Sequence[Level], other: str, others: Sequence[Level]
) -> str:
    own, more = (" < ".join(map(str, some[:TOLD])) for some in (levels, others))
    return (
        f"column {name!r} has the order {own} in {part}, and {more} in {other}; write it in one "
        "order everywhere, or as text without an order"
    )


def check_order(array: pa.Array, field: pa.Field, part: str) -> None:
    """Refuse the levels of a piece that are in another order than those of a column.

    Raises
    ------
    DataError
        Naming both.
    """
    levels = order_of(field)
    if levels is None or not is_ordered(array.type):
        return
    own = levels_of(array)
    if own == levels[: len(own)]:
        return
    places = {level: k for k, level in enumerate(levels)}
    found = [places.get(level, -1) for level in own]
    if found != sorted(set(found)) or -1 in found:
        raise DataError(_differing(field.name, part, own, "others", levels))


def ordered(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table whose columns are dictionaries where a schema tells an order of all values,
    or that they are levels.
    """
    for place, field in enumerate(table.schema):
        told = schema.field(field.name)
        levels = order_of(told)
        if levels is None and LEVELS not in (told.metadata or {}):
            continue
        if levels is None:
            levels = pc.unique(table.column(place).drop_null()).sort().to_pylist()
        values = pa.array(levels, field.type)
        codes = pc.index_in(table.column(place), value_set=values).combine_chunks()
        if codes.null_count > table.column(place).null_count:
            continue
        made = pa.DictionaryArray.from_arrays(codes, values, ordered=ORDER in told.metadata)
        table = table.set_column(place, field.name, made)
    return table
