"""Are probabilities learnt from synthetic rows right for real rows?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth._judging import learning
from copulasynth.metrics.jackknife import jackknife_se
from copulasynth.metrics.score import Score, interval
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable
from copulasynth.metrics.utility.task import Task, roles, tasks

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

__all__ = ["calibration_error"]

_BINS = 10


@metric
@learning()
def calibration_error(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    target: str | Sequence[str] | None = None,
    estimator: "BaseEstimator | None" = None,
    max_rows: int = 10_000,
    **shared: Unpack[Shared],
) -> Score:
    """Expected calibration error of synthetic-trained classifiers on real test rows.

    The mean over ten groups of equal size, by predicted probability, of |observed - predicted|,
    over the classes of each nominal target. The reference is the error of the same classifier
    trained on real rows. Numeric targets are left out.

    Parameters
    ----------
    target, estimator, max_rows
        As in `tstr`; by default the first of its targets that has levels.

    Returns
    -------
    Score
        `table` has the Brier scores too, one row a target.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian
    binning, AAAI.
    """
    tables, rng = aligned(real, synthetic, **shared)
    parts = roles(tables, max_rows, rng)
    seed = int(rng.integers(2**31))
    jobs = [job for job in tasks(parts, target, shared.get("schema")) if job.levels]
    jobs = jobs[:1] if target is None else jobs
    name, n = "calibration error", parts.synthetic.n
    if not jobs:
        return Score(name, np.nan, np.nan, np.nan, np.nan, 0.0, n, note="no nominal target")
    replicates, rows = [], []
    for job in jobs:
        made, own = (
            job.learn(data, estimator, seed)(job.test[0]) for data in (job.synthetic, job.train)
        )
        y = job.test[1]
        replicates.append([_ece(made[some], y[some]) for some in job.test_rows(rng)])
        rows.append(
            {
                "target": job.target,
                "value": replicates[-1][0],
                "reference": _ece(own, y),
                "Brier synthetic": _brier(made, job),
                "Brier real": _brier(own, job),
            }
        )
    table = pd.DataFrame(rows)
    mean = np.mean(replicates, axis=0)
    limits = interval(mean[0], float(jackknife_se(mean)), 0.0)
    reference = float(table["reference"].mean())
    return Score(name, float(mean[0]), *limits, reference, 0.0, n, table, note=parts.note)


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
