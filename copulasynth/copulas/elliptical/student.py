"""The Student t copula: elliptical like the Gaussian one, with dependence in the tails."""

import math
import warnings
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.random import Generator
from scipy.special import ndtr, ndtri

from copulasynth._arrays import Floats, Ints, Seed, floats, frozen, generator, open_unit, put
from copulasynth._chunks import CHUNK, chunks
from copulasynth._knobs import check, is_real
from copulasynth.copulas.api import Cells, Scale, Summary
from copulasynth.copulas.elliptical.correlation import (
    check_correlation,
    check_shrinkage,
    shrunk,
    whiten,
)
from copulasynth.copulas.elliptical.given import draw_box_given, score_bounds
from copulasynth.copulas.elliptical.latent import (
    check_sweeps,
    correlation_of,
    distinct_variables,
    latent_scores,
    narrow_width,
)
from copulasynth.copulas.elliptical.sequential import exact_rows, weighted_rows
from copulasynth.copulas.elliptical.student_fit import (
    fit_profile,
    latent_t_scores,
    student_logpdf,
    t_cdf,
    t_quantile,
)
from copulasynth.errors import FitWarning

__all__ = ["Student", "StudentCopula", "fit_student"]

FIT_ROWS = 20_000
LARGEST_DF = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class StudentCopula:
    """Student t copula: the t scores of u are multivariate t with a correlation matrix.

    It draws r = x / sqrt(df + x^2), t scores bent into (-1, 1): the law of r has a bounded
    density there, so that a regular grid serves its tails as well as its middle.

    Parameters
    ----------
    correlation : (d, d) float64
        Correlation of the t scores; positive definite.
    df : float
        Degrees of freedom, at least 1.
    se_df : float or None
        Standard error of `df`; None where it lies at an end of its range.
    loglik : float or None
        Pseudo-log-likelihood of the fit.

    References
    ----------
    Demarta and McNeil (2005), International Statistical Review 73, 111-129.

    Examples
    --------
    >>> copula = StudentCopula(np.array([[1.0, 0.5], [0.5, 1.0]]), df=4.0)
    >>> round(float(copula.tail_dependence[0, 1]), 4)
    0.2532
    """

    correlation: Floats
    df: float
    se_df: float | None = None
    loglik: float | None = None
    _factor: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        r = floats(self.correlation, 2)
        factor = check_correlation(r)
        if not 1.0 <= self.df <= LARGEST_DF:
            raise ValueError(f"df lies in [1, {LARGEST_DF:g}], got {self.df}")
        if self.se_df is not None and not 0.0 <= self.se_df < math.inf:
            raise ValueError(f"se_df is finite and not negative, got {self.se_df}")
        if self.loglik is not None and not math.isfinite(self.loglik):
            raise ValueError(f"loglik is finite, got {self.loglik}")
        put(self, correlation=frozen(r), df=float(self.df), _factor=frozen(factor))

    @property
    def dim(self) -> int:
        return len(self.correlation)

    @property
    def tail_dependence(self) -> Floats:
        """Coefficients of lower and upper tail dependence of all pairs, (d, d).

        2 T(-sqrt((df + 1)(1 - r) / (1 + r)); df + 1), Demarta and McNeil (2005), equation 10.
        """
        r = self.correlation
        return 2.0 * t_cdf(self.df + 1.0, -np.sqrt((self.df + 1.0) * (1.0 - r) / (1.0 + r)))

    def logpdf(self, u: Floats, /) -> Floats:
        """Return the log density at (n, d) pseudo-observations, shape (n,)."""
        return student_logpdf(t_quantile(self.df, u), self._factor, self.df)

    def rosenblatt(self, u: Floats, /) -> Floats:
        """Map rows of the copula to independent uniforms, (n, d) -> (n, d)."""
        e = whiten(t_quantile(self.df, u), self._factor)
        k = np.arange(self.dim, dtype=np.float64)
        before = np.cumsum(e * e, axis=1) - e * e
        return t_cdf(self.df + k, e / np.sqrt((self.df + before) / (self.df + k)))

    def inverse_rosenblatt(self, w: Floats, /) -> Floats:
        """Map independent uniforms to rows of the copula, (n, d) -> (n, d)."""
        k = np.arange(self.dim, dtype=np.float64)
        e = t_quantile(self.df + k, w)
        total = np.full(len(e), self.df)
        for j in range(self.dim):
            e[:, j] *= np.sqrt(total / (self.df + j))
            total += e[:, j] ** 2
        return t_cdf(self.df, e @ self._factor.T)

    def scale(self, _j: int, /) -> Scale:
        """Return the scale of bent t scores, x / sqrt(df + x^2) on (-1, 1)."""
        return Scale(-1.0, 1.0, partial(_to_unit, self.df), partial(_from_unit, self.df))

    def draw(self, n: int, /, rng: Generator) -> Floats:
        """Draw n rows of bent t scores, (d, n); prefix-stable."""
        d = self.dim
        out = np.empty((d, n))
        e, z = np.empty((d, CHUNK)), np.empty((d, CHUNK))
        for first, last, stream in chunks(n, rng):
            stream.standard_normal(out=e)
            chi_square = 2.0 * stream.standard_gamma(0.5 * self.df, CHUNK)
            np.matmul(self._factor, e, out=z)
            # with x = z sqrt(df / chi_square), x / sqrt(df + x^2) = z / sqrt(chi_square + z^2)
            np.multiply(z, z, out=e)
            e += chi_square
            np.sqrt(e, out=e)
            m = last - first
            np.divide(z[:, :m], e[:, :m], out=out[:, first:last])
        return out

    def draw_given(self, n: int, /, rng: Generator, lower: Floats, upper: Floats) -> Floats:
        """Draw n rows with lower <= u <= upper, (d, n) bent t scores; prefix-stable."""
        a, b = score_bounds(lower, upper, self.dim, partial(t_quantile, self.df))
        x = draw_box_given(self.correlation, self.df, a, b, n, rng)
        x /= np.sqrt(self.df + x * x)
        return x

    def draw_rows(self, lower: Floats, upper: Floats, /, rng: Generator) -> Floats:
        """Draw one row u (d, n) inside each box; exact given points and one cell."""
        return exact_rows(self.correlation, self.df, lower, upper, rng)

    def candidates(
        self, lower: Floats, upper: Floats, m: int, /, rng: Generator
    ) -> tuple[Floats, Floats]:
        """Draw m weighted rows inside each box."""
        return weighted_rows(self.correlation, self.df, lower, upper, m, rng)

    def summary(self) -> Summary:
        """Return degrees of freedom, likelihood, and what they are of each pair."""
        told = {"df": self.df, "se_df": self.se_df, "loglik": self.loglik}
        numbers = {name: float(v) for name, v in told.items() if v is not None}
        return Summary("student", numbers, self.correlation, self.tail_dependence)


