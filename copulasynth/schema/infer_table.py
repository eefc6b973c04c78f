"""Infer the columns of a table: each by itself, and codes by what the others say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from copulasynth._clock import step
from copulasynth.errors import SchemaError, no_column
from copulasynth.schema._frames import Frame
from copulasynth.schema._raw import Raw
from copulasynth.schema.column import Column, Label, Scalar
from copulasynth.schema.infer import infer_column
from copulasynth.schema.infer_codes import code_note, looks_like_codes, order_is_silent

__all__ = ["Declared", "Refused", "completed", "infer_columns"]

#: What to do with a column that cannot be kept.
Refused = Literal["error", "drop"]


@dataclass(frozen=True, slots=True)
class Declared:
    """What a person says of columns: kinds, forms of text, values that mean missing."""

    kinds: Mapping[Any, str]
    formats: Mapping[Any, str]
    missing_codes: Mapping[Any, Sequence[Any]]

    def __contains__(self, name: object) -> bool:
        return any(name in said for said in (self.kinds, self.formats, self.missing_codes))

    def column(self, raw: Raw) -> tuple[Column, str]:
        """Return the column that `raw` is, and a note."""
        kind, form = self.kinds.get(raw.name), self.formats.get(raw.name, "")
        return infer_column(raw, kind, self.missing_codes.get(raw.name, ()), form)


def infer_columns(
    frame: Frame, declared: Declared, refused: Refused
) -> tuple[tuple[Column, ...], list[str]]:
    """Return the columns of a table, and notes for the user.

    Raises
    ------
    SchemaError
        If something is declared of a column that is not there, or a column cannot be kept.
    """
    for name in (*declared.kinds, *declared.formats, *declared.missing_codes):
        if name not in frame.names:
            raise SchemaError(no_column(name, frame.names))
    columns, likely, notes = [], [], []
    for i, name in enumerate(frame.names):
        step(f"reading {name}")
        try:
            raw = frame.read(name)
            column, note = declared.column(raw)
            likely += [i] if name not in declared.kinds and looks_like_codes(column, raw) else []
        except SchemaError as e:
            if refused == "error" or name in declared:
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


def completed(column: Column, frame: Frame) -> Column:
    """Return a column with what only the table can tell: levels, forms, identifiers in use."""
    raw = frame.read(column.name)
    if column.unread or (column.coded and column.modelled and not column.levels):
        codes: tuple[Scalar, ...] = column.missing_codes
        learned, _ = infer_column(raw, column.kind, codes, column.writing)
        return learned.replace(gaps=column.gaps or learned.gaps)
    if column.kind == "identifier" and column.writing and raw.storage == "text":
        learned, _ = infer_column(raw, "identifier", form=column.writing)
        return learned.replace(behind=column.behind)
    return column


def _dropped(frame: Frame, name: Label, why: SchemaError) -> tuple[Column, str]:
    """Return the column that leaves out what cannot be kept, and a note that says why."""
    try:
        raw = frame.read(name)
        column = Column(name, "drop", raw.storage, raw.dtype, raw.physical, raw.unit, raw.timezone)
    except SchemaError:
        column = Column(name, "drop", "null", "object")
    return column, f"{why} Its kind is 'drop': synthetic tables do not have it."
