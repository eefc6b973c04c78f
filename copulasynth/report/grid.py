"""Tables of a report as text: a caption, heads, and rows of cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from copulasynth.metrics import Score
from copulasynth.metrics.catalogue import CATALOGUE, part_of
from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.metrics.summary.bins import show
from copulasynth.metrics.verdicts import LEGEND, MARKS, marked, verdict
from copulasynth.report.results import Compared
from copulasynth.report.words import explain

__all__ = [
    "Grid",
    "facts_grid",
    "frame_grid",
    "levels_grid",
    "methods_grid",
    "number",
    "scores_grid",
    "shade",
    "with_noise",
]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: a caption, one head a column, and rows of text; the first cell names the row."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(x: Any) -> str:
    """Return a short text of a number; anything else as it is."""
    if x is None:
        return "–"
    if isinstance(x, bool | np.bool_):
        return "yes" if x else "no"
    if isinstance(x, int | np.integer):
        return f"{int(x):,}"
    if isinstance(x, float | np.floating):
        return f"{x:.3g}" if np.isfinite(x) else "–"
    return str(x)


#: Classes of cells that are a verdict, or end in the sign of one.
_SHADES = {
    "worse": "worse", "fail": "worse", "slightly worse": "slightly", "as real rows": "good",
    "pass": "good", "better": "other", "not measured": "unknown", "NOT RUN": "unknown",
}  # fmt: skip
_SIGNS = {mark: _SHADES[word] for word, mark in MARKS.items()}


def shade(cell: str) -> str:
    """Return the class of a cell by the verdict that it tells, or nothing."""
    if cell.startswith("too close"):
        return "other"
    return _SHADES.get(cell) or _SIGNS.get(cell[-1:], "")


def scores_grid(scores: Mapping[str, Score], part: str, caption: str) -> Grid:
    """Return the scores of one part of the catalogue (or "own") with verdicts and words."""
    rows = []
    for key, score in scores.items():
        metric = CATALOGUE.get(key)
        if part_of(key) != part:
            continue
        synthpop = f" (synthpop: {metric.synthpop})" if metric and metric.synthpop else ""
        interval = f"{number(score.low)} to {number(score.high)}"
        numbers = number(score.value), interval, number(score.reference)
        rows.append((score.name + synthpop, verdict(score), *numbers, explain(key, score)))
    heads = ("metric", "verdict", "value", "95 % interval", "real rows", "what it says")
    return Grid(caption, heads, tuple(rows))


def frame_grid(table: pd.DataFrame, caption: str, names: Mapping[str, str], most: int = 15) -> Grid:
    """Return chosen columns of a table under new heads, the first `most` rows."""
    kept = [name for name in names if name in table.columns]
    shown = table[kept].head(most)
    rows = tuple(tuple(number(v) for v in row) for row in shown.itertuples(index=False, name=None))
    return Grid(caption, tuple(names[name] for name in kept), rows)


def facts_grid(column: ColumnPortrait) -> Grid:
    """Return the facts of a column, real beside synthetic."""
    roles = [role for role in column.facts.columns if role != "statistic"]
    rows = [
        (name, *(_fact(name, facts[role], column.unit) for role in roles))
        for name, facts in column.statistics.items()
    ]
    heads = ("statistic", *("observed" if r == "real" else r for r in roles))
    return Grid("Facts side by side", heads, tuple(rows))


def levels_grid(column: ColumnPortrait) -> Grid:
    """Return the shares of the levels of a column, per cent of the values present."""
    bins = column.bins
    shares = (100 * bins[role].to_numpy() for role in ("real", "synthetic"))
    rows = tuple(
        (str(name), f"{a:.2f}", f"{b:.2f}")
        for name, a, b in zip(bins["label"], *shares, strict=True)
    )
    return Grid("Shares of the values present", ("level", "observed, %", "synthetic, %"), rows)


def _fact(name: str, x: float, unit: str) -> str:
    if name == "missing":
        return "few" if not np.isfinite(x) else f"{100 * x:.3g} %"
    if name == "skewness":
        return show(x)
    if name == "sd" and unit == "time":
        return show(x, "span")
    return show(x, unit)


_JOINT = "c2st_boosting", "c2st_forest"
_HEADLINES = (
    "total_variation", "tv2", *_JOINT, "tstr", "dcr_share", "membership", "exact_copies",
)  # fmt: skip


def methods_grid(comparison: Compared) -> Grid:
    """Return one row a method: headline scores with the half width of their intervals."""
    ranks = comparison.ranks["mean"]
    keys = [k for k in _HEADLINES if any(k in found for found in comparison.scores.values())]
    some = {k: next(f[k] for f in comparison.scores.values() if k in f) for k in keys}
    rows: list[tuple[str, ...]] = [
        ("real rows", *(number(some[k].reference) for k in keys), "–", "–", "–", "–")
    ]
    for method in ranks.index:
        found, cost = comparison.scores[method], comparison.costs.loc[method]
        cells = [marked(found[k], with_noise(found[k])) if k in found else "–" for k in keys]
        seconds = number(float(cost["fit"])), number(float(cost["sample"]))
        rows.append(
            (str(method), *cells, f"{ranks[method]:.2f}", *seconds, number(cost["holds rows"]))
        )
    shown = (s.name for s in some.values())
    heads = ("method", *shown, "mean rank", "fit, s", "sample, s", "keeps rows")
    caption = f"Methods, with half the width of the 95 % interval: {LEGEND}"
    return Grid(caption, heads, tuple(rows))


def with_noise(score: Score) -> str:
    """Return a value and half the width of its interval."""
    half = (score.high - score.low) / 2
    return f"{number(score.value)} ± {half:.2g}" if np.isfinite(half) else number(score.value)
