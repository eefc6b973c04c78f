"""Models that can leave, and what a model says of its table.

A model file is read by whoever has it. In one that is exported nothing rests on fewer than `k_min`
rows of the table: levels, values, combinations, pieces of leaf laws, bins and leaves of fewer are
given to their neighbours, whose probability grows by theirs, in the marginals, the copula and the
rules alike. What cannot be drawn any more leaves the schema. Bounds that a row set, first dates,
messages and counts are scrubbed, and numbers keep the digits that matter.
"""

from os import PathLike
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from copulasynth.model.model import Model

__all__ = ["disclose", "export_release"]


# the kinds of copulas, and the engine of vines, are imported where they are asked for
def export_release(model: "Model", path: str | PathLike[str], k_min: int, force: bool) -> "Model":
    """Write a model that can leave, and return it."""
    from copulasynth.model.release.export import export_release as write

    return write(model, path, k_min, force)


def disclose(model: "Model") -> pd.DataFrame:
    """Return what a model says of its table."""
    from copulasynth.model.release.disclosing import disclose as told

    return told(model)
