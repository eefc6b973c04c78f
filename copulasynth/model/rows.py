"""The rows that a sampler draws, block by block, with or without where they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from copulasynth._arrays import Floats, Ints, quiet
from copulasynth.copulas.api import holds_interpreter
from copulasynth.errors import DataError
from copulasynth.model.api import Grouped, Sampler, Traced
from copulasynth.model.following import Following
from copulasynth.model.joint_law import JointLaw
from copulasynth.model.predicate import Predicate
from copulasynth.rows import sampling
from copulasynth.rows.blocks import Rng, RowBlock
from copulasynth.schema import Schema

__all__ = ["Rows", "drawn", "holds", "sample_with_origin"]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A source of the rows of a sampler; told to, it remembers the origin of every row."""

    schema: Schema
    sampler: Sampler
    following: Following | None = None
    origins: list[dict[str, Ints]] | None = None

    @property
    def holds(self) -> bool:
        return holds(self.sampler)

    @quiet
    def draw_block(self, block: RowBlock, /) -> Floats:
        """Draw the variable values of a block of rows, (d, rows)."""
        following = self.following
        if isinstance(self.sampler, Traced):
            # training rows are used evenly, so none is drawn again for what it breaks
            x, origin = self.sampler.draw_with_origin(block.rows, block.rng, block)
            if self.origins is not None:
                self.origins.append(origin)
            return x if following is None else following.make(x)
        return drawn(self.sampler.draw, following, block.rows, block.rng)


def holds(sampler: Sampler) -> bool:
    """Return whether draws hold the interpreter, so that processes help and threads do not.

    Not of a law with a check, which is code that another process may not have or may not run.
    """
    laws = sampler.laws if isinstance(sampler, Grouped) else (sampler,)
    return any(
        isinstance(law, JointLaw)
        and holds_interpreter(law.copula)
        and not any(isinstance(rule, Predicate) for rule in law.rules)
        for law in laws
    )


def drawn(
    draw: Callable[[int, np.random.Generator], Floats],
    following: Following | None,
    n: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw n rows, (d, n), in which what rules make is made, and which obey them."""
    if following is None:
        return draw(n, rng)
    return following.draw(lambda m, source: following.make(draw(m, source)), n, rng)


def sample_with_origin(
    schema: Schema,
    sampler: Sampler,
    following: Following | None,
    method: str,
    given: bool,
    n: int,
    rng: Rng,
    progress: Callable[[int], object] | None,
) -> tuple[Any, pd.DataFrame]:
    """Return n rows as a table, and one row of training-row numbers for each.

    Raises
    ------
    DataError
        If the method makes no row from particular training rows, or values are given.
    """
    if given:
        raise DataError("origins of rows with given values are not kept; leave one of them out")
    if not isinstance(sampler, Traced):
        raise DataError(
            f"{method} makes no row from particular training rows, so there is no origin to "
            "return. Leave return_origin out."
        )
    seen: list[dict[str, Ints]] = []
    # Blocks must be recorded in order, so one worker.
    rows = Rows(schema, sampler, following, seen)
    table = sampling.sample(rows, n, rng=rng, workers=1, progress=progress)
    seen = seen or [sampler.draw_with_origin(0, np.random.default_rng(0))[1]]
    return table, pd.DataFrame({k: np.concatenate([s[k] for s in seen]) for k in seen[0]})
