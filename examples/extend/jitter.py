"""Jitter: whole training rows with a little noise on their numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copulasynth.model import Model
from copulasynth.rows.blocks import Rng, RowBlock
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import fit_sampler
from copulasynth.synthesizers.training_rows import (
    Layout,
    RowSampler,
    TrainingRows,
    check_rows,
    even_rows,
)

__all__ = ["Jitter", "JitterSampler"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Jitter:
    """Draw rows of the training table, each used evenly, with normal noise on their numbers.

    Parameters
    ----------
    sd : float
        Standard deviation of the noise, as a share of that of the column.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"minutes": [1.25, 20.25, 7.0], "plan": ["a", "b", "a"]})
    >>> sorted(Jitter(sd=0.01).fit(df).sample(3, rng=0)["minutes"].round().tolist())
    [1.0, 7.0, 20.0]
    """

    sd: float = 0.1

    def __post_init__(self) -> None:
        if not 0.0 <= self.sd < np.inf:
            raise ValueError(f"sd: expected a number of at least 0, got {self.sd}")

    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Keep the rows of a table; see :func:`~copulasynth.synthesizers.fit_sampler`."""

        def learn(x: Floats, layout: Layout, rng: np.random.Generator) -> JitterSampler:
            return JitterSampler(TrainingRows.of(x), layout, self.sd)

        return fit_sampler(df, self, learn, schema=schema, rng=rng)


@dataclass(frozen=True, slots=True, eq=False)
class JitterSampler(RowSampler):
    """Training rows, drawn whole and moved."""

    rows: TrainingRows
    layout: Layout
    sd: float

    def __post_init__(self) -> None:
        check_rows(self.rows, self.layout)
        if not 0.0 <= self.sd < np.inf:
            raise ValueError(f"sd: expected a number of at least 0, got {self.sd}")

    def draw_with_origin(
        self, n: int, rng: np.random.Generator, block: RowBlock | None = None
    ) -> tuple[Floats, dict[str, Ints]]:
        # two streams, so that the noise of a row does not depend on how many rows follow
        choice, noise = rng.spawn(2)
        base = even_rows(n, self.rows.n, choice, block)
        x = self.rows.x[base] + self._spread() * noise.standard_normal((n, self.dim))
        x = np.clip(x, self.layout.lower, self.layout.upper)
        return np.ascontiguousarray(x.T), {"base": base}

    def _spread(self) -> Floats:
        """Return the noise of each variable; levels have none."""
        there = ~self.rows.missing
        n = np.maximum(there.sum(axis=0), 1)
        mean = self.rows.values.sum(axis=0) / n
        square = (np.where(there, self.rows.values - mean, 0.0) ** 2).sum(axis=0) / n
        return np.where(self.layout.categorical, 0.0, self.sd * np.sqrt(square))
