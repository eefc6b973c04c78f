"""Scores of one synthetic table against the training half and an equally large holdout half."""

import itertools
from functools import partial

import numpy as np
import pandas as pd
from dependence_tables import Task
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from copulasynth import metrics

__all__ = ["Coder", "scores"]

Floats = NDArray[np.float64]
FOLDS = 5
BINS = 10


class Coder:
    """Turns tables of the same columns into float matrices; text becomes codes, NaN is missing."""

    def __init__(self, *tables: pd.DataFrame) -> None:
        both = pd.concat(tables, ignore_index=True)
        self.columns = list(both.columns)
        self.nominal = np.array([not pd.api.types.is_numeric_dtype(both[c]) for c in both])
        self.levels = {
            c: pd.Index(sorted(both[c].dropna().astype(str).unique()))
            for c, text in zip(self.columns, self.nominal, strict=True)
            if text
        }

    def __call__(self, df: pd.DataFrame) -> Floats:
        x = np.empty((len(df), len(self.columns)))
        for j, c in enumerate(self.columns):
            if c in self.levels:
                code = self.levels[c].get_indexer(df[c].astype(str)).astype(float)
                x[:, j] = np.where(df[c].isna() | (code < 0), np.nan, code)
            else:
                x[:, j] = df[c].to_numpy(dtype=float, na_value=np.nan)
        return x


def scores(
    train: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame, task: Task, seed: int
) -> dict[str, float]:
    """Return every score of the study for one synthetic table."""
    coder = Coder(train, holdout)
    real, fresh, made = coder(train), coder(holdout), coder(synthetic)
    middle = len(synthetic) // 2
    draws = synthetic[:middle], synthetic[middle:].reset_index(drop=True)
    area = partial(metrics.c2st, train, draws, holdout=holdout, rng=seed)
    return {
        "split_boosting": area(judge="boosting").value,
        "split_forest": area(judge="forest").value,
        "cv_boosting": crossed(fresh, made, coder.nominal, "boosting", seed),
        "cv_forest": crossed(fresh, made, coder.nominal, "forest", seed),
        "tv2": tv2(fresh, made, coder.nominal),
        "tstr": utility(made, fresh, coder, task),
        "dcr_share": dcr_share(real, fresh, made, coder.nominal),
        "copies": copies(real, made),
        "tv2_train": tv2(fresh, real, coder.nominal),
        "trtr": utility(real, fresh, coder, task),
        "copies_holdout": copies(real, fresh),
    }


def crossed(real: Floats, made: Floats, nominal: NDArray[np.bool_], judge: str, seed: int) -> float:
    """Return the cross-validated AUC of a judge that tells made rows from real ones."""
    x = np.vstack([real, made])
    y = np.r_[np.zeros(len(real)), np.ones(len(made))]
    if judge == "forest":
        x = np.nan_to_num(x, nan=-99.0)
    auc = []
    for fit, test in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, y):
        if judge == "forest":
            model = RandomForestClassifier(200, min_samples_leaf=2, random_state=seed)
        else:
            model = HistGradientBoostingClassifier(categorical_features=nominal, random_state=seed)
        auc.append(roc_auc_score(y[test], model.fit(x[fit], y[fit]).predict_proba(x[test])[:, 1]))
    return float(np.mean(auc))


def tv2(real: Floats, made: Floats, nominal: NDArray[np.bool_]) -> float:
    """Return the mean total variation over all pairs of columns, numbers in ten shared bins."""
    codes = []
    for j in range(real.shape[1]):
        a, b = real[:, j], made[:, j]
        if not nominal[j]:
            edges = np.unique(np.nanquantile(a, np.linspace(0, 1, BINS + 1)[1:-1]))
            a, b = (np.where(np.isnan(v), np.nan, np.searchsorted(edges, v)) for v in (a, b))
        codes.append([np.nan_to_num(v, nan=-1).astype(np.int64) + 1 for v in (a, b)])
    values = []
    for (a, b), (c, d) in itertools.combinations(codes, 2):
        width = max(int(c.max()), int(d.max())) + 1
        p, q = a * width + c, b * width + d
        size = max(int(p.max()), int(q.max())) + 1
        gap = np.bincount(p, minlength=size) / len(p) - np.bincount(q, minlength=size) / len(q)
        values.append(0.5 * np.abs(gap).sum())
    return float(np.mean(values))


def utility(fit: Floats, test: Floats, coder: Coder, task: Task) -> float:
    """Return 2 AUC - 1, or R squared, of boosting trained on `fit` and tested on `test`."""
    j = coder.columns.index(task.target)
    flags = np.delete(coder.nominal, j)
    fit, test = (a[~np.isnan(a[:, j])] for a in (fit, test))
    y, z = fit[:, j], test[:, j]
    x, v = np.delete(fit, j, axis=1), np.delete(test, j, axis=1)
    if task.reading == "value":
        model = HistGradientBoostingRegressor(categorical_features=flags, random_state=0)
        return float(r2_score(z, model.fit(x, y).predict(v)))
    cut = {"above 0": 0.0, "above median": float(np.median(z)), "level": float(z.min())}
    y, z = y > cut[task.reading], z > cut[task.reading]
    if y.all() or not y.any():
        return 0.0
    judge = HistGradientBoostingClassifier(categorical_features=flags, random_state=0)
    return float(2 * roc_auc_score(z, judge.fit(x, y).predict_proba(v)[:, 1]) - 1)


def dcr_share(train: Floats, holdout: Floats, made: Floats, nominal: NDArray[np.bool_]) -> float:
    """Return the share of made rows nearer to the training half; ties count one half.

    City-block distance on one scaling of all three tables: numbers over the 5-95 % range of both
    real halves together (their range where that is nothing), levels and missing values 0 or 1.
    """
    both = np.vstack([train, holdout])
    blocks: list[list[Floats]] = [[], [], []]
    for j in range(both.shape[1]):
        v = both[:, j][~np.isnan(both[:, j])]
        levels = np.unique(v)
        for block, table in zip(blocks, (train, holdout, made), strict=True):
            x = table[:, j]
            gone = np.isnan(x)
            block.append(0.5 * gone.astype(float)[:, None])
            if nominal[j]:
                block.append(0.5 * (x[:, None] == levels))
            else:
                low, high = np.quantile(v, [0.05, 0.95])
                width = high - low if high > low else np.ptp(v) or 1.0
                middle = float(np.median(v))
                block.append(np.where(gone, middle, x)[:, None] / width)
    a, b, s = (np.hstack(block) for block in blocks)
    to_train = np.concatenate([cdist(c, a, "cityblock").min(axis=1) for c in np.array_split(s, 8)])
    to_fresh = np.concatenate([cdist(c, b, "cityblock").min(axis=1) for c in np.array_split(s, 8)])
    near = np.abs(to_train - to_fresh) < 1e-9
    return float(np.mean(np.where(near, 0.5, to_train < to_fresh)))


def copies(train: Floats, made: Floats) -> float:
    """Return the share of rows that equal a training row in every column."""
    known = {row.tobytes() for row in np.ascontiguousarray(np.round(train, 9) + 0.0)}
    rows = np.ascontiguousarray(np.round(made, 9) + 0.0)
    return float(np.mean([row.tobytes() in known for row in rows]))
