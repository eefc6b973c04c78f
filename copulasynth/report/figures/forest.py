"""Forest plot: coefficients of the original and of the synthetic fit with their intervals."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from copulasynth.report.figures.style import MUTED, OBSERVED, SYNTHETIC, label, legend

__all__ = ["draw_forest", "forest_size"]


def forest_size(terms: int) -> tuple[float, float]:
    """Return inches for so many terms."""
    return 4.9, 1.2 + 0.3 * max(terms, 2)


def draw_forest(ax: Axes, forest: pd.DataFrame, title: str = "") -> None:
    """Draw estimates over the original's standard error, with confidence intervals.

    Parameters
    ----------
    forest : DataFrame
        term, source, z, z_low, z_high; as in `FitComparison.forest`.
    """
    terms = list(dict.fromkeys(forest["term"]))
    at = {term: i for i, term in enumerate(terms)}
    styles = (("original", -0.14, OBSERVED, "o"), ("synthetic", 0.14, SYNTHETIC, "s"))
    for source, shift, colour, mark in styles:
        rows = forest[forest["source"] == source]
        y = np.array([at[t] for t in rows["term"]]) + shift
        z = rows["z"].to_numpy()
        error = np.stack([z - rows["z_low"], rows["z_high"] - z])
        name = "observed" if source == "original" else source
        ax.errorbar(
            z, y, xerr=error, fmt=mark, color=colour, markersize=3.8, elinewidth=1.3, label=name
        )
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.set_yticks(range(len(terms)), [label(t, 30) for t in terms])
    ax.set_ylim(len(terms) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("coefficient / standard error of the observed fit")
    if title:
        ax.set_title(label(title, 22))
    legend(ax)
