"""Two columns at a time: maps of all pairs, the joint cells of one pair, its joint upper tail."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from copulasynth._arrays import Floats
from copulasynth.metrics.summary import PairPortrait, TailPanel
from copulasynth.report.figures.style import (
    MUTED,
    NEGATIVE,
    OBSERVED,
    POSITIVE,
    SYNTHETIC,
    label,
    legend,
)

__all__ = ["draw_cells", "draw_map", "draw_tail", "map_size"]

#: Parts of the full colour below which a square is left white; most levels of a mosaic.
_LEAST, _TILES = 0.04, 9
#: Most columns whose values are written; steps of a colour bar.
_WRITTEN, _STEPS = 12, 8


def map_size(d: int) -> tuple[float, float]:
    """Return inches for a map of d columns."""
    side = max(2.4, 0.16 * d)
    return side + 1.35, side + 1.6


def draw_map(
    ax: Axes,
    values: Floats,
    names: Sequence[str],
    *,
    title: str,
    top: float = 1.0,
) -> None:
    """Draw the lower triangle: blue above 0, orange and struck through below, full at `top`.

    The values of up to 12 columns are written too.
    """
    d = len(names)
    cells = [(i, j, float(values[i, j])) for i in range(1, d) for j in range(i)]
    cells = [cell for cell in cells if np.isfinite(cell[2])]
    _fill(ax, [(j, i, 1.0, 1.0, v / top) for i, j, v in cells])
    for i, j, v in cells if d <= _WRITTEN else ():
        text = f"{v:.2f}".replace("0.", ".")
        ax.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize="x-small")
    size = "small" if d <= 20 else "x-small"
    short = [label(name, 20) for name in names]
    ax.set(xlim=(0, d), ylim=(d, 0), aspect="equal", title=title)
    ax.set_xticks(np.arange(d - 1) + 0.5, short[:-1], rotation=90, fontsize=size)
    ax.set_yticks(np.arange(1, d) + 0.5, short[1:], fontsize=size)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    _colour_bar(ax, top, any(v < 0 for *_, v in cells))


def _fill(ax: Axes, squares: Sequence[tuple[float, float, float, float, float]]) -> None:
    """Fill rectangles (x, y, width, height) by a strength from -1 to 1."""
    corners, colours, struck = [], [], []
    for x, y, w, h, strength in squares:
        size = min(abs(strength), 1.0)
        if size <= _LEAST:
            continue
        # Faint differences are told apart better by a concave scale.
        colour = to_rgb(POSITIVE if strength > 0 else NEGATIVE)
        colours.append((*colour, round(20 * size**0.75) / 20))
        corners.append([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
        if strength < 0:
            struck.append([(x, y + h), (x + w, y)])
    ax.add_collection(PolyCollection(corners, facecolors=colours, edgecolors="none"))
    ax.add_collection(LineCollection(struck, colors=MUTED, linewidths=0.6))


def _colour_bar(ax: Axes, top: float, signed: bool) -> None:
    """Draw the steps of the colour in the free upper right corner."""
    bar = ax.inset_axes((0.5, 0.93, 0.48, 0.045))
    steps = np.arange(-_STEPS if signed else 0, _STEPS + 1)
    _fill(bar, [(s - 0.5, 0.0, 1.0, 1.0, s / _STEPS) for s in steps])
    bar.set(xlim=(steps[0] - 0.5, steps[-1] + 0.5), ylim=(1, 0), yticks=[])
    ends = (-_STEPS, 0, _STEPS) if signed else (0, _STEPS)
    bar.set_xticks(ends, [f"{top * s / _STEPS:.2g}" for s in ends], fontsize="x-small")
    bar.tick_params(length=2, pad=1)
    bar.grid(visible=False)


def draw_cells(ax: Axes, pair: PairPortrait, table: str = "real") -> None:
    """Draw a mosaic of two columns of levels, or squares if one is of numbers.

    The area of a tile or square is the share of a cell of the "real" or "synthetic" table. A cross
    marks a masked cell.
    """
    levels = "numeric" not in (pair.first_kind, pair.second_kind)
    if levels and max(len(pair.first_labels), len(pair.second_labels)) <= _TILES:
        _mosaic(ax, pair, table)
    else:
        _squares(ax, pair, table)
    ax.set_xlabel(label(pair.first))
    ax.set_ylabel(label(pair.second))
    ax.set_title("observed" if table == "real" else "synthetic")


def _mosaic(ax: Axes, pair: PairPortrait, table: str) -> None:
    """Draw columns as wide as the shares of the first, split by the shares of the second."""
    shares = np.nan_to_num(pair.real if table == "real" else pair.synthetic)
    widths = shares.sum(axis=1)
    total = max(float(widths.sum()), 1e-12)
    left = np.concatenate([[0.0], np.cumsum(widths)]) / total
    colour = to_rgb(OBSERVED if table == "real" else SYNTHETIC)
    strength = np.linspace(0.95, 0.25, shares.shape[1])
    tiles, colours = [], []
    for i, width in enumerate(widths):
        tops = np.concatenate([[0.0], np.cumsum(shares[i])]) / max(float(width), 1e-12)
        for j in np.flatnonzero(shares[i]):
            gap = 0.008
            size = (max(width / total - gap, 0.002), max(tops[j + 1] - tops[j] - gap, 0.002))
            tiles.append(Rectangle((left[i], tops[j]), *size))
            colours.append((*colour, strength[j]))
    ax.add_collection(PatchCollection(tiles, facecolor=colours, edgecolor="none"))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    middle = (left[1:] + left[:-1]) / 2
    ax.set_xticks(middle, [label(x, 14) for x in pair.first_labels], fontsize="small")
    ax.tick_params(axis="x", rotation=45)
    first = shares[0] / max(float(widths[0]), 1e-12)
    at = np.cumsum(first) - first / 2
    shown = np.flatnonzero(first > 0.03)
    ax.set_yticks(at[shown], [label(pair.second_labels[j], 18) for j in shown], fontsize="small")
    ax.grid(visible=False)


def _squares(ax: Axes, pair: PairPortrait, table: str) -> None:
    shares = pair.real if table == "real" else pair.synthetic
    most = max(float(np.nan_to_num(x).max()) for x in (pair.real, pair.synthetic, np.array([1e-9])))
    side = 0.96 * np.sqrt(np.nan_to_num(shares) / most)
    squares = [
        Rectangle((i + 0.5 - side[i, j] / 2, j + 0.5 - side[i, j] / 2), side[i, j], side[i, j])
        for i, j in zip(*np.nonzero(side), strict=True)
    ]
    colour = OBSERVED if table == "real" else SYNTHETIC
    ax.add_collection(PatchCollection(squares, facecolor=colour, edgecolor="none"))
    hidden = np.argwhere(np.isnan(shares)) + 0.5
    if len(hidden):
        ax.plot(*hidden.T, "x", color=MUTED, markersize=3.2, markeredgewidth=0.7)
    a, b = shares.shape
    ax.set(xlim=(0, a), ylim=(0, b))
    first = [label(x, 14) for x in pair.first_labels]
    second = [label(x, 18) for x in pair.second_labels]
    turned: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(np.arange(a) + 0.5, first, fontsize="small", **turned)
    ax.set_yticks(np.arange(b) + 0.5, second, fontsize="small")


def draw_tail(ax: Axes, curve: TailPanel) -> None:
    """Draw chi(q) of both tables against q, beside 1 - q, its value without dependence."""
    ax.plot(curve.q, curve.real, "-o", color=OBSERVED, markersize=3, label="observed")
    ax.plot(curve.q, curve.synthetic, "--s", color=SYNTHETIC, markersize=3, label="synthetic")
    ax.plot(curve.q, 1 - curve.q, ":", color=MUTED, linewidth=1, label="if independent")
    ax.set(ylim=(0, 1), xlabel="quantile level q", ylabel="chi(q)")
    ax.set_title(f"{label(curve.first, 24)} and {label(curve.second, 24)}")
    legend(ax)
