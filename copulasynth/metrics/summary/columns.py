"""The portrait of one column: bins, gaps, quantiles against quantiles, and its facts."""

import numpy as np
import pandas as pd

from copulasynth import _masking as masking
from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError
from copulasynth.metrics.summary.bins import WHOLE, ShownCells, cells_of
from copulasynth.metrics.summary.values import ColumnPortrait
from copulasynth.metrics.table import ComparedColumn, Table

__all__ = ["GAPS", "moments_of", "portray_column", "quantile_blocks"]

#: Kinds of missing that say nothing about a row's value.
GAPS = ("missing", "infinite")

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
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2) if _told_apart(cells) else np.nan
    facts = _facts(column, tables, j, k_min)
    qq = _qq(pair, k_min) if column.kind == "numeric" else _qq((np.empty(0),) * 2, k_min)
    gaps = _gaps(column, tables["real"].states[j], tables["synthetic"].states[j], k_min)
    return ColumnPortrait(
        column.name, column.kind, unit, cells.scale, cells.width, bins, gaps, qq, facts, distance
    )


def _told_apart(cells: ShownCells) -> bool:
    """Whether values fell into cells that can differ; one cell of all values compares nothing."""
    (first, *others) = cells.labels
    return bool(others) or not (masking.pooled(first) or first in WHOLE)


def _gaps(column: ComparedColumn, real: Ints, synthetic: Ints, k_min: int) -> pd.DataFrame:
    """Return shares of the kinds of missing; a code that few real rows hold is not named."""
    sides = [np.bincount(s, minlength=len(column.states))[1:] for s in (real, synthetic)]
    names = list(column.states[1:])
    own = np.array([label in GAPS for label in names], dtype=bool)
    rare = ~own & (sides[0] < k_min) & (sides[0] + sides[1] > 0)
    places = [[k] for k in np.flatnonzero(~rare)] + [np.flatnonzero(rare)]
    counts = np.array([[side[at].sum() for at in places] for side in sides])
    found = {"label": [*(names[at[0]] for at in places[:-1]), "other codes"]} | {
        role: np.where(masking.hidden(count, k_min), np.nan, count / max(states.size, 1))
        for role, count, states in zip(
            ("real", "synthetic"), counts, (real, synthetic), strict=True
        )
    }
    there = np.flatnonzero(counts.sum(axis=0) > 0)
    return pd.DataFrame(found).take(there).reset_index(drop=True)


def _facts(column: ComparedColumn, tables: dict[str, Table], j: int, k_min: int) -> pd.DataFrame:
    sides = {}
    for role, table in tables.items():
        x, gaps = table.numbers[j], table.states[j] != 0
        sides[role] = {"missing": masking.share(int(gaps.sum()), x.size, k_min)}
        if column.kind == "numeric":
            real = None if role == "real" else np.sort(tables["real"].present(j))
            sides[role] |= _numbers(np.sort(x[~np.isnan(x)]), k_min, real)
    return pd.DataFrame(sides).rename_axis("statistic").reset_index()


def _numbers(x: Floats, k_min: int, real: Floats | None) -> dict[str, float]:
    names = [f"lowest {k_min}, mean", *(f"{100 * q:g}%" for q in _QUANTILES)]
    names.append(f"highest {k_min}, mean")
    found = masking.quantiles(x, (0.0, *_QUANTILES, 1.0), k_min, real).tolist()
    told = masking.tells(x, k_min) and (real is None or masking.tells(real, k_min))
    moments = moments_of(x) if told else dict.fromkeys(("mean", "sd", "skewness"), np.nan)
    return moments | dict(zip(names, found, strict=True))


def moments_of(x: Floats) -> dict[str, float]:
    """Return mean, sd (denominator n - 1) and skewness of values."""
    sd = float(x.std(ddof=1)) if x.size > 1 else 0.0
    skewness = float((((x - x.mean()) / x.std()) ** 3).mean()) if x.std() > 0 else 0.0
    return {"mean": float(x.mean()), "sd": sd, "skewness": skewness}


def _qq(values: tuple[Floats, Floats], k_min: int) -> pd.DataFrame:
    """Return means of both tables over the same blocks of probability, finer in the tails."""
    sides = [np.sort(x[~np.isnan(x)]) for x in values]
    p = _blocks(min(x.size for x in sides), k_min)
    if p is None:
        return pd.DataFrame({"p": [], "real": [], "synthetic": []})
    means = [_block_means(x, p, k_min, r) for x, r in zip(sides, (None, sides[0]), strict=True)]
    found = pd.DataFrame({"p": (p[:-1] + p[1:]) / 2, "real": means[0], "synthetic": means[1]})
    return found.dropna(ignore_index=True)


def quantile_blocks(x: Floats, k_min: int) -> tuple[Floats, Floats]:
    """Return middle probabilities of blocks of at least `k_min` sorted values, and their means."""
    p = _blocks(x.size, k_min)
    if p is None:
        raise DataError(f"{x.size} values are too few for quantiles of {k_min} rows each.")
    middle, means = (p[:-1] + p[1:]) / 2, _block_means(x, p, k_min, None)
    told = ~np.isnan(means)
    return middle[told], means[told]


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


def _block_means(x: Floats, p: Floats, k_min: int, real: Floats | None) -> Floats:
    """Return the mean of the quantile function of sorted values between probabilities."""
    whole = np.concatenate([[0.0], np.cumsum(x)])
    at = p * x.size
    means = np.diff(np.interp(at, np.arange(x.size + 1), whole)) / np.diff(at)
    first, last = np.floor(at[:-1]).astype(int), np.ceil(at[1:]).astype(int)
    blocks = (x[a:b] for a, b in zip(first, last, strict=True))
    told = [masking.behind(b, real) >= k_min and not masking.dominated(b) for b in blocks]
    return np.asarray(np.where(told, means, np.nan))
