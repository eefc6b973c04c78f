"""Bring two or three tables of any maker onto the same columns, kinds and levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.metrics.frames import (
    as_labels,
    as_numbers,
    kind_of,
    parses_as_numbers,
    to_frame,
)
from copulasynth.metrics.levels import levels_of, report_levels
from copulasynth.metrics.table import Column, Kind, Table

__all__ = ["Aligned", "MissingCodes", "align"]

MissingCodes = Mapping[str, Sequence[Any]]
_ROLES = ("real", "synthetic", "holdout")


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Tables coded alike, and what had to be done for it.

    `notes` has the columns `column`, `problem` and `action`.
    """

    real: Table
    synthetic: Table
    holdout: Table | None
    notes: pd.DataFrame


def align(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    schema: Any = None,
    missing_codes: MissingCodes | None = None,
) -> Aligned:
    """Align tables: same columns, one kind a column, one list of levels, states for gaps.

    Column order is irrelevant. A column that one table lacks, kinds that differ, levels that one
    table lacks, gaps that one table lacks, identifiers and infinities are reported in `notes`,
    as synthpop's ``synorig.compare`` does; only the common columns are compared.

    Parameters
    ----------
    real, synthetic, holdout : table or Table
        pandas, polars or pyarrow tables, or tables that `align` returned.
    schema : Schema, optional
        Decides kinds and missing codes; without it they follow from the dtypes of the tables.
    missing_codes : mapping of column to values, optional
        Values that mean a second kind of missing, e.g. ``{"income": [-8]}``.

    Raises
    ------
    DataError
        If a table is empty or the tables share no column.

    Examples
    --------
    >>> a = pd.DataFrame({"x": [1, 2], "g": ["u", None]})
    >>> b = pd.DataFrame({"g": ["v", "u"], "x": [2.0, 3.0], "z": [0, 0]})
    >>> tables = align(a, b)
    >>> tables.real.names, tables.real.columns[1].levels
    (['x', 'g'], ('u', 'v'))
    >>> tables.notes.problem.tolist()
    ['only in synthetic', 'level v only in synthetic', 'missing only in real']
    """
    if isinstance(real, Table) and isinstance(synthetic, Table):
        return _already(real, synthetic, holdout)
    roles = [
        role for role, t in zip(_ROLES, (real, synthetic, holdout), strict=True) if t is not None
    ]
    frames = [
        to_frame(t, role)
        for t, role in zip((real, synthetic, holdout), _ROLES, strict=True)
        if t is not None
    ]
    notes: list[tuple[str, str, str]] = []
    names = _common(frames, roles, notes)
    kinds, codes = _declared(schema, missing_codes)
    columns, values, states = [], [], []
    for name in names:
        parts = [frame[name].reset_index(drop=True) for frame in frames]
        coded = _code(name, parts, roles, kinds.get(name), codes.get(name, ()), notes)
        if coded is not None:
            columns.append(coded[0])
            values.append(coded[1])
            states.append(coded[2])
    if not columns:
        raise DataError("no common column can be compared: all are identifiers or free text.")
    tables = [
        Table(tuple(columns), np.stack([v[i] for v in values]), np.stack([s[i] for s in states]))
        for i in range(len(frames))
    ]
    table = pd.DataFrame(notes, columns=["column", "problem", "action"])
    return Aligned(tables[0], tables[1], tables[2] if len(tables) == 3 else None, table)


def _already(real: Table, synthetic: Table, holdout: Table | None) -> Aligned:
    if real.columns != synthetic.columns or (holdout and real.columns != holdout.columns):
        raise DataError("the coded tables come from different alignments: align them together.")
    return Aligned(real, synthetic, holdout, pd.DataFrame(columns=["column", "problem", "action"]))


def _common(
    frames: list[pd.DataFrame], roles: list[str], notes: list[tuple[str, str, str]]
) -> list[str]:
    everywhere = [c for c in frames[0].columns if all(c in f.columns for f in frames)]
    if not everywhere:
        raise DataError(
            f"the tables share no column: real has {list(frames[0].columns)[:5]}, "
            f"synthetic has {list(frames[1].columns)[:5]}. Compare tables with the same names."
        )
    every = dict.fromkeys(c for frame in frames for c in frame.columns)
    for name in every:
        where = [role for role, frame in zip(roles, frames, strict=True) if name in frame.columns]
        if len(where) < len(frames):
            notes.append((name, f"only in {' and '.join(where)}", "left out"))
    return everywhere


def _declared(
    schema: Any, missing_codes: MissingCodes | None
) -> tuple[dict[str, str], dict[str, Sequence[Any]]]:
    """Return the kinds and missing codes that a schema or the caller states."""
    kinds: dict[str, str] = {}
    codes: dict[str, Sequence[Any]] = {}
    for column in getattr(schema, "columns", ()):
        kinds[str(column.name)] = str(column.kind)
        if getattr(column, "missing_codes", ()):
            codes[str(column.name)] = tuple(column.missing_codes)
    return kinds, codes | dict(missing_codes or {})


