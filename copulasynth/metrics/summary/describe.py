"""Count, mean, standard deviation and quantiles of every column, real beside synthetic."""

from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.metrics.alignment import align

__all__ = ["describe"]

_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


def describe(real: Any, synthetic: Any, *, holdout: Any = None, schema: Any = None) -> pd.DataFrame:
    """Return the `describe()` table that users know, the compared tables side by side.

    Returns
    -------
    DataFrame
        Index: the ordered columns. Columns: a pair (statistic, table) of count, missing (share),
        mean, sd (denominator n - 1), skewness, and quantiles of type 7.

    Examples
    --------
    >>> a = pd.DataFrame({"x": [1.0, 2.0, None]})
    >>> describe(a, a)["mean"]
       real  synthetic
    x   1.5        1.5
    """
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    sides = {"real": tables.real, "synthetic": tables.synthetic}
    if tables.holdout is not None:
        sides["holdout"] = tables.holdout
    ranked = tables.real.ranked
    parts = {
        role: pd.DataFrame(
            [_describe(table.numbers[j]) for j in ranked],
            index=[table.names[j] for j in ranked],
        )
        for role, table in sides.items()
    }
    wide = pd.concat(parts, axis=1).swaplevel(axis=1)
    order = [(stat, role) for stat in parts["real"].columns for role in sides]
    return wide.reindex(columns=pd.MultiIndex.from_tuples(order))


def _describe(x: Floats) -> dict[str, float]:
    here = x[~np.isnan(x)]
    out = {"count": float(here.size), "missing": 1 - here.size / x.size}
    names = ["min", *(f"{100 * q:g}%" for q in _QUANTILES[1:-1]), "max"]
    if here.size == 0:
        return out | dict.fromkeys(("mean", "sd", "skewness", *names), np.nan)
    sd = here.std(ddof=1) if here.size > 1 else 0.0
    third = ((here - here.mean()) ** 3).mean()
    skewness = third / here.std() ** 3 if here.std() > 0 else 0.0
    quantiles = dict(zip(names, np.quantile(here, _QUANTILES).tolist(), strict=True))
    return out | {"mean": here.mean(), "sd": sd, "skewness": skewness} | quantiles
