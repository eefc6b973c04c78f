"""A tree of a vine copula: variables as nodes, pair copulas as edges."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from copulasynth.report.figures.style import INK, MUTED, NEGATIVE, POSITIVE, label

__all__ = ["draw_vine"]


def draw_vine(ax: Axes, layout: Any, names: Sequence[str] | None = None) -> None:
    """Draw one tree; the width of an edge is |tau|, its colour the sign.

    Parameters
    ----------
    layout : TreeLayout
        As `copulas.VineCopula.layout` gives it.
    names : sequence of str, optional
        Of the variables; their numbers otherwise.
    """
    xy = np.asarray(layout.position)
    for (a, b), edge in zip(layout.links, layout.edges, strict=True):
        colour = POSITIVE if edge.tau >= 0 else NEGATIVE
        ax.plot(*xy[[a, b]].T, color=colour, linewidth=0.8 + 5 * abs(edge.tau), zorder=1, alpha=0.8)
        middle = xy[[a, b]].mean(axis=0)
        text = f"{edge.family}{f' {edge.rotation}°' if edge.rotation else ''}\n{edge.tau:.2f}"
        ax.text(
            middle[0], middle[1], text, fontsize=6, ha="center", va="center", color=INK, zorder=3
        )
    ax.plot(*xy.T, "o", color=MUTED, markersize=7, zorder=2)
    for node, (x, y) in zip(layout.nodes, xy, strict=True):
        parts = [names[v] if names is not None else str(v) for v in node]
        text = ", ".join(label(part, 20) for part in parts)
        ax.annotate(
            label(text, 28),
            (x, y),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            zorder=4,
        )
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.2, 1.25), aspect="equal")
    ax.set_axis_off()
    ax.set_title(f"Tree {layout.edges[0].tree}" if layout.edges else "Tree")
