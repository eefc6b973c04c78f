"""What was done to a column: in words that name no level of few rows and no extreme value."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from copulasynth._arrays import Bools
from copulasynth.privacy.treating.cells import ColumnCells

__all__ = ["HEADS", "Done", "listed"]

HEADS = ("column", "treatment", "done", "cells", "rows")


@dataclass(frozen=True, slots=True)
class Done:
    """One treatment of a column, the cells that it changed, and the rows behind what they are now.

    `cells` counts rows where rows were left out.
    """

    column: str
    treatment: str
    done: str
    cells: int
    rows: int

    @classmethod
    def of(
        cls, cells: ColumnCells, treatment: str, done: str, where: Bools, behind: Bools
    ) -> "Done":
        """Return what was done to the rows `where`, with the rows `behind` their new value."""
        counted = int(np.count_nonzero(where)), int(np.count_nonzero(behind))
        return cls(str(cells.column.name), treatment, done, *counted)


def listed(done: list[Done]) -> pd.DataFrame:
    """Return one row a treatment."""
    rows = [(d.column, d.treatment, d.done, d.cells, d.rows) for d in done]
    kinds = {"cells": "int64", "rows": "int64"}
    return pd.DataFrame(rows, columns=list(HEADS)).astype(kinds)
