"""Probability cells of observed values: all that a copula ever sees of a table."""

import numpy as np

from copulasynth._arrays import Bools, Floats, floats
from copulasynth.copulas.api import Cells

__all__ = ["cells_of"]


def cells_of(x: Floats, nominal: Bools) -> Cells:
    """Return the probability interval [F(x-), F(x)] of every value under the empirical law.

    F is the empirical distribution function of the observed values of each variable, so the
    cells depend on ranks alone: a strictly increasing transform of a variable changes nothing.

    Parameters
    ----------
    x : (n, d) float64
        One column a variable; NaN is missing and gets the whole interval (0, 1).
    nominal : (d,) bool
        Variables whose order carries no meaning of its own.

    Raises
    ------
    ValueError
        If `x` is not a matrix or `nominal` has not one flag a column.

    Examples
    --------
    >>> import numpy as np
    >>> cells = cells_of(np.array([[3.0], [1.0], [np.nan], [3.0], [7.0]]), np.array([False]))
    >>> cells.lower.ravel().tolist(), cells.upper.ravel().tolist()
    ([0.25, 0.0, 0.0, 0.25, 0.75], [0.75, 0.25, 1.0, 0.75, 1.0])
    """
    x = floats(x, 2)
    flags = np.array(nominal, dtype=np.bool_)
    if flags.shape != (x.shape[1],):
        raise ValueError(f"nominal needs shape ({x.shape[1]},), got {flags.shape}")
    lower = np.zeros(x.shape, order="F")
    upper = np.ones(x.shape, order="F")
    for j in range(x.shape[1]):
        _fill(x[:, j], lower[:, j], upper[:, j])
    for a in (lower, upper, flags):
        a.flags.writeable = False
    return Cells(lower, upper, flags)


def _fill(x: Floats, lower: Floats, upper: Floats) -> None:
    """Write the cells of one variable in place; missing rows keep (0, 1)."""
    seen = ~np.isnan(x)
    m = int(np.count_nonzero(seen))
    if m == 0:
        return
    everyone = m == len(x)
    _, which, counts = np.unique(
        x if everyone else x[seen], return_inverse=True, return_counts=True
    )
    top = np.cumsum(counts)
    rows = slice(None) if everyone else seen
    lower[rows] = ((top - counts) / m)[which]
    upper[rows] = (top / m)[which]
