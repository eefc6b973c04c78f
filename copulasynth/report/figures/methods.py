"""One metric of several methods, with its noise and what real rows score."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from copulasynth.metrics import Score
from copulasynth.report.figures.style import MUTED, SYNTHETIC, label

__all__ = ["draw_methods", "methods_size"]


def methods_size(methods: int) -> tuple[float, float]:
    """Return inches for so many methods."""
    return 4.6, 1.1 + 0.27 * max(methods, 2)


def draw_methods(ax: Axes, scores: Mapping[str, Score]) -> None:
    """Draw value and 95 % interval a method; the line is the score of real rows."""
    names = list(scores)
    for i, name in enumerate(names):
        s = scores[name]
        error = np.array([[max(s.value - s.low, 0.0)], [max(s.high - s.value, 0.0)]])
        ax.errorbar(
            [s.value],
            [i],
            xerr=np.nan_to_num(error),
            fmt="o",
            color=SYNTHETIC,
            markersize=5,
            elinewidth=1.6,
        )
    reference = float(np.nanmean([s.reference for s in scores.values()]))
    if np.isfinite(reference):
        ax.axvline(reference, color=MUTED, linewidth=1.2, linestyle="--")
    ax.set_yticks(range(len(names)), [label(name) for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    first = next(iter(scores.values()))
    ax.set_title(first.name)
    ax.set_xlabel("dashed: real rows")
