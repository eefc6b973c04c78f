"""The floor of a model: what its kind scores where the truth is within its reach."""

import ast
import warnings
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from copulasynth.errors import CopulasynthError, DataError, FitWarning
from copulasynth.fitting.by_name import fit
from copulasynth.metrics.catalogue import CATALOGUE
from copulasynth.metrics.run import run_metrics
from copulasynth.metrics.score import Score
from copulasynth.model import Model
from copulasynth.model.refit import knobs_of

__all__ = ["count_rows", "floor_of", "told"]


def count_rows(df: Any) -> int:
    """Return the number of rows of a table of any library."""
    return len(nw.from_native(df, eager_only=True))


def floor_of(
    model: Model,
    method: object,
    rows: tuple[int, int],
    metrics: list[str],
    rng: np.random.Generator,
) -> tuple[dict[str, Score], tuple[str, ...]]:
    """Fit a model of the same kind to rows of this one, and judge it by further rows of it.

    Parameters
    ----------
    method : optional
        What to fit; None for the copula that the provenance names.
    rows : tuple of int
        Rows to fit to, and rows that judge.
    metrics : list of str
        Metrics that take two draws.

    Returns
    -------
    scores : dict of str to Score
        Empty where there is no such model.
    notes : tuple of str
        Why not.
    """
    own, seed, judge = rng.spawn(3)
    try:
        settings = _settings(model, method)
        train, fresh = (model.sample(n, rng=r) for n, r in zip(rows, own.spawn(2), strict=True))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitWarning)
            again = fit(train, rng=seed, **settings)
        first, second = (again.sample(rows[0], rng=r) for r in judge.spawn(2))
    except CopulasynthError:
        note = "The floor was not measured: the model cannot be fitted again to rows of its own."
        return {}, (note,)
    # nobody sees which columns give the rows of the floor away
    judges = {name: CATALOGUE[name] for name in metrics}
    plain = {
        name: replace(judge, settings={**judge.settings, "importances": False})
        for name, judge in judges.items()
    }
    found = run_metrics(
        train, first, again=second, holdout=fresh, metrics=plain, schema=model.schema, rng=judge
    )
    return found.scores, ()


def _settings(model: Model, method: object) -> dict[str, Any]:
    """Return what `fit` needs to fit a model of the same kind."""
    if method is not None:
        return {"copula": method}
    choices = model.provenance.choices
    if "copula" not in choices:
        raise DataError("the model does not name its copula")
    marginals = choices.get("marginals", "auto")
    read = ast.literal_eval(marginals) if marginals.startswith("{") else marginals
    named = choices["copula"]
    copula = named if named == "auto" else knobs_of(named)
    by = {"by": ast.literal_eval(choices["by"])} if "by" in choices else {}
    return {"copula": copula, "marginals": read, "schema": model.schema, **by}


def told(score: Score, floor: Score) -> str:
    """Say how far a score is from its floor, with the error of the difference."""
    half = float(np.hypot(score.high - score.low, floor.high - floor.low) / 2)
    rest = score.value - floor.value
    misfit = f"misfit is the rest, {rest:.3f} ± {half:.3f}"
    if rest <= half:
        misfit = f"no misfit is seen beside it ({rest:+.3f} ± {half:.3f})"
    return (
        f"{score.name}: {score.value:.3f} where a model of the same kind, fitted to as many rows "
        f"of its own law, scores {floor.value:.3f}. That is sample size; {misfit}."
    )
