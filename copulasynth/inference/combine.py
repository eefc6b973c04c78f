"""Combining rules: from m estimates and their variances to one estimate and its standard error.

Notation of the papers: n rows in the original, k rows in each of m syntheses, q the estimate and
v the squared standard error in one synthesis, b the variance of q between syntheses.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from copulasynth._arrays import Bools, Floats
from copulasynth.errors import DataError

__all__ = ["RULES", "Combined", "Rule", "combine"]

Rule = Literal["expected", "population", "partial", "raghunathan", "rubin"]
RULES: tuple[Rule, ...] = get_args(Rule)


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """One estimate from m syntheses, for any shape of parameters.

    Attributes
    ----------
    estimate : ndarray
        Mean of the m estimates.
    within : ndarray
        Mean of the m squared standard errors.
    between : ndarray or None
        Variance (divisor m - 1) of the m estimates; None when m = 1.
    se : ndarray
        Standard error under the rule.
    df : ndarray
        Degrees of freedom of the reference t distribution; infinite where it is normal.
    synthesis_se : ndarray
        Standard deviation of `estimate` about the estimate that the original table gives: the
        error that synthesis adds and that more syntheses take away.
    adjusted : ndarray of bool
        True where the variance of `raghunathan` came out negative and was replaced.
    """

    estimate: Floats
    within: Floats
    between: Floats | None
    se: Floats
    df: Floats
    synthesis_se: Floats
    adjusted: Bools

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the lower and upper limits of the central interval of that level."""
        half = stats.t.ppf(0.5 + level / 2, self.df) * self.se
        return self.estimate - half, self.estimate + half

    def p_value(self) -> Floats:
        """Return the two-sided p-values of the hypotheses that each parameter is zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.abs(self.estimate / self.se)
        return np.asarray(2.0 * stats.t.sf(z, self.df))


def combine(
    estimates: ArrayLike,
    variances: ArrayLike,
    *,
    k: int,
    n: int | None = None,
    rule: Rule = "expected",
    proper: bool = False,
    df: Literal["floored", "reiter"] = "floored",
    complete: ArrayLike | None = None,
) -> Combined:
    """Combine estimates from m syntheses, or m imputations, by one of five rules.

    Parameters
    ----------
    estimates, variances : array_like, shape (m, ...)
        Estimates and squared standard errors, one synthesis along the first axis.
    k, n : int
        Rows of one synthesis and of the original table; `n` is taken to be `k` if None.
    rule : {"expected", "population", "partial", "raghunathan", "rubin"}
        - ``expected``: the standard error that the original fit is expected to report,
          sqrt(v k / n).
        - ``population``: all columns are synthetic; T = v (k/n + 1/m) if the syntheses come from
          fixed parameters, v (k/n + (1 + k/n) / m) if from drawn ones [1]_.
        - ``partial``: some columns are kept as observed; T = v k/n + b/m [2]_.
        - ``raghunathan``: all columns are synthetic and drawn from the posterior predictive
          distribution; T = (1 + 1/m) b - v [3]_, replaced by v k/n where negative.
        - ``rubin``: the gaps of a table are filled m times and the rest is kept, as by
          ``model.impute``; T = v + (1 + 1/m) b [5]_, with the degrees of freedom of [6]_.
    proper : bool
        Whether the parameters of the synthesis model were drawn before each synthesis.
    df : {"floored", "reiter"}
        Degrees of freedom of rule ``raghunathan``: "reiter" is (m - 1) (1 - 1/r)^2 with
        r = (1 + 1/m) b / v [4]_, which falls towards zero whenever b is small by chance, so that
        intervals cover .98 to .99; "floored" never lets it fall below its value at the expected
        b = v (1 + k/n) and covers .945 to .972 (validation/coverage.py).
    complete : array_like, optional
        Degrees of freedom that a complete table would leave, for rule ``rubin``: k - 1 if not
        given, as for a mean; k - p in a regression with p coefficients.

    Raises
    ------
    DataError
        If the shapes differ, a variance is negative, or the rule needs more syntheses.

    References
    ----------
    .. [1] Raab, Nowok & Dibben (2016), Practical data synthesis for large samples, J. Privacy and
       Confidentiality 7(3).
    .. [2] Reiter (2003), Inference for partially synthetic, public use microdata sets, Survey
       Methodology 29.
    .. [3] Raghunathan, Reiter & Rubin (2003), Multiple imputation for statistical disclosure
       limitation, J. Official Statistics 19.
    .. [4] Reiter (2002), Satisfying disclosure restrictions with synthetic data sets, J. Official
       Statistics 18.
    .. [5] Rubin (1987), Multiple Imputation for Nonresponse in Surveys, section 3.3.
    .. [6] Barnard & Rubin (1999), Small-sample degrees of freedom with multiple imputation,
       Biometrika 86.

    Examples
    --------
    >>> c = combine([1.0, 3.0], [4.0, 4.0], k=100, rule="population")
    >>> float(c.estimate), round(float(c.se), 4)
    (2.0, 2.4495)
    """
    q, v = _checked(estimates, variances, k, n, rule, proper)
    if df not in ("floored", "reiter"):
        raise DataError(f"df={df!r} is unknown; choose 'floored' or 'reiter'")
    m, ratio = len(q), k / (k if n is None else n)
    estimate, within = q.mean(axis=0), v.mean(axis=0)
    between = q.var(axis=0, ddof=1) if m > 1 else None
    freedom = np.full(estimate.shape, np.inf)
    adjusted = np.zeros(estimate.shape, dtype=bool)
    draws = within * (1.0 + ratio if proper else 1.0) / m
    if rule == "expected":
        total = within * ratio
    elif rule == "population":
        total = within * ratio + draws
    else:
        assert between is not None
        draws = between / m
        if rule == "partial":
            total, freedom = _partial(within * ratio, between, m)
        elif rule == "rubin":
            total, freedom = _rubin(within, between, m, k - 1.0 if complete is None else complete)
        else:
            least = _expected_freedom(m, ratio) if df == "floored" else 0.0
            total, freedom, adjusted = _raghunathan(within, between, m, ratio)
            freedom = np.maximum(freedom, least)
    return Combined(estimate, within, between, np.sqrt(total), freedom, np.sqrt(draws), adjusted)


def _partial(within: Floats, between: Floats, m: int) -> tuple[Floats, Floats]:
    """Return T = v + b/m and Reiter's (2003) degrees of freedom (m - 1) (1 + v m / b)^2."""
    with np.errstate(divide="ignore"):
        df = (m - 1) * (1.0 + within * m / between) ** 2
    return within + between / m, df


