"""Columns that no step would compare: what is compared with nothing may hold all."""

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa

from copulasynth.errors import DataError, SchemaError
from copulasynth.metrics.alignment import Aligned, align
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.privacy.finding import Measured
from copulasynth.privacy.given import names_of, open_given
from copulasynth.schema import Schema
from copulasynth.schema.judged import Frame

__all__ = ["check_columns", "uncompared"]

_ODD = (complex, np.complexfloating, bytes)


def check_columns(table: AnyTable, what: str) -> None:
    """Refuse a table with two columns of one name, or cells that no measure can compare.

    Raises
    ------
    DataError
        Naming the column and the remedy.
    """
    frame = open_given(table, what)
    twice = [name for name, count in Counter(_names(table, frame)).items() if count > 1]
    if twice:
        raise DataError(
            f"the {what} table has several columns named {twice[0]!r}; rename or drop all but one."
        )
    for name in frame.names:
        try:
            frame.read(name)
        except SchemaError:
            _check_cells(frame, str(name), what)


def _names(table: AnyTable, frame: Frame) -> list[str]:
    """Return the labels as they are given: an open table has told equal ones apart."""
    labels = table.columns if isinstance(table, pd.DataFrame) else frame.names
    return [str(label) for label in (table.column_names if isinstance(table, pa.Table) else labels)]


def _check_cells(frame: Frame, name: str, what: str) -> None:
    """Refuse a column that no model could be fitted to where it cannot be compared either."""
    series = frame.table[name]
    cells = series if isinstance(series, pd.Series) else series.to_pandas()
    for cell in cells.astype(object):
        if not pd.api.types.is_scalar(cell) or isinstance(cell, _ODD):
            raise DataError(
                f"column {name!r} of the {what} table holds cells of type {type(cell).__name__}, "
                "which cannot be compared; write it as numbers, texts or dates, or drop it."
            )


def uncompared(
    given: tuple[AnyTable, AnyTable, AnyTable | None], aligned: Aligned, schema: Schema | None
) -> list[Measured]:
    """Return the columns that were compared with nothing, and those that are lost or hollow."""
    real, made = names_of(given[0]), names_of(given[1])
    held = real if given[2] is None else names_of(given[2])
    shared = [name for name in made if name in real]
    extra = [name for name in made if name not in real]
    other, empty = _of_other_kinds(given, aligned, schema), _hollow(aligned)
    notes = aligned.notes
    dropped = notes.column[notes.problem == "dropped by the schema"].astype(str).tolist()
    alike = "write their values as the training table does"
    return [
        _failing("that the training table lacks", extra,
                 "name them as the training table does, or drop them"),
        *_some(
            _failing("that the holdout lacks", [n for n in shared if n not in held],
                     "give a holdout that has them"),
            _failing("of other kinds than in the training table", other, alike),
            _failing("that the schema drops", dropped, "drop them from the tables too"),
            _failing("without values in the training table", empty["real"], "drop them"),
            _failing("without values in the holdout", empty["holdout"],
                     "give a holdout that has them"),
            _noted("columns that the synthetic table lacks", [n for n in real if n not in made]),
            _noted("columns without values in the synthetic table", empty["synthetic"]),
            _noted("columns with infinite values", _infinite(aligned.synthetic)),
        ),
    ]  # fmt: skip


def _some(*found: Measured) -> list[Measured]:
    return [one for one in found if one.value > 0]


def _failing(which: str, names: list[str], remedy: str) -> Measured:
    note = f"{', '.join(names)}: compared with nothing; {remedy}" if names else ""
    return Measured.counted(f"columns {which}", len(names), 0.0, bool(names), note)


def _noted(measure: str, names: list[str]) -> Measured:
    return Measured.counted(measure, len(names), np.nan, False, ", ".join(names))


def _of_other_kinds(
    given: tuple[AnyTable, AnyTable, AnyTable | None], aligned: Aligned, schema: Schema | None
) -> list[str]:
    """Return the columns that would be compared as another kind if all wrote them alike."""
    alone = {c.name: c.kind for c in align(given[0], given[0], schema=schema).real.columns}
    found = {c.name: c.kind for c in aligned.real.columns}
    everywhere = set.intersection(*(set(names_of(t)) for t in given if t is not None))
    filled = [c.name for j, c in enumerate(aligned.real.columns) if aligned.real.present(j).size]
    return [
        name for name, kind in alone.items()
        if name in everywhere and found.get(name) != kind and (name in filled or name not in found)
    ]  # fmt: skip


def _hollow(aligned: Aligned) -> dict[str, list[str]]:
    """Return by table the columns that have no finite value there, and have some elsewhere."""
    tables = {"real": aligned.real, "synthetic": aligned.synthetic, "holdout": aligned.holdout}
    full = {
        role: {c.name for j, c in enumerate(t.columns) if t.present(j).size}
        for role, t in tables.items() if t is not None
    }  # fmt: skip
    names = aligned.real.names
    made = full["synthetic"]
    return {
        "real": [n for n in names if n in made and n not in full["real"]],
        "synthetic": [n for n in names if n in full["real"] and n not in made],
        "holdout": [
            n for n in names if n in made & full["real"] and n not in full.get("holdout", made)
        ],
    }


def _infinite(table: Table) -> list[str]:
    return [
        column.name for j, column in enumerate(table.columns)
        if column.kind == "numeric" and column.states[-1] == "infinite"
        and (table.states[j] == len(column.states) - 1).any()
    ]  # fmt: skip
