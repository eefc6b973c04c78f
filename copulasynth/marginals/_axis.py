"""The asinh axis of a variable: where it is straight, and how far out floats carry it."""

import numpy as np

from copulasynth._arrays import LARGEST, Floats

__all__ = ["FARTHEST", "axis_of", "coarse", "from_axis", "to_axis"]

#: Largest value on the axis: what 300 decades span.
FARTHEST = 750.0
#: From here on sinh(y) is exp(y) / 2 to the last digit, and not yet beyond floats.
STEEP = 200.0
#: Where the quartiles are more than so many times as far apart as this share of the values is from
#: zero, the axis is straight only around zero: values that tell such decades apart need it.
WIDE, FINE = 1e5, 0.01


def axis_of(x: Floats, low: float, middle: float, high: float) -> tuple[float, float]:
    """Return scale and centre for values with these quartiles.

    The axis is straight about the median, over the distance of the quartiles. Values whose sizes
    differ by many decades would be one point there: theirs is straight about zero only.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(5.0, 2.0, 1000)
    >>> axis_of(x, *np.quantile(x, [0.25, 0.5, 0.75]))
    (1.8340080864093424, 4.9862094849254)
    """
    scale = (high - low) / 1.35
    if scale <= 0.0:
        scale = float(x.std()) or 0.01 * abs(middle) or 1.0
    size = np.abs(x[x != 0.0])
    if size.size:
        k = min(max(int(FINE * size.size), 3), size.size - 1)
        least = float(np.partition(size, k)[k])
        if scale > WIDE * least:
            scale, middle = least, 0.0
    return coarse(max(scale, 1.0 / LARGEST), middle)


def coarse(scale: float, centre: float) -> tuple[float, float]:
    """Return the scale and centre on a coarse grid of irrational numbers.

    Any will do for the asinh; a quantile of a small table would be one of its rows.
    """
    scale = float(2.0 ** ((np.floor(4.0 * np.log2(scale)) + 0.5) / 4.0))
    return scale, (float(np.floor(16.0 * centre / scale)) + 0.5) * scale / 16.0


def to_axis(x: Floats | float, scale: float, centre: float) -> Floats:
    """Return values on the axis, asinh((x - centre) / scale), whatever their size."""
    shift = np.asarray(x, dtype=np.float64) - centre
    with np.errstate(over="ignore", divide="ignore"):
        ratio = shift / scale
        far = np.log(np.abs(shift)) - np.log(scale) + np.log(2.0)
    y = np.where(np.abs(ratio) < 1e150, np.arcsinh(ratio), np.copysign(far, shift))
    return np.asarray(y, dtype=np.float64)


def from_axis(y: Floats, scale: float, centre: float) -> Floats:
    """Return values from the axis, centre + scale * sinh(y), cut where a table's values end."""
    near = np.clip(y, -STEEP, STEEP)
    with np.errstate(over="ignore"):
        x = scale * np.sinh(near)
        far = np.copysign(np.exp(np.abs(y) + np.log(scale) - np.log(2.0)), y)
        x = centre + np.where(near == y, x, far)
    return np.asarray(np.clip(x, -LARGEST, LARGEST), dtype=np.float64)
