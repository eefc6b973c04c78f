"""Grids coarser than a unit: values that are all multiples of tens, hundreds, fives."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXACT", "multiple_of"]

CHANCE = 14.0
"""A coarser grid is believed if numbers hit it by chance with a probability below exp(-14)."""
EXACT = 2**53
"""Integers up to here are exact in float64."""


def multiple_of(counts: NDArray[Any]) -> int:
    """Return the greatest number that all counts are multiples of, or 1 if that may be chance.

    >>> multiple_of(np.array([1200.0, 100.0, 700.0, 300.0, 0.0])), multiple_of(np.array([5, 10]))
    (100, 1)
    """
    counts = counts[counts != 0]
    if not len(counts) or float(np.abs(counts).max()) > EXACT:
        return 1
    common = int(np.gcd.reduce(np.abs(np.rint(counts)).astype(np.int64)))
    return common if len(counts) * np.log(common) > CHANCE else 1
