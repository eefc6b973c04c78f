"""Finitely many values with their probabilities."""

from dataclasses import dataclass, field

import numpy as np

from copulasynth._arrays import Floats, frozen, put
from copulasynth.marginals._curve import check_points

__all__ = ["Discrete", "fit_discrete"]


@dataclass(frozen=True, slots=True, eq=False)
class Discrete:
    """A distribution on finitely many values: codes of levels, ranks of grades, small counts.

    Attributes
    ----------
    values : (k,) float64
        Strictly increasing.
    probabilities : (k,) float64
        Not negative, with sum 1. A level that the data never showed has probability 0.

    Examples
    --------
    >>> import numpy as np
    >>> m = Discrete(np.array([0.0, 1.0, 2.0]), np.array([0.5, 0.0, 0.5]))
    >>> m.quantile(np.array([0.2, 0.5, 0.51])).tolist()
    [0.0, 0.0, 2.0]
    >>> [a.tolist() for a in m.cell(np.array([0.0, 2.0]))]
    [[0.0, 0.5], [0.5, 1.0]]
    """

    values: Floats
    probabilities: Floats
    _cumulative: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        values = check_points("values", self.values)
        p = check_points("probabilities", self.probabilities, values.size)
        if values.size == 0 or (np.diff(values) <= 0).any():
            raise ValueError("values: expected at least one value, strictly increasing")
        if (p < 0).any() or abs(p.sum() - 1.0) > 1e-6:
            raise ValueError("probabilities: expected numbers of at least 0 with sum 1")
        cumulative = np.minimum(np.concatenate([[0.0], np.cumsum(p)]), 1.0)
        cumulative[np.flatnonzero(p)[-1] + 1 :] = 1.0
        put(self, values=values, probabilities=p, _cumulative=frozen(cumulative))

    def cell(self, x: Floats, /) -> tuple[Floats, Floats]:
        """Return F(x-) and F(x), each (n,); x need not be one of the values."""
        lower = self._cumulative[np.searchsorted(self.values, x, side="left")]
        return lower, self._cumulative[np.searchsorted(self.values, x, side="right")]

    def quantile(self, u: Floats, /) -> Floats:
        """Return the smallest value x with F(x) >= u, (n,)."""
        i = np.searchsorted(self._cumulative[1:], u, side="left")
        return self.values[np.minimum(i, self.values.size - 1)]


def fit_discrete(x: Floats, levels: int = 0) -> Discrete:
    """Fit relative frequencies.

    Parameters
    ----------
    x : (n,) float64
        Observed values, no NaN.
    levels : int
        If positive, x holds codes 0 .. levels - 1, and codes that were not seen are kept with
        probability 0; otherwise the values are those that were seen.

    Raises
    ------
    ValueError
        If a code is not one of 0 .. levels - 1, or x is empty and `levels` is 0.

    Examples
    --------
    >>> import numpy as np
    >>> fit_discrete(np.array([0.0, 2.0, 2.0, 2.0]), levels=3).probabilities.tolist()
    [0.25, 0.0, 0.75]
    """
    if levels <= 0:
        values, counts = np.unique(x, return_counts=True)
        if values.size == 0:
            raise ValueError("expected at least one value")
        return Discrete(values, counts / x.size)
    codes = x.astype(np.int64)
    if ((codes != x) | (codes < 0) | (codes >= levels)).any():
        raise ValueError(f"expected codes 0 .. {levels - 1}, got values outside")
    counts = np.bincount(codes, minlength=levels)
    p = counts / x.size if x.size else np.full(levels, 1.0 / levels)
    return Discrete(np.arange(levels, dtype=np.float64), p)