def _code(
    name: str,
    parts: list[pd.Series],
    roles: list[str],
    declared: str | None,
    codes: Sequence[Any],
    notes: list[tuple[str, str, str]],
) -> tuple[Column, list[Floats], list[np.ndarray]] | None:
    """Code one column in all tables, or return None where it cannot be compared."""
    kind = _kind(name, parts, roles, declared, notes)
    if kind == "numeric":
        out = _code_numbers(name, parts, roles, codes, notes)
    else:
        labels = [as_labels(part) for part in parts]
        if declared in ("identifier", "drop") or (declared is None and _is_identifier(labels[0])):
            notes.append((name, "identifier or free text", "left out"))
            return None
        out = _code_levels(name, kind, parts, labels, roles, codes, notes)
    column, values, states = out
    _report_gaps(column, states, roles, notes)
    return column, values, states


def _kind(
    name: str,
    parts: list[pd.Series],
    roles: list[str],
    declared: str | None,
    notes: list[tuple[str, str, str]],
) -> Kind:
    found = [kind_of(part) for part in parts]
    seen = set(found) - {"empty"}
    if len(seen) > 1:
        what = ", ".join(f"{k} in {role}" for k, role in zip(found, roles, strict=True))
        numbers = all(
            k in ("empty", "number", "bool") or (k != "time" and parses_as_numbers(p))
            for k, p in zip(found, parts, strict=True)
        ) and not seen <= {"text", "category", "ordered"}
        action = "compared as numbers" if numbers else "compared as levels"
        notes.append((name, f"types differ: {what}", action))
    if declared in ("nominal", "boolean", "ordinal", "identifier"):
        return "ordinal" if declared == "ordinal" else "nominal"
    if not seen or seen <= {"number", "time"} - ({"time"} if len(seen) > 1 else set()):
        return "numeric"
    if seen == {"span"}:
        return "numeric"
    if seen == {"ordered"}:
        return "ordinal"
    return "numeric" if len(seen) > 1 and numbers else "nominal"


def _is_identifier(labels: pd.Series) -> bool:
    """Tell whether the real column has too many distinct texts to be levels."""
    present = int(labels.notna().sum())
    return present > 50 and labels.nunique() > max(50, 0.5 * present)


def _code_numbers(
    name: str,
    parts: list[pd.Series],
    roles: list[str],
    codes: Sequence[Any],
    notes: list[tuple[str, str, str]],
) -> tuple[Column, list[Floats], list[np.ndarray]]:
    values, states = [], []
    labels = ["", "missing", *(str(code) for code in codes)]
    for part, role in zip(parts, roles, strict=True):
        x = as_numbers(part)
        state = np.where(np.isnan(x), 1, 0).astype(np.int8)
        for k, code in enumerate(codes):
            state[x == float(code)] = k + 2
        infinite = np.isinf(x)
        if infinite.any():
            if labels[-1] != "infinite":
                labels.append("infinite")
            state[infinite] = len(labels) - 1
            notes.append((name, f"{infinite.sum()} infinite values in {role}", "own level"))
        values.append(np.where(state == 0, x, np.nan))
        states.append(state)
    return Column(name, "numeric", (), tuple(labels)), values, states


def _code_levels(
    name: str,
    kind: Kind,
    parts: list[pd.Series],
    labels: list[pd.Series],
    roles: list[str],
    codes: Sequence[Any],
    notes: list[tuple[str, str, str]],
) -> tuple[Column, list[Floats], list[np.ndarray]]:
    levels = levels_of(parts, labels)
    special = [str(code) for code in codes]
    levels = [level for level in levels if level not in special]
    report_levels(name, levels, labels, roles, notes)
    index = pd.Index(levels, dtype=object)
    values, states = [], []
    for part in labels:
        code = index.get_indexer(pd.Index(part, dtype=object)).astype(np.float64)
        state = np.where(code < 0, 1, 0).astype(np.int8)
        for k, label in enumerate(special):
            state[(part == label).to_numpy()] = k + 2
        values.append(np.where(state == 0, code, np.nan))
        states.append(state)
    column = Column(name, kind, tuple(levels), ("", "missing", *special))
    return column, values, states


def _report_gaps(
    column: Column,
    states: list[np.ndarray],
    roles: list[str],
    notes: list[tuple[str, str, str]],
) -> None:
    for k, label in enumerate(column.states[1:], start=1):
        where = [
            role for role, state in zip(roles[:2], states[:2], strict=True) if (state == k).any()
        ]
        if len(where) == 1:
            notes.append((column.name, f"{label} only in {where[0]}", "own level"))
