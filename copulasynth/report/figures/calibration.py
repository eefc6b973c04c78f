"""Are probabilities learnt from synthetic rows right for real ones?"""

import pandas as pd
from matplotlib.axes import Axes

from copulasynth.report.figures.style import MUTED, OBSERVED, SYNTHETIC, label, legend

__all__ = ["draw_calibration"]


def draw_calibration(ax: Axes, table: pd.DataFrame) -> None:
    """Draw observed against predicted shares of groups of real test rows.

    Parameters
    ----------
    table : DataFrame
        target, level, trained, predicted, observed; as in `Portrait.reliability`.
    """
    ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9)
    for trained, colour, mark in (("real", OBSERVED, "-o"), ("synthetic", SYNTHETIC, "--s")):
        rows = table[table["trained"] == trained]
        ax.plot(
            rows["predicted"],
            rows["observed"],
            mark,
            color=colour,
            markersize=3.4,
            label=f"trained on {'observed' if trained == 'real' else trained}",
        )
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="predicted probability", ylabel="observed share")
    if len(table):
        ax.set_title(f"{label(table['target'].iloc[0], 16)} = {label(table['level'].iloc[0], 14)}")
    legend(ax, loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=1, fontsize=7)
