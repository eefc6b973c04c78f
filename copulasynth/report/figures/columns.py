"""Observed against synthetic shares of the bins or levels of one column."""

import numpy as np
from matplotlib.axes import Axes

from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.report.figures.axes import place, ticks
from copulasynth.report.figures.style import OBSERVED, SYNTHETIC, label, legend

__all__ = ["draw_column"]


def draw_column(ax: Axes, column: ColumnPortrait) -> None:
    """Draw bars of both tables side by side on shared bins."""
    if column.scale == "levels":
        _levels(ax, column)
    else:
        _bins(ax, column)
    # Long names of levels leave little room beside the legend.
    longest = column.bins["label"].str.len().max() if column.scale == "levels" else 0
    ax.set_title(label(column.name, 24 if longest <= 10 else 12))
    legend(ax)


def _levels(ax: Axes, column: ColumnPortrait) -> None:
    bins, gaps = column.bins, column.gaps.dropna()
    names = [label(x, 22) for x in (*bins["label"], *gaps["label"])]
    at = np.arange(len(names))
    wide = len(names) > 6 or max(map(len, names), default=0) > 9
    for shift, role, colour in ((-0.2, "real", OBSERVED), (0.2, "synthetic", SYNTHETIC)):
        shares = np.concatenate([bins[role].to_numpy(), gaps[role].to_numpy()])
        name = "observed" if role == "real" else role
        if wide:
            ax.barh(at + shift, 100 * shares, 0.38, color=colour, label=name)
        else:
            ax.bar(at + shift, 100 * shares, 0.38, color=colour, label=name)
    if wide:
        ax.set_yticks(at, names, fontsize=7.5 if len(names) <= 14 else 6)
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("% of rows")
    else:
        ax.set_xticks(at, names)
        ax.grid(axis="x", visible=False)
        ax.set_ylabel("% of rows")


def _bins(ax: Axes, column: ColumnPortrait) -> None:
    bins = column.bins
    edges = [place(bins[k].to_numpy(), column.scale, column.width) for k in ("low", "high")]
    widths = edges[1] - edges[0]
    spike = widths <= 0
    typical = float(np.median(widths[~spike])) if (~spike).any() else 1.0
    tall = []
    for side, role, colour in ((0, "real", OBSERVED), (1, "synthetic", SYNTHETIC)):
        # A bin wider than the others is drawn lower, so that areas are shares.
        heights = 100 * bins[role].to_numpy() * typical / np.where(spike, typical, widths)
        tall.append(heights)
        half = np.where(spike, typical, widths) / 2
        left = np.where(spike, edges[0] - typical / 2, edges[0]) + side * half
        name = "observed" if side == 0 else role
        ax.bar(left, heights, half, align="edge", color=colour, label=name)
    ceiling = max((float(h[~spike].max()) for h in tall if (~spike).any()), default=1.0)
    if spike.any() and max(h[spike].max() for h in tall) > 1.8 * ceiling:
        ax.set_ylim(0, 1.3 * ceiling)
        _name_spikes(ax, column, edges[0], spike, ceiling)
    low, high = float(bins["low"].iloc[0]), float(bins["high"].iloc[-1])
    ax.set_xticks(*ticks(low, high, column.scale, column.width, column.unit))
    ax.grid(axis="x", visible=False)
    ax.set_ylabel("% of rows in a bin")


def _name_spikes(
    ax: Axes, column: ColumnPortrait, at: np.ndarray, spike: np.ndarray, ceiling: float
) -> None:
    """Write the shares of values whose bars are cut off, so that the others can be seen."""
    middle = (at[0] + at[-1]) / 2
    for rank, k in enumerate(np.flatnonzero(spike)):
        row = column.bins.iloc[k]
        if 100 * max(row["real"], row["synthetic"]) <= 1.3 * ceiling:
            continue
        text = f"{row['label']}: {100 * row['real']:.3g} % / {100 * row['synthetic']:.3g} %"
        ax.annotate(
            text,
            (at[k], (1.24 - 0.1 * rank) * ceiling),
            xytext=(10 if at[k] <= middle else -10, 0),
            textcoords="offset points",
            ha="left" if at[k] <= middle else "right",
            va="center",
            fontsize=7.5,
        )
