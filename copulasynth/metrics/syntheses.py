"""Align one real table with several syntheses of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from copulasynth.errors import DataError
from copulasynth.metrics.alignment import Aligned, MissingCodes, align
from copulasynth.metrics.frames import to_frame
from copulasynth.metrics.table import Table

__all__ = ["align_all"]


def align_all(
    real: Any, syntheses: Sequence[Any], holdout: Any, schema: Any, codes: MissingCodes | None
) -> list[Aligned]:
    """Return one alignment a synthesis, all on the same levels."""
    if len(syntheses) == 0:
        raise DataError("no synthetic table was given.")
    if len(syntheses) == 1 or isinstance(real, Table):
        return [
            align(real, s, holdout=holdout, schema=schema, missing_codes=codes) for s in syntheses
        ]
    frames = [to_frame(s, "synthetic") for s in syntheses]
    stacked = pd.concat(frames, ignore_index=True)
    whole = align(real, stacked, holdout=holdout, schema=schema, missing_codes=codes)
    ends = np.cumsum([len(frame) for frame in frames])
    return [
        Aligned(
            whole.real,
            whole.synthetic.take(slice(int(end) - len(frame), int(end))),
            whole.holdout,
            whole.notes,
        )
        for frame, end in zip(frames, ends, strict=True)
    ]
