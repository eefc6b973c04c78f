"""Making margins uniform: a monotone map of each variable, from the quantiles of a pilot run."""

import numpy as np

from copulasynth._arrays import Floats

__all__ = ["check_knots", "even", "even_density", "even_knots", "uneven"]


def even_knots(raw: Floats, steps: int) -> Floats:
    """Return the quantiles of each row of (d, n) at `steps` equal steps, strictly rising 0 to 1."""
    levels = np.linspace(0.0, 1.0, steps + 1)
    knots = np.quantile(raw, levels, axis=1, method="hazen").T
    knots[:, 0], knots[:, -1] = 0.0, 1.0
    # a millionth of the identity keeps the map strictly increasing
    rising: Floats = (1 - 1e-6) * np.maximum.accumulate(knots, axis=1) + 1e-6 * levels
    return rising


def check_knots(knots: Floats, d: int) -> None:
    """Refuse knots that are not d rows rising from 0 to 1."""
    if knots.ndim != 2 or len(knots) != d or knots.shape[1] < 2:
        raise ValueError("knots need one row a variable and at least two columns")
    rising = (np.diff(knots, axis=1) > 0).all()
    if not (rising and (knots[:, 0] == 0).all() and (knots[:, -1] == 1).all()):
        raise ValueError("knots must rise from 0 to 1")


def even(x: Floats, knots: Floats) -> Floats:
    """Map one variable so that its knots become equal steps of (0, 1)."""
    u: Floats = np.interp(x, knots, np.linspace(0.0, 1.0, len(knots)))
    return u


def uneven(u: Floats, knots: Floats) -> Floats:
    """Invert `even`."""
    x: Floats = np.interp(u, np.linspace(0.0, 1.0, len(knots)), knots)
    return x


def even_density(x: Floats, knots: Floats) -> Floats:
    """Return dx / du at x, by which a density of x becomes one of u."""
    width = np.diff(knots)
    piece = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(width) - 1)
    slope: Floats = width[piece] * len(width)
    return slope
