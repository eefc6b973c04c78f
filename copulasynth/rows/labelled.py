"""Files of SPSS, Stata and SAS: labels of values become levels, user-missing values codes."""

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from copulasynth._paths import one_line
from copulasynth.errors import DataError
from copulasynth.rows.extra import needed
from copulasynth.rows.reading import Reading
from copulasynth.schema import with_codes

__all__ = ["LABELLED", "read_labelled"]

#: Readers of pyreadstat by the endings of files, and who writes such files.
LABELLED = {
    ".sav": ("read_sav", "SPSS"),
    ".zsav": ("read_sav", "SPSS"),
    ".por": ("read_por", "SPSS"),
    ".dta": ("read_dta", "Stata"),
    ".sas7bdat": ("read_sas7bdat", "SAS"),
    ".xpt": ("read_xport", "SAS"),
}
#: Formats whose readers can tell user-missing values from others.
CODED = {".sav", ".zsav", ".dta"}
EXACT = 2.0**53


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """What a file says of one column."""

    name: str
    labels: Mapping[Any, str]
    missing: Callable[[Any], bool]
    ordinal: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """What a column became, its missing codes, and what was lost."""

    array: pa.Array
    codes: tuple[Any, ...] = ()
    lost: bool = False


def read_labelled(path: Path, said: Reading) -> tuple[pa.Table, list[str]]:
    """Return the table of a file of SPSS, Stata or SAS, and what is unusual about it.

    Raises
    ------
    DataError
        If the file is damaged, has no rows, or pyreadstat is not installed.
    """
    stat, ending = needed("pyreadstat", path), path.suffix.lower()
    reader, program = LABELLED[ending]
    more: dict[str, Any] = {"user_missing": True} if ending in CODED else {}
    if said.encoding is not None and ending != ".por":
        more["encoding"] = said.encoding
    try:
        frame, meta = vars(stat)[reader](os.fspath(path), **more)
    except (stat.ReadstatError, stat.PyreadstatError, ValueError, OverflowError) as e:
        raise DataError(f"{path} cannot be read as a file of {program}: {one_line(str(e))}") from e
    if frame.empty:
        raise DataError(f"{path} has no rows or no columns")
    found = {v.name: _column(frame[v.name], v) for v in _variables(frame.columns, meta)}
    table = pa.table({name: f.array for name, f in found.items()})
    table = with_codes(table, {name: f.codes for name, f in found.items() if f.codes})
    lost = [name for name, f in found.items() if f.lost]
    notes = [f"{path.name}: kinds of missing among numbers are gaps now: {lost}"] if lost else []
    return table, notes


def _variables(names: Iterable[str], meta: Any) -> Iterable[_Labels]:
    for name in names:
        ranges = [(r["lo"], r["hi"]) for r in meta.missing_ranges.get(name, ())]
        letters = set(meta.missing_user_values.get(name, ()))
        measure = meta.variable_measure.get(name)
        labels = meta.variable_value_labels.get(name, {})
        yield _Labels(name, labels, _missing(ranges, letters), measure == "ordinal")


def _missing(ranges: list[tuple[Any, Any]], letters: set[str]) -> Callable[[Any], bool]:
    def missing(value: Any) -> bool:
        if value in letters:
            return True
        same = [
            (low, high) for low, high in ranges if isinstance(low, str) == isinstance(value, str)
        ]
        return any(low <= value <= high for low, high in same)

    return missing


def _column(cells: "pd.Series[Any]", variable: _Labels) -> _Read:
    """Return a column with its labels as levels, if all that occurs has one."""
    if cells.dtype.kind == "M":
        return _Read(pa.Array.from_pandas(cells))
    values = [None if _gap(v) else v for v in cells.tolist()]
    present = dict.fromkeys(v for v in values if v is not None)
    labels = variable.labels
    codes = tuple(v for v in present if variable.missing(v))
    if labels and all(v in labels for v in present):
        kept = [v for v in labels if not variable.missing(v)] + list(codes)
        return _levelled(values, {v: labels[v] for v in kept}, codes, variable.ordinal)
    letters = any(isinstance(v, str) for v in present) and not all(
        isinstance(v, str) for v in present
    )
    if letters:  # Stata's .a to .z beside numbers
        values = [None if isinstance(v, str) else v for v in values]
        return _Read(_array(values), (), lost=True)
    return _Read(_array(values), tuple(_number(c) for c in codes))


def _gap(value: object) -> bool:
    return value is None or value is pd.NaT or value == "" or value != value


def _levelled(
    values: list[Any], labels: Mapping[Any, str], codes: tuple[Any, ...], ordinal: bool
) -> _Read:
    """Return values as their labels, in the order of what they stand for."""
    order = sorted(labels, key=lambda v: (v in codes, isinstance(v, str), v))
    levels = list(dict.fromkeys(labels[v] for v in order))
    place = {v: levels.index(labels[v]) for v in order}
    indices = pa.array([None if v is None else place[v] for v in values], pa.int32())
    array = pa.DictionaryArray.from_arrays(indices, pa.array(levels, pa.string()), ordered=ordinal)
    return _Read(array, tuple(dict.fromkeys(labels[v] for v in codes)))


def _array(values: list[Any]) -> pa.Array:
    numbers = [v for v in values if v is not None]
    if all(isinstance(v, float) for v in numbers):
        values = [None if v is None else _number(v) for v in values]
        if not all(isinstance(v, int) for v in values if v is not None):
            return pa.array(values, pa.float64())
        return pa.array(values, pa.int64() if numbers else pa.null())
    return pa.array(values)


def _number(value: object) -> object:
    """Return a whole number as such; the files know floats only."""
    if isinstance(value, float) and abs(value) <= EXACT and value == math.floor(value):
        return int(value)
    return value
