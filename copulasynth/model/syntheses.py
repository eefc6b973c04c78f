"""Several synthetic tables of one model, under proper synthesis each of its own parameters."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copulasynth._arrays import generator
from copulasynth.errors import DataError
from copulasynth.rows import blocks
from copulasynth.rows.blocks import Rng
from copulasynth.rows.machine import refuse_beyond_memory

if TYPE_CHECKING:
    from copulasynth.model.model import Model

__all__ = ["drawn_tables", "models_of"]


def drawn_tables(model: "Model", m: int, n: int | None, rng: Rng, workers: int) -> tuple[Any, ...]:
    """Return m tables of n rows; see :meth:`copulasynth.model.Model.synthesise`."""
    rng, m = generator(rng), blocks.count(m, "m", least=1)
    n = model.provenance.rows if n is None else blocks.count(n)
    refuse_beyond_memory(model.schema, m * n)
    return tuple(one.sample(n, rng=rng, workers=workers) for one in models_of(model, m))


def models_of(model: "Model", m: int) -> list["Model"]:
    """Return the model of each of m tables: under proper synthesis each has its own.

    Raises
    ------
    DataError
        If a proper model has fewer draws of the parameters.
    """
    samplers = (model.sampler, *model.others) if model.others else (model.sampler,) * m
    if m > len(samplers):
        raise DataError(
            f"the model has {len(samplers)} draws of its parameters, {m} are needed. "
            f"Fit with proper=True, draws={m}."
        )
    return [replace(model, sampler=sampler, others=()) for sampler in samplers[:m]]
