"""Quantiles of the synthetic against those of the observed values of one column."""

import numpy as np
from matplotlib.axes import Axes

from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.report.figures.axes import place, ticks
from copulasynth.report.figures.style import MUTED, SYNTHETIC, label

__all__ = ["draw_qq"]


def draw_qq(ax: Axes, column: ColumnPortrait) -> None:
    """Draw block means of both tables; on the line, the two tables agree."""
    scale = column.scale if column.scale == "asinh" else "linear"
    qq = column.qq
    ends = np.array([qq[["real", "synthetic"]].min().min(), qq[["real", "synthetic"]].max().max()])
    line = place(ends, scale, column.width)
    ax.plot(line, line, color=MUTED, linewidth=0.9, label="equal")
    real, made = (place(qq[k].to_numpy(), scale, column.width) for k in ("real", "synthetic"))
    ax.plot(real, made, "o", color=SYNTHETIC, markersize=3.6, label="means of equal shares of rows")
    at, names = ticks(float(ends[0]), float(ends[1]), scale, column.width, column.unit, 4)
    ax.set_xticks(at, names)
    ax.set_yticks(at, names)
    ax.set_xlabel("observed")
    ax.set_ylabel("synthetic")
    ax.set_title(f"{label(column.name, 22)}: quantiles")
