"""Files of SPSS, Stata and SAS: labels of values become levels, user-missing values codes."""

import datetime as dt
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from copulasynth.errors import DataError
from copulasynth.rows import stat_child
from copulasynth.rows.extra import apart, needed
from copulasynth.rows.reading import Reading
from copulasynth.schema import with_codes, with_titles

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
#: Microseconds by which a moment is off that is held as seconds since 1582.
LOST = 2


#: Something for each column: its cells, or what the file says of it.
Columns = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """What a file says of one column."""

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
    needed("pyreadstat", path)
    columns, said_of = _read_apart(path, said)
    columns = {name: _without(cells, frozenset(said.missing)) for name, cells in columns.items()}
    if not any(columns.values()):
        raise DataError(f"{path} has no rows or no columns")
    found = {name: _column(cells, _labels(name, said_of)) for name, cells in columns.items()}
    table = pa.table({name: f.array for name, f in found.items()})
    table = with_codes(table, {name: f.codes for name, f in found.items() if f.codes})
    titles = {name: title for name, title in said_of["titles"].items() if title and name in found}
    table = with_titles(table, titles)
    return table, [f"{path.name}: {note}" for note in _notes(found)]


def _without(cells: list[Any], missing: frozenset[str]) -> list[Any]:
    """Return cells with gaps in place of values that are to mean a missing one."""
    if missing <= {""}:
        return cells
    return [None if str(_number(v)) in missing else v for v in cells]


def _notes(found: Mapping[str, "_Read"]) -> list[str]:
    """Return what of a file is not in the plain values of its table."""
    levels = [name for name, f in found.items() if pa.types.is_dictionary(f.array.type)]
    codes = {name: list(f.codes) for name, f in found.items() if f.codes}
    lost = [name for name, f in found.items() if f.lost]
    notes = {
        "labels of values are levels": levels,
        "user-missing values are kinds of missing, not values": codes,
        "kinds of missing among numbers are gaps now": lost,
    }
    return [f"{what}: {names}" for what, names in notes.items() if names]


def _read_apart(path: Path, said: Reading) -> tuple[Columns, dict[str, Columns]]:
    """Return the columns of a file and what it says of them, by a process that it may end."""
    reader, program = LABELLED[path.suffix.lower()]
    settings: dict[str, object] = {"user_missing": True} if path.suffix.lower() in CODED else {}
    if said.encoding is not None and reader != "read_por":
        settings["encoding"] = said.encoding
    what = f"{path} cannot be read as a file of {program}"
    columns, said_of = apart(str(stat_child.__file__), (reader, os.fspath(path), settings), what)
    return columns, said_of


def _labels(name: str, said: dict[str, Columns]) -> _Labels:
    """Return what a file says of a column."""
    ranges = [(r["lo"], r["hi"]) for r in said["ranges"].get(name, ())]
    missing = _missing(ranges, set(said["letters"].get(name, ())))
    labels, measure = said["labels"].get(name, {}), said["measures"].get(name)
    return _Labels(labels, missing, measure == "ordinal")


def _missing(ranges: list[tuple[Any, Any]], letters: set[str]) -> Callable[[float | str], bool]:
    def missing(value: float | str) -> bool:
        if value in letters:
            return True
        same = [
            (low, high) for low, high in ranges if isinstance(low, str) == isinstance(value, str)
        ]
        return any(low <= value <= high for low, high in same)

    return missing


def _column(cells: list[Any], variable: _Labels) -> _Read:
    """Return a column with its labels as levels, if all that occurs has one."""
    values = [None if _gap(v) else v for v in cells]
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
    return value is None or value == "" or value != value


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
    if numbers and all(isinstance(v, dt.datetime) for v in numbers):
        return pa.array(_moments(values), pa.timestamp("us"))
    return pa.array(values)


def _moments(values: list[Any]) -> list[Any]:
    """Return moments to a thousandth of a second, if they are but for what a float of it loses."""
    near = [None if v is None else v + dt.timedelta(microseconds=LOST) for v in values]
    rest = [v.microsecond % 1000 for v in near if v is not None]
    if any(r > 2 * LOST for r in rest):
        return values
    return [v and v.replace(microsecond=v.microsecond // 1000 * 1000) for v in near]


def _number(value: object) -> object:
    """Return a whole number as such; the files know floats only."""
    if isinstance(value, float) and abs(value) <= EXACT and value == math.floor(value):
        return int(value)
    return value
