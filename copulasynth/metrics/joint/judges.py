"""The classifiers that judge rows: their features, settings and importances."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools, Floats, Ints
from copulasynth._judging import auc
from copulasynth.errors import DataError
from copulasynth.metrics.features import Features, linear_features, tree_features
from copulasynth.metrics.mixed import MixedScale
from copulasynth.metrics.table import Table

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin
    from sklearn.ensemble import RandomForestRegressor

__all__ = ["Judge", "classifier", "drops", "features_for", "importance_table"]

Judge = Literal["boosting", "forest", "logistic"]
_MAX_PRODUCTS = 1000
_PERMUTED = 400


@dataclass(frozen=True, slots=True)
class ShareForest:
    """A forest of regression trees of 0 and 1 as a classifier.

    Squared errors of 0 and 1 are half the Gini index: the splits are those of classification trees,
    but for ties that rounding decides, and each is found in a sixth less time.
    """

    forest: "RandomForestRegressor"

    def fit(self, x: Floats, y: Bools) -> "ShareForest":
        """Return the forest grown on rows of which `y` says whether they are synthetic."""
        return ShareForest(self.forest.fit(x, y.astype(np.float64)))

    def predict_proba(self, x: Floats) -> Floats:
        """Return the shares of real and of synthetic rows in the leaves of rows, (n, 2)."""
        share = self.forest.predict(x)
        return np.column_stack([1 - share, share])


def features_for(judge: "Judge | ClassifierMixin", both: Table, real: int) -> Features:
    """Return what the classifier sees of rows of which the first `real` are real."""
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


def classifier(judge: "Judge | ClassifierMixin", rounds: int, features: Features, seed: int) -> Any:
    """Return an unfitted classifier, of so many rounds of boosting or trees of a forest."""
    # the imports cost half a second, and few programs judge
    if judge == "boosting":
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            max_iter=rounds,
            learning_rate=0.1,
            categorical_features=features.nominal,
            early_stopping=False,
            random_state=seed,
        )
    if judge == "forest":
        from sklearn.ensemble import RandomForestRegressor

        # as a forest of classification trees has it by default
        few = {"max_features": "sqrt", "min_samples_leaf": 5}
        return ShareForest(RandomForestRegressor(rounds, n_jobs=1, random_state=seed, **few))
    if judge == "logistic":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=0.01, max_iter=300)
    if hasattr(judge, "fit") and hasattr(judge, "predict_proba"):
        from sklearn.base import clone

        return clone(judge)
    raise DataError(
        f"judge is {judge!r}; use 'boosting', 'forest', 'logistic' or a classifier with "
        "predict_proba."
    )


def drops(
    model: Any, features: Features, test: Ints, y: Bools, rng: np.random.Generator
) -> list[float]:
    """Return by how much the AUC falls when the features of one column are permuted together.

    At most `_PERMUTED` test rows are asked: the drops are for looking at, in their order.
    """
    if test.size > _PERMUTED:
        test = np.sort(rng.choice(test, _PERMUTED, replace=False))
    plain, owners = features.x[test], np.array(features.column)
    tables = [plain]
    for j in np.unique(owners):
        x = plain.copy()
        mine = np.flatnonzero(owners == j)
        x[:, mine] = x[rng.permutation(len(x))][:, mine]
        tables.append(x)
    # asked at once: a call of a judge costs more than the rows
    scores = model.predict_proba(np.concatenate(tables))[:, 1].reshape(len(tables), -1)
    value, *without = (auc(s, y[test])[0] for s in scores)
    return [value - other for other in without]


def importance_table(names: list[str], found: list[list[float]]) -> pd.DataFrame:
    """Return the drops of all classifiers by column, the largest mean first."""
    x = np.array(found)
    table = pd.DataFrame(
        {"column": names, "drop": x.mean(axis=0), "se": x.std(axis=0, ddof=1) / len(x) ** 0.5}
    )
    return table.sort_values("drop", ascending=False, ignore_index=True)
