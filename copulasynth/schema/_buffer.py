"""The physical arrays that synthetic rows are written into."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from copulasynth._arrays import Bools

__all__ = ["Buffer", "code_count"]


@dataclass(frozen=True, slots=True, eq=False)
class Buffer:
    """One column's rows as its table library will store them.

    Attributes
    ----------
    values : (n,) array
        Codes into ``column.levels`` (-1 where missing) if ``column.coded``; otherwise
        integers or floats of type ``column.physical`` (NaN where missing); int64 counts of
        ``column.unit`` for datetimes (UTC since 1970), durations and times; int64 counts of the
        last place for decimals and for numbers that are kept as text (there, missing code k is
        ``code_count(k)``); sequence numbers 1, 2, ... for identifiers.
    mask : (n,) bool or None
        True where a value is missing; None if the column has no gaps.
    """

    values: NDArray[Any]
    mask: Bools | None = None


def code_count(k: int) -> int:
    """Return what stands for missing code k among counts that will be written as text."""
    return -(2**63) + k
