"""Bring two or three tables of any maker onto the same columns, kinds and levels."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.metrics.level_lists import levels_of
from copulasynth.metrics.table import AnyTable, ComparedColumn, Kind, Table
from copulasynth.schema import Column, Schema, check_schema
from copulasynth.schema.judged import (
    Frame,
    Raw,
    counts_rows,
    judged_column,
    label_of,
    open_judged,
    read_judged,
    read_labels,
    read_numbers,
    sort_of,
    stated_codes,
)

__all__ = ["Aligned", "MissingCodes", "align", "align_all"]

MissingCodes = Mapping[str, Sequence[Any]]
States = NDArray[np.int8]
Coded = tuple[ComparedColumn, list[Floats], list[States]]

# More levels than this of one kind are noted in one line.
_MANY_LEVELS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Tables coded alike, and what had to be done for it.

    `notes` has the columns `column`, `problem`, `action` and `rows`: the fewest rows of one table
    behind a level or state that the note speaks of, <NA> where it speaks of whole columns.
    """

    real: Table
    synthetic: Table
    holdout: Table | None
    notes: pd.DataFrame

    def sample(self, most: int, rng: np.random.Generator) -> "Aligned":
        """Return at most so many rows of each table."""
        real, synthetic = self.real.sample(most, rng), self.synthetic.sample(most, rng)
        return Aligned(real, synthetic, self.holdout and self.holdout.sample(most, rng), self.notes)


class _Notes(list[tuple[str, str, str, int | None]]):
    def add(self, column: str, problem: str, action: str, rows: int | None = None) -> None:
        self.append((column, problem, action, rows))

    def table(self) -> pd.DataFrame:
        found = pd.DataFrame(list(self), columns=["column", "problem", "action", "rows"])
        return found.astype({"rows": "Int64"})


@cache
def _nothing() -> pd.DataFrame:
    """Return the notes of tables that are aligned already; every metric asks for them."""
    return _Notes().table()


