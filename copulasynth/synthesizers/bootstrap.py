"""Bootstrap: whole training rows again. The faithful and leaky end of every comparison."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from copulasynth import _knobs
from copulasynth._arrays import Floats, Ints
from copulasynth.model import Model
from copulasynth.rows.blocks import RowBlock
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.fitted import Rng, fit_sampler
from copulasynth.synthesizers.training_rows import Layout, TrainingRows, even_rows

__all__ = ["Bootstrap", "BootstrapSampler"]


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Draw whole rows of the training table, each used evenly.

    Nothing is more faithful and nothing leaks more: every row is a copy. It is the upper end of
    fidelity, and the worst case of privacy, that other methods are held against.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"minutes": [1.5, 20.25, 7.0], "plan": ["a", "b", "a"]})
    >>> sorted(Bootstrap().fit(df).sample(3, rng=0)["minutes"].tolist())
    [1.5, 7.0, 20.25]
    """

    @_knobs.taking
    def fit(self, df: Tabular, *, schema: Schema | None = None, rng: Rng = None) -> Model:
        """Keep the rows of a table; see :func:`~copulasynth.synthesizers.fit_sampler`."""

        def learn(x: Floats, layout: Layout, rng: np.random.Generator) -> BootstrapSampler:
            return BootstrapSampler(TrainingRows.of(x))

        return fit_sampler(df, self, learn, schema=schema, rng=rng, hold=False)


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapSampler:
    """Training rows, drawn whole."""

    rows: TrainingRows
    holds_training_rows: ClassVar[bool] = True

    @property
    def dim(self) -> int:
        return int(self.rows.values.shape[1])

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        return self.draw_with_origin(n, rng)[0]

    def draw_with_origin(
        self, n: int, rng: np.random.Generator, block: RowBlock | None = None
    ) -> tuple[Floats, dict[str, Ints]]:
        base = even_rows(n, self.rows.n, rng, block, stream=lambda own: own)
        return np.ascontiguousarray(self.rows.x[base].T), {"base": base}
