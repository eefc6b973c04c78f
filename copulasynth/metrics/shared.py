"""What every metric takes beside its two tables, said once."""

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any, TypedDict, TypeVar, Unpack

import numpy as np

from copulasynth._arrays import generator
from copulasynth.metrics.alignment import Aligned, MissingCodes, align_all
from copulasynth.metrics.score import Score
from copulasynth.metrics.table import AnyTable
from copulasynth.schema import Schema

__all__ = ["Shared", "aligned", "aligned_all", "metric"]

Judge = TypeVar("Judge", bound=Callable[..., Score])


class Shared(TypedDict, total=False):
    """Keyword arguments of every metric; None is the default of each.

    Parameters
    ----------
    holdout : table
        Real rows that no synthesizer saw: what a perfect synthesis would score is measured on
        them. Without it random halves of the real table, or an exact null, give the reference.
    schema : Schema
        What the columns are; without it, what `Schema.infer` takes those of the real table for.
    rng : int or Generator
    """

    holdout: AnyTable | None
    schema: Schema | None
    rng: int | np.random.Generator | None


def metric(judge: Judge) -> Judge:
    """List the shared arguments by name in the signature that `help` and notebooks show."""
    seen = signature(judge)
    own = [p for p in seen.parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    shared = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in Shared.__annotations__.items()
    ]
    vars(judge)["__signature__"] = seen.replace(parameters=[*own, *shared])
    return judge


def aligned_all(
    real: AnyTable,
    synthetic: Any,
    missing_codes: MissingCodes | None = None,
    *,
    holdout: AnyTable | None = None,
    schema: Schema | None = None,
    rng: int | np.random.Generator | None = None,
) -> tuple[list[Aligned], np.random.Generator]:
    """Return one alignment for each of one or several syntheses, and the generator."""
    syntheses: Sequence[Any] = synthetic if isinstance(synthetic, list | tuple) else [synthetic]
    found = align_all(real, syntheses, holdout, schema, missing_codes)
    return found, generator(rng)


def aligned(
    real: AnyTable, synthetic: AnyTable, **shared: Unpack[Shared]
) -> tuple[Aligned, np.random.Generator]:
    """Return the tables coded alike, and the generator of a metric."""
    every, rng = aligned_all(real, [synthetic], **shared)
    return every[0], rng