def align(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    missing_codes: MissingCodes | None = None,
) -> Aligned:
    """Align tables: same columns, one kind a column, one list of levels, states for gaps.

    Column order is irrelevant. A column that one table lacks, types that differ, levels that one
    table lacks, gaps that one table lacks, identifiers and infinities are reported in `notes`,
    as synthpop's ``synorig.compare`` does; only the common columns are compared.

    Parameters
    ----------
    real, synthetic, holdout : table or Table
        pandas, polars or pyarrow tables, or tables that `align` returned.
    schema : Schema, optional
        What the columns are; without it, what `Schema.infer` takes those of the real table for.
    missing_codes : mapping of column to values, optional
        Values that mean a second kind of missing, e.g. ``{"income": [-8]}``; by default those that
        the schema has, or a table states itself, as one read from a file of SPSS does.

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
    return align_all(real, [synthetic], holdout, schema, missing_codes)[0]


def align_all(
    real: AnyTable,
    syntheses: Sequence[Any],
    holdout: AnyTable | None,
    schema: Schema | None,
    missing_codes: MissingCodes | None,
) -> list[Aligned]:
    """Return one alignment a synthesis, all on the same columns and levels."""
    if len(syntheses) == 0:
        raise DataError("no synthetic table was given.")
    if isinstance(real, Table):
        held = None if holdout is None else _together(real, holdout)
        found = _nothing()
        return [Aligned(real, _together(real, table), held, found) for table in syntheses]
    check_schema(schema)
    tables = [("real", real), *(("synthetic", table) for table in syntheses)]
    tables += [] if holdout is None else [("holdout", holdout)]
    roles, frames = [role for role, _ in tables], [open_judged(t, role) for role, t in tables]
    notes = _Notes()
    coded = _coded(frames, roles, schema, missing_codes or {}, notes)
    columns = tuple(column for column, _, _ in coded)
    done = [
        Table(columns, np.stack([v[i] for _, v, _ in coded]), np.stack([s[i] for *_, s in coded]))
        for i in range(len(frames))
    ]
    last, found = None if holdout is None else done[-1], notes.table()
    return [Aligned(done[0], table, last, found) for table in done[1 : 1 + len(syntheses)]]


def _coded(
    frames: list[Frame],
    roles: list[str],
    schema: Schema | None,
    missing_codes: MissingCodes,
    notes: _Notes,
) -> list[Coded]:
    known = {str(c.name): c for c in schema.columns} if schema is not None else {}
    coded = []
    for name in (names := _common(frames, roles, notes)):
        raws = [read_judged(frame, name) for frame in frames]
        codes = missing_codes.get(name, stated_codes(frames, name) if name not in known else None)
        one = _Across(name, raws, roles, notes).code(known.get(name), codes)
        coded += [] if one is None else [one]
    if not coded:
        shown = ", ".join(map(repr, names[:3])) + (" and more" if len(names) > 3 else "")
        raise DataError(
            f"no common column can be compared: {shown} hold identifiers or free text, or are left "
            "out. Say by a schema what they are, or compare other columns."
        )
    return coded


def _together(real: Table, table: AnyTable) -> Table:
    if not isinstance(table, Table) or table.columns != real.columns:
        raise DataError("the coded tables come from different alignments: align them together.")
    return table


def _common(frames: list[Frame], roles: list[str], notes: _Notes) -> list[str]:
    names = [[str(name) for name in frame.names] for frame in frames]
    everywhere = [name for name in names[0] if all(name in some for some in names)]
    if not everywhere:
        other = next((k for k, some in enumerate(names) if not {*some} & {*names[0]}), 1)
        raise DataError(
            f"the tables share no column: real has {names[0][:5]}, {roles[other]} has "
            f"{names[other][:5]}. Compare tables with the same names."
        )
    for name in dict.fromkeys(name for some in names for name in some):
        lacking = {role for role, some in zip(roles, names, strict=True) if name not in some}
        if lacking:
            where = [role for role in dict.fromkeys(roles) if role not in lacking]
            notes.add(name, f"only in {' and '.join(where) or 'some syntheses'}", "left out")
        elif "#" in name and name.rpartition("#")[0] in everywhere:
            notes.add(name, f"name {name.rpartition('#')[0]} occurs again", "compared by place")
    return everywhere


@dataclass(frozen=True, slots=True)
class _Across:
    """One column, as every table has it."""

    name: str
    raws: list[Raw]
    roles: list[str]
    notes: _Notes

    def code(self, declared: Column | None, codes: Sequence[Any] | None) -> Coded | None:
        """Code the column in all tables, or return None where it cannot be compared."""
        column = self._column(declared, codes or ())
        counted = declared is None and counts_rows(self.raws[0])
        if counted or column.kind in ("identifier", "drop"):
            dropped = declared is not None and column.kind == "drop"
            what = "dropped by the schema" if dropped else "identifier or free text"
            self.notes.add(self.name, what, "left out")
            return None
        codes = column.missing_codes if codes is None else codes
        numeric = column.measure == "numeric"
        read = [read_numbers(column, raw, codes) for raw in self.raws] if numeric else [None]
        numbers = [one for one in read if one is not None]
        self._report_types("numbers" if len(numbers) == len(read) else "levels")
        labels = [label_of(code) for code in codes]
        if len(numbers) == len(read):
            coded: Coded | None = self._numbers(column, labels, numbers)
        else:
            coded = self._levels(column, labels, sure=declared is not None)
        if coded is not None:
            self._report_gaps(coded[0], coded[2])
        return coded

    def _column(self, declared: Column | None, codes: Sequence[Any]) -> Column:
        """Return what the column is: as declared, or as the first table with values shows it."""
        full = [raw for raw in self.raws if raw.present.size]
        if full and full[0] is not self.raws[0]:
            self.notes.add(self.name, "all values missing in real", "compared as gaps")
        if declared is not None and (declared.storage != "null" or declared.kind == "drop"):
            return declared
        return judged_column((full or self.raws)[0], codes)

    def _report_types(self, compared: str) -> None:
        sorts: dict[str, str] = {}
        for role, raw in zip(self.roles, self.raws, strict=True):
            if sorts.get(role, "empty") == "empty":
                sorts[role] = sort_of(raw)
        if len(set(sorts.values()) - {"empty"}) > 1:
            what = ", ".join(f"{sort} in {role}" for role, sort in sorts.items())
            self.notes.add(self.name, f"types differ: {what}", f"compared as {compared}")

    def _numbers(
        self, column: Column, codes: list[str], read: list[tuple[Floats, States]]
    ) -> Coded:
        labels, values, states = ["", "missing", *codes], [], []
        infinities: Counter[str] = Counter()
        for (x, state), role in zip(read, self.roles, strict=True):
            infinite = np.isinf(x)
            state[infinite] = len(labels)
            infinities[role] += int(infinite.sum())
            values.append(np.where(state == 0, x, np.nan))
            states.append(state)
        for role, count in infinities.items():
            if count:
                self.notes.add(self.name, f"{count} infinite values in {role}", "own level", count)
        if infinities.total():
            labels.append("infinite")
        unit = {"datetime": "time", "duration": "span", "time": "span"}.get(column.storage, "")
        return ComparedColumn(self.name, "numeric", (), tuple(labels), unit), values, states

    def _levels(self, column: Column, codes: list[str], sure: bool) -> Coded | None:
        read = [read_labels(column, raw) for raw in self.raws]
        counts: dict[str, Counter[str]] = {role: Counter() for role in self.roles}
        for (labels, places), role in zip(read, self.roles, strict=True):
            seen = np.bincount(places + 1, minlength=len(labels) + 1)[1:]
            for label, rows in zip(labels, seen.tolist(), strict=True):
                counts[role][label] += rows
        numeric = column.measure == "numeric"
        if (not sure or numeric) and _too_many(+counts["real"]):
            self.notes.add(self.name, "identifier or free text", "left out")
            return None
        levels = levels_of(column, counts.values(), codes)
        self._report_levels(levels, counts)
        values, states = [], []
        code = {level: (float(k), 0) for k, level in enumerate(levels)}
        code |= {label: (math.nan, 2 + k) for k, label in enumerate(codes)}
        for labels, places in read:
            # The last entry is that of places -1, where a value is missing.
            pairs = [*(code.get(label, (math.nan, 1)) for label in labels), (math.nan, 1)]
            values.append(np.array([x for x, _ in pairs])[places])
            states.append(np.array([state for _, state in pairs], dtype=np.int8)[places])
        kind: Kind = "nominal" if column.measure != "ordinal" else "ordinal"
        compared = ComparedColumn(self.name, kind, tuple(levels), ("", "missing", *codes))
        return compared, values, states

    def _report_levels(self, levels: list[str], counts: dict[str, Counter[str]]) -> None:
        """Note the levels that some table lacks, many of one kind in one line."""
        lacking: dict[str, dict[str, int]] = {}
        for level in levels:
            rows = {role: found[level] for role, found in counts.items() if found[level]}
            # No mismatch: a level that real and synthetic share, and the holdout happens to lack.
            if 0 < len(rows) < len(counts) and list(rows) != ["real", "synthetic"]:
                lacking.setdefault(" and ".join(rows), {})[level] = min(rows.values())
        for tables, some in lacking.items():
            if len(some) > _MANY_LEVELS:
                shown = list(some)[:3]
                text = f"{len(some)} levels only in {tables} ({', '.join(shown)}, ..)"
                self.notes.add(self.name, text, "levels added", min(some[v] for v in shown))
                continue
            for level, least in some.items():
                self.notes.add(self.name, f"level {level} only in {tables}", "level added", least)

    def _report_gaps(self, column: ComparedColumn, states: list[States]) -> None:
        for k, label in enumerate(column.states[1:], start=1):
            rows: Counter[str] = Counter()
            for role, state in zip(self.roles, states, strict=True):
                rows[role] += int((state == k).sum())
            where = [role for role in ("real", "synthetic") if rows[role]]
            if len(where) == 1:
                text = f"{label} only in {where[0]}"
                self.notes.add(self.name, text, "own level", rows[where[0]])


def _too_many(counts: Counter[str]) -> bool:
    """Tell whether labels repeat so rarely that their shares say nothing."""
    return counts.total() > 50 and len(counts) > max(50, 0.5 * counts.total())
