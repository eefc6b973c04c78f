"""Count, moments and quantiles of every column side by side: masked, or raw where asked for."""

from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats
from copulasynth.metrics.alignment import align
from copulasynth.metrics.summary.columns import moments_of
from copulasynth.metrics.summary.portray import portray
from copulasynth.metrics.table import Table

__all__ = ["describe", "describe_raw"]

_QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


def describe(real: Any, synthetic: Any, *, holdout: Any = None, schema: Any = None) -> pd.DataFrame:
    """Return the `describe()` table that users know, side by side, as it may be shown to anybody.

    Returns
    -------
    DataFrame
        Index: the columns of numbers. Columns: a pair (statistic, table) of missing (share), mean,
        sd (denominator n - 1), skewness, and quantiles, each the mean of the ten values about
        it; nan where fewer than ten rows stand behind a number or one row dominates it.

    Examples
    --------
    >>> a = pd.DataFrame({"x": np.arange(100.0)})
    >>> describe(a, a)["50%"]
       real  synthetic
    x  49.5       49.5
    """
    parts = ("columns",)
    return portray(real, synthetic, holdout=holdout, schema=schema, parts=parts).describe


def describe_raw(
    real: Any, synthetic: Any, *, holdout: Any = None, schema: Any = None
) -> pd.DataFrame:
    """Return count, moments and quantiles as they are: least and largest values are rows' own.

    For whoever may see the data; everything else in this package shows `describe`.

    Returns
    -------
    DataFrame
        Index: the ordered columns. Columns: a pair (statistic, table) of count, missing (share),
        mean, sd (denominator n - 1), skewness, and quantiles of type 7.

    Examples
    --------
    >>> a = pd.DataFrame({"x": [1.0, 2.0, None]})
    >>> describe_raw(a, a)["max"]
       real  synthetic
    x   2.0        2.0
    """
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    sides = {"real": tables.real, "synthetic": tables.synthetic}
    if tables.holdout is not None:
        sides["holdout"] = tables.holdout
    parts = {role: _side(table) for role, table in sides.items()}
    wide = pd.concat(parts, axis=1).swaplevel(axis=1)
    order = [(stat, role) for stat in parts["real"].columns for role in sides]
    return wide.reindex(columns=pd.MultiIndex.from_tuples(order))


def _side(table: Table) -> pd.DataFrame:
    found = {table.names[j]: _raw(table.numbers[j]) for j in table.ranked}
    return pd.DataFrame.from_dict(found, orient="index")


def _raw(x: Floats) -> dict[str, float]:
    here = x[~np.isnan(x)]
    out = {"count": float(here.size), "missing": 1 - here.size / x.size}
    names = ["min", *(f"{100 * q:g}%" for q in _QUANTILES[1:-1]), "max"]
    if here.size == 0:
        return out | dict.fromkeys(("mean", "sd", "skewness", *names), np.nan)
    quantiles = dict(zip(names, np.quantile(here, _QUANTILES).tolist(), strict=True))
    return out | moments_of(here) | quantiles
