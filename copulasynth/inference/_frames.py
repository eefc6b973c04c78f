"""Tables ready for a formula: the columns it uses, complete rows, one set of levels for all."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.errors import DataError, FitWarning, no_column
from copulasynth.inference.formulas import check_formula, variables
from copulasynth.inference.left_out import Codes, LeftOut, codes_of, suspects
from copulasynth.schema import Column, Schema, Tabular
from copulasynth.schema.judged import (
    Raw,
    judged_column,
    label_of,
    open_judged,
    read_judged,
    read_labels,
    read_numbers,
)

__all__ = ["prepare", "response"]

#: Names as alike as that are slips of the hand.
SLIP = 0.8


def response(formula: str) -> str:
    """Return the left-hand side of `formula`."""
    if not isinstance(formula, str):
        raise DataError(f"expected a formula as text, such as 'y ~ x', got {formula!r}")
    left, tilde, right = formula.partition("~")
    if not tilde or not left.strip() or not right.strip():
        raise DataError(
            f"formula {formula!r} has no 'response ~ terms'; write e.g. 'y ~ age + sex'"
        )
    return left.strip()


@dataclass(frozen=True, slots=True, eq=False)
class _FormulaReader:
    """Reads the columns of a formula alike in all tables.

    What a column is, the first table that has it decides, as long as others store it alike.
    """

    names: Sequence[str]
    codes: Mapping[str, Sequence[Any]]
    known: dict[str, tuple[str, Column]] = field(default_factory=dict)

    def read(self, table: Tabular, label: str) -> tuple[pd.DataFrame, LeftOut]:
        """Return the complete rows of a table, and what was left out."""
        frame = open_judged(table, label)
        _refuse_absent(self.names, frame.names, label)
        columns, reasons = {}, []
        for name in self.names:
            columns[name], found = self._typed(read_judged(frame, name))
            reasons += [(name, why, count) for why, count in found.items() if count]
        every = pd.DataFrame(columns)
        rows = every.dropna()
        left = LeftOut(len(every) - len(rows), len(every), tuple(reasons))
        if rows.empty:
            raise DataError(
                f"{label} has no row without a missing value in {', '.join(self.names)}"
            )
        nominal = [n for n in self.names if isinstance(rows[n].dtype, pd.CategoricalDtype)]
        used = {name: rows[name].cat.remove_unused_categories() for name in nominal}
        return rows.assign(**used), left

    def _typed(self, raw: Raw) -> tuple[Any, dict[str, int]]:
        """Return numbers as float64 and all else as categories, and how often each is missing."""
        codes = self.codes.get(str(raw.name), ())
        storage, column = self.known.get(str(raw.name), ("", None))
        if column is None or storage != raw.storage:
            column = judged_column(raw, codes)
        self.known.setdefault(str(raw.name), (raw.storage, column))
        reasons = ["empty", *map(label_of, codes)]
        if column.measure == "numeric" and (read := read_numbers(column, raw, codes)) is not None:
            if str(raw.name) not in self.codes and not raw.unit:
                _warn_of_suspects(raw.name, read[0])
            often = np.bincount(read[1], minlength=2 + len(codes))[1:]
            return read[0], dict(zip(reasons, often.tolist(), strict=True))
        labels, places = read_labels(column, raw)
        coded = {k: labels[k] for k in range(len(labels)) if labels[k] in reasons[1:]}
        counts = {"empty": int((places < 0).sum())}
        counts |= {label: int((places == k).sum()) for k, label in coded.items()}
        places = np.where(np.isin(places, list(coded)), -1, places)
        # Formulas name the levels of text, numbers and truth values as they are.
        levels = pd.Index(labels if raw.unit or raw.levels is None else raw.levels)
        return pd.Categorical.from_codes(places, levels, ordered=raw.ordered), counts


def _warn_of_suspects(name: object, x: Floats) -> None:
    """Warn of numbers that look like missing codes and are not declared."""
    if found := suspects(x):
        warnings.warn(
            f"column {name!r} holds {' and '.join(map(str, found))}, and nothing else below 0: a "
            "missing code? It enters this fit as a number. If it means missing, pass "
            f"missing_codes={{{name!r}: {found}}}, or the schema that declares it; if it is a "
            f"number, pass missing_codes={{{name!r}: []}}",
            FitWarning,
            stacklevel=6,
        )


def prepare(
    formula: str,
    tables: Sequence[Any],
    what: str = "synthesis",
    *,
    schema: Schema | None = None,
    missing_codes: Codes | None = None,
    trusted: bool = False,
) -> tuple[list[pd.DataFrame], LeftOut]:
    """Return the complete rows of the formula's columns, with the same levels in every table.

    Levels keep the order of the first table that has them; levels that no table uses are dropped,
    so that they cannot make the design singular. The second value says what was left out.

    Raises
    ------
    DataError
        If the formula does more than compute with columns and is not trusted, a column is missing,
        is nominal in one table only, has no complete row, or lacks a
        level that another table has.
    """
    response(formula)
    if not trusted:
        check_formula(formula)
    names = variables(formula)
    reader = _FormulaReader(names, codes_of(schema, missing_codes))
    if missing_codes is not None and tables:
        _refuse_unknown(missing_codes, open_judged(tables[0], f"{what} 1").names)
    read = [reader.read(table, f"{what} {i}") for i, table in enumerate(tables, 1)]
    frames = [frame for frame, _ in read]
    for name in names:
        nominal = [isinstance(f[name].dtype, pd.CategoricalDtype) for f in frames]
        if not any(nominal):
            continue
        if not all(nominal):
            raise DataError(
                f"column {name!r} is numeric in {what} {nominal.index(False) + 1} and nominal in "
                f"{what} {nominal.index(True) + 1}; give it one type"
            )
        _share_levels(frames, name, what)
    return frames, LeftOut.together(left for _, left in read)


def _refuse_absent(wanted: Sequence[str], names: Sequence[Any], label: str) -> None:
    for name in wanted:
        if name not in names:
            columns = ", ".join(map(str, names[:12]))
            raise DataError(
                f"the formula uses {name!r}, which {label} does not have (its columns: {columns}"
                f"{', ...' if len(names) > 12 else ''})"
            )


def _refuse_unknown(codes: Codes, names: Sequence[Any]) -> None:
    """Refuse codes of columns that are none: slips of the hand, and mappings that say nothing.

    One mapping may serve tables of different columns.
    """
    known = list(map(str, names))
    absent = [name for name in map(str, codes) if name not in known]
    for name in absent:
        if len(absent) == len(codes) or get_close_matches(name, known, 1, SLIP):
            raise DataError(no_column(name, known, "missing_codes"))


def _share_levels(frames: list[pd.DataFrame], name: str, what: str) -> None:
    levels = list(dict.fromkeys(v for f in frames for v in f[name].cat.categories))
    for i, frame in enumerate(frames, 1):
        used = set(frame[name].cat.categories)
        absent = [v for v in levels if v not in used]
        if absent:
            raise DataError(
                f"level {absent[0]!r} of column {name!r} has no complete row in {what} {i}, but "
                "others have it; group rare levels or leave that synthesis out"
            )
        ordered = bool(frame[name].cat.ordered)
        frame[name] = pd.Categorical(frame[name], categories=levels, ordered=ordered)
