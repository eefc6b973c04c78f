"""What the numeric core takes: aliases of arrays and seeds, one way to freeze, one to clip."""

import math
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from copulasynth.errors import ArgumentError, DataError

__all__ = [
    "LARGEST",
    "TINY",
    "Bools",
    "Codes",
    "Endless",
    "EndlessFloats",
    "Floats",
    "Gappy",
    "Ints",
    "Seed",
    "crowded",
    "even_points",
    "floats",
    "freeze",
    "frozen",
    "generator",
    "midranks",
    "on_grid",
    "open_unit",
    "put",
    "quiet",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Numbers of bins, short as they are many: 15 bits say which.
Codes = NDArray[np.int16]

#: Numbers that may be infinite, such as bounds, or missing too: a file may hold no others that are.
Endless = Annotated[float, math.inf]
EndlessFloats = Annotated[Floats, math.inf]
Gappy = Annotated[float, math.nan]

#: What every public function that draws takes as `rng` (SPEC 7).
Seed = int | np.random.Generator | None

# The largest float below 1 is 1 - 1.1e-16; one margin on both sides keeps u -> 1 - u inside.
TINY = 2.0**-53

#: Largest size of a number that a column may have, as squares and their sums must stay within
#: floats; what is smaller than one part of it is taken for zero.
LARGEST = 1e150

#: Around public functions: what overflows is looked for in results, and says nothing meanwhile.
quiet = np.errstate(all="ignore")

GOLDEN = 0.6180339887498949

#: Decimals that a step may have, and what tells the floats of one number apart, beside its size.
DECIMALS, SAME = 12, 1e-15


def generator(rng: Seed) -> np.random.Generator:
    """Return the generator of a seed, as every function that draws begins with.

    Raises
    ------
    ArgumentError, DataError
        If `rng` is no seed.

    Examples
    --------
    >>> generator(7).integers(100) == np.random.default_rng(7).integers(100)
    np.True_
    """
    told = "rng: expected a whole number, a NumPy Generator or None"
    if isinstance(rng, bool | np.bool_ | np.random.RandomState):
        # NumPy takes them: for the seed 1, and for a state that has no streams to spawn
        raise ArgumentError(f"{told}, got {rng!r}")
    try:
        return np.random.default_rng(rng)
    except TypeError as e:
        raise ArgumentError(f"{told}, got {rng!r}") from e
    except ValueError as e:
        raise DataError(f"rng: a seed must be at least 0, got {rng!r}") from e


def floats(x: ArrayLike, ndim: int | None = None) -> Floats:
    """Return `x` as a float64 array, checking its number of dimensions if one is given."""
    a = np.asarray(x, dtype=np.float64)
    if ndim is not None and a.ndim != ndim:
        raise ValueError(f"expected an array of {ndim} dimensions, got shape {a.shape}")
    return a


def crowded(classes: NDArray[Any]) -> bool:
    """Return whether classes are so many that scikit-learn takes them for numbers, and warns."""
    return len(classes) > 20 and len(np.unique(classes)) > round(0.5 * len(classes))


def frozen(x: NDArray[Any]) -> NDArray[Any]:
    """Return `x` as a contiguous array that nobody can write to (a copy if someone else could)."""
    a = np.ascontiguousarray(x)
    if a.flags.writeable:
        a = a.copy()
        a.flags.writeable = False
    return a


def put(value: object, **fields: object) -> None:
    """Set fields of a frozen dataclass, while it is being made."""
    for name, field in fields.items():
        object.__setattr__(value, name, field)


def freeze(value: object, *names: str) -> None:
    """Freeze the named arrays of a frozen dataclass, while it is being made."""
    put(value, **{name: frozen(getattr(value, name)) for name in names})


def even_points(n: int) -> Floats:
    """Return n points in (0, 1) that lie evenly, as do the first of them (Weyl 1916).

    They are the fractional parts of the multiples of the golden ratio.

    >>> even_points(3).round(3).tolist()
    [0.618, 0.236, 0.854]
    """
    return floats(np.arange(1, n + 1) * GOLDEN % 1.0)


def on_grid(x: Floats, step: float, out: Floats | None = None) -> Floats:
    """Return values rounded to multiples of a step; as they are where it is 0.

    Decimals are rounded as NumPy and pandas do, times 100 and over 100, so that ties fall alike:
    0.19 * 194.5 is 36.95500000000001, and half a cent more than 36.95 only if it is told so.

    Multiples of a step of decimals are the numbers that these are read as: 320 * 0.56 is not 179.2.

    >>> on_grid(np.array([0.19 * 194.5]), 0.01) == np.round(0.19 * 194.5, 2)
    array([ True])
    >>> on_grid(np.array([320 * 0.56]), 0.56).tolist()
    [179.2]
    """
    if not step > 0.0:
        return x
    units = round(1.0 / step) if step < 1.0 else 0
    if units and abs(units * step - 1.0) <= 1e-9:
        y = np.multiply(x, units, out=out)
        np.rint(y, out=y)
        y /= units
    else:
        y = np.divide(x, step, out=out)
        np.rint(y, out=y)
        times, tens = _decimals(float(step))
        y *= times
        if tens > 1.0:
            y /= tens
    # no zero is negative
    y += 0.0
    return y


@lru_cache(maxsize=1024)
def _decimals(step: float) -> tuple[float, float]:
    """Return a step as a whole number over a power of ten; as it is over one if it has none."""
    for digits in range(1 + DECIMALS):
        times = round(step * 10**digits)
        if times and abs(times / 10**digits - step) <= SAME * step:
            return float(times), 10.0**digits
    return step, 1.0


def open_unit(u: ArrayLike) -> Floats:
    """Clip probabilities into the open interval (0, 1), so that quantiles stay finite.

    >>> open_unit([0.0, 0.5, 1.0]).tolist() == [TINY, 0.5, 1 - TINY]
    True
    """
    return np.clip(np.asarray(u, dtype=np.float64), TINY, 1.0 - TINY)


def midranks(x: ArrayLike) -> Floats:
    """Return ranks 1 to n within a column, equal values sharing the mean of theirs.

    Parameters
    ----------
    x : (n,) or (n, d)
        Of any values that have an order; all ranks are nan where one of a column is.

    Examples
    --------
    >>> midranks([3.0, 1.0, 3.0]).tolist()
    [2.5, 1.0, 2.5]
    """
    values = np.asarray(x)
    if values.ndim > 1:
        out = np.empty(values.shape, order="F")
        for j, column in enumerate(values.T):
            out[:, j] = midranks(column)
        return out
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    if distinct.size and distinct[-1] != distinct[-1]:
        return np.full(values.size, np.nan)
    last = np.cumsum(counts)
    return floats((last - (counts - 1) / 2)[place])
