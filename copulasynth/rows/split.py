"""Split a table into rows to train on and rows to judge with."""

from typing import Any

import narwhals as nw
import numpy as np

from copulasynth._arrays import generator
from copulasynth.errors import DataError
from copulasynth.schema import Tabular

__all__ = ["split"]


def split(
    df: Tabular, rng: int | np.random.Generator | None = None, *, share: float = 0.5
) -> tuple[Any, Any]:
    """Split a table at random into training rows and a holdout, in the library it came in.

    Parameters
    ----------
    df : table
    share : float
        Share of the rows to train on.

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
    """
    if not 0 < share < 1:
        raise DataError(f"share is {share}; it must lie between 0 and 1.")
    frame = nw.from_native(df, eager_only=True)
    n = len(frame)
    if n < 2:
        raise DataError(f"a table of {n} rows cannot be split.")
    order = generator(rng).permutation(n)
    cut = min(max(round(share * n), 1), n - 1)
    train, rest = np.sort(order[:cut]), np.sort(order[cut:])
    return frame[train.tolist()].to_native(), frame[rest.tolist()].to_native()
