"""Infer the columns of a table: each by itself, and codes by what the others say of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from copulasynth.errors import SchemaError, no_column
from copulasynth.schema._frames import Frame
from copulasynth.schema.column import Column, Label
from copulasynth.schema.infer import infer_column
from copulasynth.schema.infer_codes import code_note, looks_like_codes, order_is_silent

__all__ = ["Refused", "infer_columns"]

#: What to do with a column that cannot be kept.
Refused = Literal["error", "drop"]


def infer_columns(
    frame: Frame,
    kinds: Mapping[Any, str],
    missing_codes: Mapping[Any, Sequence[Any]],
    refused: Refused,
) -> tuple[tuple[Column, ...], list[str]]:
    """Return the columns of a table, and notes for the user.

    Raises
    ------
    SchemaError
        If something is declared of a column that is not there, or a column cannot be kept.
    """
    for name in (*kinds, *missing_codes):
        if name not in frame.names:
            raise SchemaError(no_column(name, frame.names))
    columns, likely, notes = [], [], []
    for i, name in enumerate(frame.names):
        try:
            raw = frame.read(name)
            column, note = infer_column(raw, kinds.get(name), missing_codes.get(name, ()))
            likely += [i] if name not in kinds and looks_like_codes(column, raw) else []
        except SchemaError as e:
            if refused == "error" or name in kinds or name in missing_codes:
                raise
            column, note = _dropped(frame, name, e)
        columns.append(column)
        notes += [note] if note else []
    for i in likely:
        name = frame.names[i]
        others = (frame.read(c.name) for c in columns if c.kind != "drop" and c.name != name)
        if order_is_silent(frame.read(name), others):
            columns[i], _ = infer_column(frame.read(name), "nominal")
            notes.append(code_note(columns[i]))
    return tuple(columns), notes


def _dropped(frame: Frame, name: Label, why: SchemaError) -> tuple[Column, str]:
    """Return the column that leaves out what cannot be kept, and a note that says why."""
    try:
        raw = frame.read(name)
        column = Column(name, "drop", raw.storage, raw.dtype, raw.physical, raw.unit, raw.timezone)
    except SchemaError:
        column = Column(name, "drop", "null", "object")
    return column, f"{why} Its kind is 'drop': synthetic tables do not have it."
