"""The joint cells of two columns: a mosaic, or bubbles where both are numbers."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from copulasynth.metrics.summary import PairPortrait
from copulasynth.report.figures.style import MUTED, OBSERVED, SYNTHETIC, label

__all__ = ["draw_cells"]

_TILES = 9


def draw_cells(ax: Axes, pair: PairPortrait, table: str = "real") -> None:
    """Draw a mosaic of two columns of levels, or squares if one is of numbers.

    The area of a tile or square is the share of a cell. A cross marks a masked cell.

    Parameters
    ----------
    table : {"real", "synthetic"}
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
    ax.set_xticks(middle, [label(x, 14) for x in pair.first_labels], fontsize=6.8)
    ax.tick_params(axis="x", rotation=45)
    first = shares[0] / max(float(widths[0]), 1e-12)
    at = np.cumsum(first) - first / 2
    shown = np.flatnonzero(first > 0.03)
    ax.set_yticks(at[shown], [label(pair.second_labels[j], 18) for j in shown], fontsize=6.8)
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
    ax.set(xlim=(0, shares.shape[0]), ylim=(0, shares.shape[1]))
    ax.set_xticks(
        np.arange(shares.shape[0]) + 0.5,
        [label(x, 14) for x in pair.first_labels],
        rotation=45,
        ha="right",
        rotation_mode="anchor",
        fontsize=6.8,
    )
    ax.set_yticks(
        np.arange(shares.shape[1]) + 0.5, [label(x, 18) for x in pair.second_labels], fontsize=6.8
    )
