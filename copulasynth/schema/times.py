"""How the variable of a column counts: in which units, from which origin, and where midnight is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from copulasynth.schema.column import SECOND, Column

__all__ = ["THURSDAY", "clock_of", "scale_of"]

DAY = 86_400
#: 1970-01-01 was a Thursday; Monday is 0.
THURSDAY = 3


def scale_of(column: Column) -> tuple[float, float]:
    """Return offset and scale by which a variable becomes a number that others compare with.

    Times are seconds since 1970 (UTC), spans are seconds, other numbers are as the table has them.

    >>> scale_of(Column("day", "datetime", "datetime", "M8[D]", "int64", unit="D", offset=2))
    (172800.0, 86400.0)
    """
    if column.unit is not None:
        second = 1 / DAY if column.unit == "D" else SECOND[column.unit]
        return column.offset / second, column.scale / second
    counted = column.storage == "integer"
    return (float(column.offset), float(column.scale)) if counted else (0.0, 1.0)


def clock_of(column: Column) -> tuple[float, float, int] | None:
    """Return units of a variable in a day, its value at a midnight, and the weekday of that day.

    None for columns that are no dates. Midnight is that of the column's time zone when its first
    value was; a change to summer time moves it by an hour.
    """
    if column.kind != "datetime" or column.storage != "datetime":
        return None
    offset, scale = scale_of(column)
    return DAY / scale, -(offset + _ahead(column, offset)) / scale, THURSDAY


def _ahead(column: Column, seconds: float) -> float:
    """Return how far the clock of a time zone was ahead of UTC, in seconds."""
    if column.timezone is None:
        return 0.0
    try:
        there = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(column.timezone))
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
        return 0.0
    ahead = there.utcoffset()
    return 0.0 if ahead is None else ahead.total_seconds()
