"""From a table to a model, for every method that is not a joint law."""

from collections.abc import Callable

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.model import Model, Provenance, Sampler
from copulasynth.model.provenance import recorded, seed_of, versions
from copulasynth.rows.blocks import Rng
from copulasynth.schema import Schema, Tabular
from copulasynth.synthesizers.training_rows import Layout, layout_of

__all__ = ["Rng", "Sampler", "SynthesizerModel", "fit_sampler"]

#: Another name of `Model`, for scripts.
SynthesizerModel = Model


def fit_sampler(
    df: Tabular,
    knobs: object,
    learn: Callable[[Floats, Layout, np.random.Generator], Sampler],
    *,
    schema: Schema | None,
    rng: Rng,
) -> Model:
    """Encode a table, learn a sampler from it, and record how the model came about.

    Parameters
    ----------
    df : pandas, polars or pyarrow table
    knobs : object
        The synthesizer; its repr is recorded as the method.
    learn : callable
        Takes the encoded rows (n, d) with NaN for missing, their layout and a generator.
    schema : Schema or None
        Inferred from `df` if not given.
    rng : int, numpy.random.Generator or None

    Raises
    ------
    DataError
        If the table has fewer than two rows, or a column cannot be used as it is.
    """
    seed = seed_of(rng)
    rng = np.random.default_rng(rng)
    schema = Schema.infer(df) if schema is None else schema
    x = schema.encode(df)
    if len(x) < 2:
        raise DataError(f"fitting needs at least 2 rows, the table has {len(x)}. Add rows.")
    with recorded() as said:
        sampler = learn(x, layout_of(schema.variables), rng)
    choices = {"method": repr(knobs)}
    provenance = Provenance(len(x), seed, versions(), choices, warnings=tuple(said))
    return Model(schema, sampler, provenance)
