"""The joint cells of two columns: a mosaic, or bubbles where both are numbers."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from copulasynth.portrait import PairPortrait
from copulasynth.report.figures.style import MUTED, OBSERVED, SYNTHETIC, label

__all__ = ["draw_cells"]


def draw_cells(ax: Axes, pair: PairPortrait, table: str = "real") -> None:
    """Draw squares whose area is the share of a cell; a cross where it is masked.

    Parameters
    ----------
    table : {"real", "synthetic"}
    """
    shares = pair.real if table == "real" else pair.synthetic
    most = np.nanmax([np.nanmax(pair.real), np.nanmax(pair.synthetic), 1e-9])
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
    ax.set_xlabel(label(pair.first))
    ax.set_ylabel(label(pair.second))
    ax.set_title("observed" if table == "real" else "synthetic")
