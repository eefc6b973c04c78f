"""Maps of all pairs: association of the real or synthetic table, their difference, S_pMSE."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb

from copulasynth._arrays import Floats
from copulasynth.report.figures.style import NEGATIVE, POSITIVE, label

__all__ = ["draw_map", "map_size"]

_LEAST = 0.04


def map_size(d: int) -> tuple[float, float]:
    """Return inches for a map of d columns."""
    side = max(2.2, 0.145 * d)
    return side + 1.35, side + 1.5


def draw_map(
    ax: Axes,
    values: Floats,
    names: Sequence[str],
    *,
    title: str,
    top: float = 1.0,
    numbers: bool | None = None,
) -> None:
    """Draw the lower triangle: blue above 0, orange below, stronger further away.

    Parameters
    ----------
    top : float
        Magnitude of the full colour.
    numbers : bool, optional
        Write the values; by default up to 12 columns.
    """
    d = len(names)
    numbers = d <= 12 if numbers is None else numbers
    corners, colours = [], []
    for i in range(1, d):
        for j in range(i):
            strength = min(abs(values[i, j]) / top, 1.0) if np.isfinite(values[i, j]) else 0.0
            if strength > _LEAST:
                colour = to_rgb(POSITIVE if values[i, j] > 0 else NEGATIVE)
                # Faint differences are told apart better by a concave scale.
                colours.append((*colour, round(20 * strength**0.75) / 20))
                corners.append([(j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1)])
            if numbers and np.isfinite(values[i, j]):
                text = f"{values[i, j]:.2f}".replace("0.", ".")
                ax.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=6.5)
    ax.add_collection(PolyCollection(corners, facecolors=colours, edgecolors="none"))
    size = 7.5 if d <= 16 else 6.5 if d <= 26 else 5.5
    short = [label(name, 16) for name in names]
    ax.set(xlim=(0, d), ylim=(d, 0), aspect="equal", title=title)
    ax.set_xticks(np.arange(d - 1) + 0.5, short[:-1], rotation=90, fontsize=size)
    ax.set_yticks(np.arange(1, d) + 0.5, short[1:], fontsize=size)
    ax.tick_params(length=0)
    ax.grid(visible=False)
