"""Shares of the levels and bins of every column, for drawing; no row can be read from them."""

from typing import Any

import numpy as np
import pandas as pd

from copulasynth.metrics.alignment import align
from copulasynth.metrics.bins import bin_tables

__all__ = ["histograms"]


def histograms(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    schema: Any = None,
    groups: int = 20,
    min_count: int = 10,
) -> pd.DataFrame:
    """Return shares of real and synthetic rows in the shared bins and levels of every column.

    Parameters
    ----------
    groups : int
        Quantile groups of the pooled values of a numeric column.
    min_count : int
        Cells with fewer real rows are masked: their real share is nan.

    Returns
    -------
    DataFrame
        Columns: column, kind, level (a label), real, synthetic.
    """
    tables = align(real, synthetic, holdout=holdout, schema=schema)
    binned = bin_tables([tables.real, tables.synthetic], groups=groups, max_levels=30)
    parts = []
    for j, labels in enumerate(binned.labels):
        o, s = (np.bincount(codes[j], minlength=len(labels)) for codes in binned.codes)
        shown = o + s > 0
        part = {
            "column": binned.names[j],
            "kind": tables.real.columns[j].kind,
            "level": np.array(labels, dtype=object)[shown],
            "real": np.where((o == 0) | (o >= min_count), o / o.sum(), np.nan)[shown],
            "synthetic": (s / s.sum())[shown],
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)
