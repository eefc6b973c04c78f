"""One column: its bars, its quantiles, and a fitted marginal, on the column's own scale."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from copulasynth._arrays import Floats
from copulasynth.metrics.summary import ColumnPortrait
from copulasynth.metrics.summary.bins import show
from copulasynth.report.figures.style import MUTED, OBSERVED, SYNTHETIC, label, legend

__all__ = ["draw_column", "draw_marginal", "draw_qq"]

#: Points at which a quantile function is averaged over a block.
_POINTS = 20


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
        bars = ax.barh if wide else ax.bar
        bars(at + shift, 100 * shares, 0.38, color=colour, label=name)
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
    edges = [_place(bins[k].to_numpy(), column.scale, column.width) for k in ("low", "high")]
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
    ax.set_xticks(*_ticks(low, high, column.scale, column.width, column.unit))
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
    x, y = (_means(quantile, p), observed) if kind == "qq" else (probability(observed), p)
    _against(ax, x, y, scale, width, "")
    what = "quantile" if kind == "qq" else "probability"
    ax.set(xlabel=f"{what} of the marginal", ylabel=f"observed {what}", title=label(name, 30))


def _means(quantile: Callable[[Floats], Floats], p: Floats) -> Floats:
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
    line = _place(np.array([low, high]), scale, width)
    ax.plot(line, line, color=MUTED, linewidth=0.9)
    ax.plot(_place(x, scale, width), _place(y, scale, width), "o", color=SYNTHETIC, markersize=3.6)
    at, names = _ticks(low, high, scale, width, unit, 4)
    ax.set_xticks(at, names)
    ax.set_yticks(at, names)


def _place(x: Floats, scale: str, width: float) -> Floats:
    """Return where values go on an axis."""
    x = np.asarray(x, dtype=float)
    return np.asarray(np.arcsinh(x / width)) if scale == "asinh" else x


def _ticks(
    low: float, high: float, scale: str, width: float, unit: str, most: int = 5
) -> tuple[Floats, list[str]]:
    """Return positions and labels of ticks between two values."""
    if scale == "asinh":
        top = np.ceil(np.log10(max(high, width, 1e-300)))
        powers = 10.0 ** np.arange(np.floor(np.log10(max(width, 1e-300))), top + 1)
        values = np.unique(np.concatenate([[0.0], powers, 3 * powers]))
    elif unit == "time":
        # Days are long words: three fit a wide axis, two a narrow one.
        values = np.linspace(low, high, 4)[:3] if most > 4 else np.linspace(low, high, 3)[:2]
    else:
        values = np.asarray(MaxNLocator(most).tick_values(low, high))
    values = values[(values >= low) & (values <= high)]
    at = _place(values, scale, width)
    span = float(np.ptp(_place(np.array([low, high]), scale, width))) or 1.0
    keep: list[int] = []
    for i in range(len(values)):
        if not keep or at[i] - at[keep[-1]] >= 0.14 * span:
            keep.append(i)
    return at[keep], [show(float(values[i]), unit) for i in keep]
