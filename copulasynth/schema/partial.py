"""Tables with some of the columns of a schema: as variables, and back with the others filled in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.schema._frames import Tabular, open_frame
from copulasynth.schema.column import Label, short
from copulasynth.schema.encode import UnseenLevel
from copulasynth.schema.schema import Schema
from copulasynth.schema.variables import places_of

__all__ = ["Partial", "encode_partial", "restored"]


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """The variables of a table that may lack columns, NaN where a column is not there.

    Attributes
    ----------
    x : (n, d) float64
    names : tuple of labels
        Columns that the table has.
    """

    x: Floats
    names: tuple[Label, ...]


def encode_partial(schema: Schema, table: Tabular, needed: Collection[str] = ()) -> Partial:
    """Return the variables of a table that may lack columns of a schema, but those `needed`.

    Raises
    ------
    DataError
        If it has columns that the schema does not know, or values that do not fit.
    """
    frame = open_frame(table)
    own = {c.name: i for i, c in enumerate(schema.columns)}
    strange = tuple(name for name in frame.names if name not in own)
    if strange:
        raise DataError(
            f"the table has columns that the model does not know: {short(strange)}; drop them. "
            f"The model has {short(tuple(own))}"
        )
    places = sorted(own[name] for name in frame.names)
    part = replace(schema, columns=tuple(schema.columns[i] for i in places), rules=None)
    try:
        inner = part.encode(table)
    except UnseenLevel as e:
        if e.column.written:
            raise
        instead = (
            "; the law of a row is that of its group"
            if str(e.column.name) in needed
            else ", or leave the column out to have it drawn"
        )
        raise DataError(
            f"{e.where}, which the model does not draw: it has {short(e.column.levels)}. Put one "
            f"of these there{instead}"
        ) from e
    x = np.full((frame.n, len(schema.variables)), np.nan, order="F")
    here, there = places_of(part.columns), places_of(schema.columns)
    for k, i in enumerate(places):
        for source, target in ((here[0][k], there[0][i]), (here[1][k], there[1][i])):
            if source is not None and target is not None:
                x[:, target] = inner[:, source]
    return Partial(x, frame.names)


def restored(schema: Schema, given: Partial, x: Floats, table: Any) -> Any:
    """Return variables (n, d) as a table, with the index and the identifiers of a given one."""
    out = schema.decode(np.nan_to_num(x))
    kept = [c.name for c in schema.columns if c.kind == "identifier" and c.name in given.names]
    if isinstance(out, pd.DataFrame):
        if isinstance(table, pd.DataFrame):
            out.index = table.index
            for name in kept:
                out[name] = table[name]
        return out
    return _with_columns(out, table, kept)


def _with_columns(out: Any, table: Any, kept: Sequence[Label]) -> Any:
    """Return a Polars or pyarrow table with some columns of another."""
    if not kept:
        return out
    source = nw.from_native(table, eager_only=True)
    columns = [source[str(name)] for name in kept]
    return nw.from_native(out, eager_only=True).with_columns(*columns).to_native()
