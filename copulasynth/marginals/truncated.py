"""Any marginal, conditioned on an interval."""

from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Endless, Floats, put
from copulasynth.marginals._api import Marginal

__all__ = ["Truncated"]


@dataclass(frozen=True, slots=True, eq=False)
class Truncated:
    """The law of `base` given that its value lies in [lower, upper].

    Examples
    --------
    >>> import numpy as np
    >>> from copulasynth.marginals import Parametric
    >>> m = Truncated(Parametric("uniform", (0.0, 1.0), (0.0, 0.0)), 0.5, 1.0)
    >>> m.quantile(np.array([0.5])).tolist()
    [0.75]
    """

    base: Marginal
    lower: Endless
    upper: Endless
    _below: float = field(init=False, repr=False)
    _inside: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        below = 0.0
        above = 1.0
        if self.lower > -np.inf:
            below = float(self.base.cell(np.array([self.lower]))[0][0])
        if self.upper < np.inf:
            above = float(self.base.cell(np.array([self.upper]))[1][0])
        if not (self.lower < self.upper and above > below):
            raise ValueError("lower, upper: the base has no mass between them")
        put(self, _below=below, _inside=above - below)

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,)."""
        lower, upper = ((f - self._below) / self._inside for f in self.base.cell(x))
        low = np.where(x > self.upper, 1.0, lower)
        return np.clip(low, 0.0, 1.0), np.clip(np.where(x >= self.upper, 1.0, upper), 0.0, 1.0)

    def quantile(self, u: Floats, /) -> Floats:
        """Return the generalised inverse, (n,)."""
        x = self.base.quantile(self._below + u * self._inside)
        return np.clip(x, self.lower, self.upper)
