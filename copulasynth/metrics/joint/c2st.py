"""Classifier two-sample test: can a learner tell synthetic rows from real ones it never saw?"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from copulasynth._arrays import Bools, Ints
from copulasynth._judging import auc, out_of_fold
from copulasynth.errors import DataError
from copulasynth.metrics.features import Features, linear_features, tree_features
from copulasynth.metrics.mixed import MixedScale
from copulasynth.metrics.score import Score, interval, sampled
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable, Table, join

__all__ = ["Judge", "c2st"]

Judge = Literal["boosting", "forest", "logistic"]
_MAX_PRODUCTS = 1000


@metric
def c2st(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    judge: Judge | ClassifierMixin = "boosting",
    folds: int = 5,
    max_rows: int = 10_000,
    importances: bool = False,
    **shared: Unpack[Shared],
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
    tables, rng = aligned(real, synthetic, **shared)
    test = _Test(judge, folds, max_rows, rng)
    target = tables.real if tables.holdout is None else tables.holdout
    found, se, table = test.run(target, tables.synthetic, importances)
    reference, notes = 0.5, "judged on the rows the synthesizer saw."
    if tables.holdout is not None:
        reference, notes = test.run(target, tables.real, False)[0], ""
    n = min(target.n, tables.synthetic.n, max_rows)
    name = f"C2ST {judge if isinstance(judge, str) else type(judge).__name__}"
    limits = interval(found, se, 0.0, 1.0)
    score = Score(name, found, *limits, reference, 0.5, n, table, better="closer", note=notes)
    return score.with_note(sampled(n, tables.synthetic.n))


@dataclass(frozen=True, slots=True)
class _Test:
    judge: Judge | ClassifierMixin
    folds: int
    max_rows: int
    rng: np.random.Generator

    def run(
        self, real: Table, synthetic: Table, importances: bool
    ) -> tuple[float, float, pd.DataFrame | None]:
        """Return the AUC, its standard error, and the importances of the columns if asked for."""
        size = min(real.n, synthetic.n, self.max_rows)
        if size < self.folds:
            raise DataError(f"C2ST needs at least {self.folds} rows of each table, got {size}.")
        real, synthetic = real.sample(size, self.rng), synthetic.sample(size, self.rng)
        both = join(real, synthetic)
        y = np.repeat([False, True], size)
        features = _features(self.judge, both, size)
        seed = int(self.rng.integers(2**31))
        found, drops = [], []
        make = partial(_classifier, self.judge, features, seed)
        for model, test, scores in out_of_fold(make, features.x, y, self.folds, seed):
            found.append(auc(scores, y[test]))
            if importances:
                drops.append(_drops(model, features, test, y, found[-1][0], self.rng))
        value, variance = np.mean(found, axis=0)
        table = _importance_table(both.names, drops) if importances else None
        return float(value), float(np.sqrt(variance / self.folds)), table


def _features(judge: Judge | ClassifierMixin, both: Table, real: int) -> Features:
    if judge != "logistic":
        return tree_features(both)
    plain = linear_features(both, MixedScale.of([both]))
    first, second = np.triu_indices(plain.x.shape[1])
    if first.size > _MAX_PRODUCTS:
        # Too many products for the rows: keep those of the columns that vary most in common.
        size = np.abs(plain.x[:real].T @ plain.x[:real])[first, second]
        keep = np.sort(np.argsort(-size, kind="stable")[:_MAX_PRODUCTS])
        first, second = first[keep], second[keep]
    products = plain.x[:, first] * plain.x[:, second]
    products = (products - products.mean(axis=0)) / np.maximum(products.std(axis=0), 1e-12)
    column = (*plain.column, *np.array(plain.column)[first].tolist())
    x = np.hstack([plain.x, products])
    return Features(x, column, np.zeros(x.shape[1], dtype=bool))


def _classifier(judge: Judge | ClassifierMixin, features: Features, seed: int) -> Any:
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


def _drops(
    model: Any, features: Features, test: Ints, y: Bools, value: float, rng: np.random.Generator
) -> list[float]:
    """Return by how much the AUC falls when the features of one column are permuted together."""
    out = []
    owners = np.array(features.column)
    for j in np.unique(owners):
        x = features.x[test].copy()
        mine = np.flatnonzero(owners == j)
        x[:, mine] = x[rng.permutation(len(x))][:, mine]
        out.append(value - auc(model.predict_proba(x)[:, 1], y[test])[0])
    return out


def _importance_table(names: list[str], drops: list[list[float]]) -> pd.DataFrame:
    x = np.array(drops)
    table = pd.DataFrame(
        {"column": names, "drop": x.mean(axis=0), "se": x.std(axis=0, ddof=1) / len(x) ** 0.5}
    )
    return table.sort_values("drop", ascending=False, ignore_index=True)
