"""How a model came about."""

import platform
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np

from copulasynth.errors import FitWarning
from copulasynth.rows.blocks import Rng

__all__ = ["Provenance", "recorded", "seed_of", "versions"]

#: Packages whose version decides what a fit returns.
VERSIONED = ("copulasynth", "numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "pyvinecopulib")


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
    marginals : tuple of dict
        One row a candidate marginal: why each column got the one that it has.
    selection : tuple of dict
        Why the copula is what it is, where its name was "auto" or "search": one row a candidate.
    """

    rows: int
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    marginals: tuple[dict[str, str | int | float | bool | None], ...] = ()
    selection: tuple[dict[str, str | int | float | bool | None], ...] = ()


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
