"""How a model came about."""

import platform
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np

from copulasynth.errors import FitWarning
from copulasynth.rows.blocks import Rng
from copulasynth.schema import Schema

__all__ = ["Provenance", "Release", "columns_of", "recorded", "seed_of", "told", "versions"]

#: Packages whose version decides what a fit returns.
VERSIONED = ("copulasynth", "numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "pyvinecopulib")

_NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """That a model was made to leave: see :meth:`copulasynth.model.Model.export_release`.

    Attributes
    ----------
    k_min : int
        Fewest rows that anything in it rests on.
    suppressed : dict
        How many levels, values and pieces of each column rested on fewer and are no more.
    moved : dict of str to float
        The share of the rows that they were.
    behind : tuple of int
        About how many rows are behind each coordinate.
    """

    k_min: int
    suppressed: dict[str, int] = field(default_factory=dict)
    moved: dict[str, float] = field(default_factory=dict)
    behind: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """How a model came about: all that a reader needs to repeat or to doubt it.

    Attributes
    ----------
    rows : int
        Number of training rows.
    seed : int or None
        The seed, where a whole number was given.
    versions : dict
        Versions of Python and of the packages that decide the result.
    choices : dict
        The arguments of the fit, as text.
    warnings : tuple of str
        Every :class:`~copulasynth.errors.FitWarning` that the fit gave.
    candidates : dict of str to tuple
        Candidate marginals, column by column; None where a number was not computed. `marginals`
        are their rows: why each column got the one that it has.
    selection : tuple of dict
        Why the copula is what it is, where its name was "auto" or "search": one row a candidate.
    release : Release or None
        Whether the model was made to leave.
    """

    rows: int
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    candidates: dict[str, tuple[str | int | float | bool | None, ...]] = field(default_factory=dict)
    selection: tuple[dict[str, str | int | float | bool | None], ...] = ()
    release: Release | None = None

    @property
    def header(self) -> dict[str, int]:
        """What the header of a model file says of the release."""
        return {} if self.release is None else {"release": self.release.k_min}

    @property
    def marginals(self) -> tuple[dict[str, str | int | float | bool], ...]:
        """One row a candidate marginal."""
        columns = [tuple(_NAN if v is None else v for v in c) for c in self.candidates.values()]
        rows = zip(*columns, strict=True)
        return tuple(dict(zip(self.candidates, row, strict=True)) for row in rows)


def columns_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Return rows column by column, numbers with six digits and None where one is missing.

    Examples
    --------
    >>> columns_of([{"a": "x", "b": 1 / 3}, {"a": "y", "b": float("nan")}])
    {'a': ('x', 'y'), 'b': (0.333333, None)}
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: tuple(_short(row.get(name)) for row in rows) for name in names}


def _short(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if value == value else None


def told(method: str, schema: Schema, made: Provenance, holds_rows: bool) -> str:
    """Return a model in one line."""
    about = "" if made.release is None else f"released with k_min = {made.release.k_min}, "
    rows = "HOLDS TRAINING ROWS" if holds_rows else "holds no training rows"
    drawn = sum(c.kind != "drop" for c in schema.columns)
    left = len(schema.columns) - drawn
    width = f"{drawn} column{'s' * (drawn != 1)}" + (f" ({left} dropped)" if left else "")
    return f"Model: {method}, {width}, fitted to {made.rows:,} rows, {about}{rows}"


# reading the metadata of seven packages takes longer than a small fit
version = cache(metadata.version)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide what a fit returns."""
    return {"python": platform.python_version(), **{p: version(p) for p in VERSIONED}}


def seed_of(rng: Rng) -> int | None:
    """Return the seed, where a whole number was given."""
    return int(rng) if isinstance(rng, int | np.integer) else None


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Collect what a fit warns of; at the end every warning is given again."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        yield said
    for w in caught:
        warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
    said += [str(w.message) for w in caught if issubclass(w.category, FitWarning)]
