"""How rows are shared between training and test of a judge: by folds, or by draws and halves."""

from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from copulasynth._arrays import floats
from copulasynth._clock import step
from copulasynth._judging import auc, learning, out_of_fold, placements
from copulasynth.errors import DataError
from copulasynth.metrics.joint.judges import (
    Judge,
    classifier,
    drops,
    features_for,
    importance_table,
)
from copulasynth.metrics.table import Table, join

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

__all__ = ["Area", "cross_validated", "halves", "split_judged"]


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """The AUC of a judge, its standard error, rows of each class, and importances if asked for."""

    value: float
    se: float
    n: int
    importances: pd.DataFrame | None = None


def halves(table: Table, rng: np.random.Generator) -> tuple[Table, Table]:
    """Return two random halves of the rows of a table."""
    order = rng.permutation(table.n)
    return table.take(np.sort(order[: table.n // 2])), table.take(np.sort(order[table.n // 2 :]))


@learning()
def cross_validated(
    judge: "Judge | ClassifierMixin",
    rounds: int,
    real: Table,
    synthetic: Table,
    folds: int,
    max_rows: int,
    rng: np.random.Generator,
    importances: bool = False,
) -> Area:
    """Return the mean AUC over folds; its error is DeLong's of each fold."""
    size = min(real.n, synthetic.n, max_rows)
    if size < folds:
        raise DataError(f"C2ST needs at least {folds} rows of each table, got {size}.")
    both = join(real.sample(size, rng), synthetic.sample(size, rng))
    y = np.repeat([False, True], size)
    features = features_for(judge, both, size)
    seed = int(rng.integers(2**31))
    found: list[tuple[float, float]] = []
    lost = []
    make = partial(classifier, judge, rounds, features, seed)
    for model, test, scores in out_of_fold(make, features.x, y, folds, seed):
        step(f"{judge}: part {len(found) + 1} of {folds}")
        found.append(auc(scores, y[test]))
        if importances:
            lost.append(drops(model, features, test, y, rng))
    value, variance = np.mean(found, axis=0)
    table = importance_table(both.names, lost) if importances else None
    return Area(float(value), float(np.sqrt(variance / folds)), size, table)


@learning()
def split_judged(
    judge: "Judge | ClassifierMixin",
    rounds: int,
    parts: list[Table],
    rng: np.random.Generator,
    importances: bool = False,
) -> Area:
    """Return the mean AUC over pairings of two real halves and two draws, and its error.

    Parameters
    ----------
    parts : list of four tables
        Two real halves, then two draws, all of the same number of rows.
    """
    size = parts[0].n
    both = join(*parts)
    y = np.repeat([False, False, True, True], size)
    features = features_for(judge, both, 2 * size)
    seed = int(rng.integers(2**31))
    rows = np.arange(4 * size).reshape(4, size)
    # the placement of every row of each table among those of the other class, mean of two tests
    placed = np.zeros((4, size))
    lost = []
    for real, made in product((0, 1), (2, 3)):
        train, test = np.concatenate(rows[[real, made]]), np.concatenate(rows[[1 - real, 5 - made]])
        step(f"{judge}: real half {real + 1}, draw {made - 1}")
        learner = classifier(judge, rounds, features, seed)
        model = learner.fit(features.x[train], y[train])
        scores = floats(model.predict_proba(features.x[test])[:, 1])
        above, below = placements(scores[size:], scores[:size])
        placed[5 - made] += above / 2
        placed[1 - real] += below / 2
        if importances:
            lost.append(drops(model, features, test, y, rng))
    variance = placed.var(axis=1, ddof=1).sum() / size / 4
    table = importance_table(both.names, lost) if importances else None
    return Area(float(placed.mean()), float(np.sqrt(2 * variance)), 2 * size, table)
