"""Settings that check themselves: one kind of error, in one form, for every knob."""

from collections.abc import Sequence

import numpy as np

from copulasynth.errors import DataError

__all__ = ["check", "one_of", "real", "whole"]


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
    good = False
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        good = bool(low <= value <= high and np.isfinite(value))
        good = good and not (open and value in (low, high))
    ends = "above" if open else "of at least"
    upper = f" and {'below' if open else 'at most'} {high:g}" if high < np.inf else ""
    check(good, owner, name, value, f"a finite number {ends} {low:g}{upper}{why}")
