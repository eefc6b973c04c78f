"""Split a table into rows to train on and rows to judge with."""

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from copulasynth._arrays import Ints, generator
from copulasynth._knobs import is_real
from copulasynth.errors import DataError, did_you_mean
from copulasynth.rows.opening import TableOrPath, opened
from copulasynth.schema import column_names

__all__ = ["split"]


def split(
    df: TableOrPath,
    rng: int | np.random.Generator | None = None,
    *,
    share: float = 0.5,
    unit: str | None = None,
) -> tuple[Any, Any]:
    """Split a table at random into training rows and a holdout, in the library it came in.

    Parameters
    ----------
    df : table, or path of a file
    share : float
        Share of the rows to train on, or of the units.
    unit : str, optional
        Column that says whose rows they are, such as "customer_id": all rows of one are in the same
        table.

    Returns
    -------
    train, holdout : tables
        Rows keep their order (and pandas their index).

    Examples
    --------
    >>> import pandas as pd
    >>> train, holdout = split(pd.DataFrame({"x": range(10)}), rng=1)
    >>> len(train), len(holdout)
    (5, 5)

    Raises
    ------
    DataError
        If `share` is out of range, or there are fewer than two rows or units.
    """
    if not is_real(share) or not 0 < share < 1:
        raise DataError(f"share is {share!r}; it must be a number between 0 and 1.")
    table = opened(df)
    column_names(table)  # refuses what is no table
    frame = nw.from_native(table, eager_only=True)
    owner = np.arange(len(frame)) if unit is None else _owners(frame, unit)
    n = int(owner.max(initial=-1)) + 1
    if n < 2:
        what = "rows" if unit is None else f"values of {unit!r}"
        raise DataError(f"a table of {n} {what} cannot be split.")
    order = generator(rng).permutation(n)
    cut = min(max(round(share * n), 1), n - 1)
    first = np.zeros(n, dtype=np.bool_)
    first[order[:cut]] = True
    train, rest = np.flatnonzero(first[owner]), np.flatnonzero(~first[owner])
    return frame[train.tolist()].to_native(), frame[rest.tolist()].to_native()


def _owners(frame: Any, unit: str) -> Ints:
    """Return the number of the unit of each row, units numbered as they come."""
    if unit not in frame.columns:
        raise DataError(f"unit: no column is called {unit!r}; {did_you_mean(unit, frame.columns)}")
    column = frame[unit]
    if column.null_count():
        raise DataError(
            f"column {unit!r}, the unit, has {column.null_count():,} gaps: fill or drop those rows."
        )
    return np.asarray(pd.factorize(column.to_numpy())[0], dtype=np.int64)
