"""The portrait of one column: bins, gaps, quantiles against quantiles, and its facts."""

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError
from copulasynth.metrics.summary.bins import cells_of
from copulasynth.metrics.summary.values import ColumnPortrait
from copulasynth.metrics.table import ComparedColumn, Table

__all__ = ["portray_column", "quantile_blocks"]

_BINS = 24
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def portray_column(tables: dict[str, Table], j: int, *, unit: str, k_min: int) -> ColumnPortrait:
    """Return the portrait of column j of the tables "real", "synthetic" and maybe "holdout"."""
    column = tables["real"].columns[j]
    values = {role: table.numbers[j] for role, table in tables.items()}
    pair = values["real"], values["synthetic"]
    cells = cells_of(column, pair, unit=unit, most=_BINS, k_min=k_min)
    shares = [c / max(c.sum(), 1) for c in (cells.counts(0), cells.counts(1))]
    bins = pd.DataFrame(
        {"low": cells.low, "high": cells.high, "label": list(cells.labels)}
        | {"real": shares[0], "synthetic": shares[1]}
    )
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    facts = _facts(column, tables, j, k_min)
    qq = _qq(pair, k_min) if column.kind == "numeric" else _qq((np.empty(0),) * 2, k_min)
    gaps = _gaps(column, tables["real"].states[j], tables["synthetic"].states[j], k_min)
    return ColumnPortrait(
        column.name, column.kind, unit, cells.scale, cells.width, bins, gaps, qq, facts, distance
    )


def _gaps(column: ComparedColumn, real: Ints, synthetic: Ints, k_min: int) -> pd.DataFrame:
    rows = []
    for k, label in enumerate(column.states[1:], start=1):
        counts = [int((s == k).sum()) for s in (real, synthetic)]
        if any(counts):
            shown = [
                _rate(c, s.size, k_min) for c, s in zip(counts, (real, synthetic), strict=True)
            ]
            rows.append((label, *shown))
    return pd.DataFrame(rows, columns=["label", "real", "synthetic"])


def _rate(count: int, n: int, k_min: int) -> float:
    return np.nan if 0 < count < k_min else count / max(n, 1)


def _facts(column: ComparedColumn, tables: dict[str, Table], j: int, k_min: int) -> pd.DataFrame:
    sides = {}
    for role, table in tables.items():
        x, gaps = table.numbers[j], table.states[j] != 0
        sides[role] = {"missing": _rate(int(gaps.sum()), x.size, k_min)}
        if column.kind == "numeric":
            sides[role] |= _moments(np.sort(x[~np.isnan(x)]), k_min)
    return pd.DataFrame(sides).rename_axis("statistic").reset_index()


def _moments(x: Floats, k_min: int) -> dict[str, float]:
    """Return mean, sd and quantiles, each the mean of the `k_min` values about it."""
    names = [f"lowest {k_min}, mean", *(f"{100 * q:g}%" for q in _QUANTILES)]
    names.append(f"highest {k_min}, mean")
    if x.size < 2 * k_min:
        return dict.fromkeys(("mean", "sd", *names), np.nan)
    at = [0.0, *_QUANTILES, 1.0]
    start = np.clip(np.round(np.array(at) * x.size - k_min / 2), 0, x.size - k_min).astype(int)
    found = [float(x[s : s + k_min].mean()) for s in start]
    return {
        "mean": float(x.mean()),
        "sd": float(x.std(ddof=1)),
        **dict(zip(names, found, strict=True)),
    }


def _qq(values: tuple[Floats, Floats], k_min: int) -> pd.DataFrame:
    """Return means of both tables over the same blocks of probability, finer in the tails."""
    sides = [np.sort(x[~np.isnan(x)]) for x in values]
    p = _blocks(min(x.size for x in sides), k_min)
    if p is None:
        return pd.DataFrame({"p": [], "real": [], "synthetic": []})
    means = [_block_means(x, p) for x in sides]
    return pd.DataFrame({"p": (p[:-1] + p[1:]) / 2, "real": means[0], "synthetic": means[1]})


def quantile_blocks(x: Floats, k_min: int) -> tuple[Floats, Floats]:
    """Return middle probabilities of blocks of at least `k_min` sorted values, and their means."""
    p = _blocks(x.size, k_min)
    if p is None:
        raise DataError(f"{x.size} values are too few for quantiles of {k_min} rows each.")
    return (p[:-1] + p[1:]) / 2, _block_means(x, p)


def _blocks(n: int, k_min: int) -> Floats | None:
    """Return probabilities from 0 to 1 at least k_min/n apart, closer in the tails."""
    if n < 4 * k_min:
        return None
    first = k_min / n
    tail = first * 1.5 ** np.arange(np.floor(np.log(max(0.05 / first, 1.0)) / np.log(1.5)) + 1)
    tail = tail[tail < 0.45]
    body = np.linspace(tail[-1], 1 - tail[-1], 31)[1:-1]
    edges = np.concatenate([[0.0], tail, body, 1 - tail[::-1], [1.0]])
    wide = [0.0]
    for e in edges[1:]:
        if e - wide[-1] >= first * (1 - 1e-9):
            wide.append(float(e))
    wide[-1] = 1.0
    return np.array(wide)


def _block_means(x: Floats, p: Floats) -> Floats:
    """Return the mean of the quantile function of sorted values between probabilities."""
    whole = np.concatenate([[0.0], np.cumsum(x)])
    at = p * x.size
    return np.asarray(np.diff(np.interp(at, np.arange(x.size + 1), whole)) / np.diff(at))
