"""Rows of a model in which some columns take given values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from copulasynth._arrays import Floats
from copulasynth.errors import DataError
from copulasynth.schema import Schema
from copulasynth.schema.given import encode_given

if TYPE_CHECKING:
    from copulasynth.model.joint import JointModel

__all__ = ["Conditional"]


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """The rows of a model whose given variables stay inside given cells."""

    model: "JointModel"
    lower: Floats
    upper: Floats
    value: Floats

    @classmethod
    def of(cls, model: "JointModel", given: Mapping[Any, Any]) -> "Conditional":
        value = encode_given(model.schema, given)
        variables, free = model.schema.variables, list(model.free)
        for j in np.flatnonzero(~np.isnan(value)):
            if j not in free:
                raise DataError(
                    f"column {variables[j].name!r} is derived from others; give values for "
                    f"{[variables[i].name for i in _parents(model, int(j))]} instead."
                )
        value = value[free]
        lower, upper = np.zeros_like(value), np.ones_like(value)
        for j in np.flatnonzero(~np.isnan(value)):
            lo, hi = model.marginals[j].cell(value[j : j + 1])
            lower[j], upper[j] = lo[0], hi[0]
            v = variables[free[j]]
            if v.kind != "continuous" and not lo[0] < hi[0]:
                raise DataError(
                    f"column {v.name!r}: the given value has probability 0 under the model. "
                    "Ask for a value that the training data hold."
                )
        if not hasattr(model.copula, "draw_given"):
            raise DataError(
                f"given= needs a copula with conditional draws; {type(model.copula).__name__} has "
                "none. Fit with copula='gaussian' or 'student'."
            )
        return cls(model, lower, upper, value)

    @property
    def schema(self) -> Schema:
        return self.model.schema

    def draw(self, n: int, /, rng: np.random.Generator) -> Floats:
        from copulasynth.model.joint import lookups

        copula: Any = self.model.copula
        x: Floats = copula.draw_given(n, rng, self.lower, self.upper)
        for j, lookup in enumerate(lookups(self.model)):
            if np.isnan(self.value[j]):
                lookup(x[j], out=x[j])
            else:
                x[j] = self.value[j]
        return self.model.derive(x)


def _parents(model: "JointModel", j: int) -> tuple[int, ...]:
    return next(d.parents for d in model.derivations if d.target == j)
