"""A sample, and behind it rows that show of each column what only all rows show.

Whatever learns what columns are from a table then learns it of all rows: every level, the ends,
the finest decimals, the grid of whole numbers, that there are gaps, that values repeat.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copulasynth.errors import DataError, several
from copulasynth.rows.lake.columns import ColumnSeen
from copulasynth.rows.lake.hashing import values_of
from copulasynth.rows.lake.look import LakeSeen
from copulasynth.rows.lake.orders import order_of

__all__ = ["orders_kept", "with_witnesses"]


def with_witnesses(sample: pa.Table, seen: LakeSeen) -> pa.Table:
    """Return a sample and rows with what it lacks; the rest of each is as in others.

    Raises
    ------
    DataError
        If a column has infinite values.
    """
    columns = dict(zip(sample.schema.names, seen.columns, strict=True))
    for name, column in columns.items():
        if column.infinite:
            raise DataError(
                f"column {name!r} has {several(column.infinite, 'infinite value')}. Replace or "
                "drop them before fitting."
            )
    extra = {name: _lacking(column, sample.column(name)) for name, column in columns.items()}
    most = max(map(len, extra.values()), default=0)
    rows = sample.take(pa.array(np.arange(most) % max(len(sample), 1)))
    arrays = []
    for name, lacking in extra.items():
        rest = rows.column(name).combine_chunks()
        if columns[name].many:
            # values that the sample does not have repeat none, as those of identifiers
            rest = pa.concat_arrays([_new(_known(columns[name]), sample.column(name)), rest])
        array = pa.concat_arrays([lacking, rest.slice(0, most - len(lacking))])
        arrays.append(array)
    return pa.concat_tables([sample, pa.table(arrays, schema=sample.schema)]).combine_chunks()


def orders_kept(schema: pa.Schema, seen: LakeSeen) -> tuple[pa.Schema, list[str]]:
    """Return a schema without the orders that lack levels of some rows, and what is said of them.

    Such rows are of parts in which the column is text, or a dictionary without an order.
    """
    fields, said = [], []
    for field, column in zip(schema, seen.columns, strict=True):
        levels = order_of(field)
        known = None if levels is None else pa.chunked_array([pa.array(levels, field.type)])
        beyond = [] if known is None else _new(_known(column), known)
        if len(beyond):
            field = field.remove_metadata()
            said.append(
                f"column {field.name!r} has an order of levels in some files, and in others values "
                f"that it lacks, such as {beyond[0].as_py()!r}: they are levels without an order"
            )
        fields.append(field)
    return pa.schema(fields), said


def _known(seen: ColumnSeen) -> pa.Array:
    return seen.values.rows.column(0).combine_chunks()


def _lacking(seen: ColumnSeen, sample: pa.ChunkedArray) -> pa.Array:
    """Return values of a column that its sample does not have."""
    kind = sample.type
    values = _known(seen)
    if seen.many:
        repeated = values.filter(pa.array(seen.values.counts > 1)).slice(0, 1)
        more = [seen.ends, _numbers(seen, kind)]
        new = _new(pa.concat_arrays([a.cast(kind) for a in more]), sample)
        new = pa.concat_arrays([repeated, repeated, new])
    else:
        new = _new(values, sample)
    gaps = bool(seen.nulls) and not sample.null_count
    only_nan = pa.types.is_floating(kind) and seen.nans and not seen.nulls
    if only_nan and not pc.any(pc.is_nan(sample)).as_py():
        new = pa.concat_arrays([new, pa.array([np.nan], kind)])
    return pa.concat_arrays([new, pa.nulls(int(gaps), kind)])


def _numbers(seen: ColumnSeen, kind: pa.DataType) -> pa.Array:
    """Return a number with the most decimals, and one that all are multiples of."""
    if np.isfinite(seen.finest):
        return pa.array([seen.finest], kind)
    if (between := seen.between) is None or between >= 2**63:
        return pa.nulls(0, kind)
    return values_of(np.array([between], dtype=np.int64).view(np.uint64), kind)


def _new(values: pa.Array, sample: pa.ChunkedArray) -> pa.Array:
    if not len(values):
        return values
    return values.filter(pc.invert(pc.is_in(values, value_set=sample)))
