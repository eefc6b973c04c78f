"""The rows that a sampler draws, block by block, with or without where they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints
from copulasynth.errors import DataError
from copulasynth.model.api import Sampler, Traced
from copulasynth.model.following import Following
from copulasynth.rows import blocks
from copulasynth.rows.blocks import Rng, RowBlock
from copulasynth.schema import Schema

__all__ = ["Rows", "drawn", "sample_with_origin"]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A source of the rows of a sampler; told to, it remembers the origin of every row."""

    schema: Schema
    sampler: Sampler
    following: Following | None = None
    origins: list[dict[str, Ints]] | None = None

    def draw_block(self, block: RowBlock, /) -> Floats:
        """Draw the variable values of a block of rows, (d, rows)."""
        sampler = self.sampler
        if not isinstance(sampler, Traced):
            return drawn(sampler.draw, self.following, block.rows, block.rng)
        roles: list[str] = []

        def draw(n: int, rng: np.random.Generator) -> Floats:
            # the numbers of training rows travel with the rows, so that a row that is drawn again
            # keeps its own
            x, origin = sampler.draw_with_origin(n, rng, block if n == block.rows else None)
            roles[:] = origin
            return np.vstack([x, *origin.values()]) if self.origins is not None else x

        x = drawn(draw, self.following, block.rows, block.rng)
        if self.origins is not None:
            rows = x[sampler.dim :].astype(np.int64)
            self.origins.append(dict(zip(roles, rows, strict=True)))
        return x[: sampler.dim]


def drawn(
    draw: Callable[[int, np.random.Generator], Floats],
    following: Following | None,
    n: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw n rows, (d or more, n), in which what rules make is made, and which obey them."""
    if following is None:
        return draw(n, rng)
    return following.draw(lambda m, source: following.make(draw(m, source)), n, rng)


def sample_with_origin(
    schema: Schema,
    sampler: Sampler,
    following: Following | None,
    method: str,
    n: int,
    rng: Rng,
    progress: Callable[[int], object] | None,
) -> tuple[Any, pd.DataFrame]:
    """Return n rows as a table, and one row of training-row numbers for each.

    Raises
    ------
    DataError
        If the method makes no row from particular training rows.
    """
    if not isinstance(sampler, Traced):
        raise DataError(
            f"{method} makes no row from particular training rows, so there is no origin to "
            "return. Leave return_origin out."
        )
    seen: list[dict[str, Ints]] = []
    # Blocks must be recorded in order, so one worker.
    rows = Rows(schema, sampler, following, seen)
    table = blocks.sample(rows, n, rng=rng, workers=1, progress=progress)
    seen = seen or [sampler.draw_with_origin(0, np.random.default_rng(0))[1]]
    return table, pd.DataFrame({k: np.concatenate([s[k] for s in seen]) for k in seen[0]})