def _to_unit(df: float, r: Floats) -> Floats:
    return t_cdf(df, r * np.sqrt(df / np.maximum((1.0 - r) * (1.0 + r), 1e-300)))


def _from_unit(df: float, u: Floats) -> Floats:
    x = t_quantile(df, u)
    return x / np.sqrt(df + x * x)


@dataclass(frozen=True, slots=True)
class Student:
    """Choices for a Student t copula.

    Scores of ties, categories and gaps are imputed under a Gaussian copula and would pull the
    degrees of freedom towards it, so these are estimated from the continuous variables alone:
    every margin of a t copula has the same ones.

    Parameters
    ----------
    df : "mle" or float
        Degrees of freedom, by maximum pseudo-likelihood in [2, 100] or given.
    shrinkage : "auto" or float in [0, 1]
        Weight of the identity; "auto" takes :func:`shrinkage_intensity`.
    sweeps, burn : int
        Gibbs sweeps of :func:`latent_scores`.
    """

    df: float | str = "mle"
    shrinkage: float | str = "auto"
    sweeps: int = 40
    burn: int = 15

    def __post_init__(self) -> None:
        known = isinstance(self.df, str) and self.df == "mle"
        fine = known or (is_real(self.df) and 1.0 <= self.df <= LARGEST_DF)
        check(fine, self, "df", self.df, f"'mle' or a number from 1 to {LARGEST_DF:g}")
        check_shrinkage(self, self.shrinkage)
        check_sweeps(self, self.sweeps, self.burn)

    def fit(self, cells: Cells, /, *, rng: Seed = None) -> StudentCopula:
        """Fit the copula to the cells of a table."""
        rng = generator(rng)
        cells = _some_rows(cells, rng)
        r, z = latent_scores(cells, rng, sweeps=self.sweeps, burn=self.burn)
        if isinstance(self.df, str):
            seen = _continuous(cells)
            if len(seen) == cells.dim:
                return fit_student(ndtr(z), r, shrinkage=self.shrinkage)
            # a margin of a t copula is one of the same df
            part = fit_student(ndtr(z[:, seen]), r[np.ix_(seen, seen)])
            df, se = part.df, part.se_df
        else:
            df, se = float(self.df), None
        r, x = latent_t_scores(cells, df, r, rng, sweeps=self.sweeps, burn=self.burn)
        near = shrunk(r, cells.n, self.shrinkage)[0]
        loglik = float(student_logpdf(x, floats(np.linalg.cholesky(near)), df).sum())
        return StudentCopula(near, df, se, loglik)


