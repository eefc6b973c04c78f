"""Joint upper tails: how often one column is extreme when the other is."""

from matplotlib.axes import Axes

from copulasynth.metrics.summary import TailPanel
from copulasynth.report.figures.style import MUTED, OBSERVED, SYNTHETIC, label, legend

__all__ = ["draw_tail"]


def draw_tail(ax: Axes, curve: TailPanel) -> None:
    """Draw chi(q) of both tables against q, beside 1 - q, its value without dependence."""
    ax.plot(curve.q, curve.real, "-o", color=OBSERVED, markersize=3, label="observed")
    ax.plot(curve.q, curve.synthetic, "--s", color=SYNTHETIC, markersize=3, label="synthetic")
    ax.plot(curve.q, 1 - curve.q, ":", color=MUTED, linewidth=1, label="if independent")
    ax.set(ylim=(0, 1), xlabel="quantile level q", ylabel="chi(q)")
    ax.set_title(f"{label(curve.first, 20)}\n{label(curve.second, 20)}", fontsize=8.5)
    legend(ax, ncols=1, fontsize=7)
