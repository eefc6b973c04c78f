"""The rows that a sampler draws, block by block, with or without where they come from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError
from copulasynth.model.api import Sampler, Traced
from copulasynth.rows import blocks
from copulasynth.rows.blocks import Rng, RowBlock
from copulasynth.schema import Schema

__all__ = ["Rows", "sample_with_origin"]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A source of the rows of a sampler."""

    schema: Schema
    sampler: Sampler

    def draw_block(self, block: RowBlock, /) -> Floats:
        """Draw the variable values of a block of rows, (d, rows)."""
        if isinstance(self.sampler, Traced):
            return self.sampler.draw_with_origin(block.rows, block.rng, block)[0]
        return self.sampler.draw(block.rows, block.rng)


@dataclass(frozen=True, slots=True, eq=False)
class _Recorder:
    """A source that remembers the origin of every row that it draws."""

    schema: Schema
    sampler: Traced
    seen: list[dict[str, Ints]] = field(default_factory=list)

    def draw_block(self, block: RowBlock, /) -> Floats:
        x, origin = self.sampler.draw_with_origin(block.rows, block.rng, block)
        self.seen.append(origin)
        return x


def sample_with_origin(
    rows: Rows, method: str, n: int, rng: Rng, progress: Callable[[int], object] | None
) -> tuple[Any, pd.DataFrame]:
    """Return n rows as a table, and one row of training-row numbers for each.

    Raises
    ------
    DataError
        If the method makes no row from particular training rows.
    """
    sampler = rows.sampler
    if not isinstance(sampler, Traced):
        raise DataError(
            f"{method} makes no row from particular training rows, so there is no origin to "
            "return. Leave return_origin out."
        )
    recorder = _Recorder(rows.schema, sampler)
    # Blocks must be recorded in order, so one worker.
    table = blocks.sample(recorder, n, rng=rng, workers=1, progress=progress)
    seen = recorder.seen or [sampler.draw_with_origin(0, np.random.default_rng(0))[1]]
    return table, pd.DataFrame({k: np.concatenate([s[k] for s in seen]) for k in seen[0]})
