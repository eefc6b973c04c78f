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
_FAMILIES = {
    "gaussian": sm.families.Gaussian,
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "gamma": sm.families.Gamma,
}


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
    data, levels = _coded(formula, frame, model, family, label)
    try:
        with warnings.catch_warnings():
            # Convergence and separation are judged below, on the estimates themselves.
            warnings.simplefilter("ignore")
            fit = {"ols": _ols, "glm": _glm, "logit": _logit}.get(model)
            if fit is not None:
                result = fit(formula, data, family, label)
            elif model == "mnlogit":
                result = _mnlogit(formula, data, levels, label)
            else:
                result = _ordered(formula, data, levels, family, label)
    except PatsyError as e:
        raise DataError(f"{label}: cannot evaluate {formula!r}: {e}") from e
    except MissingDataError as e:
        raise DataError(
            f"{label}: a term of {formula!r} is infinite or missing; drop those rows, or "
            "transform it"
        ) from e
    except (PerfectSeparationError, np.linalg.LinAlgError) as e:
        raise DataError(f"{label}: {_separated(response(formula))}") from e
    return result


def coefficients_of(result: Any) -> Coefficients:
    """Return the coefficients of a statsmodels result (or of anything that looks like one).

    Multinomial results get terms 'level: term'; ordered ones get plain thresholds 'a|b', by the
    delta method.
    """
    params = result.params
    covariance = np.asarray(result.cov_params(), dtype=np.float64)
    used = int(getattr(result, "nobs", 0))
    if isinstance(params, pd.DataFrame):
        names = [str(v) for v in list(result.model._ynames_map.values())[1:]]
        terms = [f"{level}: {term}" for level in names for term in params.index]
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


def _ols(formula: str, data: pd.DataFrame, family: Family, label: str) -> Coefficients:
    model = smf.ols(formula, data)
    _check_design(model, label)
    return coefficients_of(model.fit())


def _glm(formula: str, data: pd.DataFrame, family: Family, label: str) -> Coefficients:
    model = smf.glm(formula, data, family=_family(family))
    _check_design(model, label)
    # The relative rule of R's glm.control(epsilon = 1e-8), so that standard errors, which come
    # from the last weights, agree with R's to the last digit.
    result = coefficients_of(model.fit(tol=1e-9, rtol=1e-8, maxiter=100))
    if isinstance(model.family, sm.families.Binomial):
        _check_separation(result, model.exog, 1, label, response(formula))
    return result


def _logit(formula: str, data: pd.DataFrame, family: Family, label: str) -> Coefficients:
    model = smf.logit(formula, data)
    _check_design(model, label)
    result = coefficients_of(model.fit(method="newton", maxiter=100, disp=0))
    _check_separation(result, model.exog, 1, label, response(formula))
    return result


def _mnlogit(formula: str, data: pd.DataFrame, levels: Sequence[str], label: str) -> Coefficients:
    model = smf.mnlogit(formula, data)
    _check_design(model, label)
    fit = model.fit(method="newton", maxiter=200, disp=0)
    terms = tuple(f"{level}: {term}" for level in levels[1:] for term in model.exog_names)
    estimate = np.asarray(fit.params, dtype=float).ravel(order="F")
    result = Coefficients(terms, estimate, np.asarray(fit.cov_params(), dtype=float), len(data))
    _check_separation(result, model.exog, len(levels) - 1, label, response(formula))
    return result


def _ordered(
    formula: str, data: pd.DataFrame, levels: Sequence[str], family: Family, label: str
) -> Coefficients:
    link = "logit" if family is None else family
    if link not in ("logit", "probit"):
        raise DataError(f"family={family!r} is unknown for an ordered model; 'logit' or 'probit'")
    model = OrderedModel.from_formula(formula, data, distr=link)
    _check_design(model, label)
    slopes = model.exog.shape[1]
    fit = model.fit(method="bfgs", maxiter=1000, disp=0, skip_hessian=True)
    start, _ = plain_thresholds(np.asarray(fit.params, dtype=float), slopes)
    codes = np.asarray(model.endog, dtype=np.int64)
    estimate, covariance = polish(start, codes, np.asarray(model.exog, dtype=float), link)
    terms = (*map(str, model.exog_names[:slopes]), *_cuts(levels))
    result = Coefficients(terms, estimate, covariance, len(data))
    slopes_only = Coefficients(
        terms[:slopes], estimate[:slopes], covariance[:slopes, :slopes], len(data)
    )
    _check_separation(slopes_only, model.exog, 1, label, response(formula))
    return result


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
    formula: str, frame: pd.DataFrame, model: str, family: Family, label: str
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
                f"{label}: response {name!r} has no order; make it an ordered categorical, "
                "or use model='mnlogit'"
            )
    elif not nominal:
        return frame, ()
    elif model == "ols" or (
        model == "glm" and not isinstance(_family(family), sm.families.Binomial)
    ):
        raise DataError(
            f"{label}: response {name!r} is nominal; use 'logit', 'mnlogit' or 'ordered'"
        )
    levels = tuple(f"{v:g}" if isinstance(v, float) else str(v) for v in y.cat.categories)
    if len(levels) < 2 or (model in ("glm", "logit") and len(levels) != 2):
        raise DataError(f"{label}: response {name!r} has {len(levels)} levels; {model!r} needs 2")
    return frame.assign(**{name: y.cat.codes.astype(np.int64)}), levels


def _check_design(model: Any, label: str) -> None:
    """Refuse a design whose columns are linearly dependent, naming the first that is."""
    exog = np.asarray(model.exog, dtype=float)
    if not np.isfinite(exog).all():
        term = model.exog_names[int(np.argmin(np.isfinite(exog).all(axis=0)))]
        raise DataError(
            f"{label}: {term!r} is infinite or missing in some rows; drop those rows, or transform "
            "it otherwise"
        )
    norms = np.linalg.norm(exog, axis=0)
    if exog.shape[1] == 0:
        return
    r = np.abs(np.diag(np.linalg.qr(exog / np.where(norms > 0, norms, 1.0), mode="r")))
    missing = exog.shape[1] - len(r)
    bad = np.flatnonzero(r < 1e-10)
    if missing > 0 or bad.size:
        term = model.exog_names[int(bad[0]) if bad.size else len(r)]
        raise DataError(
            f"{label}: the design is singular; {term!r} is a linear combination of the terms "
            "before it. Drop it, or merge levels that have no rows"
        )


def _check_separation(
    fit: Coefficients, exog: Floats, equations: int, label: str, name: str
) -> None:
    """Refuse estimates that run to infinity: a linear predictor beyond +-15 with a huge error."""
    span = np.tile(np.ptp(np.asarray(exog, dtype=float), axis=0), equations)
    span = np.where(span > 0, span, 1.0)
    error = np.sqrt(np.maximum(np.diag(fit.covariance), 0.0)) * span
    bad = ~np.isfinite(fit.estimate) | ~np.isfinite(error)
    bad |= (np.abs(fit.estimate) * span > 15) & (error > 100)
    if bad.any():
        raise DataError(f"{label}: {_separated(name, fit.terms[int(np.argmax(bad))])}")


def _separated(name: str, term: str | None = None) -> str:
    at = f" by {term!r}" if term else ""
    return (
        f"response {name!r} is separated perfectly, or nearly so{at}: its maximum-likelihood "
        "estimate is infinite. Merge levels or drop the term"
    )
