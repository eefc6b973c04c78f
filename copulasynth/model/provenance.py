"""How a model came about."""

import platform
from dataclasses import dataclass, field
from importlib.metadata import version

__all__ = ["Provenance", "versions"]

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
        One row a candidate copula that ``copula="auto"`` tried.
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
