"""Tables ready for a formula: the columns it uses, complete rows, one set of levels for all."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from copulasynth.errors import DataError
from copulasynth.inference.formulas import check_formula, variables
from copulasynth.schema import Column, Tabular
from copulasynth.schema.judged import (
    Raw,
    judged_column,
    open_judged,
    read_judged,
    read_labels,
    read_numbers,
)

__all__ = ["prepare", "response"]


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


def prepare(
    formula: str, tables: Sequence[Any], what: str = "synthesis", *, trusted: bool = False
) -> list[pd.DataFrame]:
    """Return the complete rows of the formula's columns, with the same levels in every table.

    Levels keep the order of the first table that has them; levels that no table uses are dropped,
    so that they cannot make the design singular.

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
    known: dict[str, tuple[str, Column]] = {}
    frames = [_complete(table, names, f"{what} {i}", known) for i, table in enumerate(tables, 1)]
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
    return frames


def _complete(
    table: Tabular, names: Sequence[str], label: str, known: dict[str, tuple[str, Column]]
) -> pd.DataFrame:
    frame = open_judged(table, label)
    for name in names:
        if name not in frame.names:
            columns = ", ".join(map(str, frame.names[:12]))
            raise DataError(
                f"the formula uses {name!r}, which {label} does not have (its columns: {columns}"
                f"{', ...' if len(frame.names) > 12 else ''})"
            )
    rows = pd.DataFrame({name: _typed(read_judged(frame, name), known) for name in names}).dropna()
    if rows.empty:
        raise DataError(f"{label} has no row without a missing value in {', '.join(names)}")
    nominal = [name for name in names if isinstance(rows[name].dtype, pd.CategoricalDtype)]
    used = {name: rows[name].cat.remove_unused_categories() for name in nominal}
    return rows.assign(**used)


def _typed(raw: Raw, known: dict[str, tuple[str, Column]]) -> Any:
    """Return numbers as float64 and everything else as categories.

    What a column is, the first table that has it decides, as long as others store it alike.
    """
    storage, column = known.get(str(raw.name), ("", None))
    if column is None or storage != raw.storage:
        column = judged_column(raw)
    known.setdefault(str(raw.name), (raw.storage, column))
    if column.measure == "numeric" and (read := read_numbers(column, raw)) is not None:
        return read[0]
    labels, places = read_labels(column, raw)
    # Formulas name the levels of text, numbers and truth values as they are.
    levels: Any = labels if raw.unit or raw.levels is None else list(raw.levels)
    return pd.Categorical.from_codes(places, levels, ordered=raw.ordered)


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
