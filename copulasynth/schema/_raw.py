"""One column as plain NumPy arrays, whatever library it came from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copulasynth._arrays import Bools
from copulasynth.schema.column import Label, Scalar, Storage

__all__ = ["Raw", "first"]


@dataclass(slots=True)
class Raw:
    """A column's values and how its library stores them.

    Attributes
    ----------
    values : (n,) array
        Numbers, counts since the epoch or of the unit, or codes into `levels` (any value where
        missing).
    missing : (n,) bool or None
        Where values are missing; None if nowhere.
    levels : tuple or None
        What the codes mean; None where `values` are values.
    scale : int
        Counts in one of the column's own units: ``10**places`` of a decimal.
    """

    name: Label
    storage: Storage
    dtype: str
    values: NDArray[Any]
    physical: str
    missing: Bools | None = None
    marker: str = "null"
    levels: tuple[Scalar, ...] | None = None
    categorical: bool = False
    ordered: bool = False
    unit: str | None = None
    timezone: str | None = None
    scale: int = 1
    note: str = ""

    @property
    def n(self) -> int:
        return int(self.values.shape[0])

    @property
    def present(self) -> NDArray[Any]:
        """The values that are there."""
        return self.values if self.missing is None else self.values[~self.missing]


def first(mask: Bools) -> int:
    """Return the first place where `mask` holds."""
    return int(np.argmax(mask))
