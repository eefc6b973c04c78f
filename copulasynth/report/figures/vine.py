"""A tree of a vine copula: variables as nodes, pair copulas as edges."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from copulasynth._arrays import Floats
from copulasynth.report.figures.style import INK, MUTED, NEGATIVE, PAPER, POSITIVE, label

__all__ = ["draw_vine", "vine_size"]

#: Where a label may go about its point, in points, the best first.
_ABOUT = (
    (0, 8), (0, -8), (8, 0), (-8, 0), (8, 8), (-8, 8), (8, -8), (-8, -8),
    (0, 16), (0, -16), (16, 12), (-16, 12), (16, -12), (-16, -12), (0, 24), (0, -24),
)  # fmt: skip
_BEHIND = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 0.6}
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)


def vine_size(nodes: int) -> tuple[float, float]:
    """Return inches for a tree of so many nodes."""
    side = 4.4 + 0.17 * nodes
    return side, 0.92 * side


def draw_vine(ax: Axes, layout: Any, names: Sequence[str] | None = None) -> None:
    """Draw one tree; the width of an edge is |tau|, a negative one is dashed and orange.

    Parameters
    ----------
    layout : TreeLayout
        As `copulas.VineCopula.layout` gives it.
    names : sequence of str, optional
        Of the variables; their numbers otherwise.
    """
    xy = _spread(np.asarray(layout.position, dtype=float))
    for (a, b), edge in zip(layout.links, layout.edges, strict=True):
        up = edge.tau >= 0
        look: dict[str, Any] = {
            "color": POSITIVE if up else NEGATIVE,
            "linestyle": "-" if up else (0, (4, 1.5)),
        }
        ax.plot(*xy[[a, b]].T, linewidth=0.8 + 5 * abs(edge.tau), zorder=1, alpha=0.8, **look)
    ax.plot(*xy.T, "o", color=MUTED, markersize=7, zorder=2)
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.12, 1.15))
    ax.set_axis_off()
    ax.set_title(f"Tree {layout.edges[0].tree}" if layout.edges else "Tree")
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    # The places of texts are known once the axes have theirs.
    figure.draw_without_rendering()
    half = 3.5 * figure.dpi / 72
    middles = ax.transData.transform(xy)
    taken = [Bbox.from_extents(x - half, y - half, x + half, y + half) for x, y in middles]
    for node, at in zip(layout.nodes, xy, strict=True):
        parts = [names[v] if names is not None else str(v) for v in node]
        text = label(", ".join(label(part, 20) for part in parts), 28)
        _put(ax, text, [(tuple(at), shift) for shift in _ABOUT], taken, "small")
    for (a, b), edge in zip(layout.links, layout.edges, strict=True):
        text = f"{edge.family}{f' {edge.rotation}°' if edge.rotation else ''}\n{edge.tau:.2f}"
        places = [(tuple(xy[a] + t * (xy[b] - xy[a])), (0, 0)) for t in _ALONG]
        places += [(places[0][0], shift) for shift in _ABOUT]
        _put(ax, text, places, taken, "x-small")


def _spread(xy: Floats) -> Floats:
    """Return the positions of nodes over the whole of the axes."""
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    found: Floats = np.where(span > 0, 2 * (xy - low) / np.where(span > 0, span, 1) - 1, 0.0)
    return found


def _put(
    ax: Axes,
    text: str,
    places: Iterable[tuple[tuple[float, ...], tuple[float, float]]],
    taken: list[Bbox],
    size: str,
) -> None:
    """Write a text at the first place where it covers no other, or where it covers least."""
    best: tuple[float, Annotation, Bbox] | None = None
    for at, shift in places:
        drawn = ax.annotate(
            text, (at[0], at[1]), xytext=shift, textcoords="offset points", fontsize=size,
            ha={1: "left", -1: "right"}.get(int(np.sign(shift[0])), "center"),
            va={1: "bottom", -1: "top"}.get(int(np.sign(shift[1])), "center"),
            color=INK, zorder=4, bbox=_BEHIND,
        )  # fmt: skip
        box = drawn.get_window_extent()
        over = sum(_common(box, other) for other in taken)
        if best is None or over < best[0]:
            if best is not None:
                best[1].remove()
            best = over, drawn, box
        else:
            drawn.remove()
        if over == 0:
            break
    if best is not None:
        taken.append(best[2])


def _common(a: Bbox, b: Bbox) -> float:
    """Return the area that two boxes share."""
    both = Bbox.intersection(a, b)
    return 0.0 if both is None else float(both.width * both.height)
