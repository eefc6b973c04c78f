"""Sequential regressions: synthpop's parametric method."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from copulasynth import _knobs
from copulasynth._arrays import Floats, frozen
from copulasynth.errors import FitWarning
from copulasynth.model import Model
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng
from copulasynth.synthesizers.sequence.design import Design, design_of
from copulasynth.synthesizers.sequence.fit import Conditioned, fit_sequence
from copulasynth.synthesizers.sequence.parametric_laws import LevelLaw, NormalRankLaw, OrderedLaw
from copulasynth.synthesizers.sequence.proportional_odds import fit_proportional_odds
from copulasynth.synthesizers.sequence.sampler import Law

__all__ = ["SequentialParametric"]

#: Variance of the normal prior on slopes: it keeps separated levels finite and is weak otherwise.
PRIOR = 10.0

#: Variance of the noise that each drawn score is taken to carry as a regressor (a score has
#: variance 1). It is the ridge that keeps columns which are nearly copies of each other, such as
#: minutes and their charge, from entering with huge opposite slopes.
NOISE = 1e-3

#: Steps of a logit.
STEPS = 500


@dataclass(frozen=True, slots=True)
class SequentialParametric:
    """Draw column after column from regressions on the earlier ones [1]_.

    Numbers come from a least-squares regression of their normal scores (ranks that tie are spread
    at random) through the marginal's quantile function; nominal columns and gaps from a
    multinomial logit; ordinal columns from proportional odds. Numeric predictors enter as normal
    scores, levels as indicators. A small ridge keeps columns that nearly copy each other from
    blowing up, and a weak normal prior (variance 10 a slope) keeps separated levels finite. The
    model holds coefficients and marginals, no training values.

    Parameters
    ----------
    order, strata, predictors, rules
        As for :class:`~copulasynth.synthesizers.SequentialCart`.
    proper : bool
        Fit each regression to a bootstrap sample of its rows, an approximate draw of its
        parameters. Fit anew, with another seed, for each of several syntheses.

    References
    ----------
    .. [1] Nowok, Raab & Dibben (2016). synthpop: bespoke creation of synthetic data in R. Journal
       of Statistical Software 74(11).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> z = np.random.default_rng(0).standard_normal((1000, 2))
    >>> df = pd.DataFrame({"x": z[:, 0], "y": z[:, 0] + z[:, 1]})
    >>> rows = SequentialParametric().fit(df, rng=1).sample(10_000, rng=2)
    >>> bool(abs(rows.corr().iloc[0, 1] - df.corr().iloc[0, 1]) < 0.05)
    True
    """

    order: str | Sequence[Any] = "table"
    proper: bool = False
    strata: Any = None
    predictors: Mapping[Any, Sequence[Any]] | None = None
    rules: Mapping[Any, Any] | None = None

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Fit the regressions; as :meth:`.SequentialCart.fit`."""
        return fit_sequence(df, self, _law, _middle, schema=schema, rng=rng)


def _middle(seen: Floats) -> float:
    return float(np.median(seen)) if len(seen) else 0.0


def _law(problem: Conditioned, rng: np.random.Generator) -> Law:
    """Fit the regression that suits the kind of a variable."""
    levels = problem.layout.levels[problem.target]
    design = design_of(problem)
    x = design.matrix(problem.seen.T)
    values = np.unique(problem.y)
    if problem.kind in ("nominal", "state") or len(values) < (3 if levels else 2):
        return LevelLaw(design, frozen(_logit(x, problem, values)), frozen(values))
    if levels:
        code = np.searchsorted(values, problem.y)
        slopes, thresholds = fit_proportional_odds(x[:, 1:], code, penalty=1.0 / PRIOR)
        return OrderedLaw(design, frozen(slopes), frozen(thresholds), frozen(values))
    return _normal_rank(problem, design, x, rng)


def _logit(x: Floats, problem: Conditioned, values: Floats) -> Floats:
    """Return slopes (levels, width) of a multinomial logit."""
    y, slopes = problem.y, np.zeros((len(values), x.shape[1]))
    if len(values) < 2:
        return slopes
    if x.shape[1] == 1:
        slopes[:, 0] = np.log(np.unique(y, return_counts=True)[1] / len(y))
        return slopes
    with warnings.catch_warnings(record=True) as caught:
        # many levels of few rows are what they are
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("always", ConvergenceWarning)
        fit = LogisticRegression(C=PRIOR, max_iter=STEPS, tol=1e-5).fit(x[:, 1:], y)
    if any(issubclass(w.category, ConvergenceWarning) for w in caught):
        warnings.warn(
            f"variable {problem.name!r}: the logit did not converge in {STEPS} steps; the slopes "
            "of the last step are used",
            FitWarning,
            stacklevel=2,
        )
    rows = slice(1, 2) if len(values) == 2 else slice(None)
    slopes[rows, 0], slopes[rows, 1:] = fit.intercept_, fit.coef_
    return slopes


def _normal_rank(
    problem: Conditioned, design: Design, x: Floats, rng: np.random.Generator
) -> NormalRankLaw:
    """Regress normal scores on x by least squares.

    Values that tie get scores spread over their interval at random (distributional transform), so
    that scores are standard normal and drawn ones have the right marginal.
    """
    y, n = problem.y, len(problem.y)
    # Ranks with random order within ties.
    rank = np.empty(n)
    rank[np.lexsort((rng.random(n), y))] = np.arange(n)
    score = special.ndtri((rank + rng.random(n)) / n)
    ridge = np.zeros((len(design.numeric), x.shape[1]))
    ridge[:, 1 : 1 + len(design.numeric)] = np.sqrt(n * NOISE) * np.eye(len(design.numeric))
    padded = np.r_[score, np.zeros(len(ridge))]
    slopes, *_ = np.linalg.lstsq(np.vstack([x, ridge]), padded, rcond=1e-8)
    sigma = float(np.sqrt(((score - x @ slopes) ** 2).sum() / max(n - x.shape[1], 1)))
    return NormalRankLaw(design, frozen(slopes), sigma, problem.marginal(rng))
