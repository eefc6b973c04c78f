"""One column as plain NumPy arrays: as it was read, and as it will be stored."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools, Ints
from copulasynth.schema.column import Label, Scalar, Storage

__all__ = ["DECIMAL", "SECONDS", "Buffer", "Raw", "code_count", "first"]

DECIMAL = re.compile(r"(decimal(?:32|64|128|256))\((\d+), (-?\d+)\)")
"""Arrow's decimal types by name: type, digits, decimals."""

SECONDS = (2**63 - 1) // 1_000
"""Most seconds from 1970 that Parquet can write, as it counts milliseconds."""


@dataclass(slots=True)
class Raw:
    """A column's values and how its library stores them.

    Attributes
    ----------
    values : (n,) array
        Numbers, counts since the epoch or of the unit, or codes into `levels` (any value where
        missing).
    missing : (n,) bool
    levels : tuple or None
        What the codes mean; None where `values` are values.
    scale : int
        Counts in one of the column's own units: ``10**places`` of a decimal.
    tiny : (n,) bool or None
        Where numbers were so small that they were taken for zero.
    """

    name: Label
    storage: Storage
    dtype: str
    values: NDArray[Any]
    physical: str
    missing: Bools
    marker: str = "null"
    levels: tuple[Scalar, ...] | None = None
    categorical: bool = False
    ordered: bool = False
    unit: str | None = None
    timezone: str | None = None
    scale: int = 1
    note: str = ""
    tiny: Bools | None = None

    @property
    def n(self) -> int:
        return int(self.values.shape[0])

    @property
    def present(self) -> NDArray[Any]:
        """The values that are there."""
        return self.values[~self.missing]

    def distinct(self) -> tuple[tuple[Scalar, ...], Ints]:
        """Return the different stored values, and each row's place among them."""
        if self.levels is not None:
            return self.levels, self.values.astype(np.int64)
        values, places = np.unique(self.values, return_inverse=True)
        return tuple(values.tolist()), places

    def categories(self, dtype: str, ordered: bool, codes: NDArray[Any], missing: Bools) -> "Raw":
        """Return the categorical column whose levels are the values of this one."""
        levels = self.values.tolist()
        if self.levels is not None:
            levels = [self.levels[i] for i in levels]
        raw = replace(self, dtype=dtype, values=np.where(missing, 0, codes), missing=missing)
        raw.levels, raw.categorical, raw.ordered, raw.marker = tuple(levels), True, ordered, "null"
        return raw


@dataclass(frozen=True, slots=True, eq=False)
class Buffer:
    """One column's synthetic rows as its table library will store them.

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


def first(mask: Bools) -> int:
    """Return the first place where `mask` holds."""
    return int(np.argmax(mask))
