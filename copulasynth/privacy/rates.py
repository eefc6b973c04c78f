"""What an attack achieves: its rate, that of a control and of a blind guess, and the risk."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from copulasynth._arrays import Bools
from copulasynth.metrics.score import wilson

__all__ = ["COLUMNS", "Rates", "difference", "level", "seen"]

#: The columns of `Rates.row`.
COLUMNS = (
    *("value", "low", "high", "reference", "smallest"),
    *("attack", "attack_low", "attack_high", "control", "control_low", "control_high"),
    *("baseline", "baseline_low", "baseline_high", "attacks", "controls", "guesses"),
)
# How surely an effect of the smallest size is seen.
_POWER = 0.8


def level(of: int = 1) -> float:
    """Return the normal quantile of 95 % intervals that hold for so many columns at once.

    >>> round(level(), 2), round(level(20), 2)
    (1.96, 3.02)
    """
    return float(ndtri(1 - 0.025 / max(of, 1)))


def seen(se: float, z: float) -> float:
    """Return the effect of standard error `se` that is seen four times in five."""
    return float((z + ndtri(_POWER)) * se)


def difference(
    first: float, n: float, second: float, m: float, z: float
) -> tuple[float, float, float]:
    """Return Newcombe's (1998) interval of the difference of two shares, and the least seen.

    Parameters
    ----------
    first, second : float
        Shares of n and of m.
    z : float

    Examples
    --------
    >>> [round(x, 3) for x in difference(0.5, 100, 0.0, 100, 1.96)]
    [0.397, 0.596, 0.053]
    """
    parts = [(p, *wilson(p * k, int(k), z)) for p, k in ((first, n), (second, m))]
    usual = max(second, parts[1][2] / 2)
    least = seen(float(np.sqrt(usual * (1 - usual) * (1 / n + 1 / m))), z)
    return (*_apart(*parts), least)


def _apart(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float]:
    (a, la, ua), (c, lc, uc) = first, second
    return float(a - c - np.hypot(a - la, uc - c)), float(a - c + np.hypot(ua - a, c - lc))


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Which attacks succeeded: on training rows, on holdout rows (control), and by guessing.

    Every attack that was made counts, and no other.
    """

    attack: Bools
    control: Bools
    baseline: Bools

    def row(self, z: float) -> tuple[float | int, ...]:
        """Return the normalised risk, then the three rates with Wilson's intervals.

        The risk is (attack - control) / (1 - control): which part of what the control cannot do
        the attack does. Its interval is Newcombe's (1998) of the difference, over the same.

        Parameters
        ----------
        z : float
            Normal quantile of the intervals.
        """
        parts = [self._rate(hits, z) for hits in (self.attack, self.control, self.baseline)]
        (a, la, ua), (c, lc, uc), _ = parts
        room = 1 - c
        if not room > 0:
            # the control cannot be beaten
            risk, low, high, least = 0.0, 0.0, 0.0, np.nan
        else:
            risk = (a - c) / room
            low, high = (limit / room for limit in _apart((a, la, ua), (c, lc, uc)))
            n = 1 / max(self.attack.size, 1) + 1 / max(self.control.size, 1)
            # at a rate of 0 the error is that of the end of its interval
            usual = max(c, uc / 2)
            least = seen(float(np.sqrt(usual * (1 - usual) * n)) / room, z)
        sizes = self.attack.size, self.control.size, self.baseline.size
        flat = [x for part in parts for x in part]
        return (risk, float(low), float(high), 0.0, least, *flat, *sizes)

    @staticmethod
    def _rate(hits: Bools, z: float) -> tuple[float, float, float]:
        value = float(hits.mean()) if hits.size else np.nan
        return (value, *wilson(int(hits.sum()), hits.size, z))
