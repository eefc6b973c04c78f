"""Classifier two-sample test: can a learner tell synthetic rows from real ones it never saw?"""

from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from copulasynth._arrays import Bools, Floats
from copulasynth._judging import out_of_fold
from copulasynth.errors import DataError
from copulasynth.metrics.alignment import align
from copulasynth.metrics.auc import auc
from copulasynth.metrics.features import Features, linear_features, tree_features
from copulasynth.metrics.items import Z95
from copulasynth.metrics.joint.propensity import join
from copulasynth.metrics.mixed import MixedScale
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable, Table
from copulasynth.schema import Schema

__all__ = ["Judge", "c2st"]

Judge = Literal["boosting", "forest", "logistic"]
_MAX_PRODUCTS = 1000


def c2st(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    judge: Judge | Any = "boosting",
    folds: int = 5,
    max_rows: int = 10_000,
    importances: bool = False,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Cross-validated AUC of a classifier of synthetic against real rows; .5 is perfect.

    With a holdout the synthetic rows are compared with the holdout, which no synthesizer saw:
    compared with its own training rows a copy would pass. The reference is then the AUC between
    the real and the holdout rows. Both classes have the same number of rows.

    Parameters
    ----------
    judge : {"boosting", "forest", "logistic"} or classifier
        Histogram gradient boosting; a random forest of 100 trees; a ridge logistic regression
        on normal scores with squares and products (main effects alone cannot see lost
        dependence); or any scikit-learn classifier with `predict_proba`.
    folds : int
    max_rows : int
        Most rows of each class; the interval contains the error of sampling them.
    importances : bool
        Fill `table` with the drop of AUC when a column is permuted: what gives the rows away.

    Returns
    -------
    Score
        The interval is DeLong's over the out-of-fold scores of each fold.

    References
    ----------
    Lopez-Paz and Oquab (2017), Revisiting classifier two-sample tests, ICLR.
    """
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    target = tables.real if tables.holdout is None else tables.holdout
    found, se, table = _judge(target, tables.synthetic, judge, folds, max_rows, importances, rng)
    reference = 0.5
    if tables.holdout is not None:
        reference = _judge(target, tables.real, judge, folds, max_rows, False, rng)[0]
    size = min(target.n, tables.synthetic.n, max_rows)
    notes = [] if tables.holdout is not None else ["judged on the rows the synthesizer saw."]
    if size < tables.synthetic.n:
        notes.append(f"{size} of {tables.synthetic.n} synthetic rows sampled.")
    name = f"C2ST {judge}" if isinstance(judge, str) else f"C2ST {type(judge).__name__}"
    low, high = max(0.0, found - Z95 * se), min(1.0, found + Z95 * se)
    return Score(
        name, found, low, high, reference, 0.5, size, table, better="closer", note=" ".join(notes)
    )


def _judge(
    real: Table,
    synthetic: Table,
    judge: Judge | Any,
    folds: int,
    max_rows: int,
    importances: bool,
    rng: np.random.Generator,
) -> tuple[float, float, pd.DataFrame | None]:
    size = min(real.n, synthetic.n, max_rows)
    if size < folds:
        raise DataError(f"C2ST needs at least {folds} rows of each table, got {size}.")
    real, synthetic = real.sample(size, rng), synthetic.sample(size, rng)
    both = join(real, synthetic)
    y = np.repeat([False, True], size)
    features = _features(judge, both, real)
    seed = int(rng.integers(2**31))
    found, variances, drops = [], [], []
    make = partial(_classifier, judge, features, seed)
    for model, test, scores in out_of_fold(make, features.x, y, folds, seed):
        value, variance = auc(scores, y[test])
        found.append(value)
        variances.append(variance)
        if importances:
            drops.append(_drops(model, features, test, y, value, rng))
    table = _importance_table(both.names, drops) if importances else None
    return float(np.mean(found)), float(np.sqrt(np.mean(variances) / folds)), table


def _features(judge: Judge | Any, both: Table, real: Table) -> Features:
    if judge != "logistic":
        return tree_features(both)
    plain = linear_features(both, MixedScale.of([both]))
    p = plain.x.shape[1]
    first, second = np.triu_indices(p)
    if first.size > _MAX_PRODUCTS:
        # Too many products for the rows: keep those of the columns that vary most in common.
        size = np.abs(plain.x[: real.n].T @ plain.x[: real.n])[first, second]
        keep = np.sort(np.argsort(-size, kind="stable")[:_MAX_PRODUCTS])
        first, second = first[keep], second[keep]
    products = plain.x[:, first] * plain.x[:, second]
    products = (products - products.mean(axis=0)) / np.maximum(products.std(axis=0), 1e-12)
    owners = np.array(plain.column)
    column = (*plain.column, *owners[first].tolist())
    x = np.hstack([plain.x, products])
    return Features(x, column, np.zeros(x.shape[1], dtype=bool))


def _classifier(judge: Judge | Any, features: Features, seed: int) -> Any:
    if judge == "boosting":
        return HistGradientBoostingClassifier(
            max_iter=100,
            learning_rate=0.1,
            categorical_features=features.nominal,
            early_stopping=False,
            random_state=seed,
        )
    if judge == "forest":
        return RandomForestClassifier(100, min_samples_leaf=5, n_jobs=1, random_state=seed)
    if judge == "logistic":
        return LogisticRegression(C=0.01, max_iter=300)
    if hasattr(judge, "fit") and hasattr(judge, "predict_proba"):
        return clone(judge)
    raise DataError(
        f"judge is {judge!r}; use 'boosting', 'forest', 'logistic' or a classifier with "
        "predict_proba."
    )


def _score(model: Any, x: Floats, y: Bools) -> tuple[float, float]:
    return auc(model.predict_proba(x)[:, 1], y)


def _drops(
    model: Any, features: Features, test: Any, y: Bools, value: float, rng: np.random.Generator
) -> list[float]:
    """Return by how much the AUC falls when the features of one column are permuted together."""
    out = []
    owners = np.array(features.column)
    for j in np.unique(owners):
        x = features.x[test].copy()
        mine = np.flatnonzero(owners == j)
        x[:, mine] = x[rng.permutation(len(x))][:, mine]
        out.append(value - _score(model, x, y[test])[0])
    return out


def _importance_table(names: list[str], drops: list[list[float]]) -> pd.DataFrame:
    x = np.array(drops)
    table = pd.DataFrame(
        {"column": names, "drop": x.mean(axis=0), "se": x.std(axis=0, ddof=1) / len(x) ** 0.5}
    )
    return table.sort_values("drop", ascending=False, ignore_index=True)
