"""The order of levels, which files keep as dictionaries: carried beside the type of a column.

Rows are texts on their way, whatever holds them; what order their levels have stands in the
metadata of the column, goes to workers with it, and is put back where columns are inferred.
"""

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from copulasynth.errors import DataError

__all__ = ["check_order", "is_ordered", "levels_of", "order_of", "ordered", "with_orders"]

ORDER = b"copulasynth.order"
#: Levels of an order that a message names.
TOLD = 6


def is_ordered(kind: pa.DataType) -> bool:
    """Whether a type is that of texts whose order is part of the column."""
    return bool(
        pa.types.is_dictionary(kind)
        and kind.ordered
        and (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    )


def levels_of(array: pa.DictionaryArray) -> list[str]:
    """Return the levels of a dictionary in its order."""
    return [level for level in array.dictionary.to_pylist() if level is not None]


def order_of(field: pa.Field) -> list[str] | None:
    """Return the levels of a column in their order, or None where it has none."""
    told = (field.metadata or {}).get(ORDER)
    if told is None:
        return None
    levels: list[str] = json.loads(told)
    return levels


def with_orders(schema: pa.Schema, found: Mapping[str, Mapping[str, Sequence[str]]]) -> pa.Schema:
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
        if told and pa.types.is_string(field.type):
            levels = json.dumps(_common(field.name, told))
            field = field.with_metadata({ORDER: levels.encode()})
        fields.append(field)
    return pa.schema(fields)


def _common(name: str, told: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the order in which those of all parts are."""
    first = max(told, key=lambda part: len(told[part]))
    places = {level: k for k, level in enumerate(told[first])}
    for part, levels in told.items():
        own = [places.get(level, -1) for level in levels]
        if own != sorted(set(own)) or -1 in own:
            raise DataError(_differing(name, part, levels, first, told[first]))
    return list(told[first])


def _differing(
    name: str, part: str, levels: Sequence[str], other: str, others: Sequence[str]
) -> str:
    own, more = (" < ".join(some[:TOLD]) for some in (levels, others))
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
    """Return a table whose columns are dictionaries where a schema tells an order of all values."""
    for place, field in enumerate(table.schema):
        levels = order_of(schema.field(field.name))
        if levels is None:
            continue
        values = pa.array(levels, pa.string())
        codes = pc.index_in(table.column(place), value_set=values).combine_chunks()
        if codes.null_count > table.column(place).null_count:
            continue
        made = pa.DictionaryArray.from_arrays(codes, values, ordered=True)
        table = table.set_column(place, field.name, made)
    return table
