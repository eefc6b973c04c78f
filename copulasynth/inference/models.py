"""One statsmodels fit on one table, reduced to named coefficients and their covariance."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from patsy import PatsyError
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.tools.sm_exceptions import MissingDataError, PerfectSeparationError

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.inference._frames import response
from copulasynth.inference.ordered import plain_thresholds, polish

__all__ = ["MODELS", "Coefficients", "Family", "ModelSpec", "coefficients_of", "fit_model"]

Family: TypeAlias = str | sm.families.Family | None
ModelSpec = str | Callable[[str, pd.DataFrame], Any]
MODELS = ("ols", "glm", "logit", "mnlogit", "ordered")
_NEWTON = {"method": "newton", "disp": 0}
_FIT_OPTIONS: dict[str, dict[str, Any]] = {
    "ols": {},
    # The relative rule of R's glm.control(epsilon = 1e-8), so that standard errors, which come
    # from the last weights, agree with R's to the last digit.
    "glm": {"tol": 1e-9, "rtol": 1e-8, "maxiter": 100},
    "logit": _NEWTON | {"maxiter": 100},
    "mnlogit": _NEWTON | {"maxiter": 200},
    "ordered": {"method": "bfgs", "maxiter": 1000, "disp": 0, "skip_hessian": True},
}
_FAMILIES = {
    "gaussian": sm.families.Gaussian,
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "gamma": sm.families.Gamma,
}
_REFUSALS = (
    PatsyError,
    MissingDataError,
    PerfectSeparationError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Named estimates (p,), their covariance (p, p), and the complete rows they come from."""

    terms: tuple[str, ...]
    estimate: Floats
    covariance: Floats
    used: int


def fit_model(
    formula: str,
    frame: pd.DataFrame,
    model: ModelSpec,
    family: Family,
    label: str,
) -> Coefficients:
    """Fit one model; `frame` holds complete rows of the formula's columns.

    Raises
    ------
    DataError
        If the model is unknown, the formula cannot be evaluated, the response is of the wrong
        kind, the design is singular, or the response is separated perfectly. The message begins
        with `label`.
    """
    if callable(model):
        return coefficients_of(model(formula, frame))
    if model not in MODELS:
        raise DataError(f"model={model!r} is unknown; choose one of {', '.join(MODELS)}")
    try:
        with warnings.catch_warnings():
            # Convergence and separation are judged below, on the estimates themselves.
            warnings.simplefilter("ignore")
            return _fitted(formula, frame, model, family)
    except _REFUSALS as e:
        raise DataError(f"{label}: {_problem(e, formula)}") from e


def _problem(error: Exception, formula: str) -> str:
    if isinstance(error, PatsyError):
        return f"cannot evaluate {formula!r}: {error}"
    if isinstance(error, MissingDataError):
        return f"a term of {formula!r} is infinite or missing; drop those rows, or transform it"
    if isinstance(error, DataError):
        return str(error)
    if isinstance(error, PerfectSeparationError | np.linalg.LinAlgError):
        return _separated(response(formula))
    return f"cannot evaluate {formula!r}: {error}"


def _fitted(formula: str, frame: pd.DataFrame, model: str, family: Family) -> Coefficients:
    data, levels = _coded(formula, frame, model, family)
    if model == "ordered":
        return _ordered(formula, data, levels, family)
    law = {"family": _family(family)} if model == "glm" else {}
    built = getattr(smf, model)(formula, data, **law)
    _check_design(built)
    found = coefficients_of(built.fit(**_FIT_OPTIONS[model]), levels)
    if model in ("logit", "mnlogit") or isinstance(law.get("family"), sm.families.Binomial):
        _check_separation(found, built.exog, len(found.terms), response(formula))
    return found


def coefficients_of(result: Any, levels: Sequence[str] = ()) -> Coefficients:
    """Return the coefficients of a statsmodels result (or of anything that looks like one).

    Multinomial results get terms 'level: term', the names of levels being those of the result
    unless given; ordered ones get plain thresholds 'a|b', by the delta method.
    """
    params = result.params
    covariance = np.asarray(result.cov_params(), dtype=np.float64)
    used = int(getattr(result, "nobs", 0))
    if isinstance(params, pd.DataFrame):
        names = levels or [str(v) for v in result.model._ynames_map.values()]
        terms = [f"{level}: {term}" for level in names[1:] for term in params.index]
        return Coefficients(tuple(terms), params.to_numpy().ravel(order="F"), covariance, used)
    if isinstance(getattr(result, "model", None), OrderedModel):
        slopes = result.model.exog.shape[1]
        labels = [str(v) for v in result.model.labels]
        estimate, jacobian = plain_thresholds(np.asarray(params, dtype=float), slopes)
        terms = [*map(str, params.index[:slopes]), *_cuts(labels)]
        return Coefficients(tuple(terms), estimate, jacobian @ covariance @ jacobian.T, used)
    index = getattr(params, "index", None)
    if index is None:
        raise DataError("the fit has no named parameters; fit it with a formula or a DataFrame")
    return Coefficients(tuple(map(str, index)), np.asarray(params, dtype=float), covariance, used)


