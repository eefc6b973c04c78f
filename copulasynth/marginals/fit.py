"""One door to all marginals: what to fit to a variable, and why."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from copulasynth._arrays import Floats, floats
from copulasynth.errors import DataError
from copulasynth.marginals._api import Marginal
from copulasynth.marginals.discrete import fit_discrete
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.spline import fit_atom_spline

__all__ = ["FittedMarginal", "fit_marginal"]

#: A discrete variable keeps every value of at least 4 rows as an atom if there are no more such
#: values than this and they hold at least this share of the rows; else only values of .5 % do.
MAX_ATOMS = 256
COVERED = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class FittedMarginal:
    """A fitted marginal, and the table of what was compared to arrive at it."""

    marginal: Marginal
    table: list[dict[str, Any]] = field(default_factory=list)


def fit_marginal(
    x: Floats,
    spec: str = "auto",
    *,
    kind: str,
    levels: int = 0,
    step: float | None = None,
    lower: float = -np.inf,
    upper: float = np.inf,
    name: str = "",
    rng: int | np.random.Generator | None = None,
) -> FittedMarginal:
    """Fit a marginal to one variable."""
    rng = np.random.default_rng(rng)
    x = floats(x, ndim=1)
    if x.size == 0:
        raise DataError(f"variable {name!r} has no values; drop it before fitting")
    if kind in ("nominal", "state"):
        return _only("discrete", fit_discrete(x, levels), "levels have probabilities")
    spline = fit_atom_spline(x, step=step, lower=lower, upper=upper, share=atom_share(x, kind))
    if spline.scores.size == 0:
        return _only("discrete", fit_discrete(x), "every value is shared by many rows")
    marginal = spline if step is None else Rounded(spline, step)
    return _only("spline", marginal, "default")


def atom_share(x: Floats, kind: str) -> float:
    """Return the share of rows that makes a value an atom: .005, or 0 for low-cardinality counts."""
    if kind != "discrete":
        return 0.005
    _, counts = np.unique(x, return_counts=True)
    frequent = counts[counts >= 4]
    low = frequent.size <= MAX_ATOMS and frequent.sum() >= COVERED * x.size
    return 0.0 if low else 0.005


def _only(candidate: str, marginal: Marginal, reason: str) -> FittedMarginal:
    return FittedMarginal(marginal, [{"candidate": candidate, "chosen": True, "reason": reason}])
