"""The Lindley law of waiting times: a mixture of an exponential and a gamma law of shape 2."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw

__all__ = ["LINDLEY", "lindley_estimate"]

Floats = NDArray[np.float64]

#: The exponential of minus this is zero.
FAR = 800.0


class _Lindley:
    r"""Density :math:`\theta^2 (1 + x) e^{-\theta x} / (1 + \theta)` on x > 0.

    References
    ----------
    Ghitany, Atieh and Nadarajah (2008), Lindley distribution and its application, equations 1-6.

    Examples
    --------
    >>> x = LINDLEY.ppf(np.array([0.1, 0.5, 0.9]), 0.5)
    >>> LINDLEY.cdf(x, 0.5).round(6).tolist()
    [0.1, 0.5, 0.9]
    """

    def logpdf(self, x: Floats, rate: float) -> Floats:
        inside = np.log1p(np.maximum(x, 0.0)) - rate * x + 2.0 * np.log(rate) - np.log1p(rate)
        return np.where(x >= 0.0, inside, -np.inf)

    def cdf(self, x: Floats, rate: float) -> Floats:
        t = np.clip(rate * x, 0.0, FAR)
        return np.asarray(-np.expm1(-t) - t / (1.0 + rate) * np.exp(-t))

    def sf(self, x: Floats, rate: float) -> Floats:
        t = np.clip(rate * x, 0.0, FAR)
        return np.asarray((1.0 + t / (1.0 + rate)) * np.exp(-t))

    def ppf(self, u: Floats, rate: float) -> Floats:
        branch = lambertw(-(1.0 + rate) * (1.0 - u) * np.exp(-(1.0 + rate)), -1).real
        return np.asarray(np.maximum(-(branch + 1.0 + rate) / rate, 0.0))


#: The law, with the four functions of a SciPy distribution that a family needs.
LINDLEY = _Lindley()


def lindley_estimate(x: Floats) -> tuple[float]:
    """Return the likeliest rate, the root of a quadratic equation in the mean of x.

    Examples
    --------
    >>> x = LINDLEY.ppf(np.random.default_rng(1).random(5000), 0.5)
    >>> round(lindley_estimate(x)[0], 1)
    0.5
    """
    mean = float(x.mean())
    root = np.sqrt((mean - 1.0) ** 2 + 8.0 * mean)
    return (float(1.0 - mean + root) / (2.0 * mean),)
