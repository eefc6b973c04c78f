"""Train on synthetic, test on real: is the synthetic table as good to learn from?"""

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

__all__ = ["tstr"]


@metric
@learning()
def tstr(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    target: str | Sequence[str] | None = None,
    estimator: "BaseEstimator | None" = None,
    max_rows: int = 10_000,
    **shared: Unpack[Shared],
) -> Score:
    """Skill of models trained on synthetic rows over that of models trained on real rows.

    Both are tested on the same real rows: the holdout, or a third of the real table. Skill is
    2 AUC - 1 (one class against the rest, weighted by frequency) or R squared on the asinh
    scale; the score is the sum of skills over targets, synthetic over real, so that 1 is as good
    as real and a target that nobody can predict counts for nothing.

    Parameters
    ----------
    target : str or sequence of str, optional
        Columns to predict; by default up to three. An outcome such as "churn" comes first: a
        column of few levels whose name says so, else the last one of two values. The others are
        tied most closely to the rest, and neither made by a rule of the schema nor given exactly
        by another column.
    estimator : scikit-learn estimator, optional
        Cloned and fitted to a numeric matrix (levels as codes); must suit the kind of target.
        The default is histogram gradient boosting.
    max_rows : int
        Most rows to train on, the same number from both tables.

    Returns
    -------
    Score
        `table` has one row a target: task, skill of both, ratio with its interval. Intervals are
        jackknives over test rows and do not contain the luck of the training rows.

    References
    ----------
    Esteban, Hyland and Raetsch (2017), Real-valued (medical) time series generation with
    recurrent conditional GANs, arXiv:1706.02633.
    """
    tables, rng = aligned(real, synthetic, **shared)
    parts = roles(tables, max_rows, rng)
    jobs, n = tasks(parts, target, shared.get("schema")), parts.synthetic.n
    if not jobs:
        note = "no column can serve as a target"
        return Score("TSTR", np.nan, np.nan, np.nan, 1.0, 1.0, n, better="up", note=note)
    seed = int(rng.integers(2**31))
    skills = np.stack([_skills(job, estimator, seed, rng) for job in jobs])
    ratio = _ratio(skills.sum(axis=0))
    rows = [_row(job, own) for job, own in zip(jobs, skills, strict=True)]
    value, table = float(ratio[0]), pd.DataFrame(rows)
    limits = interval(value, float(jackknife_se(ratio)))
    return Score("TSTR", value, *limits, 1.0, 1.0, n, table, better="up", note=parts.note)


def _row(job: Task, skills: Floats) -> dict[str, object]:
    """Return what the table says of a target."""
    ratio = _ratio(skills)
    low, high = interval(float(ratio[0]), float(jackknife_se(ratio)))
    told = {"target": job.target, "task": job.kind, "synthetic": skills[0, 0], "real": skills[0, 1]}
    return told | {"value": ratio[0], "low": low, "high": high}


def _skills(
    job: Task, estimator: "BaseEstimator | None", seed: int, rng: np.random.Generator
) -> Floats:
    """Return skills (1 + groups, 2): of synthetic and real training, on all and fewer test rows."""
    rows = job.test_rows(rng)
    out = []
    for data in (job.synthetic, job.train):
        predicted = job.learn(data, estimator, seed)(job.test[0])
        out.append(job.skills(predicted, rows))
    return np.array(out).T


def _ratio(skills: Floats) -> Floats:
    """Return synthetic over real skill; nan where real rows teach nothing."""
    real = np.where(skills[:, 1] > 0.01, skills[:, 1], np.nan)
    return skills[:, 0] / real
