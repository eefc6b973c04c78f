"""Pair copulas: the two-dimensional building blocks of a vine, on the engine of vinecopulib."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyvinecopulib as pv
from pyvinecopulib.families import BicopFamily

from copulasynth._arrays import Floats, floats, frozen, put

__all__ = ["PairCopula"]

#: A pair copula of pyvinecopulib, which has no types.
Bicop = Any

#: The families of at most two parameters with cheap likelihoods; a quarter of the time of all.
CLASSICAL = ("indep", "gaussian", "student", "clayton", "gumbel", "frank", "joe")
PARAMETRIC = (*CLASSICAL, "bb1", "bb6", "bb7", "bb8", "tawn")
NONPARAMETRIC = ("tll",)
#: Names of vinecopulib -> its families.
FAMILIES = {name: getattr(BicopFamily, name) for name in (*PARAMETRIC, *NONPARAMETRIC)}

#: Grids of `tll` larger than this are refused: nothing is gained, and files are untrusted input.
MAX_GRID = 300


@dataclass(frozen=True, slots=True, eq=False)
class PairCopula:
    """A bivariate copula C(u1, u2) with its h-functions.

    Parameters
    ----------
    family : str
        A key of :data:`FAMILIES`.
    rotation : int
        0, 90, 180 or 270 degrees counterclockwise.
    parameters : (p,) float64, or (g, g) for "tll"
        Parameters in the order of vinecopulib; for the local-likelihood estimator "tll" the
        density on a square grid of normal scores from -3.25 to 3.25.
    npars : float
        Number of parameters, effective for "tll".
    loglik : float
        Log-likelihood of the pair at the fit; 0 when it was not fitted.
    errors : tuple of float
        Standard errors of the parameters from the observed information; empty where maximum
        likelihood gives none (nonparametric, or an estimate at the end of its range).

    Raises
    ------
    ValueError
        If the family is unknown or the parameters do not belong to it.

    Examples
    --------
    >>> pair = PairCopula("clayton", 180, np.array([2.0]))
    >>> round(pair.tau, 3), round(float(pair.tail_dependence[1, 1]), 3)
    (0.5, 0.707)
    """

    family: str
    rotation: int = 0
    parameters: Floats = field(default_factory=lambda: np.empty(0))
    npars: float = 0.0
    loglik: float = 0.0
    errors: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"family {self.family!r} is none of {', '.join(FAMILIES)}")
        p = frozen(floats(self.parameters))
        _check(self.family, p)
        if not (math.isfinite(self.npars) and math.isfinite(self.loglik)):
            raise ValueError(
                f"npars and loglik of a pair copula are finite, got {self.npars} and {self.loglik}"
            )
        if self.errors and (
            len(self.errors) != p.size or not all(0 <= e < math.inf for e in self.errors)
        ):
            raise ValueError(f"{p.size} parameters cannot have the standard errors {self.errors}")
        put(self, parameters=p)
        try:
            bicop = self.bicop
        except (RuntimeError, TypeError) as e:
            raise ValueError(f"{self.family} pair copula: {e}") from e
        if self.family not in NONPARAMETRIC:
            put(self, npars=float(bicop.npars))

    @property
    def bicop(self) -> Bicop:
        """A new pyvinecopulib object of this pair copula."""
        p = np.array(self.parameters)  # the engine takes writable arrays only
        if self.family not in NONPARAMETRIC:
            p = p.reshape(p.size, min(1, p.size))
        return pv.core.Bicop(family=FAMILIES[self.family], rotation=self.rotation, parameters=p)

    @property
    def tau(self) -> float:
        """Kendall's tau."""
        return float(self.bicop.tau)

    @property
    def tail_dependence(self) -> Floats:
        """Tail dependence in the four corners, (2, 2): [i, j] as u1 -> i and u2 -> j.

        Lower and upper tail dependence are [0, 0] and [1, 1]. NaN for "tll", which has no formula.
        """
        return np.array(self.bicop.taildep)

    def pdf(self, u1: Floats, u2: Floats) -> Floats:
        """Return the density c(u1, u2)."""
        return floats(self.bicop.pdf(fortran(u1, u2)))

    def cdf(self, u1: Floats, u2: Floats) -> Floats:
        """Return C(u1, u2)."""
        return floats(self.bicop.cdf(fortran(u1, u2)))

    def h1(self, u1: Floats, u2: Floats) -> Floats:
        """Return P(U2 <= u2 | U1 = u1)."""
        return floats(self.bicop.hfunc1(fortran(u1, u2)))

    def h2(self, u1: Floats, u2: Floats) -> Floats:
        """Return P(U1 <= u1 | U2 = u2)."""
        return floats(self.bicop.hfunc2(fortran(u1, u2)))

    def inverse_h2(self, w: Floats, u2: Floats) -> Floats:
        """Return the u1 with P(U1 <= u1 | U2 = u2) = w."""
        return floats(self.bicop.hinv2(fortran(w, u2)))


def fortran(*columns: Floats) -> Floats:
    """Stack columns in the order of memory that the engine reads without a copy."""
    out = np.empty((columns[0].size, len(columns)), order="F")
    for j, c in enumerate(columns):
        out[:, j] = c
    return out


def pair_of(bicop: Bicop, loglik: float = 0.0, errors: tuple[float, ...] = ()) -> PairCopula:
    """Return the pair copula that a pyvinecopulib object holds."""
    family = bicop.family.name
    p = np.array(bicop.parameters, dtype=np.float64)
    return PairCopula(
        family=family,
        rotation=int(bicop.rotation),
        parameters=p if family in NONPARAMETRIC else p.ravel(),
        npars=float(bicop.npars),
        loglik=float(loglik),
        errors=errors,
    )


def _check(family: str, p: Floats) -> None:
    if not np.isfinite(p).all():
        raise ValueError(f"parameters of a {family} pair copula must be finite")
    if family not in NONPARAMETRIC:
        if p.ndim != 1:
            raise ValueError(f"parameters of a {family} pair copula are a vector, got {p.shape}")
        return
    if p.ndim != 2 or p.shape[0] != p.shape[1] or not 3 <= p.shape[0] <= MAX_GRID:
        raise ValueError(f"a tll density is a square grid of 3 to {MAX_GRID}, got {p.shape}")
    # A density that integrates to 1 along every line of the grid cannot be zero along one; such
    # a line would leave the h-functions undefined.
    if p.min() < 0.0 or min(p.sum(axis=0).min(), p.sum(axis=1).min()) <= 0.0:
        raise ValueError("a tll density is not negative, and positive somewhere on every line")
