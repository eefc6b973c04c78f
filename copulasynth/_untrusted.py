"""Numbers of a file that anybody may have written: checked in one place, where they are read.

Whatever a field is called and whoever reads it, its numbers are finite and far from where sums,
products and casts overflow, unless its type says otherwise; and what a file makes of its numbers
is in proportion to its own size. What numbers mean is checked by the values that hold them.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

__all__ = ["affordable", "allowance", "checked", "checked_array", "meant", "spend"]

#: Whole numbers of arrays lie within this. No file holds 2^30 numbers, so that neither the sum of
#: an array nor the product of two of its numbers passes 2^62.
WHOLE = 1 << 31

#: Numbers beyond this overflow when they are subtracted.
FAR = 1e300

#: Numbers that any file may have made of its own, and so many more for each of its bytes.
FREE, EACH = 1 << 23, 256

_LEFT: ContextVar[list[float]] = ContextVar("left", default=[math.inf])  # noqa: B039


@contextmanager
def allowance(size: int) -> Iterator[None]:
    """Let what is made inside ask for as many numbers as suit a file of so many bytes."""
    token = _LEFT.set([FREE + EACH * size])
    try:
        yield
    finally:
        _LEFT.reset(token)


def affordable(count: float) -> bool:
    """Take so many numbers from what the file that is read may make; say whether it may."""
    left = _LEFT.get()
    if not count <= left[0]:
        return False
    left[0] -= count
    return True


def spend(count: float) -> None:
    """Take so many numbers, which are to be made of a few, from what a file may make.

    Raises
    ------
    ValueError
        If a file is being read that is too small to ask for so many.
    """
    if not affordable(count):
        raise ValueError(f"{count:,.0f} numbers are more than a file of its size may ask for")


def checked(value: Any, loose: tuple[object, ...] = ()) -> Any:
    """Return a number, or a tuple of such, that is finite where its type says nothing else.

    `loose` is what the type of its place is annotated with: infinity where numbers may be
    infinite, NaN where any may be missing too.
    """
    if isinstance(value, tuple):
        for item in value:
            checked(item, loose)
    elif isinstance(value, float) and not (abs(value) <= FAR or _may_be(value, loose)):
        raise ValueError(f"{value} is no number that a file may hold here")
    return value


def _may_be(value: float, loose: tuple[object, ...]) -> bool:
    missing = any(isinstance(mark, float) and math.isnan(mark) for mark in loose)
    return missing or (math.isinf(value) and math.inf in loose)


def checked_array(kind: Any, data: object, loose: tuple[object, ...] = ()) -> NDArray[Any]:
    """Make a read-only array of the type of its annotation out of nested lists.

    Raises
    ------
    ValueError
        If numbers are of another type, are not numbers, too large, or infinite unannounced.
    """
    wanted = np.dtype(get_args(get_args(kind)[1])[0])
    if not isinstance(data, list):
        raise ValueError(f"expected a list, got {type(data).__name__}")
    a = np.asarray(data)
    if a.size and a.dtype.kind not in {"b": "b", "i": "iu", "f": "iuf"}[wanted.kind]:
        raise ValueError(f"an array holds what is no {wanted.name}")
    if wanted.kind == "i" and a.size and not (a.min() >= -WHOLE and a.max() <= WHOLE):
        raise ValueError(f"whole numbers must lie within {WHOLE:,}")
    a = a.astype(wanted)
    if wanted.kind == "f":
        fine = np.abs(a) <= FAR
        if not (fine | np.isinf(a) if math.inf in loose else fine).all():
            raise ValueError(f"an array holds numbers that are not finite, or beyond {FAR:g}")
    a.flags.writeable = False
    return a


def meant(kind: object) -> Any:
    """Return what an alias of a type means: NumPy's arrays are aliases of their own since 2.5."""
    origin = get_origin(kind)
    if origin is None or not hasattr(origin, "__value__"):
        return kind
    return origin.__value__[get_args(kind)]
