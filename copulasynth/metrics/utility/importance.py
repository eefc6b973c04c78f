"""Do models trained on synthetic and on real rows rely on the same columns?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth._clock import step
from copulasynth._judging import learning
from copulasynth.metrics.score import Score, interval
from copulasynth.metrics.shared import Shared, aligned, metric
from copulasynth.metrics.table import AnyTable
from copulasynth.metrics.utility.task import Predict, Task, roles, tasks

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

__all__ = ["importance_agreement"]

_TEST_ROWS = 2000


@metric
@learning()
def importance_agreement(
    real: AnyTable,
    synthetic: AnyTable,
    *,
    target: str | Sequence[str] | None = None,
    estimator: "BaseEstimator | None" = None,
    repeats: int = 3,
    max_rows: int = 10_000,
    **shared: Unpack[Shared],
) -> Score:
    """Correlation of permutation importances between synthetic- and real-trained models.

    Importance is the loss of skill on up to 2,000 real test rows when one column is permuted.
    The score is the mean over targets; the reference is the agreement of models trained on two
    halves of the real rows, and the interval Fisher's for a correlation over all columns and
    targets.

    Parameters
    ----------
    target, estimator, max_rows
        As in `tstr`.
    repeats : int
        Permutations of each column.

    References
    ----------
    Breiman (2001), Random forests; Fisher, Rudin and Dominici (2019), All models are wrong, but
    many are useful.
    """
    tables, rng = aligned(real, synthetic, **shared)
    parts = roles(tables, max_rows, rng)
    seed = int(rng.integers(2**31))
    found, null, frames = [], [], []
    for job in tasks(parts, target, shared.get("schema")):
        x, y = job.train
        halves = [(x[h], y[h]) for h in np.array_split(rng.permutation(len(y)), 2)]
        every = (job.train, job.synthetic, *halves)
        learnt = [job.learn(data, estimator, seed) for data in every]
        own, made, *split = (_importances(job, predict, repeats, rng) for predict in learnt)
        found.append(_correlation(own, made))
        null.append(_correlation(*split))
        drops = {"target": job.target, "column": job.features, "real": own, "synthetic": made}
        frames.append(pd.DataFrame(drops))
    name, n = "importance agreement", parts.synthetic.n
    if not found:
        return Score(name, np.nan, np.nan, np.nan, np.nan, 1.0, n, better="up", note="no target")
    table = pd.concat(frames, ignore_index=True)
    value, reference = float(np.mean(found)), float(np.mean(null))
    z = np.arctanh(np.clip(value, -0.999999, 0.999999))
    low, high = np.tanh(interval(z, 1 / np.sqrt(max(len(table) - 3, 1)))).tolist()
    return Score(name, value, low, high, reference, 1.0, n, table, better="up", note=parts.note)


def _importances(job: Task, predict: Predict, repeats: int, rng: np.random.Generator) -> Floats:
    x = job.test[0][:_TEST_ROWS]
    every = [np.ones(len(x), dtype=np.bool_)]
    base = job.skills(predict(x), every)[0]
    out = np.zeros(len(job.features))
    for j in range(len(job.features)):
        step(f"importance of {job.features[j]}")
        mine = np.flatnonzero(job.owner == j)
        for _ in range(repeats):
            mixed = x.copy()
            mixed[:, mine] = x[rng.permutation(len(x))][:, mine]
            out[j] += (base - job.skills(predict(mixed), every)[0]) / repeats
    return out


def _correlation(a: Floats, b: Floats) -> float:
    if a.std() < 1e-12 or b.std() < 1e-12:
        return float(a.std() < 1e-12 and b.std() < 1e-12)
    return float(np.corrcoef(a, b)[0, 1])
