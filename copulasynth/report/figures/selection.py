"""The candidates that the automatic choice of a copula compared."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from copulasynth.report.figures.style import MUTED, OBSERVED, SYNTHETIC, label, legend

__all__ = ["draw_selection"]


def draw_selection(ax: Axes, table: pd.DataFrame) -> None:
    """Draw both judges' AUC of every candidate on the held-out half; .5 cannot be told apart.

    Parameters
    ----------
    table : DataFrame
        candidate, "C2ST boosting", "C2ST forest", noise, chosen; as in a model's provenance.
    """
    at = np.arange(len(table))
    noise = 2 * table["noise"].to_numpy(dtype=float)
    judges = (("C2ST boosting", -0.13, OBSERVED, "o"), ("C2ST forest", 0.13, SYNTHETIC, "s"))
    for judge, shift, colour, mark in judges:
        ax.errorbar(
            table[judge],
            at + shift,
            xerr=noise,
            fmt=mark,
            color=colour,
            markersize=4,
            elinewidth=1.2,
            label=judge,
        )
    ax.axvline(0.5, color=MUTED, linewidth=0.8)
    chosen = table["chosen"].astype(bool)
    names = [
        f"{label(name)}{' (chosen)' if best else ''}"
        for name, best in zip(table["candidate"], chosen, strict=True)
    ]
    ax.set_yticks(at, names)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("AUC against held-out rows")
    legend(ax)
