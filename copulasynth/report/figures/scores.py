"""Numbers with their noise: methods, candidates, coefficients, importances, probabilities."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from copulasynth.metrics import Score
from copulasynth.metrics.verdicts import verdict
from copulasynth.report.figures.style import (
    MUTED,
    NEGATIVE,
    OBSERVED,
    SYNTHETIC,
    inches_of,
    label,
    legend,
    width_of,
)
from copulasynth.report.findings import Finding

__all__ = [
    "draw_calibration",
    "draw_forest",
    "draw_importances",
    "draw_methods",
    "draw_selection",
    "draw_verdict",
    "forest_size",
    "methods_size",
    "selection_size",
]


def _lines(ax: Axes, names: Sequence[str]) -> None:
    """Give each name a line of its own, the first at the top."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)


def _dots(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    error: ArrayLike,
    style: tuple[str, str, float, float],
    name: str = "",
) -> None:
    """Draw values with their noise in a style: mark, colour, size of the mark, width of the bar."""
    mark, colour, size, width = style
    look: dict[str, Any] = {"fmt": mark, "color": colour, "markersize": size, "elinewidth": width}
    ax.errorbar(x, y, xerr=error, label=name or None, **look)


def methods_size(methods: int) -> tuple[float, float]:
    """Return inches for so many methods."""
    return 4.0, 1.1 + 0.27 * max(methods, 2)


def draw_methods(ax: Axes, scores: Mapping[str, Score]) -> None:
    """Draw value and 95 % interval a method, a cross where worse; the line: real rows."""
    for i, s in enumerate(scores.values()):
        error = np.nan_to_num([[max(s.value - s.low, 0.0)], [max(s.high - s.value, 0.0)]])
        bad = verdict(s) == "worse"
        _dots(
            ax, [s.value], [i], error, ("X", NEGATIVE, 6, 1.6) if bad else ("o", SYNTHETIC, 5, 1.6)
        )
    reference = float(np.nanmean([s.reference for s in scores.values()]))
    if np.isfinite(reference):
        ax.axvline(reference, color=MUTED, linewidth=1.2, linestyle="--")
    _lines(ax, [label(name) for name in scores])
    ax.set(title=next(iter(scores.values())).name, xlabel="dashed: real rows")


def draw_verdict(ax: Axes, findings: Sequence[Finding]) -> None:
    """Draw value and interval of each finding; a bar across its line is what real rows have."""
    for i, one in enumerate(findings):
        ends = np.nan_to_num([one.low, one.high], nan=one.value)
        error = [[max(one.value - ends[0], 0.0)], [max(ends[1] - one.value, 0.0)]]
        _dots(ax, [one.value], [i], error, ("o", SYNTHETIC, 5, 1.6))
        if np.isfinite(one.reference):
            ax.plot([one.reference] * 2, [i - 0.3, i + 0.3], color=OBSERVED, linewidth=1.6)
    _lines(ax, [f"{one.part}: {one.status}\n{one.name}" for one in findings])
    ax.set(xlim=(min(0.0, *(one.value for one in findings)), None), xlabel="bars: real rows")


def selection_size(candidates: int) -> tuple[float, float]:
    """Return inches for so many candidates."""
    return 4.8, 1.2 + 0.32 * candidates


def draw_selection(ax: Axes, table: pd.DataFrame) -> None:
    """Draw both judges' AUC of every candidate of a search; .5 cannot be told apart."""
    at = np.arange(len(table))
    noise = 2 * table["noise"].to_numpy(dtype=float)
    judges = (("C2ST boosting", -0.13, OBSERVED, "o"), ("C2ST forest", 0.13, SYNTHETIC, "s"))
    for judge, shift, colour, mark in judges:
        _dots(ax, table[judge], at + shift, noise, (mark, colour, 4, 1.2), judge)
    ax.axvline(0.5, color=MUTED, linewidth=0.8)
    ends = np.where(table["chosen"].astype(bool), " (chosen)", "")
    _lines(ax, [label(name) + end for name, end in zip(table["candidate"], ends, strict=True)])
    ax.set_xlabel("AUC against held-out rows")
    legend(ax)


def forest_size(terms: int) -> tuple[float, float]:
    """Return inches for so many terms."""
    return 4.9, 1.2 + 0.3 * max(terms, 2)


def draw_forest(ax: Axes, forest: pd.DataFrame, title: str = "") -> None:
    """Draw the estimates of `FitComparison.forest` over the original's standard error."""
    terms = list(dict.fromkeys(forest["term"]))
    at = {term: i for i, term in enumerate(terms)}
    styles = (("original", -0.14, OBSERVED, "o"), ("synthetic", 0.14, SYNTHETIC, "s"))
    for source, shift, colour, mark in styles:
        rows = forest[forest["source"] == source]
        y = np.array([at[t] for t in rows["term"]]) + shift
        z = rows["z"].to_numpy()
        error = np.stack([z - rows["z_low"], rows["z_high"] - z])
        name = "observed" if source == "original" else source
        _dots(ax, z, y, error, (mark, colour, 3.8, 1.3), name)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    _lines(ax, [label(t, 30) for t in terms])
    ax.set_xlabel("coefficient / standard error of the observed fit")
    if title:
        ax.set_title(_wrapped(ax, title, [label(t, 30) for t in terms]))
    legend(ax)


def _wrapped(ax: Axes, title: str, names: Sequence[str], lines: int = 3) -> str:
    """Return a title in lines as wide as what the names of the lines leave of the figure."""
    size = float(ax.title.get_fontsize())
    beside = max(map(width_of, names), default=0.0) / 10 * size
    room = 72 * inches_of(ax) - beside - 2 * size
    most = max(int(room / (0.62 * size)), 12)
    return fill(label(title, lines * most - 2 * lines), most, break_on_hyphens=False)


def draw_importances(ax: Axes, table: pd.DataFrame, most: int = 12) -> None:
    """Draw the fall of the AUC when a column is shuffled, with two standard errors."""
    top = table.sort_values("drop", ascending=False).head(most)
    at = np.arange(len(top))
    ax.barh(at, top["drop"], 0.7, color=SYNTHETIC)
    ax.errorbar(top["drop"], at, xerr=2 * top["se"], fmt="none", ecolor=MUTED, elinewidth=1)
    ax.set_yticks(at, [label(name) for name in top["column"]])
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("fall of AUC when the column is shuffled")
    ax.set_title("What gives it away")


def draw_calibration(ax: Axes, table: pd.DataFrame) -> None:
    """Draw observed against predicted shares of groups of rows, as in `Portrait.reliability`."""
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9)
    for trained, colour, mark in (("real", OBSERVED, "-o"), ("synthetic", SYNTHETIC, "--s")):
        rows = table[table["trained"] == trained]
        name = f"trained on {'observed' if trained == 'real' else trained}"
        ax.plot(rows["predicted"], rows["observed"], mark, color=colour, markersize=3.4, label=name)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="predicted probability", ylabel="observed share")
    if len(table):
        ax.set_title(f"{label(table['target'].iloc[0], 16)} = {label(table['level'].iloc[0], 14)}")
    legend(ax, loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=1, fontsize="small")
