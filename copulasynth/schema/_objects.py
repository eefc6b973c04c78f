"""Columns of Python objects as plain arrays: one table says which objects are values, and how."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from copulasynth._arrays import Bools
from copulasynth.errors import SchemaError
from copulasynth.schema._arrow import DIGITS, decimal_array, raw_of_arrow
from copulasynth.schema._raw import Raw, first
from copulasynth.schema._refused import is_broken, refused_object
from copulasynth.schema.column import Label

__all__ = ["raw_of_objects", "zone_name"]

#: From objects that are there to an Arrow array or a pandas Series.
Reader = Callable[[NDArray[Any]], Any]


def raw_of_objects(name: Label, series: pd.Series) -> Raw:
    """Read an object column whose values are all of one kind.

    Raises
    ------
    SchemaError
        If values are of several kinds, of one that no column can hold, or beyond its range; the
        message names the first row and the remedy.
    """
    objects = series.to_numpy()
    missing = _missing(name, series)
    there = np.flatnonzero(~missing)
    timezone = None
    if len(there):
        read = _reader_of(name, objects, there)
        try:
            found = read(objects[there])
        except _Refusal as e:
            raise SchemaError(f"column {name!r} holds {e.args[0].format(there[e.args[1]])}") from e
        if isinstance(found, pd.Series):
            timezone = found.dt.tz if found.dtype.kind == "M" else None
            found = pa.array(found.array)
        places = np.cumsum(~missing) - 1
        raw = raw_of_arrow(name, found.take(pa.array(places, mask=missing)))
    else:
        raw = Raw(name, "null", "object", np.zeros(len(series)), "float64", missing)
    if timezone is not None:
        raw.timezone = zone_name(name, timezone)
    raw.dtype, raw.missing = "object", missing
    raw.marker, raw.note = _marker(name, objects[missing])
    return raw


class _Refusal(Exception):
    """What is wrong (with ``{}`` for the row), and the place of the first such value."""


def _missing(name: Label, series: pd.Series) -> Bools:
    try:
        return series.isna().to_numpy(dtype=bool)
    except ArithmeticError as e:  # a signalling NaN cannot even be compared
        signals = [isinstance(v, Decimal) and v.is_snan() for v in series]
        raise SchemaError(
            f"column {name!r} holds a signalling NaN (first at row {first(np.array(signals))}); "
            "replace it by None"
        ) from e


def _reader_of(name: Label, objects: NDArray[Any], there: NDArray[Any]) -> Reader:
    """Return the one reader that fits all objects."""
    types = list(map(type, objects[there]))
    readers = {t: next((r for own, r in _CELLS if issubclass(t, own)), None) for t in set(types)}
    for place, t in enumerate(types if None in readers.values() else ()):
        if readers[t] is None:
            raise refused_object(name, objects[there[place]], int(there[place]))
    start = types[0]
    one = readers[start]
    assert one is not None
    if len(set(readers.values())) > 1:
        place = next(i for i, t in enumerate(types) if readers[t] is not one)
        numbers = {_integers, _reals, _decimals}
        to = "float" if set(readers.values()) <= numbers else "str"
        raise SchemaError(
            f"column {name!r} mixes types: {start.__name__} at row {there[0]}, but "
            f"{types[place].__name__} at row {there[place]} ({objects[there[place]]!r}). Make it "
            f"one type, for example df[{name!r}].astype({to})."
        )
    return one


def _texts(cells: NDArray[Any]) -> Any:
    try:
        return pa.array(cells, pa.large_string())
    except UnicodeError as e:
        broken = next(i for i, v in enumerate(cells) if is_broken(v))
        raise _Refusal(
            "half a character, a lone surrogate (first at row {}), which no file can hold; repair "
            "it with .str.encode('utf-8', 'replace').str.decode('utf-8')",
            broken,
        ) from e


def _truths(cells: NDArray[Any]) -> Any:
    return pa.array(cells.astype(bool))


def _integers(cells: NDArray[Any]) -> Any:
    """Read whole numbers: of their own NumPy type, or else of 64 bits with or without a sign."""
    kind = _width(cells, int)
    for each in (kind, np.dtype(np.int64), np.dtype(np.uint64)):
        try:
            if each.kind in "iu":
                return pa.array(cells.astype(each))
        except OverflowError:
            continue
    most = 2**63 if min(cells) < 0 else 2**64
    beyond = np.array([not -most <= int(v) < most for v in cells])
    raise _Refusal(
        "whole numbers of more than 64 bits (first at row {}); cast it to float or text",
        first(beyond),
    )


def _width(cells: NDArray[Any], plain: type) -> np.dtype[Any]:
    """Return NumPy's type for objects that are NumPy's own or are `plain` ones of Python."""
    own = {t if issubclass(t, np.generic) else plain for t in set(map(type, cells))}
    return np.result_type(*own)


def _reals(cells: NDArray[Any]) -> Any:
    kind = _width(cells, float)
    return pa.array(cells.astype(kind if kind.itemsize <= 8 else np.float64))


def _decimals(cells: NDArray[Any]) -> Any:
    """Read decimals as counts of their last place."""
    finite = np.array([v.is_finite() for v in cells])
    if not finite.all():
        raise _Refusal(
            f"{int((~finite).sum())} infinite values (first at row {{}}). Replace or drop them "
            "before fitting.",
            first(~finite),
        )
    places = max(max(-v.as_tuple().exponent for v in cells), 0)
    wide = np.array([bool(v) and v.adjusted() + 1 + places > DIGITS for v in cells])
    if places > DIGITS or wide.any():
        raise _Refusal(
            f"decimals of more than {DIGITS} digits (first at row {{}}); cast it to float or text",
            first(wide),
        )
    counts = np.array([int(v.scaleb(places)) for v in cells], dtype=np.int64)
    return decimal_array(counts, None, pa.decimal128(38, places))


def _stamps(cells: NDArray[Any]) -> Any:
    try:
        found = pd.to_datetime(pd.Series(cells, dtype=object))
        if found.dtype.kind == "M":
            return found
    except (ValueError, OverflowError, TypeError):
        pass
    zones = [str(getattr(v, "tzinfo", None)) for v in cells]
    raise _Refusal(
        "datetimes of several time zones, or beyond what pandas can hold (first at row {}); "
        "convert it with pd.to_datetime(..., utc=True)",
        next((i for i, zone in enumerate(zones) if zone != zones[0]), 0),
    )


def _days(cells: NDArray[Any]) -> Any:
    return pa.array(cells, pa.date32())


def _spans(cells: NDArray[Any]) -> Any:
    try:
        return pd.to_timedelta(pd.Series(cells, dtype=object))
    except (ValueError, OverflowError) as e:
        most = max(range(len(cells)), key=lambda i: abs(cells[i]))
        raise _Refusal(
            "durations beyond 292 years (first at row {}); cast it to numbers, for example with "
            ".map(lambda v: v.days)",
            most,
        ) from e


def _times(cells: NDArray[Any]) -> Any:
    zoned = np.array([v.tzinfo is not None for v in cells])
    if zoned.any():
        raise _Refusal(
            "times with a time zone (first at row {}); take it off with "
            ".map(lambda v: v.replace(tzinfo=None))",
            first(zoned),
        )
    return pa.array(cells, pa.time64("us"))


#: How objects of each type are read; the first type that fits counts, as a truth value is an
#: integer to Python, a datetime is a date, and a timedelta64 is an integer to NumPy.
_CELLS: tuple[tuple[tuple[type, ...], Reader], ...] = (
    ((str,), _texts),
    ((bool, np.bool_), _truths),
    ((dt.timedelta, np.timedelta64), _spans),
    ((int, np.integer), _integers),
    ((float, np.floating), _reals),
    ((Decimal,), _decimals),
    ((dt.datetime, np.datetime64), _stamps),
    ((dt.date,), _days),
    ((dt.time,), _times),
)


def _marker(name: Label, absent: NDArray[Any]) -> tuple[str, str]:
    """Return which object marks missing values, and a note if several do."""
    names = {id(None): "None", id(pd.NA): "NA", id(pd.NaT): "NaT"}
    counts = pd.Series([names.get(id(v), "nan") for v in absent], dtype=object).value_counts()
    marker = str(counts.index[0]) if len(counts) else "null"
    if len(counts) <= 1:
        return marker, ""
    listed = " and ".join(sorted(counts.index))
    return marker, f"column {name!r} marks missing values by {listed}; all come back as {marker}"


def zone_name(name: Label, zone: Any) -> str:
    """Return the name that makes a time zone again."""
    try:
        pd.DatetimeTZDtype("ns", str(zone))
    except (KeyError, ValueError, TypeError) as e:
        raise SchemaError(
            f"column {name!r} has the time zone {zone!r}, which has no name that pandas knows; use "
            ".dt.tz_convert with a name such as 'Europe/Berlin' or 'UTC'"
        ) from e
    return str(zone)
