"""Positions and ticks of a column's values on its own scale."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from copulasynth._arrays import Floats
from copulasynth.metrics.summary.bins import show

__all__ = ["place", "ticks"]


def place(x: Floats, scale: str, width: float) -> Floats:
    """Return where values go on an axis."""
    x = np.asarray(x, dtype=float)
    return np.asarray(np.arcsinh(x / width)) if scale == "asinh" else x


def ticks(
    low: float, high: float, scale: str, width: float, unit: str, most: int = 5
) -> tuple[Floats, list[str]]:
    """Return positions and labels of ticks between two values."""
    if scale == "asinh":
        top = np.ceil(np.log10(max(high, width, 1e-300)))
        powers = 10.0 ** np.arange(np.floor(np.log10(max(width, 1e-300))), top + 1)
        values = np.unique(np.concatenate([[0.0], powers, 3 * powers]))
    elif unit == "time":
        # Days are long words: three fit a wide axis, two a narrow one.
        values = np.linspace(low, high, 4)[:3] if most > 4 else np.linspace(low, high, 3)[:2]
    else:
        values = np.asarray(MaxNLocator(most).tick_values(low, high))
    values = values[(values >= low) & (values <= high)]
    at = place(values, scale, width)
    span = float(np.ptp(place(np.array([low, high]), scale, width))) or 1.0
    keep: list[int] = []
    for i in range(len(values)):
        if not keep or at[i] - at[keep[-1]] >= 0.14 * span:
            keep.append(i)
    return at[keep], [show(float(values[i]), unit) for i in keep]
