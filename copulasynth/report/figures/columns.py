"""One column: its bars, its quantiles, and a fitted marginal, on the column's own scale."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from copulasynth._arrays import Floats
from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.report.figures.bars import (
    Bars,
    bars_of,
    place,
    shown_levels,
    ticks_between,
)
from copulasynth.report.figures.style import MUTED, OBSERVED, SYNTHETIC, inches_of, label, legend

__all__ = ["block_means", "draw_column", "draw_marginal", "draw_qq"]

#: Points at which a quantile function is averaged over a block.
_POINTS = 20


#: Most levels that get a bar; most characters of names side by side.
_LEVELS, _BESIDE = 16, 24
#: Inches from which five labels fit below the bars.
_ROOMY = 4.0


def draw_column(ax: Axes, column: ColumnPortrait, *, key: bool = True, most: int = _LEVELS) -> None:
    """Draw bars of both tables side by side on shared bins, `most` levels at most."""
    if column.scale == "levels":
        _levels(ax, column, most)
    else:
        _bins(ax, column)
    ax.set_title(label(column.name, 40))
    if key:
        legend(ax)


def _levels(ax: Axes, column: ColumnPortrait, most: int) -> None:
    shown, rest = shown_levels(column, most)
    gaps = column.gaps.dropna()
    shown += list(zip(gaps["label"], gaps["real"], gaps["synthetic"], strict=True))
    names = [label(name, 22) for name, *_ in shown]
    at = np.arange(len(names))
    wide = sum(map(len, names)) > _BESIDE
    for shift, which, colour in ((-0.2, 1, OBSERVED), (0.2, 2, SYNTHETIC)):
        shares = np.array([row[which] for row in shown], dtype=float)
        name = "observed" if which == 1 else "synthetic"
        bars = ax.barh if wide else ax.bar
        bars(at + shift, 100 * shares, 0.38, color=colour, label=name)
    if wide:
        ax.set_yticks(at, names, fontsize="small" if len(names) <= 14 else "x-small")
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"% of rows\n{rest}" if rest else "% of rows")
    else:
        ax.set_xticks(at, names)
        ax.grid(axis="x", visible=False)
        ax.set(ylabel="% of rows", xlabel=rest)


def _bins(ax: Axes, column: ColumnPortrait) -> None:
    bars = bars_of(column, 5 if inches_of(ax) >= _ROOMY else 3)
    half = (bars.high - bars.low) / 2
    for side, role, colour in ((0, "real", OBSERVED), (1, "synthetic", SYNTHETIC)):
        name = "observed" if side == 0 else role
        left = bars.low + side * half
        ax.bar(left, bars.heights[role], half, align="edge", color=colour, label=name)
    if bars.cut:
        ax.set_ylim(0, bars.top)
        _name_cut(ax, bars)
    ax.set_xticks(*bars.ticks)
    ax.grid(axis="x", visible=False)
    ax.set_ylabel("% of rows in a bin")


def _name_cut(ax: Axes, bars: Bars) -> None:
    """Write the shares of values whose bars are cut off."""
    middle = sum(bars.ends) / 2
    for rank, (k, text) in enumerate(bars.cut):
        at = (bars.low[k] + bars.high[k]) / 2
        ax.annotate(
            text,
            (at, (0.95 - 0.08 * rank) * bars.top),
            xytext=(10 if at <= middle else -10, 0),
            textcoords="offset points",
            ha="left" if at <= middle else "right",
            va="center",
            fontsize="small",
        )


def draw_qq(ax: Axes, column: ColumnPortrait) -> None:
    """Draw block means of both tables; on the line, the two tables agree."""
    scale = column.scale if column.scale == "asinh" else "linear"
    real, made = (column.qq[role].to_numpy() for role in ("real", "synthetic"))
    _against(ax, real, made, scale, column.width, column.unit)
    ax.set(xlabel="observed", ylabel="synthetic", title=f"{label(column.name, 22)}: quantiles")


def draw_marginal(
    ax: Axes,
    p: Floats,
    observed: Floats,
    quantile: Callable[[Floats], Floats],
    probability: Callable[[Floats], Floats],
    *,
    kind: str = "qq",
    name: str = "",
    scale: str = "linear",
    width: float = 1.0,
) -> None:
    """Draw a quantile-quantile or a probability-probability plot of a fitted marginal.

    Parameters
    ----------
    p, observed : ndarray of shape (m,)
        Probabilities and the observed quantiles there, means of blocks of rows.
    quantile, probability : callable
        Of the marginal.
    kind : {"qq", "pp"}
    scale, width
        Of the axes, as in `ColumnPortrait`.
    """
    x, y = (block_means(quantile, p), observed) if kind == "qq" else (probability(observed), p)
    _against(ax, x, y, scale, width, "")
    what = "quantile" if kind == "qq" else "probability"
    ax.set(xlabel=f"{what} of the marginal", ylabel=f"observed {what}", title=label(name, 30))


def block_means(quantile: Callable[[Floats], Floats], p: Floats) -> Floats:
    """Return means of the quantile function over the blocks whose middles are p."""
    edges = np.zeros(p.size + 1)
    for i, middle in enumerate(p):
        edges[i + 1] = 2 * middle - edges[i]
    inside = (np.arange(_POINTS) + 0.5) / _POINTS
    points = edges[:-1, None] + np.diff(edges)[:, None] * inside
    found: Floats = np.asarray(quantile(points.ravel())).reshape(points.shape).mean(axis=1)
    return found


def _against(ax: Axes, x: Floats, y: Floats, scale: str, width: float, unit: str) -> None:
    """Draw points and the line on which they are equal, with the same ticks on both axes."""
    both = np.concatenate([x, y])
    low, high = float(both.min()), float(both.max())
    line = place(np.array([low, high]), scale, width)
    ax.plot(line, line, color=MUTED, linewidth=0.9)
    ax.plot(place(x, scale, width), place(y, scale, width), "o", color=SYNTHETIC, markersize=3.6)
    at, names = ticks_between(low, high, scale, width, unit, 4)
    ax.set_xticks(at, names)
    ax.set_yticks(at, names)