def _ordered(
    formula: str, data: pd.DataFrame, levels: Sequence[str], family: Family
) -> Coefficients:
    link = "logit" if family is None else family
    if link not in ("logit", "probit"):
        raise DataError(f"family={family!r} is unknown for an ordered model; 'logit' or 'probit'")
    model = OrderedModel.from_formula(formula, data, distr=link)
    _check_design(model)
    slopes = model.exog.shape[1]
    fit = model.fit(**_FIT_OPTIONS["ordered"])
    start, _ = plain_thresholds(np.asarray(fit.params, dtype=float), slopes)
    codes = np.asarray(model.endog, dtype=np.int64)
    estimate, covariance = polish(start, codes, np.asarray(model.exog, dtype=float), link)
    terms = (*map(str, model.exog_names[:slopes]), *_cuts(levels))
    found = Coefficients(terms, estimate, covariance, len(data))
    _check_separation(found, model.exog, slopes, response(formula))
    return found


def _cuts(levels: Sequence[str]) -> list[str]:
    return [f"{a}|{b}" for a, b in pairwise(levels)]


def _family(family: Family) -> Any:
    if family is None:
        return sm.families.Gaussian()
    if not isinstance(family, str):
        return family
    if family not in _FAMILIES:
        raise DataError(f"family={family!r} is unknown; choose one of {', '.join(_FAMILIES)}")
    return _FAMILIES[family]()


def _coded(
    formula: str, frame: pd.DataFrame, model: str, family: Family
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table with a numeric response, and the levels that its codes stand for."""
    name = response(formula)
    if name not in frame.columns:
        if model in ("mnlogit", "ordered"):
            raise DataError(f"model={model!r} needs a column as response, not {name!r}")
        return frame, ()
    y = frame[name]
    nominal = isinstance(y.dtype, pd.CategoricalDtype)
    if model in ("mnlogit", "ordered"):
        y = y if nominal else y.astype("category")
        if model == "ordered" and nominal and not y.cat.ordered:
            raise DataError(
                f"response {name!r} has no order; make it an ordered categorical, or use "
                "model='mnlogit'"
            )
    elif not nominal:
        return frame, ()
    elif model == "ols" or (
        model == "glm" and not isinstance(_family(family), sm.families.Binomial)
    ):
        raise DataError(f"response {name!r} is nominal; use 'logit', 'mnlogit' or 'ordered'")
    levels = tuple(f"{v:g}" if isinstance(v, float) else str(v) for v in y.cat.categories)
    if len(levels) < 2 or (model in ("glm", "logit") and len(levels) != 2):
        raise DataError(f"response {name!r} has {len(levels)} levels; {model!r} needs 2")
    return frame.assign(**{name: y.cat.codes.astype(np.int64)}), levels


def _check_design(model: Any) -> None:
    """Refuse a design whose columns are linearly dependent, naming the first that is."""
    exog = np.asarray(model.exog, dtype=float)
    if not np.isfinite(exog).all():
        term = model.exog_names[int(np.argmin(np.isfinite(exog).all(axis=0)))]
        raise DataError(
            f"{term!r} is infinite or missing in some rows; drop those rows, or transform it "
            "otherwise"
        )
    if exog.shape[1] == 0:
        return
    norms = np.linalg.norm(exog, axis=0)
    r = np.abs(np.diag(np.linalg.qr(exog / np.where(norms > 0, norms, 1.0), mode="r")))
    # Columns past the number of rows have no pivot of their own.
    bad = np.flatnonzero(np.concatenate([r, np.zeros(exog.shape[1] - len(r))]) < 1e-10)
    if bad.size:
        raise DataError(
            f"the design is singular; {model.exog_names[int(bad[0])]!r} is a linear combination of "
            "the terms before it. Drop it, or merge levels that have no rows"
        )


def _check_separation(fit: Coefficients, exog: Floats, slopes: int, name: str) -> None:
    """Refuse slopes that run to infinity: a linear predictor beyond +-15 with a huge error."""
    span = np.resize(np.ptp(np.asarray(exog, dtype=float), axis=0), slopes)
    span = np.where(span > 0, span, 1.0)
    estimate = fit.estimate[:slopes] * span
    error = np.sqrt(np.maximum(np.diag(fit.covariance)[:slopes], 0.0)) * span
    bad = ~np.isfinite(estimate) | ~np.isfinite(error)
    bad |= (np.abs(estimate) > 15) & (error > 100)
    if bad.any():
        raise DataError(_separated(name, fit.terms[int(np.argmax(bad))]))


def _separated(name: str, term: str | None = None) -> str:
    at = f" by {term!r}" if term else ""
    return (
        f"response {name!r} is separated perfectly, or nearly so{at}: its maximum-likelihood "
        "estimate is infinite. Merge levels or drop the term"
    )
