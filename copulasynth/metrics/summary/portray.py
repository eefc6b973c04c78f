"""From two tables to the aggregated tables of a report."""

import re
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import generator
from copulasynth._clock import step
from copulasynth._judging import learning, one_thread
from copulasynth._masking import K_MIN
from copulasynth.metrics.alignment import Aligned, align
from copulasynth.metrics.summary.columns import GAPS, portray_column
from copulasynth.metrics.summary.pairs import associations, tail_curves, worst_pairs
from copulasynth.metrics.summary.values import Portrait
from copulasynth.metrics.table import Table
from copulasynth.metrics.utility.targets import choose_targets
from copulasynth.metrics.utility.task import roles, tasks

__all__ = ["PARTS", "portray"]

PARTS = ("columns", "pairs", "tails", "reliability")
_MANY = 100_000
_GROUPS = 10
_DRAWN = 6
# as `calibration_error` takes, whose models serve here too
_TRAINED = 10_000
_RELIABILITY = ["target", "level", "trained", "predicted", "observed", "rows"]


@one_thread()
def portray(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    schema: Any = None,
    notes: pd.DataFrame | None = None,
    k_min: int = K_MIN,
    parts: Collection[str] = PARTS,
    rng: int | np.random.Generator | None = None,
) -> Portrait:
    """Return the aggregated tables that a report draws.

    Parameters
    ----------
    real, synthetic, holdout : table, or tables that `metrics.align` returned
        At most 100,000 synthetic rows are used, a random sample of more.
    schema : Schema, optional
        Decides what each column is.
    notes : DataFrame, optional
        What an alignment found, where the tables are aligned already.
    k_min : int
        Least number of rows behind a cell, a quantile or a rate.
    parts : collection of {"columns", "pairs", "tails", "reliability"}
        What to compute; the others stay empty. "reliability" trains two classifiers.
    rng : int, Generator or None

    Examples
    --------
    >>> a = pd.DataFrame({"x": np.arange(100) % 7, "y": np.linspace(0, 1, 100)})
    >>> portray(a, a, rng=1)
    <Portrait: 2 columns, no cell below 10 rows>
    """
    rng = generator(rng)
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    made = tables.synthetic.sample(_MANY, rng)
    sides = {"real": tables.real, "synthetic": made}
    if tables.holdout is not None:
        sides["holdout"] = tables.holdout
    kinds = [column.unit for column in tables.real.columns]
    columns = [
        portray_column(sides, j, unit=kinds[j], k_min=k_min)
        for j in range(len(kinds))
        if "columns" in parts
    ]
    step("pairs of columns")
    spearman, cramers_v, s_pmse = associations(tables.real, made, pairs="pairs" in parts)
    most = {part: _DRAWN if part in parts else 0 for part in ("pairs", "tails")}
    worst = worst_pairs(tables.real, made, s_pmse, kinds, most=most["pairs"], k_min=k_min)
    curves = tail_curves(tables.real, made, most=most["tails"], k_min=k_min)
    step("reliability of predictions")
    reliability = pd.DataFrame(columns=_RELIABILITY)
    if "reliability" in parts and len(kinds) > 1:
        reliability = _reliability(tables.real, made, tables.holdout, k_min, rng)
    rows = {"real": tables.real.n, "synthetic": tables.synthetic.n}
    if tables.holdout is not None:
        rows["holdout"] = tables.holdout.n
    return Portrait(
        k_min=k_min,
        rows=rows,
        columns=tuple(columns),
        spearman=spearman,
        cramers_v=cramers_v,
        s_pmse=s_pmse,
        pairs=worst,
        tails=curves,
        reliability=reliability,
        alignment=_told(tables.notes if notes is None else notes, tables.real, k_min),
    )


def _told(notes: pd.DataFrame, real: Table, k_min: int) -> pd.DataFrame:
    """Return the notes without levels and codes of few real rows, which are counted, not named."""
    rows: dict[tuple[str, str, str], int] = {}
    for column, problem, action in notes[["column", "problem", "action"]].to_numpy():
        text = re.sub(r"^\d+ infinite", "infinite", problem)
        text = re.sub(r"^(\d+ levels only in [a-z ]+) \(.*\)$", r"\1", text, flags=re.DOTALL)
        found = re.fullmatch(r"(level )?(.*) only in ([a-z ]+)", text, flags=re.DOTALL)
        named = found and action in ("level added", "own level")
        if found and named and not _known(real, column, found[2], k_min):
            text = f"rare {'levels' if found[1] else 'missing codes'} only in {found[3]}: {{}}"
        key = (column, text, action)
        rows[key] = rows.get(key, 0) + 1
    told = [(c, text.replace("{}", str(n)), action) for (c, text, action), n in rows.items()]
    return pd.DataFrame(told, columns=["column", "problem", "action"])


def _known(real: Table, name: str, label: str, k_min: int) -> bool:
    """Tell whether enough real rows have a level, or a kind of missing that has a name."""
    j = real.names.index(name)
    column = real.columns[j]
    if label in column.levels:
        return int((real.numbers[j] == column.levels.index(label)).sum()) >= k_min
    if label in GAPS or label not in column.states:
        return label in GAPS
    return int((real.states[j] == column.states.index(label)).sum()) >= k_min


@learning()
def _reliability(
    real: Table,
    synthetic: Table,
    holdout: Table | None,
    k_min: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return observed against predicted shares of the first nominal target's levels."""
    out: list[tuple[Any, ...]] = []
    parts = roles(Aligned(real, synthetic, holdout, pd.DataFrame()), _TRAINED, rng)
    tables = (parts.real, parts.synthetic, parts.test)
    targets = [
        name
        for name in choose_targets(parts.real, levelled=True, whole=real)
        if all(t.present(t.names.index(name)).size for t in tables)
    ]
    for job in tasks(parts, targets[:1]):
        level = int(np.bincount(job.test[1].astype(int), minlength=job.levels).argmax())
        j = real.names.index(job.target)
        if (real.numbers[j] == level).sum() < k_min:
            continue
        label = real.columns[j].levels[level]
        hit = job.test[1] == level
        for trained, data in (("real", job.train), ("synthetic", job.synthetic)):
            p = job.learn(data, None, 0)(job.test[0])[:, level]
            for rows in np.array_split(np.argsort(p, kind="stable"), _GROUPS):
                if rows.size >= k_min:
                    found = float(p[rows].mean()), float(hit[rows].mean()), int(rows.size)
                    out.append((job.target, label, trained, *found))
    return pd.DataFrame(out, columns=_RELIABILITY)
