"""One atom beside another marginal: zeros and a positive part."""

from dataclasses import dataclass

import numpy as np

from copulasynth._arrays import TINY, Floats
from copulasynth.marginals._api import Marginal

__all__ = ["Hurdle"]


@dataclass(frozen=True, slots=True, eq=False)
class Hurdle:
    """The value `zero` with probability p, else a value of `base`.

    Attributes
    ----------
    zero : float
        Where the atom lies; usually 0.
    p : float
        Its probability, in (0, 1).
    base : Marginal
        The law of the rest, without an atom at `zero`.

    Examples
    --------
    >>> import numpy as np
    >>> from copulasynth.marginals import Parametric
    >>> m = Hurdle(0.0, 0.5, Parametric("exponential", (2.0,), (0.0,)))
    >>> m.quantile(np.array([0.2, 0.5])).tolist()
    [0.0, 0.0]
    """

    zero: float
    p: float
    base: Marginal

    def __post_init__(self) -> None:
        if not (np.isfinite(self.zero) and 0.0 < self.p < 1.0):
            raise ValueError("zero, p: expected a finite value and a probability in (0, 1)")

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,)."""
        lower, upper = self.base.cell(x)
        at = self.p * (x > self.zero), self.p * (x >= self.zero)
        return at[0] + (1.0 - self.p) * lower, at[1] + (1.0 - self.p) * upper

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,)."""
        below = (1.0 - self.p) * float(self.base.cell(np.array([self.zero]))[0][0])
        rest = np.where(u <= below, u, u - self.p) / (1.0 - self.p)
        x = self.base.quantile(np.clip(rest, TINY, 1.0 - TINY))
        return np.where((u > below) & (u <= below + self.p), self.zero, x)