def _some_rows(cells: Cells, rng: Generator) -> Cells:
    """Return at most FIT_ROWS random rows: more sharpen nothing that anyone would see."""
    if cells.n <= FIT_ROWS:
        return cells
    rows = rng.choice(cells.n, FIT_ROWS, replace=False, shuffle=False)
    return Cells(cells.lower[rows], cells.upper[rows], cells.nominal)


def _continuous(cells: Cells) -> Ints:
    """Return the variables of which at most one row in twenty is tied or missing, each once.

    With fewer than two of them all variables, and a warning.
    """
    wide = np.mean(cells.upper - cells.lower > narrow_width(cells.n), axis=0)
    first, _ = distinct_variables(cells)
    seen: Ints = np.array([j for j in first if wide[j] <= 0.05], dtype=np.int64)
    if len(seen) >= 2:
        return seen
    warnings.warn(
        f"the t copula has {len(seen)} variables without many ties; its degrees of freedom come "
        "from imputed scores of the others and lean towards a Gaussian copula. Give df= if you "
        "know it.",
        FitWarning,
        stacklevel=3,
    )
    return first


def fit_student(
    u: Floats, start: Floats | None = None, *, df: float | None = None, shrinkage: float | str = 0.0
) -> StudentCopula:
    """Fit a t copula to pseudo-observations by maximum pseudo-likelihood.

    Parameters
    ----------
    u : (n, d) float64
        Pseudo-observations in (0, 1).
    start : (d, d) float64, optional
        Correlation matrix to start from; that of the normal scores of u by default.
    df : float, optional
        Degrees of freedom to keep; estimated in [2, 100] by default.
    shrinkage : "auto" or float in [0, 1]
        Weight of the identity in the result.

    References
    ----------
    Genest, Ghoudi and Rivest (1995), Biometrika 82, 543-552 (pseudo-likelihood).
    """
    u = open_unit(floats(u, 2))
    first = correlation_of(ndtri(u).T) if start is None else start
    # more rows than this sharpen df and R no further than their own standard error warrants
    rows = slice(None) if len(u) <= FIT_ROWS else slice(None, None, -(-len(u) // FIT_ROWS))
    found = fit_profile(u[rows], first, df=df)
    near = shrunk(found.correlation, len(u), shrinkage)[0]
    return StudentCopula(near, found.df, found.se_df, found.loglik)
