"""A fitted marginal against the law that its model draws: quantiles and probabilities."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from copulasynth._arrays import Floats
from copulasynth.report.figures.axes import place, ticks
from copulasynth.report.figures.style import MUTED, SYNTHETIC, label

__all__ = ["draw_marginal"]

_POINTS = 20


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
    both = np.concatenate([x, y])
    low, high = float(both.min()), float(both.max())
    line = place(np.array([low, high]), scale, width)
    ax.plot(line, line, color=MUTED, linewidth=0.9)
    ax.plot(place(x, scale, width), place(y, scale, width), "o", color=SYNTHETIC, markersize=3.6)
    at, names = ticks(low, high, scale, width, "", 4)
    ax.set_xticks(at, names)
    ax.set_yticks(at, names)
    what = "quantile" if kind == "qq" else "probability"
    ax.set(xlabel=f"{what} of the marginal", ylabel=f"observed {what}")
    ax.set_title(label(name, 30))


def _means(quantile: Callable[[Floats], Floats], p: Floats) -> Floats:
    """Return means of the quantile function over the blocks whose middles are p."""
    edges = np.zeros(p.size + 1)
    for i, middle in enumerate(p):
        edges[i + 1] = 2 * middle - edges[i]
    inside = (np.arange(_POINTS) + 0.5) / _POINTS
    points = edges[:-1, None] + np.diff(edges)[:, None] * inside
    found: Floats = np.asarray(quantile(points.ravel())).reshape(points.shape).mean(axis=1)
    return found
