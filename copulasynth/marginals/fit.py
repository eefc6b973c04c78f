"""One door to all marginals: what to fit to a variable, and why."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from copulasynth._arrays import LARGEST, Floats, Seed, floats, generator
from copulasynth.errors import DataError, FitWarning
from copulasynth.marginals._api import Marginal
from copulasynth.marginals._candidates import Problem
from copulasynth.marginals._choice import by_name, choose, choose_briefly, choose_parametric
from copulasynth.marginals._holes import Hole, find_holes
from copulasynth.marginals.discrete import Discrete, fit_discrete
from copulasynth.marginals.empirical import fit_empirical
from copulasynth.marginals.gpd import fit_gpd_tail
from copulasynth.marginals.kernel import fit_kernel
from copulasynth.marginals.pieces import fit_pieces
from copulasynth.marginals.registry import CHOICES, check_choice
from copulasynth.marginals.rounded import Rounded
from copulasynth.marginals.spline import fit_atom_spline

__all__ = ["FittedMarginal", "fit_marginal"]

KINDS = ("continuous", "discrete", "nominal", "state")
#: A discrete variable keeps every value of at least 4 rows as an atom if there are no more
#: such values than this and they hold at least this share of the rows; else only values of .5 %.
MAX_ATOMS = 256
COVERED = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class FittedMarginal:
    """A fitted marginal, and the table of what was compared to arrive at it.

    Attributes
    ----------
    marginal : Marginal
    table : list of dict
        One row a candidate: candidate, loglik, aic, bic, heldout (mean log score of rows that
        were left out), ks, ad, p_ks, p_ad, tail_ratio (quantile at 1 - 1/(10 n) over the sample
        maximum), parameters (text with standard errors), rows (that the criteria rest on),
        chosen, reason.
    """

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
    rng: Seed = None,
    brief: bool = False,
) -> FittedMarginal:
    """Fit a marginal to one variable.

    Parameters
    ----------
    x : (n,) float64
        Observed values, no NaN.
    spec : str
        A name of :data:`~copulasynth.marginals.registry.CHOICES`.
        "auto" takes the atoms and the quantile spline, unless a parametric family is as good:
        held-out log score not more than one standard error below the spline's, Kolmogorov-
        Smirnov and Anderson-Darling not rejected at .05 (p-values from the multiplier
        bootstrap, which refits nothing), quantile at 1 - 1/(10 n) at most three
        times the sample maximum; among those, the one of least BIC. Families are applied to the
        part above the zeros where zeros are an atom.
    kind : {"continuous", "discrete", "nominal", "state"}
    levels : int
        Number of levels of a nominal or state variable.
    step : float, optional
        Step of the grid on which the values lie.
    lower, upper : float
        Natural bounds.
    name : str
        How messages call the variable.
    rng : int or Generator, optional
        For the held-out split and the bootstrap.
    brief : bool
        Whether "auto" computes only what decides: the same marginal, sooner, without a table.

    Raises
    ------
    DataError
        If x is empty or outside the bounds, `spec` is unknown, or a family that was asked for
        by name cannot have these values.

    Warns
    -----
    FitWarning
        If what was asked for fits badly or was replaced.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(1).lognormal(3.0, 1.0, 2000)
    >>> f = fit_marginal(x, "lognormal", kind="continuous", lower=0.0, name="usage", rng=1)
    >>> f.marginal.family
    'lognormal'
    """
    rng = generator(rng)
    x = floats(x, ndim=1)
    _check(x, spec, kind, lower, upper, name)
    if kind in ("nominal", "state"):
        return _only("discrete", fit_discrete(x, levels), "levels have their frequencies")
    holes = _holes(x, kind, step)
    default, label = _default(x, kind, step, lower, upper, holes)
    if spec == "spline" or x.min() == x.max():
        return _only(label, default, "asked for" if spec == "spline" else "one value")
    rest, p = _set_aside(x, spec, step)
    problem = Problem(x, rest, p, step, lower, upper, name, kind, default, label)
    if CHOICES[spec].kind == "shape":
        return _nonparametric(problem, spec, holes)
    if spec == "auto" and holes:
        return _only(label, default, "no value enters a stretch between others")
    if spec == "auto" and brief:
        return FittedMarginal(choose_briefly(problem, rng))
    if spec == "auto":
        return FittedMarginal(*choose(problem, rng))
    if spec == "parametric":
        return FittedMarginal(*choose_parametric(problem, rng))
    return FittedMarginal(*by_name(problem, spec, rng))


def atom_share(x: Floats, kind: str) -> float:
    """Return the share of rows that makes a value an atom: .005, or 0 for few distinct counts."""
    if kind != "discrete":
        return 0.005
    _, counts = np.unique(x, return_counts=True)
    frequent = counts[counts >= 4]
    low = frequent.size <= MAX_ATOMS and frequent.sum() >= COVERED * x.size
    return 0.0 if low else 0.005


def _check(x: Floats, spec: str, kind: str, lower: float, upper: float, name: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {KINDS}, got {kind!r}")
    check_choice(spec, f"variable {name!r}")
    if x.size == 0:
        raise DataError(f"variable {name!r} has no values; drop it before fitting")
    far = ~(np.abs(x) <= LARGEST)
    if far.any():
        row = int(np.flatnonzero(far)[0])
        raise DataError(
            f"variable {name!r}: value {row} is not finite, or beyond {LARGEST:g}; drop it before "
            "fitting"
        )
    if x.min() < lower or x.max() > upper:
        raise DataError(
            f"variable {name!r}: values leave the natural bounds [{lower:g}, {upper:g}]; "
            "correct them, or the bounds in the schema"
        )


def _holes(x: Floats, kind: str, step: float | None) -> list[Hole]:
    return find_holes(x, atom_share(x, kind), step or 0.0)


def _default(
    x: Floats, kind: str, step: float | None, lower: float, upper: float, holes: list[Hole]
) -> tuple[Marginal, str]:
    if x.size >= 4 and x.min() == x.max():
        # an atom of all rows, between whose ends there is no room
        return fit_discrete(x), "discrete"
    share = atom_share(x, kind)

    def fit(x: Floats, lower: float, upper: float) -> Marginal:
        spline = fit_atom_spline(x, step=step, lower=lower, upper=upper, share=share)
        return spline if spline.scores.size else fit_discrete(x)

    made = _shaped(x, fit, step, lower, upper, holes)
    if isinstance(made, Discrete):
        return made, "discrete"
    return (Rounded(made, step) if step else made), "spline"


def _shaped(
    x: Floats,
    fit: Callable[[Floats, float, float], Marginal],
    step: float | None,
    lower: float,
    upper: float,
    holes: list[Hole],
) -> Marginal:
    """Fit a law without parameters to the values, or to those on either side of each hole."""
    if not holes:
        return fit(x, lower, upper)
    return fit_pieces(x, holes, fit, lower=lower, upper=upper, step=step or 0.0)


def _set_aside(x: Floats, spec: str, step: float | None) -> tuple[Floats, float]:
    """Set zeros aside where they are an atom at the lower end (by name: wherever they must be)."""
    zeros = x == 0.0
    share = float(zeros.mean())
    least = max(4.0, 0.005 * x.size) / x.size
    choice = CHOICES[spec]
    forced = choice.support[0] == 0.0 and not choice.discrete and not step
    aside = x.min() == 0.0 and (share >= least or (forced and share > 0))
    return (x[~zeros], share) if aside else (x, 0.0)


def _nonparametric(problem: Problem, spec: str, holes: list[Hole]) -> FittedMarginal:
    x, step, upper, default = problem.x, problem.step, problem.upper, problem.default
    share = atom_share(x, problem.kind)
    try:
        if spec == "gpd":
            body = default.base if isinstance(default, Rounded) else default
            made: Marginal = fit_gpd_tail(x, body, cap=upper)
        else:
            shape = fit_kernel if spec == "kernel" else fit_empirical

            def fit(x: Floats, lower: float, upper: float) -> Marginal:
                try:
                    return shape(x, step=step, lower=lower, upper=upper, share=share)
                except ValueError:
                    if not holes:
                        raise
                    return fit_discrete(x)  # a piece of nothing but atoms

            made = _shaped(x, fit, step, problem.lower, upper, holes)
    except ValueError as e:
        warnings.warn(
            f"variable {problem.name!r}: {e}; {problem.label} is used", FitWarning, stacklevel=3
        )
        return _only(problem.label, default, f"{spec} is impossible: {e}")
    return _only(spec, Rounded(made, step) if step else made, "asked for")


def _only(candidate: str, marginal: Marginal, reason: str) -> FittedMarginal:
    return FittedMarginal(marginal, [{"candidate": candidate, "chosen": True, "reason": reason}])