def _rubin(within: Floats, between: Floats, m: int, complete: ArrayLike) -> tuple[Floats, Floats]:
    """Return T = v + (1 + 1/m) b and Barnard and Rubin's (1999) degrees of freedom."""
    inflated = (1.0 + 1.0 / m) * between
    total = within + inflated
    lost = np.divide(inflated, total, out=np.zeros_like(total), where=total > 0)
    most = np.asarray(complete, dtype=np.float64)
    seen = (1.0 - lost) * most * (most + 1.0) / (most + 3.0)
    with np.errstate(divide="ignore"):
        return total, 1.0 / (lost**2 / (m - 1) + 1.0 / seen)


def _raghunathan(
    within: Floats, between: Floats, m: int, ratio: float
) -> tuple[Floats, Floats, Bools]:
    """Return T = (1 + 1/m) b - v, Reiter's (2002) degrees of freedom, and where T was negative."""
    inflated = (1.0 + 1.0 / m) * between
    total = inflated - within
    negative = total <= 0
    with np.errstate(divide="ignore"):
        df = (m - 1) * (1.0 - within / inflated) ** 2
    return np.where(negative, within * ratio, total), np.where(negative, np.inf, df), negative


def _expected_freedom(m: int, ratio: float) -> float:
    """Return Reiter's (2002) degrees of freedom at b = v (1 + k/n), what b estimates."""
    r = (1.0 + 1.0 / m) * (1.0 + ratio)
    return (m - 1) * (1.0 - 1.0 / r) ** 2


def _checked(
    estimates: ArrayLike, variances: ArrayLike, k: int, n: int | None, rule: str, proper: bool
) -> tuple[Floats, Floats]:
    if rule not in RULES:
        raise DataError(f"rule={rule!r} is unknown; choose one of {', '.join(RULES)}")
    q = np.asarray(estimates, dtype=np.float64)
    v = np.asarray(variances, dtype=np.float64)
    if q.ndim == 0 or q.shape != v.shape or len(q) == 0:
        raise DataError(
            f"expected estimates and variances of one shape (m, ...), got {q.shape} and {v.shape}"
        )
    if not (np.isfinite(q).all() and np.isfinite(v).all() and (v >= 0).all()):
        raise DataError("estimates must be finite and variances finite and not negative")
    if k < 1 or (n is not None and n < 1):
        raise DataError(f"expected k and n of at least 1 row, got k={k}, n={n}")
    if rule in ("partial", "raghunathan", "rubin") and len(q) < 2:
        raise DataError(
            f"rule={rule!r} measures the variance between syntheses, so it needs at least 2; "
            "make more syntheses, or use rule='population' if every column is synthetic"
        )
    if rule == "raghunathan" and not proper:
        raise DataError(
            "rule='raghunathan' holds for proper syntheses only (parameters drawn before each); "
            "pass proper=True if yours are, else use rule='population'"
        )
    return q, v
