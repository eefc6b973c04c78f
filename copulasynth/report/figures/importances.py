"""What gives the synthetic rows away: the columns that a classifier needs."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from copulasynth.report.figures.style import MUTED, SYNTHETIC, label

__all__ = ["draw_importances"]


def draw_importances(ax: Axes, table: pd.DataFrame, most: int = 12) -> None:
    """Draw the fall of the AUC when a column is shuffled, with two standard errors.

    Parameters
    ----------
    table : DataFrame
        column, drop, se; as in the score of `metrics.c2st`.
    """
    top = table.sort_values("drop", ascending=False).head(most)
    at = np.arange(len(top))
    ax.barh(at, top["drop"], 0.7, color=SYNTHETIC)
    ax.errorbar(top["drop"], at, xerr=2 * top["se"], fmt="none", ecolor=MUTED, elinewidth=1)
    ax.set_yticks(at, [label(name) for name in top["column"]])
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("fall of AUC when the column is shuffled")
    ax.set_title("What gives it away")
