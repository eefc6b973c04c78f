"""A fitted marginal against the law that its model draws: quantiles and probabilities."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from copulasynth._arrays import Floats
from copulasynth.report.figures.style import MUTED, SYNTHETIC, label

__all__ = ["draw_marginal"]


def draw_marginal(
    ax: Axes,
    p: Floats,
    observed: Floats,
    quantile: Callable[[Floats], Floats],
    probability: Callable[[Floats], Floats],
    *,
    kind: str = "qq",
    name: str = "",
) -> None:
    """Draw a quantile-quantile or a probability-probability plot of a fitted marginal.

    Parameters
    ----------
    p, observed : ndarray of shape (m,)
        Probabilities and the observed quantiles there, means of blocks of rows.
    quantile, probability : callable
        Of the marginal.
    kind : {"qq", "pp"}
    """
    x, y = (quantile(p), observed) if kind == "qq" else (probability(observed), p)
    if kind == "qq" and np.min([x.min(), y.min()]) >= 0:
        ax.set_xscale("asinh", linear_width=max(float(np.median(y)), 1e-12))
        ax.set_yscale("asinh", linear_width=max(float(np.median(y)), 1e-12))
    ends = [min(x.min(), y.min()), max(x.max(), y.max())]
    ax.plot(ends, ends, color=MUTED, linewidth=0.9)
    ax.plot(x, y, "o", color=SYNTHETIC, markersize=3.6)
    what = "quantile" if kind == "qq" else "probability"
    ax.set(xlabel=f"{what} of the marginal", ylabel=f"observed {what}")
    ax.set_title(label(name, 30))
