"""Settings that check themselves: one kind of error, in one form, for every knob."""

import math
from collections.abc import Sequence
from typing import TypeGuard

import numpy as np

from copulasynth.errors import DataError

__all__ = ["check", "is_real", "one_of", "real", "whole"]


def check(condition: bool, owner: object, name: str, value: object, expected: str) -> None:
    """Raise unless `condition` holds.

    Parameters
    ----------
    condition : bool
    owner : object
        What the knob belongs to; its class is named.
    name : str
        Of the knob.
    value : object
        What came.
    expected : str
        What is allowed, to follow "must be".

    Raises
    ------
    DataError

    Examples
    --------
    >>> check(False, 1.0, "k", 0, "a whole number of at least 1")
    Traceback (most recent call last):
    copulasynth.errors.DataError: float: k must be a whole number of at least 1, got 0.
    """
    if not condition:
        raise DataError(f"{type(owner).__name__}: {name} must be {expected}, got {value!r}.")


def whole(owner: object, name: str, value: object, low: int, why: str = "") -> None:
    """Check that a knob is a whole number of at least `low`; `why` is added to what is expected."""
    good = isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= low
    check(bool(good), owner, name, value, f"a whole number of at least {low}{why}")


def one_of(owner: object, name: str, value: object, options: Sequence[object]) -> None:
    """Check that a knob is one of the options."""
    *first, last = map(repr, options)
    check(value in options, owner, name, value, f"{', '.join(first)} or {last}")


def is_real(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number: no bool, and no text.

    Examples
    --------
    >>> [is_real(v) for v in (2, np.float64(0.5), True, "2", float("nan"))]
    [True, True, False, False, False]
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return math.isfinite(value)


def real(
    owner: object,
    name: str,
    value: object,
    low: float,
    high: float = np.inf,
    *,
    open: bool = False,
    why: str = "",
) -> None:
    """Check that a knob is a finite number from `low` to `high`, without these ends if `open`."""
    good = is_real(value) and low <= value <= high and not (open and value in (low, high))
    ends = "above" if open else "of at least"
    upper = f" and {'below' if open else 'at most'} {high:g}" if high < np.inf else ""
    check(good, owner, name, value, f"a finite number {ends} {low:g}{upper}{why}")
