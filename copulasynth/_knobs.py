"""Settings that check themselves: one kind of error, in one form, for every knob."""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import ParamSpec, TypeGuard, TypeVar

import numpy as np

from copulasynth.errors import ArgumentError, DataError

__all__ = ["check", "is_real", "one_of", "real", "taking", "whole"]

P = ParamSpec("P")
R = TypeVar("R")


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


def taking(fit: Callable[P, R]) -> Callable[P, R]:
    """Return the `fit` of a method, which says of a setting that it does not take what takes it."""
    takes = list(signature(fit).parameters)[1:]

    @wraps(fit)
    def fitted(*args: P.args, **settings: P.kwargs) -> R:
        if strange := [name for name in settings if name not in takes]:
            raise ArgumentError(
                f"{type(args[0]).__name__}.fit takes {', '.join(takes)}, not {strange[0]}=. What "
                "copulas can hold, such as rules between columns, is a setting of copulasynth.fit, "
                "as in cs.fit(df, copula='gaussian', rules=...)."
            )
        return fit(*args, **settings)

    return fitted
