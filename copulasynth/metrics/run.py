"""Run chosen metrics on one synthetic table: the same seed gives each the same number."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned, align
from copulasynth.metrics.catalogue import CATALOGUE, DEFAULT, Metric
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import Table

__all__ = ["Judgement", "run_metrics"]

# Synthetic rows that most metrics use: ten for each real row, within these limits.
_FEW, _MANY = 20_000, 100_000
_NO_HOLDOUT = (
    "No holdout was given: references are random halves of the real table or exact nulls, "
    "a synthesis that copies its training rows scores like a perfect one on fidelity and "
    "utility, and the DCR share cannot be measured. To have one, split before fitting: "
    "train, holdout = copulasynth.evaluation.split(df, rng=0)."
)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Aligned tables, the synthetic rows that most metrics used, the scores, and notes."""

    tables: Aligned
    many: Table
    scores: dict[str, Score]
    notes: tuple[str, ...]


def run_metrics(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    metrics: Sequence[str] | Mapping[str, Metric] | None = None,
    schema: Any = None,
    rng: int | np.random.Generator | None = None,
) -> Judgement:
    """Align the tables and run the metrics; see `copulasynth.evaluation.evaluate`.

    Each metric has its own stream of random numbers, derived from the seed and its name.
    """
    base = int(np.random.default_rng(rng).integers(2**63))
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    notes = [] if tables.holdout is not None else [_NO_HOLDOUT]
    chosen = _chosen(metrics, tables, notes)
    samples = _samples(tables, base, notes)
    scores = {}
    for name, metric in chosen.items():
        judged = samples[metric.rows]
        child = np.random.default_rng([base, zlib.crc32(name.encode())])
        score = metric.function(
            tables.real,
            judged,
            holdout=tables.holdout,
            schema=schema,
            rng=child,
            **metric.settings,
        )
        if judged.n < tables.synthetic.n and "sampled" not in score.note:
            score = score.with_note(f"{judged.n} of {tables.synthetic.n} synthetic rows sampled.")
        scores[name] = score
    return Judgement(tables, samples["many"], scores, tuple(notes))


def _chosen(
    metrics: Sequence[str] | Mapping[str, Metric] | None, tables: Aligned, notes: list[str]
) -> dict[str, Metric]:
    if isinstance(metrics, Mapping):
        return dict(metrics)
    names = DEFAULT if metrics is None else tuple(metrics)
    unknown = [name for name in names if name not in CATALOGUE]
    if unknown:
        raise DataError(f"no metric is called {unknown[0]!r}; there are {list(CATALOGUE)}.")
    chosen = {}
    d = len(tables.real.columns)
    for name in names:
        metric = CATALOGUE[name]
        if metric.needs_holdout and tables.holdout is None:
            notes.append(f"{name}: not run, it needs a holdout.")
        elif metrics is None and d > metric.most_columns:
            notes.append(f"{name}: not run by default for {d} columns; ask for it by name.")
        elif metrics is None and d < 3 and name == "tv3":
            notes.append("tv3: not run, there are fewer than three columns.")
        elif metrics is None and d < 2 and metric.part in ("pairs", "utility"):
            notes.append(f"{name}: not run, there is one column.")
        else:
            chosen[name] = metric
    return chosen


def _samples(tables: Aligned, base: int, notes: list[str]) -> dict[str, Table]:
    """Return the synthetic rows for metrics that take all, many, or as many as are real."""
    rng = np.random.default_rng([base, 1])
    whole = tables.synthetic
    many = whole.sample(min(_MANY, max(_FEW, 10 * tables.real.n)), rng)
    equal = many.sample(tables.real.n, rng)
    if many.n < whole.n:
        n = tables.real.n
        wider = np.sqrt((1 / n + 1 / many.n) / (1 / n + 1 / whole.n)) - 1
        notes.append(
            f"Most metrics use {many.n:,} of the {whole.n:,} synthetic rows; with {n:,} real rows "
            f"that makes their standard errors {100 * wider:.1f} % larger. Metrics that train "
            f"models use {equal.n:,}, as many as there are real rows."
        )
    return {"all": whole, "many": many, "equal": equal}
