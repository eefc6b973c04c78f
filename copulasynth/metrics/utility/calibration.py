"""Are probabilities learnt from synthetic rows right for real rows?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.metrics.alignment import align
from copulasynth.metrics.items import Z95
from copulasynth.metrics.jackknife import GROUPS, jackknife_se, split_groups
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable
from copulasynth.metrics.utility.task import Task, roles, tasks
from copulasynth.schema import Schema

__all__ = ["calibration_error"]

_BINS = 10


def calibration_error(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    target: str | Sequence[str] | None = None,
    estimator: Any = None,
    max_rows: int = 10_000,
    rng: int | np.random.Generator | None = None,
) -> Score:
    """Expected calibration error of synthetic-trained classifiers on real test rows.

    The mean over ten groups of equal size, by predicted probability, of |observed - predicted|,
    over the classes of each nominal target. The reference is the error of the same classifier
    trained on real rows. Numeric targets are left out.

    Parameters
    ----------
    target, estimator, max_rows
        As in `tstr`.

    Returns
    -------
    Score
        `table` has the Brier scores too, one row a target.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian
    binning, AAAI.
    """
    rng = np.random.default_rng(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    parts = roles(tables, max_rows, rng)
    seed = int(rng.integers(2**31))
    jobs = [job for job in tasks(parts, target) if job.levels]
    name, n = "calibration error", parts.synthetic.n
    if not jobs:
        return Score(name, np.nan, np.nan, np.nan, np.nan, 0.0, n, note="no nominal target")
    replicates, rows = [], []
    for job in jobs:
        predicted = [
            job.learn(data, estimator, seed).predict(job.test[0], job.levels)
            for data in (job.synthetic, job.train)
        ]
        groups = split_groups(len(job.test[1]), rng)
        masks = [np.ones(groups.size, dtype=bool), *(groups != g for g in range(GROUPS))]
        replicates.append([_ece(predicted[0][m], job.test[1][m]) for m in masks])
        rows.append(
            {
                "target": job.target,
                "value": replicates[-1][0],
                "reference": _ece(predicted[1], job.test[1]),
                "Brier synthetic": _brier(predicted[0], job),
                "Brier real": _brier(predicted[1], job),
            }
        )
    table = pd.DataFrame(rows)
    mean = np.mean(replicates, axis=0)
    value, se = float(mean[0]), float(jackknife_se(mean[:, None])[0])
    low, high = max(0.0, value - Z95 * se), value + Z95 * se
    reference = float(table["reference"].mean())
    return Score(name, value, low, high, reference, 0.0, n, table, note=parts.note)


def _ece(predicted: Floats, y: Floats) -> float:
    gaps = []
    for k in range(predicted.shape[1]):
        order = np.argsort(predicted[:, k], kind="stable")
        observed = (y == k).astype(float)
        for rows in np.array_split(order, _BINS):
            if rows.size:
                gap = abs(observed[rows].mean() - predicted[rows, k].mean())
                gaps.append(gap * rows.size / y.size)
    return float(np.sum(gaps) / predicted.shape[1])


def _brier(predicted: Floats, job: Task) -> float:
    truth = np.eye(job.levels)[job.test[1].astype(int)]
    return float(((predicted - truth) ** 2).sum(axis=1).mean())
